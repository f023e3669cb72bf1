import type { Message, SystemSection, ToolSpec, Turn } from '@pith/kernel';
import { type Guard, newGuard } from './guard.ts';

/** What a pass has put in the place of what, so that it is known when a person takes it back. */
export interface Change { index: number; before: string; after: Message | undefined }

/** What is known of one history: that of the session, or that of a sub-turn. */
export interface RunState {
  guard: Guard;
  change: Change | undefined;
  /** What the last request had besides its messages. */
  system: readonly SystemSection[] | undefined;
  tools: readonly ToolSpec[] | undefined;
  /** Tokens of the window by model, as far as it was looked up; less once a request of that length was too long. */
  windows: Map<string, Window>;
}

export interface Window { tokens: number; isKnown: boolean }

export interface CompactionState {
  runs: Map<string, RunState>;
  summaryFailures: number;
  /** What was said and is not said again. */
  said: Set<string>;
}

/** Sub-turns come and go; those of the last so many are remembered. */
const RUNS_MAX = 64;

export function sessionState(turn: Turn): CompactionState {
  return turn.session.get('compaction', (): CompactionState => ({ runs: new Map(), summaryFailures: 0, said: new Set() }));
}

export function runState(turn: Turn): RunState {
  const { runs } = sessionState(turn);
  const key = turn.parentRunId === undefined ? '' : turn.runId;
  let state = runs.get(key);
  if (state === undefined) {
    const oldest = [...runs.keys()].find((other) => other !== '');
    if (runs.size >= RUNS_MAX && oldest !== undefined) runs.delete(oldest);
    runs.set(key, state = { guard: newGuard(), change: undefined, system: undefined, tools: undefined, windows: new Map() });
  }
  return state;
}

export function noticeOnce(turn: Turn, notice: { level: 'info' | 'warning'; text: string }): void {
  const { said } = sessionState(turn);
  if (said.has(notice.text)) return;
  said.add(notice.text);
  turn.emit({ type: 'notice', ...notice });
}
