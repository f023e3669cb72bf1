import { type ModelEvent, type Reply, toText, type Turn } from '@pith/kernel';
import { foldOutcomes } from '../fold.ts';
import { type HookSession, placeOf } from '../hook-session.ts';
import { markText } from '../mark-text.ts';
import { failedError } from './prompt.ts';

/** How often hooks may let one turn go on; a hook that never has enough must not cost without end. */
export const GO_ON_MAX = 8;

/** Hands a reply on; before its end, where it would end the turn, the hooks are asked whether it may. */
export async function* watchReply(session: HookSession, events: AsyncIterable<ModelEvent>, turn: Turn): AsyncGenerator<ModelEvent> {
  for await (const event of events) {
    if (event.type === 'end' && isLast(event.reply)) await onStop(session, event.reply, turn);
    yield event;
  }
}

export function hasStopHooks(session: HookSession | undefined, { parentRunId }: Turn): boolean {
  return session?.has(parentRunId === undefined ? 'Stop' : 'SubagentStop') ?? false;
}

const isLast = ({ status, blocks }: Reply): boolean => status === 'complete' && !blocks.some(({ type }) => type === 'tool-call');

async function onStop(session: HookSession, reply: Reply, turn: Turn): Promise<void> {
  const place = placeOf(turn);
  const { runId, parentRunId } = turn;
  const event = parentRunId === undefined ? 'Stop' : 'SubagentStop';
  const count = session.goneOn.get(runId) ?? 0;
  const agent = parentRunId === undefined ? { session_crons: [] } : { agent_id: runId, agent_type: session.agents.get(runId) ?? 'agent', agent_transcript_path: session.transcript.path };
  const ran = await session.run({ event, fields: { ...agent, stop_hook_active: count > 0, last_assistant_message: toText(reply.blocks), background_tasks: [] } }, place);
  const folded = foldOutcomes(ran.map(({ outcome }) => outcome), session.ruleOf);
  if (folded.stop !== undefined) return place.say({ level: 'info', text: `A hook ended the turn: ${folded.stop}` });
  if (folded.block === undefined && folded.failed.length > 0) throw failedError(event, folded);
  const texts = [...(folded.block === undefined ? [] : [folded.block]), ...folded.contexts];
  if (texts.length === 0) return;
  if (count >= GO_ON_MAX || !turn.goOn(texts.map((text) => markText(event, text).text).join('\n\n'))) {
    return place.say({ level: 'warning', text: `The turn ends although a hook wants it to go on: it has gone on ${count} times already` });
  }
  session.goneOn.set(runId, count + 1);
}
