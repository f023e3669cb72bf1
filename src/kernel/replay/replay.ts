import { PithError } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { Heard } from './playback.ts';
import type { Session } from '../session.ts';
import type { RecordedSitting, TurnFacts } from './tape.ts';

/**
 * Plays a recorded sitting again, offline: the loop, the taps and permission run, providers and tools do not. The first
 * event that is not as it was then ends it.
 * @throws PithError RECORDING_MISSING
 */
export async function replaySitting(kernel: Kernel, sitting: RecordedSitting, options: { idleMs?: number } = {}): Promise<Heard> {
  const opened = sitting.outside.find((item) => item.kind === 'session');
  const first = sitting.events[0];
  if (opened === undefined || first === undefined) throw new PithError('The recording does not say how the session began', { code: 'RECORDING_MISSING' });
  const { Playback } = await import('./playback.ts');
  const { cwd, roots, canAsk, history } = opened.facts;
  const playback = new Playback(sitting, options);
  const session = kernel.openSession({
    id: first.sessionId, cwd, roots, history, playback, ...(canAsk ? { asker: () => Promise.reject(new PithError('Nobody is asked in a replay', { code: 'REPLAY_MISSING' })) } : {}),
  });
  for (const item of sitting.outside) {
    if (playback.difference !== undefined || (item.kind !== 'turn' && item.kind !== 'call')) continue;
    const abort = new AbortController();
    const signal = abort.signal;
    applyFacts(session, item.facts);
    playback.begin(item.facts.turnId, (error) => abort.abort(error));
    if (item.kind === 'call') {
      await session.callTool(item.call, { signal }).catch(() => undefined); // What it failed with is in no event.
      continue;
    }
    const { origin, maxSteps, maxCostMicroUsd } = item.facts;
    await session.runTurn({ ...item.input, origin }, { signal, ...(maxSteps === null ? {} : { maxSteps }), ...(maxCostMicroUsd === null ? {} : { maxCostMicroUsd }) });
  }
  if (sitting.events.at(-1)?.type === 'session-end') await session.close();
  const heard = playback.close();
  await session.close();
  return heard;
}

function applyFacts(session: Session, { mode, provider, model, modelOptions, system }: TurnFacts): void {
  Object.assign(session, { mode, provider, model, modelOptions, system });
}
