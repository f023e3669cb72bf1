import { relative } from 'node:path';
import { escapeControl } from '@pith/kernel';
import type { Command } from './command.ts';
import { deepReadOf } from './deep-read.ts';
import { globMatches, toGlobPlaces } from './glob.ts';
import type { Policy } from './options.ts';
import type { Rule } from './rule.ts';
import type { Surroundings } from './subject.ts';
import { unwrap } from './wrapper.ts';

/**
 * Whether a command that is given a folder, or a repository, would read a file in it that a rule forbids to read or asks
 * about. It is not named, so a person may say yes.
 */
export function readsForbidden(command: Command, { deny, ask }: Policy, base: Surroundings): { reason: string; rule: Rule } | undefined {
  const rules = [...deny, ...ask].filter((rule) => rule.kind === 'path' && rule.access === 'read');
  if (rules.length === 0) return undefined;
  for (const at of command.folders) {
    for (const words of command.spellings) {
      const read = deepReadOf(unwrap(words), at);
      if (read === undefined) continue;
      const rule = rules.find((candidate) => candidate.kind === 'path' && read.paths.some((path) => globMatches(candidate.glob, path, toGlobPlaces(base), 'generous')));
      if (rule !== undefined) return { rule, reason: `it would read ${toShown(read.paths.find((path) => rule.kind === 'path' && globMatches(rule.glob, path, toGlobPlaces(base), 'generous'))!, base)}, which a rule forbids to read` };
      if (read.isMore) return { rule: rules[0]!, reason: 'it reads more files than can be looked at, and a rule forbids to read some' };
    }
  }
  return undefined;
}

function toShown(path: string, { cwd }: Surroundings): string {
  return escapeControl(relative(cwd, path) || path);
}
