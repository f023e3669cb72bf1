import { escapeControl } from '@pith/kernel';
import { cutLine, textOf, widthOf, wrapLine } from '@pith/screen';

/** Of the last column, at least so much is shown beside the others. */
const LAST_MIN = 16;
const NUMBER = /^[+−-]?\d[\d.]*( (µs|ms|s|%))?$/;

/** As wide as the screen; COLUMNS says it where there is none. */
export function screenWidth(): number {
  return process.stdout.columns || Number(process.env['COLUMNS']) || 120;
}

/**
 * Rows as aligned columns, numbers to the right; a row that is wider than the screen loses the end of its last cell. Where
 * the screen is too narrow for that, each row stands as a block, one line a cell.
 */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[], width = screenWidth()): string {
  const cells = rows.map((row) => row.map((cell) => escapeControl(cell)));
  const widths = head.map((title, column) => Math.max(widthOf(title), ...cells.map((row) => widthOf(row[column] ?? ''))));
  const last = head.length - 1;
  const room = width - widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0);
  if (rows.length > 0 && room < Math.min(LAST_MIN, widths[last] ?? 0)) return cells.map((row) => formatBlock(head, row, width)).join('\n');
  const isNumber = head.map((_, column) => cells.some((row) => row[column]) && cells.every((row) => !row[column] || NUMBER.test(row[column])));
  return [head, ...cells].map((row) => {
    const line = row.map((cell, column) => (isNumber[column] ? cell.padStart(widths[column]!) : column === last ? cell : pad(cell, widths[column]!))).join('  ').trimEnd();
    return textOf(cutLine([{ text: line }], { width }));
  }).join('\n');
}

/** The first cell, and below it each other one behind its title. */
function formatBlock(head: readonly string[], [first = '', ...others]: readonly string[], width: number): string {
  const titles = Math.max(...head.slice(1).map(widthOf));
  const lines = others.flatMap((cell, index) => {
    if (cell === '') return [];
    const [begin, ...more] = wrap(cell, Math.max(LAST_MIN, width - titles - 4));
    return [`  ${pad(head[index + 1]!, titles)}  ${begin}`, ...more.map((line) => `${' '.repeat(titles + 4)}${line}`)];
  });
  return [...wrap(first, width), ...lines].join('\n');
}

/** Text behind something, with every further line as far in as the first one. */
export function formatParagraph(text: string, width: number, first = '  '): string {
  const room = Math.max(LAST_MIN, width - first.length);
  return escapeControl(text, { lines: true }).split('\n').flatMap((line) => wrap(line, room)).map((line, index) => `${index === 0 ? first : ' '.repeat(first.length)}${line}`).join('\n');
}

/** Lines of at most `width` columns, broken between words, and inside those that are longer. */
export function wrap(text: string, width: number): string[] {
  return wrapLine([{ text }], { width }).map(textOf);
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
