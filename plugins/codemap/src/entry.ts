import type { Call, CodeSymbol, ParsedFile } from './parse.ts';
import { KINDS } from './parse.ts';

/** Why nothing is known of a file of a known language. */
export const SKIPPED = ['large', 'binary', 'minified', 'slow', 'broken', 'gone'] as const;
export type Skipped = (typeof SKIPPED)[number];

/** What is known of one file of code, as it was when it had this stamp and hash. */
export interface Entry extends ParsedFile {
  path: string;
  stamp: string;
  /** Of its bytes; empty where they were not read. */
  hash: string;
  skipped?: Skipped;
}

/** One line of the cache: names and numbers without their keys, since there are very many. */
export function toLine({ path, stamp, hash, lines, symbols, calls, skipped }: Entry): string {
  const flatSymbols = symbols.flatMap(({ name, kind, line }) => [name, KINDS.indexOf(kind), line]);
  const flatCalls = calls.flatMap(({ name, count, line }) => [name, count, line]);
  return JSON.stringify([path, stamp, hash, lines, flatSymbols, flatCalls, skipped ?? '']);
}

/** @returns nothing for a line that is torn or says something else */
export function parseLine(line: string): Entry | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // Torn: its writer was stopped.
  }
  if (!Array.isArray(value) || value.length !== 7) return undefined;
  const [path, stamp, hash, lines, flatSymbols, flatCalls, skipped] = value as unknown[];
  if (typeof path !== 'string' || typeof stamp !== 'string' || typeof hash !== 'string' || !isCount(lines)) return undefined;
  const symbols = toTriples(flatSymbols, ([name, kind, at]): CodeSymbol | undefined => (KINDS[kind] === undefined ? undefined : { name, kind: KINDS[kind], line: at }));
  const calls = toTriples(flatCalls, ([name, count, at]): Call => ({ name, count, line: at }));
  if (symbols === undefined || calls === undefined) return undefined;
  if (skipped === '') return { path, stamp, hash, lines, symbols, calls };
  const reason = SKIPPED.find((one) => one === skipped);
  return reason === undefined ? undefined : { path, stamp, hash, lines, symbols, calls, skipped: reason };
}

function toTriples<T>(flat: unknown, make: (triple: [string, number, number]) => T | undefined): T[] | undefined {
  if (!Array.isArray(flat) || flat.length % 3 !== 0) return undefined;
  const all: T[] = [];
  for (let index = 0; index < flat.length; index += 3) {
    const [name, first, second] = [flat[index], flat[index + 1], flat[index + 2]] as unknown[];
    if (typeof name !== 'string' || !isCount(first) || !isCount(second)) return undefined;
    const one = make([name, first, second]);
    if (one === undefined) return undefined;
    all.push(one);
  }
  return all;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
