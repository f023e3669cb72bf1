import { deepFreeze } from './base/freeze.ts';
import type { Origin } from './event.ts';
import type { SubTurn } from './hooks.ts';
import { stricterMode } from './mode.ts';
import { Run } from './run.ts';
import type { Nesting } from './turn-handle.ts';

/** Which call asked for it, and under which name what it needs from outside is recorded. */
export interface SubRunPlace { signal: AbortSignal; nesting: Nesting; callId: string | undefined; place: string }

/** A run with a history of its own, within the one that asked for it: no more is allowed in it than there. */
export function toSubRun(parent: Run, task: SubTurn, { signal, nesting, callId, place }: SubRunPlace): Run {
  parent.throwIfStopped();
  const { setup, session: { kernel } } = parent;
  const { provider, model } = task.model === undefined && task.provider === undefined ? setup : parent.recordedNow(`${place} model`, () => kernel.resolveModel(task, parent.generation));
  const allowed = task.tools?.filter((name) => setup.tools?.has(name) ?? true);
  const mode = parent.modeAt(`${place} mode`);
  return new Run({
    ...setup, parent, runId: parent.recordedNow(place, () => kernel.host.newId()), signal, nesting, provider, model, origin: subOrigin(setup.origin, task.origin), mode: task.mode === undefined ? mode : stricterMode(task.mode, mode), ownMode: task.mode,
    messages: [...(task.history ?? [])].map(deepFreeze), system: deepFreeze([...(task.system ?? [])]), task: { name: task.name, ...(callId === undefined ? {} : { callId }) },
    limits: { maxSteps: task.maxSteps ?? setup.limits.maxSteps, maxCostMicroUsd: setup.limits.maxCostMicroUsd },
    ...(allowed === undefined ? {} : { tools: new Set(allowed) }),
  });
}

/** Text of an agent or a trigger stays that, whatever starts a sub-turn with it. */
function subOrigin(parent: Origin, asked: Origin = 'agent'): Origin {
  const isTyped = (origin: Origin): boolean => origin === 'person' || origin === 'parent';
  return isTyped(asked) && !isTyped(parent) ? 'agent' : asked;
}
