import { nearest, PithError, type TurnEvent } from '@pith/kernel';

/** One tool call of a session, found again among its events. */
export interface FoundCall { callId: string; tool: string; runId: string }

const LISTED_MAX = 3;

/** All calls of a session, oldest first, however they came in. */
export async function listCalls(events: AsyncIterable<TurnEvent>): Promise<FoundCall[]> {
  const calls = new Map<string, FoundCall>();
  // A call that comes again, as ids need not differ, is the newest one.
  const see = (callId: string, tool: string, runId: string, isNew: boolean): void => {
    const key = JSON.stringify([runId, callId]);
    if (isNew) calls.delete(key);
    if (!calls.has(key)) calls.set(key, { callId, tool, runId });
  };
  for await (const event of events) {
    if (event.type === 'model-end') for (const block of event.reply.blocks) if (block.type === 'tool-call') see(block.id, block.name, event.runId, true);
    if (event.type === 'tool-start' || event.type === 'tool-end' || event.type === 'permission-decided') see(event.callId, event.tool, event.runId, false);
  }
  return [...calls.values()];
}

/**
 * The call that a person means: its id, a beginning of it that is its alone, or the name of a tool for its last call.
 * @throws PithError CALL_NOT_FOUND with the nearest ones
 */
export function findCall(calls: readonly FoundCall[], wanted: string, sessionId: string): FoundCall {
  const named = calls.findLast(({ callId }) => callId === wanted) ?? calls.findLast(({ tool }) => tool === wanted);
  if (named !== undefined) return named;
  const begun = wanted === '' ? [] : calls.filter(({ callId }) => callId.startsWith(wanted));
  const ids = [...new Set(begun.map(({ callId }) => callId))];
  if (ids.length === 1) return begun.at(-1)!;
  if (calls.length === 0) throw new PithError(`Session ${sessionId} made no tool call`, { code: 'CALL_NOT_FOUND', hint: 'Another session: --session ID; pith sessions list shows them.' });
  if (ids.length > 1) throw new PithError(`${JSON.stringify(wanted)} is the beginning of ${ids.length} calls of session ${sessionId}`, { code: 'CALL_NOT_FOUND', hint: `Write more of one: ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ' …' : ''}` });
  const near = nearest(wanted, new Set(calls.flatMap(({ callId, tool }) => [callId, tool])));
  const last = calls.slice(-LISTED_MAX).map(({ callId, tool }) => `${callId} (${tool})`).join(', ');
  throw new PithError(`Session ${sessionId} made no call ${JSON.stringify(wanted)}`, { code: 'CALL_NOT_FOUND', hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Its last calls are: ${last}` });
}
