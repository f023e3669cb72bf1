import type { ModelRequest, Turn } from '@pith/kernel';
import { hookError } from '../errors.ts';
import { type HookSession, placeOf } from '../hook-session.ts';
import { runEvent, stoppedError } from './prompt.ts';

/** Ends the turn where a hook said so; and asks before room is made in a conversation that is too long. */
export async function onContext(session: HookSession, { reason }: ModelRequest, turn: Turn): Promise<undefined> {
  const place = placeOf(turn);
  for (const said of session.takeUnsaid()) place.say(said);
  const stop = session.stops.get(turn.turnId);
  if (stop !== undefined) throw stoppedError(stop);
  if (reason !== 'overflow' || !session.has('PreCompact')) return undefined;
  session.hasCompacted.add(turn.turnId);
  const { block } = await runEvent(session, 'PreCompact', { trigger: 'auto', custom_instructions: '' }, place);
  if (block !== undefined) throw hookError(`A hook did not let room be made in a conversation that is too long: ${block}`, 'COMPACTION_REFUSED', 'Begin a new session, or look at the hook.');
  return undefined;
}
