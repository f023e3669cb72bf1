import type { TurnEvent } from '../event.ts';
import type { Run } from '../run.ts';
import type { Session } from '../session.ts';
import type { SessionFacts, TurnFacts } from './tape.ts';

/** What a replay opens the session with. Of plugins that tap nothing the options are left out: they may hold keys, and change no event. */
export function toSessionFacts({ session, generation }: Run): SessionFacts {
  const { kernel, cwd, roots, canAsk, messages } = session;
  const tapped = new Set(generation.taps.map(({ plugin }) => plugin));
  const plugins = generation.statuses.filter(({ state }) => state === 'active').map(({ name, version }) => {
    const options = tapped.has(name) ? kernel.pluginOptions(name) : undefined;
    return { name, version, ...(options === undefined ? {} : { options }) };
  });
  return { cwd, roots, canAsk, plugins, history: messages.slice() };
}

/** Headers may hold keys, and no event shows them. */
export function toTurnFacts({ turnId, setup: { origin, mode, provider, model, modelOptions: options, system, limits } }: Run): TurnFacts {
  const modelOptions = Object.fromEntries(Object.entries(options).filter(([name]) => name !== 'headers'));
  const limit = (value: number): number | null => (value === Infinity ? null : value);
  return { turnId, origin, mode, provider, model, modelOptions, system, maxSteps: limit(limits.maxSteps), maxCostMicroUsd: limit(limits.maxCostMicroUsd) };
}

/** What an event that a replay does not make by itself changes of the session, and of the run that it belongs to. */
export function takeForeign(event: TurnEvent, session: Session, runs: ReadonlyMap<string, Run>): void {
  if (event.type === 'model-changed') session.modelChanged = { plugin: event.plugin, provider: event.provider, model: event.model };
  const run = [event.runId, ...[...(event.ancestorRunIds ?? [])].reverse()].map((id) => runs.get(id)).find((known) => known !== undefined);
  if (event.type === 'model-end') run?.addUsage(event.usage, event.costMicroUsd);
  if (run?.runId !== event.runId) return;
  if (event.type === 'permission-decided' && event.verdict === 'deny') {
    const { callId, tool, kind = 'denied', by, reason, rule } = event;
    run.refusals.push({ callId, tool, kind, by, reason, rule });
  } else if (event.type === 'tool-end' && run.toolSet.tools.get(event.tool)?.declaration.effect !== 'read') {
    run.lastEffectRefused = event.status === 'refused';
  }
}
