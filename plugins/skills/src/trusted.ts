import { isPithError, type Services, type Turn } from '@pith/kernel';
import type { Callable } from './command-file.ts';
import { skillError } from './errors.ts';
import { toReal, upToRepository } from './places.ts';

/**
 * A file of a project runs no command before a person has looked at just this content, and said so.
 * @throws PithError COMMAND_UNTRUSTED
 */
export async function checkTrusted({ name, file, shown, place, text }: Callable, line: number, turn: Turn): Promise<void> {
  if (place.layer !== 'project') return;
  const trust = await find('trust', turn);
  let changed = false;
  for (const folder of [...upToRepository(turn.cwd), ...turn.roots]) {
    const state = await trust?.stateOf(folder, new Map([[file, text]]));
    if (state === 'trusted') return;
    changed ||= state === 'changed';
  }
  throw skillError(`/${name} would run a command as it is read (${shown}:${line}), and ${changed ? 'it is not what was looked at when the folder was trusted' : 'this folder is not trusted'}; nothing was run or sent`, 'COMMAND_UNTRUSTED', 'Look at it, then: pith trust');
}

/**
 * A link of a project in the place of a command gives what is behind it to the model: that is read as any file, where a rule speaks of it.
 * @throws PithError COMMAND_REFUSED
 */
export async function checkLinked({ name, file, shown, place }: Callable, turn: Turn): Promise<void> {
  const real = toReal(file);
  if (place.layer !== 'project' || real === file) return;
  const permissions = await find('permissions', turn);
  const found = await permissions?.explain(`Read(${real})`, { cwd: turn.cwd, roots: turn.roots, mode: turn.mode });
  if (found === undefined || found.rule === null || found.verdict === 'allow') return;
  throw skillError(`/${name} was not sent, since ${shown} is a link to a file that may not be read: ${found.reason} (rule ${found.rule})`, 'COMMAND_REFUSED', 'Allow it with a rule, or put a file in the place of the link.');
}

/** Not every host knows of trust; then nothing of a project is trusted. Where nobody knows of rules, none speaks of a file. */
async function find<K extends 'trust' | 'permissions'>(name: K, turn: Turn): Promise<Services[K] | undefined> {
  try {
    return await turn.service(name);
  } catch (error) {
    if (isPithError(error) && error.code === 'SERVICE_MISSING') return undefined;
    throw error;
  }
}
