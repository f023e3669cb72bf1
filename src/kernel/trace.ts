import { isPithError, toMessage } from './errors.ts';
import type { Frame, Tap } from './frame.ts';
import type { HookName, ToolCall } from './hooks.ts';
import { placeOf } from './load/record-taps.ts';

export type TapOutcome = 'passed' | 'changed' | 'answered' | 'refused' | 'threw' | 'timed-out' | 'interrupted';

/** What one tap did, once; of an observer, what it did in the whole turn. */
export interface TraceEntry {
  hook: HookName;
  zone?: 'prepare' | 'execute';
  plugin: string;
  tap: string;
  step: number;
  runId: string;
  outcome: TapOutcome;
  /** The tap's own time, without what it waited for. */
  ownMs: number;
  callId?: string;
  /** How many events an observer has taken, and at how many of them it failed. */
  events?: number;
  failed?: number;
  /** What a `context` tap added to the request, below zero what it took away. An estimate. */
  tokens?: number;
  /** A `context` tap changed what had been sent before, so the vendor's cache starts anew. */
  brokePrefix?: true;
  /** What a `prepare` wrap made of the call. */
  change?: { before: ToolCall; after: ToolCall };
  /** What a tap failed with. */
  error?: string;
  /** File and line where it was tapped, of one that did anything else than pass. */
  source?: string;
}

/** What the taps did in one turn, for whoever keeps it: `keepTrace` of the kernel. */
export interface TurnTrace {
  sessionId: string;
  turnId: string;
  cwd: string;
  /** Oldest first; observers last. */
  entries: readonly TraceEntry[];
  /** How many older entries are gone. */
  dropped: number;
}

/** How many entries one turn keeps. The oldest go first, and are counted. */
export const TRACE_LIMIT = 4096;

const sources = new WeakMap<Tap, string | undefined>();

function addSource(entry: TraceEntry, tap: Tap): void {
  if (!sources.has(tap)) sources.set(tap, placeOf(tap));
  const source = sources.get(tap);
  if (source !== undefined) entry.source = source;
}

interface Step { runId: string; step: number }

/** Who did what, and how long it took. Always on. */
export class Trace {
  dropped = 0;
  readonly #entries: TraceEntry[] = [];
  readonly #observers = new Map<Tap, TraceEntry & { events: number }>();
  #start = 0;

  add(tap: Tap, run: Step, outcome: TapOutcome, ownMs: number, callId?: string): TraceEntry {
    const entry: TraceEntry = { hook: tap.hook, plugin: tap.plugin, tap: tap.name, step: run.step, runId: run.runId, outcome, ownMs };
    if (tap.zone !== undefined) entry.zone = tap.zone;
    if (callId !== undefined) entry.callId = callId;
    if (outcome !== 'passed') addSource(entry, tap);
    if (this.#entries.length < TRACE_LIMIT) {
      this.#entries.push(entry);
    } else {
      this.#entries[this.#start] = entry;
      this.#start = (this.#start + 1) % TRACE_LIMIT;
      this.dropped++;
    }
    return entry;
  }

  addFailure(frame: Frame, run: Step, error: unknown, callId?: string): TraceEntry {
    const outcome = failureOutcome(frame, error);
    const entry = this.add(frame.tap, run, outcome === 'passed' && frame.changed ? 'changed' : outcome, frame.ownMs, callId);
    if (outcome === 'threw' || outcome === 'timed-out') entry.error = toMessage(error);
    return entry;
  }

  /** A `context` tap of this step, or what it does no more, is why the prefix is not what it was. */
  blamePrefix({ runId, step }: Step, { plugin, tap }: { plugin: string; tap?: string }): void {
    const entry = this.entries().findLast((other) => other.hook === 'context' && other.runId === runId && other.step === step && other.plugin === plugin && other.tap === tap);
    if (entry !== undefined) entry.brokePrefix = true;
  }

  /** Of an observer only the sum is kept: it is called for every event. The worst outcome stays. */
  addTime(tap: Tap, { turnId }: { turnId: string }, { outcome, ownMs, error }: { outcome: TapOutcome; ownMs: number; error?: unknown }): void {
    let entry = this.#observers.get(tap);
    if (entry === undefined) {
      entry = { hook: tap.hook, plugin: tap.plugin, tap: tap.name, step: 0, runId: turnId, outcome, ownMs: 0, events: 0 };
      this.#observers.set(tap, entry);
    }
    entry.ownMs += ownMs;
    entry.events++;
    if (outcome === 'passed') return;
    entry.outcome = outcome;
    entry.failed = (entry.failed ?? 0) + 1;
    entry.error = toMessage(error);
    addSource(entry, tap);
  }

  /** Oldest first; observers last. */
  entries(): readonly TraceEntry[] {
    return [...this.#entries.slice(this.#start), ...this.#entries.slice(0, this.#start), ...this.#observers.values()];
  }
}

/** Whose failure an error is: the tap that it left first. */
const culprits = new WeakMap<object, Tap>();

/** The outcome of a tap that ended with an error. One that is somebody else's it has passed on. */
function failureOutcome({ tap, signal }: Frame, error: unknown): TapOutcome {
  if (signal.aborted && error === signal.reason) return 'interrupted';
  if (!isPithError(error)) return 'threw';
  if (error.plugin !== tap.plugin || error.hook !== tap.hook || error.tap !== tap.name) return 'passed';
  if (!culprits.has(error)) culprits.set(error, tap);
  if (culprits.get(error) !== tap) return 'passed';
  return error.code === 'TAP_TIMEOUT' ? 'timed-out' : 'threw';
}
