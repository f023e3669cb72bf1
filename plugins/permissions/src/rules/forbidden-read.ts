import { relative } from 'node:path';
import { escapeControl } from '@pith/kernel';
import type { Command } from '../line/command.ts';
import { ANY_NAME } from '../places/deep-read.ts';
import { globMatches, mayMatchBelow, toGlobPlaces } from './glob.ts';
import type { Policy } from '../options.ts';
import type { Rule } from './rule.ts';
import type { Surroundings } from '../subject.ts';

/**
 * Whether a command that is given a folder, or a repository, would get at a file in it of which a rule forbids that, or asks
 * about it. It is not named, so a person may say yes.
 */
export function readsForbidden(command: Command, { deny, ask }: Policy, base: Surroundings): { reason: string; rule: Rule } | undefined {
  const rules = [...deny, ...ask].filter((rule) => rule.kind === 'path');
  if (rules.length === 0) return undefined;
  const places = toGlobPlaces(base);
  for (const { folders, list, changes } of command.deepReads) {
    for (const rule of rules) {
      if ((rule.access === 'edit' && !changes) || !folders.some((folder) => mayMatchBelow(rule.glob, folder, places))) continue;
      const { paths, odd, text, isMore } = list();
      const { hint } = rule.glob;
      const path = (hint === '' || text.includes(hint) ? paths : odd).find((candidate) => globMatches(rule.glob, candidate, places, 'generous'));
      if (path !== undefined) return { rule, reason: `it would ${changes ? 'get at' : 'read'} ${toShown(path, base)}, of which a rule speaks` };
      if (isMore) return { rule, reason: 'it goes through more files than can be looked at, and a rule may speak of one of them; name the folders that are meant' };
    }
  }
  return undefined;
}

function toShown(path: string, { cwd }: Surroundings): string {
  return escapeControl((relative(cwd, path) || path).replace(ANY_NAME, '*'));
}
