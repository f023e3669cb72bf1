import type { IndexedCode } from './code-index.ts';
import { type Cut, cutMap } from './cut.ts';
import { describeWithin, findSymbols } from './focus.ts';
import { rank } from './rank.ts';
import { estimateTokens, toCharacters } from './tokens.ts';

export interface MapText { text: string; details: MapDetails }
export interface MapDetails { files: number; symbols: number; shown: number; parsed: number; cut: Cut; tokens: number; complete: boolean; skipped: IndexedCode['skipped'] }

/** The notes at the end. */
const ROOM_FOR_NOTES = 300;

/** What a model reads: what fits the focus with its callers, in at most half of the room, then the map of all. */
export function makeMap(code: IndexedCode, { focus, budgetTokens }: { focus?: string | undefined; budgetTokens: number }): MapText {
  const symbols = rank(code.entries);
  const room = Math.max(toCharacters(budgetTokens) - ROOM_FOR_NOTES, 0);
  const fitting = focus === undefined ? [] : findSymbols(symbols, focus);
  const found = describeWithin(fitting, room / 2);
  const head = focus === undefined ? [] : found.length === 0 ? ['[no symbol fits the focus]', ''] : [...found, ''];
  const used = head.reduce((sum, line) => sum + line.length + 1, 0);
  const map = cutMap(code.paths, symbols, estimateTokens(room - used));
  const notes = toNotes(code, { cut: map.cut, shown: map.symbols, symbols: symbols.length, unshown: fitting.length - found.length });
  const text = [...head, ...map.text === '' ? [] : [map.text], ...notes.length === 0 ? [] : [`[${notes.join('; ')}]`]].join('\n');
  return { text, details: { files: code.paths.length, symbols: symbols.length, shown: map.symbols, parsed: code.parsed, cut: map.cut, tokens: estimateTokens(text.length), complete: code.complete, skipped: code.skipped } };
}

function toNotes({ complete, skipped, paths }: IndexedCode, { cut, shown, symbols, unshown }: { cut: Cut; shown: number; symbols: number; unshown: number }): string[] {
  const notes: string[] = [];
  if (paths.length === 0) notes.push('no files');
  if (unshown > 0) notes.push(`${unshown} more symbols fit the focus; use narrower words`);
  if (cut === 'unimportant files') notes.push('pictures, lock files and the like are left out');
  if (cut === 'symbols') notes.push(`the ${shown} most used of ${symbols} symbols; name a folder for more`);
  if (cut === 'files') notes.push(`folders with the number of their files, then the ${shown} most used of ${symbols} symbols; name a folder for more`);
  if (!complete) notes.push('not all files were read yet: name a folder, or ask again');
  const reasons = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`);
  if (reasons.length > 0) notes.push(`not read: ${reasons.join(', ')}`);
  return notes;
}
