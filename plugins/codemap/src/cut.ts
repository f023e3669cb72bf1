import type { RankedSymbol } from './rank.ts';
import { estimateTokens, toCharacters } from './tokens.ts';
import { drawFolders, drawTree, toFolder, toMark } from './tree.ts';
import { isUnimportant } from './unimportant.ts';

/** What was left out so that a map fits, each with all that stands before it. */
const CUTS = ['nothing', 'unimportant files', 'symbols', 'files'] as const;
export type Cut = (typeof CUTS)[number];

export interface CutMap { text: string; cut: Cut; tokens: number; /** How many symbols are in it. */ symbols: number }

const DEPTH_MAX = 12;
/** ` a:1` */
const SHORTEST_MARK = 4;

/**
 * A map within a number of tokens. What goes first: nothing; files that say little; the symbols of lowest score; files, so that folders alone
 * are left, down to the depth that fits in half of the room, and in the other half the files of the symbols of highest score.
 */
export function cutMap(paths: readonly string[], symbols: readonly RankedSymbol[], budgetTokens: number): CutMap {
  const room = toCharacters(budgetTokens);
  const whole = drawWithin(paths, symbols, room);
  if (whole !== undefined) return toMap(whole, 'nothing', symbols.length);
  const important = paths.filter((path) => !isUnimportant(path));
  const files = new Set(important);
  const kept = symbols.filter(({ path }) => files.has(path));
  const less = drawWithin(important, kept, room);
  if (less !== undefined) return toMap(less, 'unimportant files', kept.length);
  const bare = drawTree(important, []).length;
  if (bare > room) return cutFiles(important, kept, room);
  const some = takeWhile(best(kept, room), (_, marks) => bare + marks <= room);
  return toMap(drawTree(important, some), 'symbols', some.length);
}

/** @returns nothing where it has no room; a map that is far too large is not drawn */
function drawWithin(paths: readonly string[], symbols: readonly RankedSymbol[], room: number): string | undefined {
  if (symbols.length * SHORTEST_MARK > room) return undefined;
  const drawn = drawTree(paths, symbols);
  return drawn.length <= room ? drawn : undefined;
}

/** Those of highest score, in its order, as many as could have room at all: to sort the others would take most of the time. Of the same score the first stand first. */
function best(symbols: readonly RankedSymbol[], room: number): RankedSymbol[] {
  const most = Math.ceil(room / SHORTEST_MARK);
  const scores = Float64Array.from(symbols, ({ score }) => score).sort();
  const least = scores[Math.max(scores.length - most, 0)] ?? 0;
  return symbols.filter(({ score }) => score >= least).sort((a, b) => b.score - a.score);
}

function cutFiles(paths: readonly string[], symbols: readonly RankedSymbol[], room: number): CutMap {
  const folders = drawDeepest(paths, room / 2);
  const draw = (some: readonly RankedSymbol[]): string => [folders, drawTree([...new Set(some.map(({ path }) => path))].sort(), some)].filter((part) => part !== '').join('\n');
  // Of names that stand in many files, the owner's is worth its place.
  const called = best(symbols.filter(({ callers }) => callers.length > 0), room);
  const some = called.slice(0, countFitting(Math.min(called.length, room), (count) => draw(called.slice(0, count)).length <= room));
  return toMap(draw(some), 'files', some.length);
}

/** The largest count up to `most` that fits, when fewer always do. */
function countFitting(most: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}

function drawDeepest(paths: readonly string[], room: number): string {
  const root = toFolder(paths);
  let best = '';
  for (let depth = 1; depth <= DEPTH_MAX; depth++) {
    const drawn = drawFolders(root, depth);
    if (drawn.length > room) return best === '' ? cutLines(drawn, room) : best;
    if (drawn === best) return best;
    best = drawn;
  }
  return best;
}

function cutLines(text: string, room: number): string {
  const lines = text.split('\n');
  let characters = 0;
  const end = lines.findIndex((line) => (characters += line.length + 1) > room - 30);
  return [...lines.slice(0, end), `… ${lines.length - end} more folders`].join('\n');
}

/** The first ones, as long as `fits` says so of each and of what all of them add to their lines. */
function takeWhile(symbols: readonly RankedSymbol[], fits: (symbol: RankedSymbol, characters: number) => boolean): RankedSymbol[] {
  let characters = 0;
  const files = new Set<string>();
  const end = symbols.findIndex((symbol) => {
    characters += toMark(symbol).length + (files.has(symbol.path) ? 0 : 1);
    files.add(symbol.path);
    return !fits(symbol, characters);
  });
  return end === -1 ? [...symbols] : symbols.slice(0, end);
}

function toMap(text: string, cut: Cut, symbols: number): CutMap {
  return { text, cut, tokens: estimateTokens(text.length), symbols };
}
