import { type Look, toSpan } from '../markdown/look.ts';
import type { Line, Role, Span } from '../span.ts';
import { wrapLine } from '../wrap.ts';
import { type DiffLine, type Row, type Title, parseDiff } from './parse.ts';
import { compareWords, type Part } from './words.ts';

/** So much of a diff is laid out; of the rest its size is told. A pager asks for more. */
const MAX_ROWS = 2000;
const MAX_CHARACTERS = 400_000;
/** A line of a diff longer than this is shown up to here. */
const MAX_LINE = 2000;
/** Narrower than this there are no numbers. */
const MIN_WIDTH = 24;

export interface DiffLook extends Look {
  /** So many unchanged lines stay at a change; others are folded. */
  contextLines?: number;
  /** Default 2000. */
  maxRows?: number;
}

/** A unified diff as rows: numbers, signs, and of a line that was changed the words. */
export function layoutDiff(diff: string, look: DiffLook): Line[] {
  const shown = diff.length > MAX_CHARACTERS ? diff.slice(0, diff.lastIndexOf('\n', MAX_CHARACTERS) + 1 || MAX_CHARACTERS) : diff;
  const all = foldContext([...parseDiff(shown)], look.contextLines ?? 3);
  const rows = all.slice(0, look.maxRows ?? MAX_ROWS);
  const numbers = rows.reduce((most, row) => Math.max(most, numberOf(row).length), 0);
  const words = pairWords(rows);
  const lines = rows.flatMap((row) => layoutRow(row, { look, numbers: look.width < MIN_WIDTH ? 0 : numbers, parts: words.get(row) }));
  const left = all.length - rows.length + (shown.length < diff.length ? diff.slice(shown.length).split('\n').length : 0);
  return left > 0 ? [...lines, ...note(`${left} more lines of this diff are not shown`, look)] : lines;
}

/** Unchanged lines far from every change become one row that says how many they are. */
function foldContext(rows: readonly Row[], contextLines: number): Row[] {
  const changes = rows.flatMap((row, at) => (isChange(row) ? [at] : []));
  const isNear = new Set(changes.flatMap((at) => Array.from({ length: 2 * contextLines + 1 }, (_, index) => at - contextLines + index)));
  const folded: Row[] = [];
  let hidden: Row[] = [];
  const flush = (): void => {
    folded.push(...(hidden.length > 1 ? [{ kind: 'note' as const, text: `${hidden.length} unchanged lines` }] : hidden));
    hidden = [];
  };
  for (const [at, row] of rows.entries()) {
    if (row.kind === 'same' && !isNear.has(at)) { hidden.push(row); continue; }
    flush();
    folded.push(row);
  }
  flush();
  return folded;
}

function isChange({ kind }: Row): boolean {
  return kind === 'added' || kind === 'removed';
}

/** Of a run of removed lines and the added ones below it the first belongs to the first, and so on. */
function pairWords(rows: readonly Row[]): Map<Row, readonly Part[]> {
  const found = new Map<Row, readonly Part[]>();
  for (let at = 0; at < rows.length;) {
    const removed = run(rows, at, 'removed');
    const added = run(rows, at + removed.length, 'added');
    for (const [index, row] of removed.entries()) {
      const other = added[index];
      const words = other === undefined || row.text.length + other.text.length > MAX_LINE ? undefined : compareWords(row.text, other.text);
      if (words !== undefined) { found.set(row, words.before); found.set(other!, words.after); }
    }
    at += Math.max(1, removed.length + added.length);
  }
  return found;
}

function run(rows: readonly Row[], start: number, kind: DiffLine['kind']): DiffLine[] {
  const found: DiffLine[] = [];
  for (let row = rows[start]; row?.kind === kind; row = rows[start + found.length]) found.push(row as DiffLine);
  return found;
}

function isTitle(row: Row): row is Title {
  return row.kind === 'file' || row.kind === 'hunk' || row.kind === 'note';
}

function layoutRow(row: Row, { look, numbers, parts }: { look: DiffLook; numbers: number; parts: readonly Part[] | undefined }): Line[] {
  if (isTitle(row)) return row.kind === 'note' ? note(row.text, look) : wrapLine([toSpan(cutText(row.text), look, row.kind)], look);
  const number = numberOf(row);
  const first = look.theme.words ? spoken(row.kind, number) : [...(numbers > 0 ? [{ text: `${number.padStart(numbers)} `, roles: ['line-number'] as Role[] }] : []), signOf(row.kind)];
  const indent = look.theme.words ? 0 : (numbers > 0 ? numbers + 1 : 0) + 2;
  const body = layoutText(row, parts, look);
  if (look.theme.words) return wrapLine([...first, ...body], look);
  return wrapLine(body, { width: Math.max(2, look.width - indent), keepSpaces: true }).map((line, index): Line => [...(index === 0 ? first : [{ text: ' '.repeat(indent) }]), ...line]);
}

/** In the file that the line is in: the old one for what is gone. */
function numberOf(row: Row): string {
  if (row.kind === 'removed') return String(row.before ?? '');
  return row.kind === 'added' || row.kind === 'same' ? String(row.after ?? '') : '';
}

function signOf(kind: DiffLine['kind']): Span {
  if (kind === 'same') return { text: '  ' };
  return { text: kind === 'added' ? '+ ' : '- ', roles: [kind] };
}

function spoken(kind: DiffLine['kind'], number: string): Span[] {
  const word = { same: 'Unchanged', added: 'Added', removed: 'Removed' }[kind];
  return [{ text: number === '' ? `${word}: ` : `${word} line ${number}: ` }];
}

function layoutText(row: DiffLine, parts: readonly Part[] | undefined, look: DiffLook): Span[] {
  if (row.kind === 'same') return [toSpan(cutText(row.text), look)];
  const { kind } = row;
  if (parts === undefined) return [toSpan(cutText(row.text), look, kind)];
  return parts.map(({ text, isChanged }) => (isChanged ? toSpan(text, look, kind, `${kind}-word`) : toSpan(text, look, kind)));
}

function cutText(text: string): string {
  return text.length > MAX_LINE ? `${text.slice(0, MAX_LINE).toWellFormed()} [${text.length - MAX_LINE} more characters]` : text;
}

function note(text: string, look: DiffLook): Line[] {
  return wrapLine([toSpan(look.theme.words ? `(${cutText(text)})` : `${look.theme.signs.ellipsis} ${cutText(text)}`, look, 'dim')], look);
}
