import type { Entry } from './entry.ts';
import type { Kind } from './parse.ts';

/** So many callers are named of one symbol. */
export const MAX_CALLERS = 25;
/** What every class has: who calls it says nothing. */
const IGNORED = new Set(['__init__', '__post_init__', '__call__', 'constructor']);

export interface Caller { path: string; /** Of the first call in it. */ line: number }

/** `callers` is empty where another file owns the name. */
export interface RankedSymbol { path: string; name: string; kind: Kind; line: number; score: number; callers: readonly Caller[] }

/**
 * Every symbol with its weight. A file weighs 0.8^depth × √(lines ÷ (symbols + 1)), a symbol as much as its file × (1 + ln(1 + its calls
 * in files that do not define the name)), to three decimals. Where files define the same name, the heaviest owns it: its callers are named there.
 */
export function rank(entries: readonly Entry[]): RankedSymbol[] {
  const weights = new Map(entries.map((entry): [string, number] => [entry.path, weigh(entry)]));
  const names = new Map(entries.map(({ path, symbols }): [string, ReadonlySet<string>] => [path, new Set(symbols.map(({ name }) => name))]));
  const owners = findOwners(entries, weights);
  const calls = countCalls(entries, names, owners);
  return entries.flatMap(({ path, symbols }) => symbols.map(({ name, kind, line }) => {
    const found = calls.get(name);
    const score = Math.round(weights.get(path)! * (1 + Math.log(1 + (found?.count ?? 0))) * 1000) / 1000;
    return { path, name, kind, line, score, callers: owners.get(name) === path ? found?.callers ?? [] : [] };
  }));
}

function weigh({ path, lines, symbols }: Entry): number {
  return 0.8 ** (path.split('/').length - 1) * Math.sqrt(lines / (symbols.length + 1));
}

/** By name the path of the file; of two that weigh the same, the first by path. */
function findOwners(entries: readonly Entry[], weights: ReadonlyMap<string, number>): Map<string, string> {
  const owners = new Map<string, string>();
  for (const { path, symbols } of entries) {
    for (const { name } of symbols) {
      const owner = owners.get(name);
      if (owner === undefined || weights.get(path)! > weights.get(owner)!) owners.set(name, path);
    }
  }
  return owners;
}

interface Calls { count: number; callers: Caller[] }

function countCalls(entries: readonly Entry[], names: ReadonlyMap<string, ReadonlySet<string>>, owners: ReadonlyMap<string, string>): Map<string, Calls> {
  const all = new Map<string, Calls>();
  for (const { path, calls } of entries) {
    const own = names.get(path)!;
    for (const { name, count, line } of calls) {
      if (own.has(name) || !owners.has(name) || IGNORED.has(name)) continue;
      let known = all.get(name);
      if (known === undefined) all.set(name, known = { count: 0, callers: [] });
      known.count += count;
      if (known.callers.length < MAX_CALLERS) known.callers.push({ path, line });
    }
  }
  return all;
}
