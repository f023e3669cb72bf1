import { graphemesOf, lineEnd } from './graphemes.ts';
import { widthOf } from '@pith/screen';

const TAB = 4;

/** How one character is shown, where it is not shown as it is: what was attached by its label, a control character as `^X`. */
export type Show = (grapheme: string) => string | undefined;

/** One character on the screen. */
export interface Cell { shown: string; columns: number; column: number; from: number; to: number; /** Shown otherwise than it is. */ isMark: boolean }

/** One row of the screen: what of the text stands in it. */
export interface Row { from: number; to: number; cells: readonly Cell[] }

export interface Layout {
  rows: readonly Row[];
  /** Where the cursor is among them. */
  row: number;
  column: number;
}

/**
 * The text in rows, broken behind spaces where there are any. One column stays free behind each row, so that the cursor always has a
 * place. Between two rows of one line it stands at the beginning of the second.
 */
export function layoutText(text: string, { cursor, width, show }: { cursor: number; width: number; show: Show }): Layout {
  const limit = Math.max(1, width - 1);
  const rows: Row[] = [];
  for (let start = 0; ;) {
    const end = lineEnd(text, start);
    rows.push(...layoutLine(text.slice(start, end), { start, limit, show }));
    if (end === text.length) break;
    start = end + 1;
  }
  const row = rows.findLastIndex(({ from }) => from <= cursor);
  return { rows, row, column: columnAt(rows[row]!, cursor) };
}

/** Where a move of one row up or down leads, and the column that it keeps; nothing where there is no further row. */
export function moveVertically({ rows, row, column }: Layout, { by, keep = column }: { by: 1 | -1; keep?: number | undefined }): { at: number; column: number } | undefined {
  const target = rows[row + by];
  if (target === undefined) return undefined;
  const cell = target.cells.find(({ column: from, columns }) => from + columns > keep);
  if (cell !== undefined) return { at: cell.from, column: keep };
  // The end of a row that goes on in the next one is the beginning of that.
  const goesOn = rows[row + by + 1]?.from === target.to;
  return { at: goesOn ? target.cells.at(-1)!.from : target.to, column: keep };
}

/** The rows that are seen when only so many fit: those around the cursor. @param top the one that was first before */
export function scrollTo({ rows, row }: Layout, { height, top }: { height: number; top: number }): number {
  const highest = Math.max(0, rows.length - height);
  return Math.max(0, Math.min(highest, row < top ? row : row >= top + height ? row - height + 1 : top));
}

function layoutLine(line: string, { start, limit, show }: { start: number; limit: number; show: Show }): Row[] {
  const rows: Row[] = [];
  let cells: Cell[] = [];
  let columns = 0;
  const close = (next: Cell[]): void => {
    rows.push({ from: cells[0]!.from, to: cells.at(-1)!.to, cells });
    cells = [];
    columns = 0;
    for (const cell of next) push(cell);
  };
  const push = (cell: Cell): void => {
    cells.push({ ...cell, column: columns });
    columns += cell.columns;
  };
  for (const { text, from, to } of graphemesOf(line, start)) {
    const cell = toCell(text, { from, to, column: columns, limit, show });
    if (columns + cell.columns > limit && cells.length > 0) {
      const afterSpace = cells.findLastIndex((each) => isSpace(line[each.from - start]!)) + 1;
      close(isSpace(text) || afterSpace === 0 ? [] : cells.splice(afterSpace));
      if (columns + cell.columns > limit && cells.length > 0) close([]);
    }
    push(text === '\t' ? toCell(text, { from, to, column: columns, limit, show }) : cell);
  }
  rows.push({ from: cells[0]?.from ?? start, to: cells.at(-1)?.to ?? start, cells });
  return rows;
}

function toCell(text: string, { from, to, column, limit, show }: { from: number; to: number; column: number; limit: number; show: Show }): Cell {
  if (text === '\t') {
    const columns = Math.max(1, Math.min(limit - column, TAB - (column % TAB)));
    return { shown: ' '.repeat(columns), columns, column, from, to, isMark: false };
  }
  const other = show(text);
  const shown = cut(other ?? text, limit);
  return { shown, columns: widthOf(shown), column, from, to, isMark: other !== undefined };
}

/** A label that is wider than the row is cut at its end. */
function cut(shown: string, limit: number): string {
  if (widthOf(shown) <= limit) return shown;
  let kept = '';
  for (const { text } of graphemesOf(shown)) {
    if (widthOf(kept + text) > limit - 1) break;
    kept += text;
  }
  return limit < 2 ? '?' : `${kept}~`;
}

function columnAt({ cells }: Row, cursor: number): number {
  const last = cells.findLast(({ from }) => from < cursor);
  return last === undefined ? 0 : last.column + last.columns;
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t';
}
