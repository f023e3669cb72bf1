import { joinSpans, type Line, type Span } from './span.ts';
import { type Cell, toCells, widthOf } from './width.ts';

/** No text is broken into rows narrower than this: two columns are one character of some scripts. */
const MIN_COLUMNS = 2;

interface StyledCell extends Cell { look: Omit<Span, 'text'> }

/**
 * A line as rows of at most `width` columns, broken at spaces where there are any, looks kept. Spaces at a break are dropped,
 * unless `keepSpaces`: in code every one counts.
 */
export function wrapLine(line: Line, { width, keepSpaces = false }: { width: number; keepSpaces?: boolean }): Line[] {
  const limit = Math.max(MIN_COLUMNS, width);
  let total = 0;
  for (const { text } of line) total += widthOf(text);
  if (total <= limit) return [joinSpans(line)];

  const cells = toStyledCells(line);
  const rows: Line[] = [];
  let start = 0;
  while (start < cells.length) {
    const end = rowEnd(cells, { start, limit, keepSpaces });
    rows.push(toLine(cells, start, keepSpaces ? end : withoutSpaces(cells, start, end)));
    start = end;
    if (!keepSpaces) while (start < cells.length && cells[start]!.text === ' ') start++;
  }
  return rows;
}

/** The beginning of a line that is too long, with a sign that something is missing. */
export function cutLine(line: Line, { width, sign = '…' }: { width: number; sign?: string }): Line {
  let total = 0;
  for (const { text } of line) total += widthOf(text);
  if (total <= width) return line;
  const room = width - widthOf(sign);
  if (room < 0) return [];
  const cells = toStyledCells(line);
  let columns = 0;
  let end = 0;
  while (columns + cells[end]!.columns <= room) columns += cells[end++]!.columns;
  return [...toLine(cells, 0, end), { text: sign, roles: ['dim'] }];
}

/** Where the next row begins: after the last space that fits, else in the middle of a word. */
function rowEnd(cells: readonly StyledCell[], { start, limit, keepSpaces }: { start: number; limit: number; keepSpaces: boolean }): number {
  let columns = 0;
  let end = start;
  let afterSpace = start;
  while (end < cells.length && columns + cells[end]!.columns <= limit) {
    columns += cells[end]!.columns;
    end++;
    if (cells[end - 1]!.text === ' ') afterSpace = end;
  }
  if (end === start) return start + 1;
  if (end === cells.length || (!keepSpaces && cells[end]!.text === ' ') || afterSpace === start) return end;
  return keepSpaces && /^ *$/.test(cells.slice(start, afterSpace).map(({ text }) => text).join('')) ? end : afterSpace;
}

function withoutSpaces(cells: readonly StyledCell[], start: number, end: number): number {
  let last = end;
  while (last > start && cells[last - 1]!.text === ' ') last--;
  return last;
}

function toStyledCells(line: Line): StyledCell[] {
  const cells: StyledCell[] = [];
  for (const { text, ...look } of line) for (const cell of toCells(text)) cells.push({ text: cell.text, columns: cell.columns, look });
  return cells;
}

function toLine(cells: readonly StyledCell[], start: number, end: number): Line {
  const spans: Span[] = [];
  let from = start;
  for (let at = start; at <= end; at++) {
    if (at < end && cells[at]!.look === cells[from]!.look) continue;
    if (at > from) spans.push({ text: cells.slice(from, at).map(({ text }) => text).join(''), ...cells[from]!.look });
    from = at;
  }
  return joinSpans(spans);
}
