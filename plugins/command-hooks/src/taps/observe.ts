import { toMessage, type TurnEvent } from '@pith/kernel';
import { SESSION_END_MAX_MS, SESSION_END_MS } from '../events.ts';
import type { HookSession } from '../hook-session.ts';
import type { HookSessions } from '../hook-sessions.ts';
import type { Said } from '../introduce.ts';
import type { Place } from '../place.ts';

/** What is only heard: names, questions to a person, the end of a session. */
export function observe(sessions: HookSessions, event: TurnEvent): void | Promise<void> {
  const session = sessions.find(event.sessionId);
  switch (event.type) {
    case 'run-start': return void session?.agents.set(event.runId, event.name);
    case 'run-end': return session?.forgetRun(event.runId);
    case 'turn-end': return session?.forgetTurn(event.turnId);
    case 'permission-asked':
      return notify(session, { message: `pith needs your permission to use ${event.tool}`, title: event.question.title, notification_type: 'permission_prompt' });
    case 'compaction':
      if (session !== undefined && !session.hasCompacted.delete(event.turnId)) background(session, session.run({ event: 'PreCompact', fields: { trigger: 'auto', custom_instructions: '' } }, placeOutside(session)));
      return;
    case 'session-end': return session === undefined ? undefined : end(sessions, session);
    default:
  }
}

function notify(session: HookSession | undefined, fields: Readonly<Record<string, unknown>>): void {
  if (session?.has('Notification')) background(session, session.run({ event: 'Notification', fields }, placeOutside(session)));
}

/** Nobody waits for it, so what goes wrong is said later. */
function background(session: HookSession, work: Promise<unknown>): void {
  session.inBackground(work.catch((error: unknown) => session.tell({ level: 'warning', text: toMessage(error) })));
}

function placeOutside(session: HookSession): Place {
  return { signal: session.closing, say: (said) => session.sayLater(said), recorded: unrecorded };
}

/** A replay calls no observer. */
const unrecorded: Place['recorded'] = async (_, make) => make();

/** @throws what the hooks failed with: no turn is left in which it could be said */
async function end(sessions: HookSessions, session: HookSession): Promise<void> {
  const said: Said[] = [];
  try {
    await session.settle(SESSION_END_MS);
    const { trust, handlers } = await session.load();
    if (trust === 'changed') return;
    const asked = Math.max(0, ...handlers.filter(({ event }) => event === 'SessionEnd').map(({ timeoutMs }) => timeoutMs ?? 0));
    const budgetMs = Math.min(Math.max(SESSION_END_MS, asked), SESSION_END_MAX_MS);
    await session.run({ event: 'SessionEnd', fields: { reason: 'other' }, budgetMs }, { signal: session.closing, say: (one) => said.push(one), recorded: unrecorded });
  } finally {
    await sessions.end(session.id);
  }
  const wrong = [...session.takeUnsaid(), ...said].filter(({ code }) => code === 'HOOK_FAILED').map(({ text }) => text);
  if (wrong.length > 0) throw new Error(wrong.join('; '));
}
