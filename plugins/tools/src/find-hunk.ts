import { reindenter } from './indentation.ts';
import { keyOf, type Level } from './match.ts';
import type { Hunk } from './parse-patch.ts';

/** Where a hunk stands in a file. Lines are counted from 0; `count` lines from `line` on are the hunk's old ones. */
export interface HunkPlace {
  line: number;
  count: number;
  level: Level;
  /** Lines of the hunk as it was looked for: blank ones at its ends may have been a gap of the patch. */
  lines: Hunk['lines'];
}

export type HunkSearch = { place: HunkPlace } | { problem: 'not-found' | 'no-anchor' | 'no-place' } | { problem: 'ambiguous'; lines: readonly number[]; level: Level };

/** A part of the file that another hunk of the same patch changes. */
export interface Taken { from: number; to: number }

/** Strictest first; the first at which anything matches decides, as in `edit`. Whole lines are compared, so line ends never differ. */
const HUNK_LEVELS: readonly Level[] = ['exact', 'look-alikes', 'trailing-space', 'indentation'];

/**
 * The one place of a hunk. After `@@` lines it is the first that follows them; without any it must be the only one that comes
 * after the hunk before it, or, where there is none, the only one before.
 */
export function findHunk(file: readonly string[], hunk: Hunk, taken: readonly Taken[]): HunkSearch {
  const after = taken.at(-1)?.to ?? 0;
  const starts = hunk.anchors.length === 0 ? undefined : findAnchors(file, hunk.anchors);
  if (starts?.length === 0) return { problem: 'no-anchor' };
  let found = findLines(file, hunk.lines, { starts, after, taken, atEnd: hunk.atEnd });
  if ('problem' in found && found.problem === 'not-found') {
    const trimmed = withoutGaps(hunk.lines);
    if (trimmed.length < hunk.lines.length) found = findLines(file, trimmed, { starts, after, taken, atEnd: hunk.atEnd });
  }
  return found;
}

interface Where { starts: readonly number[] | undefined; after: number; taken: readonly Taken[]; atEnd: boolean }

function findLines(file: readonly string[], lines: Hunk['lines'], where: Where): HunkSearch {
  const old = lines.filter(({ sign }) => sign !== '+').map(({ text }) => text);
  if (old.length === 0) return findInsertion(file, lines, where);
  for (const level of HUNK_LEVELS) {
    if (level !== 'exact' && old.every((line) => line.trim() === '')) break; // White space alone would match anywhere.
    const matches = matchesOf(file, old, level).map((line) => ({ line, changed: changedPart({ line, lines }) })).filter(({ changed }) => isFree(changed, where.taken));
    const found = unique(choose(matches, { ...where, lastLine: file.length - old.length }).map(({ line }) => line));
    if (found.length === 1) return { place: { line: found[0]!, count: old.length, level, lines } };
    if (found.length > 1) return { problem: 'ambiguous', lines: found, level };
  }
  return { problem: 'not-found' };
}

/** Lines to add and nothing around them: the place must be said in another way. */
function findInsertion(file: readonly string[], lines: Hunk['lines'], { starts, atEnd }: Where): HunkSearch {
  const places = atEnd || file.length === 0 ? [file.length] : (starts ?? []).map((start) => start + 1);
  if (places.length > 1) return { problem: 'ambiguous', lines: places.map((line) => line - 1), level: 'exact' };
  const [line] = places;
  return line === undefined ? { problem: 'no-place' } : { place: { line, count: 0, level: 'exact', lines } };
}

function matchesOf(file: readonly string[], old: readonly string[], level: Level): number[] {
  const key = keyOf(level);
  const keys = file.map(key);
  const wanted = old.map(key);
  const lines: number[] = [];
  for (let line = 0; line + wanted.length <= keys.length; line++) {
    if (!wanted.every((one, index) => keys[line + index] === one)) continue;
    if (level !== 'indentation' || reindenter(old, file.slice(line, line + old.length), []) !== undefined) lines.push(line);
  }
  return lines;
}

interface HunkMatch { line: number; changed: Taken }

/** Of all matches those that may be meant. */
function choose(matches: readonly HunkMatch[], { starts, after, atEnd, lastLine }: Where & { lastLine: number }): readonly HunkMatch[] {
  const last = matches.at(-1);
  if (atEnd && last?.line === lastLine) return [last];
  const later = matches.filter(({ changed }) => changed.from >= after);
  if (starts === undefined) return later.length > 0 ? later : matches;
  const nearest = (start: number): HunkMatch | undefined => later.find(({ line }) => line >= start) ?? matches.find(({ line }) => line >= start);
  return starts.map(nearest).filter((match) => match !== undefined);
}

/** Hunks may share context, but not what they change. */
function isFree({ from, to }: Taken, taken: readonly Taken[]): boolean {
  return taken.every((other) => to <= other.from || from >= other.to);
}

/** The hunk's lines of the file without the context at its ends. */
export function changedPart({ line, lines }: Pick<HunkPlace, 'line' | 'lines'>): Taken {
  const head = lines.findIndex(({ sign }) => sign !== ' ');
  const tail = lines.length - 1 - lines.findLastIndex(({ sign }) => sign !== ' ');
  const count = lines.filter(({ sign }) => sign !== '+').length;
  return { from: line + head, to: line + count - tail };
}

/** Lines that the last anchor may mean: every place of the first one, then the nearest of each further one. */
function findAnchors(file: readonly string[], [first, ...further]: readonly string[]): readonly number[] {
  let places = anchorMatches(file, first!);
  for (const anchor of further) {
    const matches = anchorMatches(file, anchor);
    places = unique(places.map((place) => matches.find((line) => line > place)));
  }
  return places;
}

/** An anchor is a whole line, but for what the levels forgive, or else a part of one. */
function anchorMatches(file: readonly string[], anchor: string): number[] {
  for (const level of HUNK_LEVELS) {
    const wanted = keyOf(level)(anchor);
    const lines = file.flatMap((line, index) => (keyOf(level)(line) === wanted ? [index] : []));
    if (lines.length > 0) return lines;
  }
  const part = keyOf('indentation')(anchor);
  return file.flatMap((line, index) => (keyOf('indentation')(line).includes(part) ? [index] : []));
}

function withoutGaps(lines: Hunk['lines']): Hunk['lines'] {
  const from = lines.findIndex(({ bare }) => !bare);
  const to = lines.findLastIndex(({ bare }) => !bare);
  return lines.slice(from, to + 1);
}

function unique(lines: readonly (number | undefined)[]): number[] {
  return [...new Set(lines.filter((line) => line !== undefined))];
}
