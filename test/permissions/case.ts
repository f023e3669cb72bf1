import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Verdict = 'allow' | 'ask' | 'deny';

/** A line of `pith permissions check`, with the verdict that THREATS.md asks for and the sentence that says so. */
export interface Case {
  id: string;
  why: string;
  policy: { allow: string[]; ask: string[]; deny: string[] };
  mode: string;
  tool: string;
  input: Record<string, unknown>;
  root?: string;
  /** Where the specification leaves open how strict it is, any of these. */
  expect: Verdict | 'error' | (Verdict | 'error')[];
}

const folder = fileURLToPath(new URL('cases/', import.meta.url));

/** The names of the files of cases: each tests one theme. */
export const themes: readonly string[] = readdirSync(folder).filter((file) => file.endsWith('.jsonl')).map((file) => file.slice(0, -'.jsonl'.length)).sort();

/** `<root>` and `<top>` in a text of a case stand for the folders of the ground. */
export function readCases(theme: string, places: { root: string; top: string }): Case[] {
  const inJson = (path: string): string => JSON.stringify(path).slice(1, -1);
  const text = readFileSync(`${folder}${theme}.jsonl`, 'utf8').replaceAll('<root>', inJson(places.root)).replaceAll('<top>', inJson(places.top));
  return text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Case);
}

/** A case with the parts that most share left out. */
export function toCase(policy: Partial<Case['policy']>, command: string, rest: Partial<Case> = {}): Omit<Case, 'expect'> {
  return { id: '', why: '', policy: { allow: [], ask: [], deny: [], ...policy }, mode: 'default', tool: 'Bash', input: { command }, ...rest };
}
