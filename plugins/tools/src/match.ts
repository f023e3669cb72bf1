import { reindenter } from './indentation.ts';
import { splitLines, type TextLines } from './text-lines.ts';

/**
 * How `old` may differ from the file, strictest first; each level forgives what those before it do. The first level at which
 * anything matches decides, so that a tolerant match never competes with an exact one.
 */
export const LEVELS = ['exact', 'line-ends', 'look-alikes', 'trailing-space', 'indentation'] as const;
export type Level = (typeof LEVELS)[number];

/** Beyond this many places they are not counted any more. */
export const MAX_PLACES = 1000;

/** A part of the text; `end` is exclusive. */
export interface Place { start: number; end: number }

export interface Match {
  level: Level;
  places: readonly Place[];
  /** `old` as it was looked for: at the end of a file without a last line end, without its own. */
  old: string;
}

/** Levels that compare whole lines, so that they may forgive what stands at their ends. */
const WHOLE_LINES: ReadonlySet<Level> = new Set<Level>(['trailing-space', 'indentation']);

/** All places where `old` stands, at the first level at which there is one. */
export function findMatch(text: string, old: string): Match | undefined {
  const exact = findExact(text, old);
  if (exact.length > 0) return { level: 'exact', places: exact, old };
  if (old.trim() === '') return undefined; // White space alone would match anywhere.
  const whole = splitLines(text);
  for (const level of LEVELS.slice(1)) {
    const found = findLines(text, whole, old, level);
    if (found.places.length > 0) return { level, ...found };
  }
  return undefined;
}

function findExact(text: string, old: string): Place[] {
  const places: Place[] = [];
  // Places that overlap count: which of them is meant is just as open.
  for (let at = text.indexOf(old); at !== -1 && places.length < MAX_PLACES; at = text.indexOf(old, at + 1)) places.push({ start: at, end: at + old.length });
  return places;
}

function findLines(text: string, whole: TextLines, given: string, level: Level): { places: Place[]; old: string } {
  const keys = whole.lines.map(keyOf(level));
  let old = given;
  let places = lookFor(text, whole, keys, old, level);
  // The last line of the file may lack the end that `old` has.
  if (places.length === 0 && WHOLE_LINES.has(level) && old.endsWith('\n') && !text.endsWith('\n')) {
    old = old.replace(/\r?\n$/, '');
    places = lookFor(text, whole, keys, old, level).filter(({ end }) => end === text.length);
  }
  return { places, old };
}

function lookFor(text: string, whole: TextLines, keys: readonly string[], old: string, level: Level): Place[] {
  const wanted = splitLines(old).lines;
  const wantedKeys = wanted.map(keyOf(level));
  const places: Place[] = [];
  for (let line = 0; line + wanted.length <= keys.length && places.length < MAX_PLACES; line++) {
    for (const column of columnsOf(keys, line, { wanted, wantedKeys, level })) {
      const place = toPlace(whole, { line, column, wanted, level });
      if (level !== 'indentation' || reindenter(wanted, splitLines(text.slice(place.start, place.end)).lines, []) !== undefined) places.push(place);
    }
  }
  return places;
}

/** Where in line `line` the wanted lines begin, if they match from there on. */
function columnsOf(keys: readonly string[], line: number, { wanted, wantedKeys, level }: { wanted: readonly string[]; wantedKeys: readonly string[]; level: Level }): number[] {
  const wholeLines = WHOLE_LINES.has(level);
  const [first, last] = [wantedKeys[0]!, wantedKeys.at(-1)!];
  const here = keys[line]!;
  if (wanted.length === 1) return wholeLines ? (here === first ? [0] : []) : columnsIn(here, first);
  if (wholeLines ? here !== first : !here.endsWith(first)) return [];
  const tail = keys[line + wanted.length - 1]!;
  // Where `old` ends with a line end, any line may follow.
  if (wanted.at(-1) !== '' && (wholeLines ? tail !== last : !tail.startsWith(last))) return [];
  for (let index = 1; index < wanted.length - 1; index++) if (keys[line + index] !== wantedKeys[index]) return [];
  return [wholeLines ? 0 : here.length - first.length];
}

function columnsIn(line: string, wanted: string): number[] {
  const columns: number[] = [];
  for (let at = line.indexOf(wanted); at !== -1; at = line.indexOf(wanted, at + 1)) columns.push(at);
  return columns;
}

function toPlace(whole: TextLines, { line, column, wanted, level }: { line: number; column: number; wanted: readonly string[]; level: Level }): Place {
  const start = whole.starts[line]! + column;
  const lastLine = line + wanted.length - 1;
  const lastStart = wanted.length === 1 ? start : whole.starts[lastLine]!;
  const lastLength = WHOLE_LINES.has(level) && wanted.at(-1) !== '' ? whole.lines[lastLine]!.length : wanted.at(-1)!.length;
  return { start, end: lastStart + lastLength };
}

/** What two lines must have in common at a level. Look-alikes are replaced one for one, so that columns stay. */
export function keyOf(level: Level): (line: string) => string {
  switch (level) {
    case 'look-alikes': return toPlain;
    case 'trailing-space': return (line) => toPlain(line).trimEnd();
    case 'indentation': return (line) => toPlain(line).trim();
    default: return (line) => line;
  }
}

/** Curly quotes, dashes and special spaces as the characters of a keyboard. */
export function toPlain(text: string): string {
  return text
    .replace(/[\u2018-\u201b\u2032\u2035]/g, "'")
    .replace(/[\u201c-\u201f\u2033\u2036]/g, '"')
    .replace(/[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]/g, '-')
    .replace(/[\u00a0\u2000-\u200a\u202f\u205f\u3000]/g, ' ');
}
