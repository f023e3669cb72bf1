import type { HookName } from './hooks.ts';
import type { Tap } from './frame.ts';

export type TapOutcome = 'passed' | 'changed' | 'answered' | 'refused' | 'threw' | 'timed-out';

/** What one tap did, once; of an observer, what it did in the whole turn. */
export interface TraceEntry {
  hook: HookName;
  plugin: string;
  tap: string;
  step: number;
  runId: string;
  outcome: TapOutcome;
  /** The tap's own time, without what it waited for. */
  ownMs: number;
  callId?: string;
  /** How many events an observer has taken. */
  events?: number;
}

/** How many entries one turn keeps. The oldest go first, and are counted. */
export const TRACE_LIMIT = 4096;

/** Who did what, and how long it took. Always on. */
export class Trace {
  dropped = 0;
  readonly #entries: TraceEntry[] = [];
  readonly #observers = new Map<Tap, TraceEntry & { events: number }>();
  #start = 0;

  add(tap: Tap, run: { runId: string; step: number }, outcome: TapOutcome, ownMs: number, callId?: string): void {
    const entry: TraceEntry = { hook: tap.hook, plugin: tap.plugin, tap: tap.name, step: run.step, runId: run.runId, outcome, ownMs };
    if (callId !== undefined) entry.callId = callId;
    if (this.#entries.length < TRACE_LIMIT) {
      this.#entries.push(entry);
    } else {
      this.#entries[this.#start] = entry;
      this.#start = (this.#start + 1) % TRACE_LIMIT;
      this.dropped++;
    }
  }

  /** Of an observer only the sum is kept: it is called for every event. The worst outcome stays. */
  addTime(tap: Tap, { turnId }: { turnId: string }, { outcome, ownMs }: { outcome: TapOutcome; ownMs: number }): void {
    let entry = this.#observers.get(tap);
    if (entry === undefined) {
      entry = { hook: tap.hook, plugin: tap.plugin, tap: tap.name, step: 0, runId: turnId, outcome, ownMs: 0, events: 0 };
      this.#observers.set(tap, entry);
    }
    entry.ownMs += ownMs;
    entry.events++;
    if (outcome !== 'passed') entry.outcome = outcome;
  }

  /** Oldest first; observers last. */
  entries(): readonly TraceEntry[] {
    return [...this.#entries.slice(this.#start), ...this.#entries.slice(0, this.#start), ...this.#observers.values()];
  }
}

/** The outcome of a tap that failed. */
export function failureOutcome(error: unknown): TapOutcome {
  return (error as { code?: unknown } | null)?.code === 'TAP_TIMEOUT' ? 'timed-out' : 'threw';
}
