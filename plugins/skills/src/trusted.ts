import { isPithError, type Trust, type Turn } from '@pith/kernel';
import type { Callable } from './command-file.ts';
import { skillError } from './errors.ts';
import { upToRepository } from './places.ts';

/**
 * A file of a project runs no command before a person has looked at just this content, and said so.
 * @throws PithError COMMAND_UNTRUSTED
 */
export async function checkTrusted({ name, file, shown, place, text }: Callable, line: number, turn: Turn): Promise<void> {
  if (place.layer !== 'project') return;
  const trust = await turn.service('trust').catch(orNone);
  let changed = false;
  for (const folder of [...upToRepository(turn.cwd), ...turn.roots]) {
    const state = await trust?.stateOf(folder, new Map([[file, text]]));
    if (state === 'trusted') return;
    changed ||= state === 'changed';
  }
  throw skillError(`/${name} would run a command as it is read (${shown}:${line}), and ${changed ? 'it is not what was looked at when the folder was trusted' : 'this folder is not trusted'}; nothing was run or sent`, 'COMMAND_UNTRUSTED', 'Look at it, then: pith trust');
}

/** Not every host knows of trust; then nothing of a project is trusted. */
function orNone(error: unknown): Trust | undefined {
  if (isPithError(error) && error.code === 'SERVICE_MISSING') return undefined;
  throw error;
}
