import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { escapeControl } from '@pith/kernel';
import type { Command } from './command.ts';
import { deepReadOf, listBelow } from './deep-read.ts';
import { type Glob, globMatches, toGlobPlaces } from './glob.ts';
import type { Policy } from './options.ts';
import { findProgram } from './program.ts';
import type { Rule } from './rule.ts';
import type { Surroundings } from './subject.ts';
import { unwrap } from './wrapper.ts';

type PathRule = Extract<Rule, { kind: 'path' }>;

/**
 * Whether a command that is given a folder, or a repository, would read or change a file in it that a rule forbids or asks
 * about. The file is not named, so a person may say yes.
 */
export function forbiddenBelow(command: Command, { deny, ask }: Policy, base: Surroundings): { reason: string; rule: Rule } | undefined {
  const rules = [...deny, ...ask].filter((rule): rule is PathRule => rule.kind === 'path');
  return findBelow(rules.filter(({ access }) => access === 'read'), 'read', base, () => command.folders.flatMap((at) => command.spellings.map((words) => deepReadOf(unwrap(words), at) ?? { paths: [], isMore: false })))
    ?? findBelow(rules.filter(({ access }) => access === 'edit'), 'change', base, () => [listBelow(changedFolders(command))]);
}

function findBelow(rules: readonly PathRule[], what: string, base: Surroundings, toRead: () => { paths: readonly string[]; isMore: boolean }[]): { reason: string; rule: Rule } | undefined {
  if (rules.length === 0) return undefined;
  const places = toGlobPlaces(base);
  const means = (glob: Glob, path: string): boolean => globMatches(glob, path, places, 'generous');
  for (const { paths, isMore } of toRead()) {
    for (const rule of rules) {
      const path = paths.find((candidate) => means(rule.glob, candidate));
      if (path !== undefined) return { rule, reason: `it may ${what} ${escapeControl(relative(base.cwd, path))}, which a rule speaks of` };
    }
    if (isMore) return { rule: rules[0]!, reason: `it may ${what} more files than can be looked at, and a rule speaks of some` };
  }
  return undefined;
}

/** Of programs whose purpose is writing: what others do with a word that happens to be the name of a folder is not known. */
function changedFolders({ mentions, spellings }: Command): string[] {
  if (!spellings.some((words) => findProgram(unwrap(words)[0] ?? '')?.writes)) return [];
  return mentions.flatMap(({ changes, place }) => (changes && place !== undefined && statSync(place.spelled, { throwIfNoEntry: false })?.isDirectory() ? place.real : []));
}
