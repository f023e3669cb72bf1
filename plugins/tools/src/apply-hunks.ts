import { escapeControl } from '@pith/kernel';
import { LEVEL_TEXT } from './apply-edits.ts';
import { toolError } from './errors.ts';
import { changedPart, findHunk, type HunkPlace, type HunkSearch, type Taken } from './find-hunk.ts';
import type { Level } from './match.ts';
import { mergeRegion } from './merge.ts';
import { nearestLine } from './nearest-line.ts';
import type { Hunk } from './parse-patch.ts';
import { splitLines, type TextLines } from './text-lines.ts';

export interface AppliedHunk {
  level: Level;
  /** The first line that it changes, 1-based, in the file as it was. */
  line: number;
}

/** As many line numbers of an ambiguous hunk are named. */
const NAMED_LINES = 10;

/**
 * Applies the hunks of one file in order, each to what the ones before it made. Their order decides only where a hunk stands in
 * several places. A file without a last line end stays without one.
 * @throws PithError EDIT_NOT_FOUND, EDIT_AMBIGUOUS, EDIT_NO_CHANGE naming the hunk
 */
export function applyHunks(text: string, hunks: readonly Hunk[], shown: string): { text: string; applied: readonly AppliedHunk[] } {
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const isOpen = text !== '' && !text.endsWith('\n');
  let current = isOpen ? text + lineEnd : text; // So that every line has an end, as the lines of a patch have.
  let taken: Taken[] = [];
  const applied: AppliedHunk[] = [];
  for (const [index, hunk] of hunks.entries()) {
    const which = hunks.length === 1 ? `The hunk (line ${hunk.line} of the patch)` : `Hunk ${index + 1} of ${hunks.length} (line ${hunk.line} of the patch)`;
    const split = splitLines(current);
    const search = findHunk(split.lines.slice(0, -1), hunk, taken);
    if ('problem' in search) throw searchError(search, { hunk, which, shown, text: current });
    const { place } = search;
    current = replaceLines(current, split, place, lineEnd);
    taken = addTaken(taken, place);
    applied.push({ level: place.level, line: changedPart(place).from + 1 });
  }
  const made = isOpen ? current.replace(/\r?\n$/, '') : current;
  if (hunks.length > 0 && made === text) throw toolError(`${shown} reads as the patch says already; nothing was written`, 'EDIT_NO_CHANGE', 'Read it again to see what stands there.');
  return { text: made, applied };
}

function replaceLines(text: string, { starts }: TextLines, { line, count, level, lines }: HunkPlace, lineEnd: string): string {
  const [start, end] = [starts[line]!, starts[line + count]!];
  const made = mergeRegion({
    old: toText(lines.filter(({ sign }) => sign !== '+')), replacement: toText(lines.filter(({ sign }) => sign !== '-')),
    region: splitLines(text.slice(start, end)), level, lineEnd,
  });
  return text.slice(0, start) + made + text.slice(end);
}

/** What was taken before moves with the text; last comes what this hunk has changed. */
function addTaken(taken: readonly Taken[], place: HunkPlace): Taken[] {
  const { from, to } = changedPart(place);
  const grown = place.lines.filter(({ sign }) => sign === '+').length - place.lines.filter(({ sign }) => sign === '-').length;
  const moved = taken.map((other) => (other.from >= to ? { from: other.from + grown, to: other.to + grown } : other));
  return [...moved, { from, to: to + grown }];
}

function toText(lines: Hunk['lines']): string {
  return lines.map(({ text }) => `${text}\n`).join('');
}

function searchError(search: Exclude<HunkSearch, { place: unknown }>, { hunk, which, shown, text }: { hunk: Hunk; which: string; shown: string; text: string }): Error {
  switch (search.problem) {
    case 'ambiguous': {
      const lines = search.lines.slice(0, NAMED_LINES).map((line) => line + 1);
      const how = search.level === 'exact' ? '' : ` apart from ${LEVEL_TEXT[search.level]},`;
      return toolError(`${which} may mean ${search.lines.length} places of ${shown},${how} on lines ${lines.join(', ')}${search.lines.length > NAMED_LINES ? ' …' : ''}; nothing was written`,
        'EDIT_AMBIGUOUS', 'Add lines of context, or an @@ line that names the function or class it is in.');
    }
    case 'no-place': return toolError(`${which} says what to add to ${shown}, but not where; nothing was written`, 'EDIT_NOT_FOUND', 'Add lines of context around it, or *** End of File after it.');
    case 'no-anchor': return toolError(`No line of ${shown} is what ${which.charAt(0).toLowerCase()}${which.slice(1)} names after @@; nothing was written`, 'EDIT_NOT_FOUND', nearHint(text, hunk.anchors.at(-1)!));
    default: return toolError(`${which} does not stand in ${shown}; nothing was written`, 'EDIT_NOT_FOUND', nearHint(text, hunk.lines.filter(({ sign }) => sign !== '+').map((line) => line.text).join('\n')));
  }
}

function nearHint(text: string, wanted: string): string {
  const near = nearestLine(text, wanted);
  return near === undefined ? 'Read the file again, and copy the lines from it.' : `The nearest is line ${near.line}: ${escapeControl(near.text)}`;
}
