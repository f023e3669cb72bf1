import type { Tokens } from 'marked';
import { type Line, type Span, textOf, within } from '../span.ts';
import { widthOf } from '../width.ts';
import { wrapLine } from '../wrap.ts';
import { layoutInline } from './inline.ts';
import { known } from './lexer.ts';
import { type Look, toSpan } from './look.ts';

/** A longer table begins anew, with its head: so what is above stays as it is while it grows. */
export const ROWS_AT_ONCE = 32;
/** A column is made no narrower than this; a table that would need it becomes records. */
const MIN_COLUMN = 10;

type Cells = readonly (readonly Span[])[];

export function layoutTable(table: Tokens.Table, look: Look): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at === 0 || at < table.rows.length; at += ROWS_AT_ONCE) {
    lines.push(...(at > 0 ? [[]] : []), ...layoutRows(table, table.rows.slice(at, at + ROWS_AT_ONCE), look));
  }
  return lines;
}

function layoutRows(table: Tokens.Table, rows: readonly Tokens.TableCell[][], look: Look): Line[] {
  const toCells = (cells: readonly Tokens.TableCell[]): Cells => cells.map((cell) => layoutInline(known(cell.tokens), look).flatMap((line, index) => (index > 0 ? [{ text: ' ' }, ...line] : line)));
  const head = toCells(table.header);
  const body = rows.map(toCells);
  const columns = look.theme.words ? undefined : fitColumns(head.map((_, index) => Math.max(1, ...[head, ...body].map((row) => widthOf(textOf(row[index] ?? []))))), look.width - 3 * (head.length - 1));
  return columns === undefined ? toRecords(head, body, look) : toGrid(head, body, { columns, table, look });
}

/** The widest columns give until all fit; nothing, when one would become too narrow to read. */
function fitColumns(natural: readonly number[], room: number): number[] | undefined {
  if (natural.reduce((sum, width) => sum + Math.min(width, MIN_COLUMN), 0) > room) return undefined;
  const columns = [...natural];
  for (let over = columns.reduce((sum, width) => sum + width, 0) - room; over > 0;) {
    const widest = Math.max(...columns);
    const next = Math.max(MIN_COLUMN, ...columns.filter((width) => width < widest));
    const gives = columns.filter((width) => width === widest).length;
    const less = Math.max(1, Math.min(widest - next, Math.ceil(over / gives)));
    for (let index = 0; index < columns.length && over > 0; index++) {
      if (columns[index] !== widest) continue;
      const taken = Math.min(less, over);
      columns[index] = widest - taken;
      over -= taken;
    }
  }
  return columns;
}

function toGrid(head: Cells, body: readonly Cells[], { columns, table, look }: { columns: readonly number[]; table: Tokens.Table; look: Look }): Line[] {
  const { signs } = look.theme;
  const toRow = (cells: Cells): Line[] => {
    const wrapped = columns.map((width, index) => wrapLine(cells[index] ?? [], { width }));
    return Array.from({ length: Math.max(...wrapped.map(({ length }) => length)) }, (_, row) => columns.flatMap((width, index): Span[] => {
      const isLast = index === columns.length - 1;
      const cell = pad(wrapped[index]![row] ?? [], { width, align: table.align[index] ?? 'left', isLast });
      return isLast ? cell : [...cell, { text: ` ${signs.bar} `, roles: ['dim'] }];
    }));
  };
  const rule: Line = [{ text: columns.map((width) => signs.rule.repeat(width)).join(`${signs.rule}${signs.cross}${signs.rule}`), roles: ['dim'] }];
  return [...toRow(head.map((cell) => within('strong', cell))), rule, ...body.flatMap(toRow)];
}

/** Nothing is filled up at the end of a row. */
function pad(cell: Line, { width, align, isLast }: { width: number; align: 'left' | 'right' | 'center'; isLast: boolean }): Span[] {
  const room = Math.max(0, width - widthOf(textOf(cell)));
  const before = align === 'right' ? room : align === 'center' ? room >> 1 : 0;
  const after = isLast ? 0 : room - before;
  return [...(before > 0 ? [{ text: ' '.repeat(before) }] : []), ...cell, ...(after > 0 ? [{ text: ' '.repeat(after) }] : [])];
}

/** Each row as lines of `head: cell`. */
function toRecords(head: Cells, body: readonly Cells[], look: Look): Line[] {
  if (body.length === 0) return wrapLine(head.flatMap((cell, index) => (index > 0 ? [{ text: ', ' }, ...cell] : cell)), { width: look.width });
  return body.flatMap((row, index) => [
    ...(index > 0 ? [[]] : []),
    ...row.flatMap((cell, column) => {
      const [first = [], ...more] = wrapLine([...within('strong', head[column] ?? []), toSpan(': ', look), ...cell], { width: look.width });
      return [first, ...more.flatMap((line) => wrapLine(line, { width: look.width - 2 })).map((line): Line => [{ text: '  ' }, ...line])];
    }),
  ]);
}
