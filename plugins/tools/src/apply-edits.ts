import { escapeControl } from '@pith/kernel';
import { toolError } from './errors.ts';
import { findMatch, type Level, type Match, MAX_PLACES, type Place } from './match.ts';
import { mergeRegion } from './merge.ts';
import { nearestLine } from './nearest-line.ts';
import { lineEndAt, lineNumber, splitLines } from './text-lines.ts';

export interface Edit { old: string; new: string }

export interface AppliedEdit {
  level: Level;
  /** 1-based, in the text as it was when this edit's turn came. */
  line: number;
}

/** As many line numbers of an ambiguous match are named. */
const NAMED_LINES = 10;

/**
 * Applies edits in order, each to what the ones before it made. All or nothing.
 * @throws PithError EDIT_NOT_FOUND, EDIT_AMBIGUOUS, EDIT_NO_CHANGE, each naming the edit where there are several
 */
export function applyEdits(text: string, edits: readonly Edit[], shown: string): { text: string; applied: readonly AppliedEdit[] } {
  const applied: AppliedEdit[] = [];
  let current = text;
  for (const [index, edit] of edits.entries()) {
    const which = edits.length === 1 ? 'old' : `old of edit ${index + 1} of ${edits.length}`;
    if (edit.old === edit.new) throw toolError(`${capital(which)} and new are the same text; nothing was written`, 'EDIT_NO_CHANGE', 'Say in new what shall stand there.');
    const match = findMatch(current, edit.old);
    if (match === undefined) throw notFound(current, edit.old, { which, shown, isFirst: index === 0 });
    if (match.places.length > 1) throw ambiguous(current, match, { which, shown });
    const [place] = match.places as [Place];
    const made = toReplacement(current, match, place, edit);
    if (made === current.slice(place.start, place.end)) throw toolError(`${shown} reads as new says already; nothing was written`, 'EDIT_NO_CHANGE', 'Read it again to see what stands there.');
    applied.push({ level: match.level, line: lineNumber(current, place.start) });
    current = current.slice(0, place.start) + made + current.slice(place.end);
  }
  return { text: current, applied };
}

function toReplacement(text: string, match: Match, place: Place, edit: Edit): string {
  const lineEnd = lineEndAt(text, place.start) ?? '\n';
  if (match.level === 'exact') return lineEnd === '\r\n' && !edit.old.includes('\n') ? withPairs(edit.new) : edit.new;
  // Where the last line of the file lacks the end that `old` has, the new text does not bring one either.
  const replacement = match.old === edit.old ? edit.new : edit.new.replace(/\r?\n$/, '');
  return mergeRegion({ old: match.old, replacement, region: splitLines(text.slice(place.start, place.end)), level: match.level, lineEnd });
}

/** New lines in a file whose lines end in CRLF do so, too. */
function withPairs(text: string): string {
  return text.replace(/(?<!\r)\n/g, '\r\n');
}

function ambiguous(text: string, { level, places }: Match, { which, shown }: { which: string; shown: string }): Error {
  const lines = places.slice(0, NAMED_LINES).map(({ start }) => lineNumber(text, start));
  const count = places.length < MAX_PLACES ? `${places.length}` : `${MAX_PLACES} or more`;
  const how = level === 'exact' ? '' : `, apart from ${LEVEL_TEXT[level]},`;
  return toolError(`${capital(which)} stands in ${count} places of ${shown}${how} on lines ${lines.join(', ')}${places.length > NAMED_LINES ? ' …' : ''}; nothing was written`,
    'EDIT_AMBIGUOUS', 'Add lines around it to old, so that it stands in one place.');
}

/** What a level forgives, in words. */
export const LEVEL_TEXT: Readonly<Record<Exclude<Level, 'exact'>, string>> = {
  'line-ends': 'line ends',
  'look-alikes': 'look-alike characters',
  'trailing-space': 'white space at line ends',
  'indentation': 'indentation',
};

function notFound(text: string, old: string, { which, shown, isFirst }: { which: string; shown: string; isFirst: boolean }): Error {
  const near = nearestLine(text, old);
  const after = isFirst ? '' : ' as the edits before it leave it';
  return toolError(`${capital(which)} does not stand in ${shown}${after}; nothing was written`, 'EDIT_NOT_FOUND',
    near === undefined ? 'Read the file again, and copy old from it.' : `The nearest is line ${near.line}: ${escapeControl(near.text)}`);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
