import { layoutText, type Line, toSpan, widthOf, wrapLine } from '@pith/screen';
import { helpRows } from '../keys.ts';
import type { PagerLook, PagerText } from './text.ts';

/** Less room than this behind the keys, and what they do goes below them. */
const MIN_SUMMARY = 30;
const INDENT = 2;

type Row = { place: string } | { keys: string; summary: string };

/** The help page: what each key does, in a column of its own where there is room for one. */
export function toKeysText(): PagerText {
  const rows = helpRows().flatMap(({ place, rows: own }, index): Row[] => [...(index === 0 ? [] : [{ place: '' }]), { place }, ...own]);
  const column = Math.max(...rows.map((row) => ('keys' in row ? widthOf(row.keys) : 0))) + 2 * INDENT;
  return {
    length: rows.length,
    plain: (index) => { const row = rows[index]!; return 'keys' in row ? `${row.keys} ${row.summary}` : row.place; },
    layout: (index, look) => { const row = rows[index]!; return 'keys' in row ? layoutRow(row, column, look) : layoutText(row.place, look, 'heading'); },
  };
}

function layoutRow({ keys, summary }: { keys: string; summary: string }, column: number, { width, theme }: PagerLook): Line[] {
  const isBeside = width - column >= MIN_SUMMARY;
  const at = isBeside ? column : 2 * INDENT;
  const lines = wrapLine([toSpan(summary, { theme })], { width: Math.max(INDENT, width - at) });
  const indented = lines.map((line): Line => [{ text: ' '.repeat(at) }, ...line]);
  const head: Line = [{ text: ' '.repeat(INDENT) }, toSpan(keys, { theme }, 'strong')];
  if (!isBeside) return [...wrapLine(head, { width }), ...indented];
  return [[...head, { text: ' '.repeat(column - INDENT - widthOf(keys)) }, ...lines[0]!], ...indented.slice(1)];
}
