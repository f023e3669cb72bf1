import { type ErrorReport, type ExitCode, isPithError, PithError, toErrorReport, toMessage } from '../errors.ts';
import type { Mode, Origin, TurnEvent } from '../event.ts';
import { toPlain } from '../base/freeze.ts';
import type { ToolResult, UserInput } from '../hooks.ts';
import type { Message, ModelEvent, ModelOptions, SystemSection } from '../message.ts';

/** An error as it is kept; `plain` was thrown as no error of pith. */
export interface KeptError extends ErrorReport { exitCode?: ExitCode; origin?: PithError['origin']; plain?: true }

/** What came of something that reaches outside: what it gave, or what it threw. */
export type Outcome<T = unknown> = { value: T } | { error: KeptError };

/** How a stream ended: by itself, because nobody wanted more of it, or by an error. `lost`: it was too long to be kept. */
export type StreamEnd = 'done' | 'cut' | 'lost' | { error: KeptError };

/** What a turn was started with. Limits that were not set are `null`. */
export interface TurnFacts {
  turnId: string;
  origin: Origin;
  mode: Mode;
  provider: string;
  model: string;
  modelOptions: ModelOptions;
  system: readonly SystemSection[];
  maxSteps: number | null;
  maxCostMicroUsd: number | null;
}

export interface SessionFacts {
  cwd: string;
  roots: readonly string[];
  /** Whether a person could be asked. */
  canAsk: boolean;
  plugins: readonly { name: string; version: string | null; /** As configured; only of plugins that tap something. */ options?: unknown }[];
  /** What was said before the session was opened. */
  history: readonly Message[];
}

/** The tools that sources had listed at the start of a turn. */
export interface SourceTool { name: string; description: string; effect: 'read' | 'write' | 'exec' | 'network' | 'agent'; inputSchema: Readonly<Record<string, unknown>>; resultLimit?: number; owner: string }

/**
 * Something that came from outside of the kernel, which a replay cannot make again. `key` is its place in the session,
 * the same in every replay; of several at one place the first comes first.
 */
export type OutsideBody =
  | { kind: 'session'; facts: SessionFacts }
  | { kind: 'turn'; input: Omit<UserInput, 'origin'>; facts: TurnFacts }
  | { kind: 'call'; call: { name: string; input: unknown; id?: string }; facts: TurnFacts }
  /** What a provider yielded, or a wrap with `replay: 'recorded'` in its place. */
  | { kind: 'model'; key: string; events: readonly ModelEvent[]; end: StreamEnd }
  /** What a tool gave, or an execute wrap with `replay: 'recorded'` in its place. */
  | { kind: 'tool'; key: string; outcome: Outcome<ToolResult>; executed: boolean; answeredBy?: string }
  /** A time, an id, an answer, what a call will touch, a plugin's own value. */
  | { kind: 'value'; key: string; outcome: Outcome }
  /** The turn was stopped from outside. */
  | { kind: 'stop'; turnId: string; error: KeptError }
  /** The event that this came with is one that a replay does not make by itself: of a tool, a provider, an observer. */
  | { kind: 'event' };

/** `at` is how many events of the session had happened before. */
export type Outside = OutsideBody & { at: number };

/** What was kept of a session in one process: all its events, and what came from outside. */
export interface RecordedSitting {
  events: readonly TurnEvent[];
  outside: readonly Outside[];
}

export function keepError(error: unknown): KeptError {
  if (!isPithError(error)) return { code: '', message: toMessage(error), plain: true };
  const { exitCode, origin } = error;
  return { ...toPlain(toErrorReport(error)) as ErrorReport, exitCode, origin };
}

export function toThrown({ plain, message, ...options }: KeptError): Error {
  return plain ? new Error(message) : new PithError(message, options);
}

/** How many events of one stream are kept. */
export const TAPE_EVENTS_MAX = 200_000;

/** Takes down one stream, for as long as it runs. */
export class StreamTape {
  #events: ModelEvent[] = [];
  #isLost = false;
  readonly #keep: (events: readonly ModelEvent[], end: StreamEnd) => void;

  constructor(keep: (events: readonly ModelEvent[], end: StreamEnd) => void) {
    this.#keep = keep;
  }

  take(event: ModelEvent): void {
    // The first says that something arrived; more of them say nothing.
    if (this.#isLost || (event.type === 'alive' && this.#events.length > 0)) return;
    this.#events.push(event);
    if (this.#events.length <= TAPE_EVENTS_MAX) return;
    this.#isLost = true;
    this.#events = [];
  }

  end(end: StreamEnd): void {
    this.#keep(this.#events, this.#isLost ? 'lost' : end);
  }
}
