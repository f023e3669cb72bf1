import { addUsage, EXIT, type ErrorReport, type TurnEvent, type Usage } from '@pith/kernel';
import { interruptedText, rebuild } from './rebuild.ts';

type Of<T extends TurnEvent['type']> = Extract<TurnEvent, { type: T }>;

/** A turn without an end: a process has ended in it, or its end could not be kept. */
interface OpenTurn { first: TurnEvent; last: TurnEvent; steps: number; usage: Usage; costMicroUsd: number | null; tools: Map<string, Of<'tool-start'>>; runs: Map<string, Of<'run-start'>> }

const WHY = 'The turn broke off: its process ended, or its end could not be kept';
const ERROR: ErrorReport = { code: 'TERMINATED', message: WHY };

/**
 * What closes the turns that a crash has left open: a result for each call, an end for each sub-turn, and one `turn-end` for each turn.
 * The results are those that the history was given when it was read, so it reads the same afterwards.
 * @param turnId of the turn that is just running, which ends by itself
 * @param hasCrashed whether a process has ended in them; where it goes on, each call has the result that its turn gave it at its end
 */
export function endsOf(events: readonly TurnEvent[], { turnId, atMs, hasCrashed }: { turnId: string; atMs: number; hasCrashed: boolean }): TurnEvent[] {
  const open = findOpenTurns(events);
  open.delete(turnId);
  if (open.size === 0) return [];
  let seq = events.at(-1)!.seq;
  const stamp = ({ sessionId, turnId: of, runId, parentRunId, ancestorRunIds }: TurnEvent): Pick<TurnEvent, 'seq' | 'atMs' | 'sessionId' | 'turnId' | 'runId'> => ({
    seq: ++seq, atMs, sessionId, turnId: of, runId, ...(parentRunId === undefined ? {} : { parentRunId }), ...(ancestorRunIds === undefined ? {} : { ancestorRunIds }),
  });
  const { missing } = rebuild(events);
  return [...open.values()].flatMap((turn) => {
    // Only the turn that came last can have calls that wait: an input settles those before it.
    const waiting = hasCrashed && turn === [...open.values()].at(-1) ? missing : [];
    const answered = new Set(waiting.map(({ call }) => `${turn.first.turnId} ${call.id}`));
    return [
      ...[...turn.tools].filter(([key]) => !answered.has(key)).map(([, start]): TurnEvent => ({ type: 'tool-end', callId: start.callId, tool: start.tool, status: 'interrupted', content: [{ type: 'text', text: interruptedText(true) }], changes: [], durationMs: 0, ...stamp(start) })),
      ...[...turn.runs.values()].reverse().map((start): TurnEvent => ({ type: 'run-end', name: start.name, ...(start.callId === undefined ? {} : { callId: start.callId }), status: 'interrupted', reason: WHY, result: null, usage: { input: 0, output: 0 }, costMicroUsd: null, steps: 0, durationMs: 0, error: ERROR, ...stamp(start) })),
      ...waiting.map(({ call, index, result }): TurnEvent => ({ type: 'tool-end', callId: call.id, index, tool: call.name, status: 'interrupted', content: result.content, changes: [], durationMs: 0, ...stamp(turn.first) })),
      { type: 'turn-end', status: 'interrupted', reason: WHY, exitCode: EXIT.terminated, result: null, steps: turn.steps, usage: turn.usage, costMicroUsd: turn.costMicroUsd, durationMs: Math.max(0, turn.last.atMs - turn.first.atMs), refusals: [], error: ERROR, ...stamp(turn.first) },
    ];
  });
}

export function hasOpenTurn(events: readonly TurnEvent[]): boolean {
  return findOpenTurns(events).size > 0;
}

/** By their ids, in the order in which they began. */
function findOpenTurns(events: readonly TurnEvent[]): Map<string, OpenTurn> {
  const open = new Map<string, OpenTurn>();
  for (const event of events) {
    const isOwn = event.parentRunId === undefined;
    if (event.type === 'input-accepted' && isOwn && event.goesOn === undefined) {
      open.set(event.turnId, { first: event, last: event, steps: 0, usage: { input: 0, output: 0 }, costMicroUsd: 0, tools: new Map(), runs: new Map() });
    }
    const turn = open.get(event.turnId);
    if (turn === undefined) continue;
    turn.last = event;
    const call = 'callId' in event ? `${event.runId} ${event.callId}` : '';
    if (event.type === 'tool-start') turn.tools.set(call, event);
    else if (event.type === 'tool-end') turn.tools.delete(call);
    else if (event.type === 'run-start') turn.runs.set(event.runId, event);
    else if (event.type === 'run-end') turn.runs.delete(event.runId);
    else if (event.type === 'turn-end') open.delete(event.turnId);
    else if (event.type === 'model-end') {
      if (isOwn && event.purpose === 'turn') turn.steps++;
      if (event.usage !== null) turn.usage = addUsage(turn.usage, event.usage);
      turn.costMicroUsd = turn.costMicroUsd === null || event.costMicroUsd === null ? null : turn.costMicroUsd + event.costMicroUsd;
    }
  }
  return open;
}
