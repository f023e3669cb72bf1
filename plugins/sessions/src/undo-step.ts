import type { FileChange, TurnEvent, UndoStep } from '@pith/kernel';
import { rebuild } from './rebuild.ts';

/** Where a step begins: everything before it is kept. */
interface Start { index: number; turnId: string; kind: UndoStep['kind']; text: string; atMs: number }

/**
 * The last step of a session that was not taken back. A turn is one, with every change that its taps made meanwhile; a change
 * of the history outside of a turn, as by `/clear`, is one of its own. Each change with the reason `undo` takes one back.
 */
export function findUndoStep(events: readonly TurnEvent[]): UndoStep | undefined {
  const starts: Start[] = [];
  for (const [index, event] of events.entries()) {
    if (event.parentRunId !== undefined) continue;
    if (event.type === 'history-changed' && event.reason === 'undo') starts.pop();
    else if (event.type === 'history-changed' && starts.at(-1)?.turnId !== event.turnId) starts.push({ index, turnId: event.turnId, kind: 'change', text: event.reason, atMs: event.atMs });
    else if (event.type === 'input-accepted' && event.goesOn === undefined) take(starts, { index, turnId: event.turnId, kind: 'turn', text: event.text, atMs: event.atMs });
  }
  const last = starts.at(-1);
  if (last === undefined) return undefined;
  const { index, turnId, kind, text, atMs } = last;
  return { kind, text, atMs, messages: rebuild(events.slice(0, index)).messages, changes: changesOf(events.slice(index), turnId) };
}

/** A change that came before the input of its own turn is a part of that. */
function take(starts: Start[], start: Start): void {
  const last = starts.at(-1);
  if (last?.turnId === start.turnId) Object.assign(last, { ...start, index: last.index });
  else starts.push(start);
}

/** By its tools and those of its sub-turns. */
function changesOf(events: readonly TurnEvent[], turnId: string): FileChange[] {
  return events.flatMap((event) => (event.type === 'tool-end' && event.turnId === turnId ? event.changes : []));
}
