import { isPithError, type Turn } from '@pith/kernel';
import { inputError, refuseArgument } from '../errors.ts';
import { toCount } from './words.ts';

/** Keeps what was said so far as a session of its own, to come back to; here it goes on as before. */
export async function fork(argument: string, turn: Turn): Promise<string> {
  refuseArgument('fork', argument, 'Type /fork alone. With fewer turns: pith sessions fork ID --at N');
  if (turn.messages.length === 0) return 'There is nothing to copy yet.';
  const { id, turns } = await turn.recorded('fork', () => copy(turn));
  return `${id} begins with what was said here, ${toCount(turns, 'turn')}, and stays as it is; this session goes on.\n/resume ${id} goes back to that here, and pith --resume ${id} elsewhere.`;
}

async function copy(turn: Turn): Promise<{ id: string; turns: number }> {
  try {
    const { id, turns } = await (await turn.service('sessions')).fork(turn.sessionId, { cwd: turn.cwd });
    return { id, turns };
  } catch (error) {
    if (!isPithError(error) || (error.code !== 'SERVICE_MISSING' && error.code !== 'SESSION_NOT_FOUND')) throw error;
    throw inputError('This session is not kept, so there is nothing to copy', 'COMMAND_ARGUMENT_INVALID', error.code === 'SERVICE_MISSING' ? 'The plugin sessions keeps them: pith plugins install sessions' : 'Begin without --no-session, and it is kept.');
  }
}
