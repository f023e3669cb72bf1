import type { FileChange, SessionStep, SessionSteps, TurnEvent, UndoneSteps } from '@pith/kernel';

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer Item)[] ? Item[] : T[K] };
type Step = Writable<SessionStep>;
interface Undone extends Omit<UndoneSteps, 'steps'> { steps: Step[] }

/**
 * The steps of a session. A turn is one, with every change that its taps made meanwhile; a change of the history outside of a turn, as by
 * `/clear`, is one of its own. Each change with the reason `undo` takes one back, and one with the reason `redo` brings again what the
 * last turn with such changes has taken.
 */
export function findSteps(events: readonly TurnEvent[]): SessionSteps {
  const done: Step[] = [];
  const undone: Undone[] = [];
  /** All that there ever were. */
  const begun: Step[] = [];
  const turnIds = new Set<string>();
  for (const [position, event] of events.entries()) {
    turnIds.add(event.turnId);
    if (event.parentRunId !== undefined) continue;
    const { type, turnId, atMs } = event;
    if (type === 'history-changed' && event.reason === 'undo') takeBack(done.pop(), undone, { turnId, atMs, position });
    else if (type === 'history-changed' && event.reason === 'redo') done.push(...undone.pop()?.steps ?? []);
    else if (type === 'history-changed' || (type === 'input-accepted' && event.goesOn === undefined)) {
      const own = done.at(-1)?.turnIds[0] === turnId ? done.at(-1) : undefined;
      const says = type === 'input-accepted' ? { kind: 'turn' as const, text: event.text, atMs } : { kind: 'change' as const, text: event.reason, atMs };
      // A change that came before the input of its own turn is a part of that.
      if (own !== undefined && type === 'input-accepted') Object.assign(own, says);
      if (own !== undefined) continue;
      const step: Step = { ...says, position, turnIds: [turnId], changes: [], outside: [] };
      begun.push(step);
      done.push(step);
      undone.length = 0;
    }
  }
  addCalls(begun, events);
  return { done, undone, turnIds: [...turnIds] };
}

function takeBack(step: Step | undefined, undone: Undone[], at: Omit<UndoneSteps, 'steps'>): void {
  if (step === undefined) return;
  const last = undone.at(-1);
  if (last?.turnId === at.turnId) last.steps.unshift(step);
  else undone.push({ ...at, steps: [step] });
}

/** What the tools did, those of sub-turns too; a call of a turn that is no step belongs to the step before it. */
function addCalls(begun: readonly Step[], events: readonly TurnEvent[]): void {
  const byTurn = new Map(begun.map((step) => [step.turnIds[0]!, step]));
  let next = 0;
  for (const [position, event] of events.entries()) {
    while (next < begun.length && begun[next]!.position <= position) next++;
    if (event.type !== 'tool-start' && event.type !== 'tool-end') continue;
    const step = byTurn.get(event.turnId) ?? begun[next - 1];
    if (step === undefined) continue;
    if (!step.turnIds.includes(event.turnId)) step.turnIds.push(event.turnId);
    if (event.type === 'tool-end') step.changes.push(...(event.changes as FileChange[]));
    else if (event.effect === 'exec' || event.effect === 'network') step.outside.push({ tool: event.tool, effect: event.effect });
  }
}
