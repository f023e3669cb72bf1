import { splitLines } from './text-lines.ts';

/** Lines that are compared, and characters of each. */
const MAX_LINES = 20_000;
const MAX_CHARACTERS = 200;
/** Below this likeness a line would be a wrong track. */
const LEAST_LIKENESS = 0.5;

/** The line of a text that is most like the longest line of `wanted`: a hint where a match failed. */
export function nearestLine(text: string, wanted: string): { line: number; text: string } | undefined {
  const longest = splitLines(wanted).lines.map((line) => line.trim().slice(0, MAX_CHARACTERS)).reduce((a, b) => (b.length > a.length ? b : a));
  const pairs = toPairs(longest);
  let best: { line: number; text: string } | undefined;
  let bestLikeness = LEAST_LIKENESS;
  for (const [index, line] of splitLines(text).lines.slice(0, MAX_LINES).entries()) {
    const likeness = compare(pairs, longest.length - 1, line.trim().slice(0, MAX_CHARACTERS));
    if (likeness <= bestLikeness) continue;
    bestLikeness = likeness;
    best = { line: index + 1, text: line.length > MAX_CHARACTERS ? `${line.slice(0, MAX_CHARACTERS)}…` : line };
  }
  return best;
}

/** Share of pairs of neighbouring characters that two lines have in common, from 0 to 1. */
function compare(pairs: ReadonlyMap<string, number>, count: number, line: string): number {
  const total = count + line.length - 1;
  // Even if the shorter were all in the longer, it would not be enough.
  if (count < 1 || line.length < 2 || 2 * Math.min(count, line.length - 1) <= total * LEAST_LIKENESS) return 0;
  const left = new Map(pairs);
  let common = 0;
  for (let at = 0; at + 1 < line.length; at++) {
    const pair = line.slice(at, at + 2);
    const some = left.get(pair) ?? 0;
    if (some === 0) continue;
    left.set(pair, some - 1);
    common++;
  }
  return 2 * common / total;
}

function toPairs(line: string): Map<string, number> {
  const pairs = new Map<string, number>();
  for (let at = 0; at + 1 < line.length; at++) {
    const pair = line.slice(at, at + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}
