import type { Queries, SqlResult, SqlValue } from '@pith/kernel';

/** A part of a statement with its values, for statements that are put together. What is a value never becomes a part of the text. */
export interface Piece { readonly texts: readonly string[]; readonly values: readonly (SqlValue | boolean)[] }

/** A template, in which pieces may stand beside values. */
export function piece(template: TemplateStringsArray, ...values: readonly (SqlValue | boolean | Piece)[]): Piece {
  const texts = [template[0]!];
  const all: (SqlValue | boolean)[] = [];
  for (const [index, value] of values.entries()) {
    const after = template[index + 1]!;
    if (!isPiece(value)) {
      all.push(value);
      texts.push(after);
      continue;
    }
    texts[texts.length - 1] += value.texts[0]!;
    texts.push(...value.texts.slice(1));
    texts[texts.length - 1] += after;
    all.push(...value.values);
  }
  return { texts, values: all };
}

/** Text of this repository, never of anybody else. */
export function fixed(text: string): Piece {
  return { texts: [text], values: [] };
}

export function joinPieces(pieces: readonly Piece[], separator: string): Piece {
  return pieces.reduce((before, next, index) => (index === 0 ? next : piece`${before}${fixed(separator)}${next}`), fixed(''));
}

export function run<Row = Record<string, SqlValue>>({ sql }: Pick<Queries, 'sql'>, { texts, values }: Piece): Promise<SqlResult<Row>> {
  return sql<Row>(toTemplate(texts), ...values);
}

/** As the language makes one of a template: whoever keeps it, keeps its text prepared. */
export function toTemplate(texts: readonly string[]): TemplateStringsArray {
  return Object.assign([...texts], { raw: texts });
}

function isPiece(value: SqlValue | boolean | Piece): value is Piece {
  return typeof value === 'object' && value !== null && 'texts' in value;
}
