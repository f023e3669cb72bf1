import { setImmediate as nextRound } from 'node:timers/promises';
import type { Queries, SqlValue } from '@pith/kernel';
import { COLUMNS, type Line } from './columns.ts';
import { toTemplate } from './statement.ts';

/** Rows of one statement. Of other numbers it is several, so that there are but three texts to prepare. */
const SIZES = [64, 8, 1] as const;
const TEMPLATES = new Map(SIZES.map((size) => [size, toInsert(size)]));
const NAMED = COLUMNS.flatMap(({ kind }, index) => (kind === 'name' ? [index] : []));
/** Of a column of numbers, how much it holds; 0 of texts, and -1 of names. */
const MOST = COLUMNS.map(({ kind }) => (kind === 'name' ? -1 : kind === 'text' ? 0 : kind.most));

/** Whoever runs beside is held up for hardly longer at once. */
const HOLD_MS = 2;

/** Inserts lines whose texts are numbered, with room for others between them. */
export async function insertLines({ sql }: Pick<Queries, 'sql'>, lines: readonly Line[], numbers: ReadonlyMap<string, number>): Promise<void> {
  let at = 0;
  let beganMs = performance.now();
  for (const size of SIZES) {
    for (; lines.length - at >= size; at += size) {
      const values: SqlValue[] = [];
      for (let index = at; index < at + size; index++) pushValues(values, lines[index]!, numbers);
      await sql(TEMPLATES.get(size)!, ...values);
      if (performance.now() - beganMs < HOLD_MS) continue;
      await nextRound();
      beganMs = performance.now();
    }
  }
}

/** Every text of a line that is numbered. */
export function addTexts(texts: Set<string>, line: Line): void {
  for (const index of NAMED) {
    const text = line[index];
    if (typeof text === 'string') texts.add(text);
  }
}

/** What does not fit its column is not known, and never in the way of the others. */
function pushValues(values: SqlValue[], line: Line, numbers: ReadonlyMap<string, number>): void {
  for (let index = 0; index < MOST.length; index++) {
    const [value, most] = [line[index]!, MOST[index]!];
    if (typeof value === 'string') values.push(most === -1 ? numbers.get(value)! : most === 0 ? value : null);
    else values.push(most > 0 && Number.isSafeInteger(value) && value! >= 0 ? Math.min(value!, most) : null);
  }
}

function toInsert(size: number): TemplateStringsArray {
  const texts = [`INSERT INTO balancer_requests (${COLUMNS.map(({ name }) => name).join(', ')}) VALUES (`];
  for (let index = 1; index < size * COLUMNS.length; index++) texts.push(index % COLUMNS.length === 0 ? '), (' : ', ');
  return toTemplate([...texts, ')']);
}
