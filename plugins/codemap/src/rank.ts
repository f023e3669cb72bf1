import type { Entry } from './entry.ts';
import type { Kind } from './parse.ts';

/** So many callers are named of one symbol. */
export const MAX_CALLERS = 25;
/** What every class has: who calls it says nothing. */
const IGNORED = new Set(['__init__', '__post_init__', '__call__', 'constructor']);

export interface Caller { path: string; /** Of the first call in it. */ line: number }

/** `callers` is empty where another file owns the name. */
export interface RankedSymbol { path: string; name: string; kind: Kind; line: number; score: number; callers: readonly Caller[] }

/** What is known of one name that some file defines. */
interface Name { owner: string; weight: number; count: number; callers: Caller[]; /** The last file that was found to define it, by its place in the list. */ definedIn: number; factor: number }

/**
 * Every symbol with its weight. A file weighs 0.8^depth × √(lines ÷ (symbols + 1)), a symbol as much as its file × (1 + ln(1 + its calls
 * in files that do not define the name)), to three decimals. Where files define the same name, the heaviest owns it: its callers are named there.
 */
export function rank(entries: readonly Entry[]): RankedSymbol[] {
  const weights = entries.map(weigh);
  const names = new Map<string, Name>();
  const defined = entries.map((entry, index) => findNames(entry, weights[index]!, names));
  for (const [index, entry] of entries.entries()) countCalls(entry, { index, defined: defined[index]! }, names);
  for (const name of names.values()) name.factor = 1 + Math.log(1 + name.count);
  const ranked: RankedSymbol[] = [];
  for (const [index, { path, symbols }] of entries.entries()) {
    for (const [at, { name, kind, line }] of symbols.entries()) {
      const { owner, factor, callers } = defined[index]![at]!;
      ranked.push({ path, name, kind, line, score: Math.round(weights[index]! * factor * 1000) / 1000, callers: owner === path ? callers : NOBODY });
    }
  }
  return ranked;
}

const NOBODY: readonly Caller[] = [];

function weigh({ path, lines, symbols }: Entry): number {
  return 0.8 ** (path.split('/').length - 1) * Math.sqrt(lines / (symbols.length + 1));
}

/** What is known of each symbol's name. Of two files that weigh the same, the first owns it. */
function findNames({ path, symbols }: Entry, weight: number, names: Map<string, Name>): Name[] {
  return symbols.map(({ name }) => {
    let known = names.get(name);
    if (known === undefined) names.set(name, known = { owner: path, weight, count: 0, callers: [], definedIn: -1, factor: 1 });
    else if (weight > known.weight) Object.assign(known, { owner: path, weight });
    return known;
  });
}

function countCalls({ path, calls }: Entry, { index, defined }: { index: number; defined: readonly Name[] }, names: ReadonlyMap<string, Name>): void {
  for (const name of defined) name.definedIn = index;
  for (const { name, count, line } of calls) {
    const known = names.get(name);
    if (known === undefined || known.definedIn === index || IGNORED.has(name)) continue;
    known.count += count;
    if (known.callers.length < MAX_CALLERS) known.callers.push({ path, line });
  }
}
