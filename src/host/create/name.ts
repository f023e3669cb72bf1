import type { Interfaces } from '@oclif/core';
import { PithError } from '@pith/kernel';
import { CATALOGUE } from '../catalogue.ts';

const NOUN = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const SCOPE = /^@[a-z0-9][a-z0-9-]*\//;
const LENGTH_MAX = 60;

/**
 * Checks the name of a new hook file or plugin.
 * @param what `hook` or `plugin`, for people
 * @returns the noun: the name without a scope
 * @throws PithError NAME_INVALID
 */
export function checkName(name: string, what: 'hook' | 'plugin', oclif: Interfaces.Config): string {
  const noun = what === 'plugin' ? name.replace(SCOPE, '') : name;
  const invalid = (found: string, hint: string): PithError => new PithError(`${JSON.stringify(name)} ${found}`, { code: 'NAME_INVALID', hint });
  if (!NOUN.test(noun) || name.length > LENGTH_MAX) {
    throw invalid(`is no name for a ${what}`, `Allowed are small letters and digits in words joined by -, a letter first, ${LENGTH_MAX} characters at most, as in protect-main${what === 'plugin' ? ' or @acme/protect-main' : ''}.`);
  }
  const isTaken = CATALOGUE.includes(noun) || oclif.commandIDs.some((id) => id === noun || id.startsWith(`${noun}:`));
  if (isTaken) throw invalid('is the name of a plugin or a command of pith', 'Choose another one: two of one name do not load.');
  return noun;
}
