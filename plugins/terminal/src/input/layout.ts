import { graphemesOf, lineEnd } from './graphemes.ts';
import { widthOf } from '@pith/screen';

const TAB = 4;

/** How one character is shown, where it is not shown as it is: what was attached by its label, a control character as `^X`. */
export type Show = (grapheme: string) => string | undefined;

/** One character on the screen. `from` and `to` count from the beginning of its line. */
export interface Cell { shown: string; columns: number; column: number; from: number; to: number; /** Shown otherwise than it is. */ isMark: boolean }

/** One row of the screen: what of the text stands in it, and where its line begins. */
export interface Row { start: number; from: number; to: number; cells: readonly Cell[] }

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
    for (const cells of layoutLine(text.slice(start, end), { limit, show })) rows.push({ start, from: start + (cells[0]?.from ?? 0), to: start + (cells.at(-1)?.to ?? 0), cells });
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
  if (cell !== undefined) return { at: target.start + cell.from, column: keep };
  // The end of a row that goes on in the next one is the beginning of that.
  const goesOn = rows[row + by + 1]?.from === target.to;
  return { at: goesOn ? target.start + target.cells.at(-1)!.from : target.to, column: keep };
}

/** The rows that are seen when only so many fit: those around the cursor. @param top the one that was first before */
export function scrollTo({ rows, row }: Layout, { height, top }: { height: number; top: number }): number {
  const highest = Math.max(0, rows.length - height);
  return Math.max(0, Math.min(highest, row < top ? row : row >= top + height ? row - height + 1 : top));
}

/** Lines that were laid out last, and how many characters they have together: a key changes one of them. */
const known = new WeakMap<Show, { lines: Map<string, readonly (readonly Cell[])[]>; characters: number }>();
const KNOWN_CHARACTERS_MAX = 200_000;
/** Behind this a line is no line that somebody types. */
const KNOWN_LINE_MAX = 5000;

function layoutLine(line: string, { limit, show }: { limit: number; show: Show }): readonly (readonly Cell[])[] {
  let kept = known.get(show);
  if (kept === undefined || kept.characters > KNOWN_CHARACTERS_MAX) known.set(show, kept = { lines: new Map(), characters: 0 });
  const key = `${limit} ${line}`;
  let rows = kept.lines.get(key);
  if (rows !== undefined) return rows;
  rows = breakLine(line, { limit, show });
  // What is attached may be gone the next time.
  if (line.length > KNOWN_LINE_MAX || /\p{Cs}/u.test(line)) return rows;
  kept.lines.set(key, rows);
  kept.characters += line.length;
  return rows;
}

function breakLine(line: string, { limit, show }: { limit: number; show: Show }): Cell[][] {
  const rows: Cell[][] = [];
  let cells: Cell[] = [];
  let columns = 0;
  const push = (cell: Cell): void => {
    cells.push({ ...cell, column: columns });
    columns += cell.columns;
  };
  const close = (next: Cell[]): void => {
    rows.push(cells);
    cells = [];
    columns = 0;
    for (const cell of next) push(cell);
  };
  for (const { text, from, to } of graphemesOf(line)) {
    const cell = toCell(text, { from, to, column: columns, limit, show });
    if (columns + cell.columns > limit && cells.length > 0) {
      // The space behind a word that just fits is not seen.
      if (text === ' ' && cells.at(-1)!.columns > 0) {
        push({ ...cell, shown: '', columns: 0 });
        continue;
      }
      const afterSpace = cells.findLastIndex((each) => isSpace(line[each.from]!)) + 1;
      close(isSpace(text) || afterSpace === 0 ? [] : cells.splice(afterSpace));
      if (columns + cell.columns > limit && cells.length > 0) close([]);
    }
    push(text === '\t' ? toCell(text, { from, to, column: columns, limit, show }) : cell);
  }
  return [...rows, cells];
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

function columnAt({ cells, start }: Row, cursor: number): number {
  const last = cells.findLast(({ from }) => start + from < cursor);
  return last === undefined ? 0 : last.column + last.columns;
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\t';
}
