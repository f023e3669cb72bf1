import { isPithError, PithError } from './errors.ts';
import type { EventBody, EventStamp, Mode, Origin, Refusal } from './event.ts';
import { Frame, type Tap } from './frame.ts';
import type { Prefix } from './request/prefix.ts';
import type { Generation } from './generation.ts';
import { addUsage, type Message, type ModelOptions, type Reply, type SystemSection, type ToolResultBlock, type ToolSpec, type Usage } from './message.ts';
import { stricterMode } from './mode.ts';
import type { Session } from './session.ts';
import { toPlain } from './base/freeze.ts';
import { keepError, type OutsideBody } from './replay/tape.ts';
import type { ToolSet } from './load/tool-set.ts';
import { Trace } from './trace.ts';
import { type HandleOptions, type Nesting, TurnHandle } from './turn-handle.ts';

export interface Limits {
  /** Model calls of a turn's own; those of sub-turns count for themselves. */
  maxSteps: number;
  /** Of the whole turn, sub-turns included. */
  maxCostMicroUsd: number;
}

export interface RunSetup {
  session: Session;
  generation: Generation;
  turnId: string;
  runId: string;
  signal: AbortSignal;
  origin: Origin;
  /** The one that it began with. */
  mode: Mode;
  provider: string;
  model: string;
  messages: Message[];
  system: readonly SystemSection[];
  modelOptions: ModelOptions;
  limits: Limits;
  parent?: Run;
  /** What a sub-turn inherits from where it was started. */
  nesting?: Nesting;
  tools?: ReadonlySet<string>;
  /** Of a sub-turn: what people see it called, and the tool call that started it. */
  task?: { name: string; callId?: string };
  /** Of a sub-turn: the mode that it was given. */
  ownMode?: Mode;
}

/**
 * One run through the loop: a turn, or a sub-turn that a tool started. This is the kernel's own state; taps and tools
 * see it through a `TurnHandle`.
 */
export class Run {
  readonly setup: RunSetup;
  readonly session: Session;
  readonly generation: Generation;
  readonly turnId: string;
  readonly runId: string;
  readonly messages: Message[];
  readonly trace: Trace;
  /** The turn that this run is, or is a part of. */
  readonly root: Run;
  readonly ancestorRunIds: readonly string[];
  readonly refusals: Refusal[] = [];
  /** The tools of this turn; a list that changes meanwhile applies from the next one. */
  toolSet: ToolSet;
  step = 0;
  attempts = 0;
  usage: Usage = { input: 0, output: 0 };
  /** What is known to be spent by this run and its sub-turns. */
  spentMicroUsd = 0;
  lastReply: Reply | undefined;
  /** Results of the calls of the last reply, in their order, as far as there are any. */
  toolResults: (ToolResultBlock | undefined)[] = [];
  /** What the last request began with. */
  prefix: Prefix | undefined;
  /** Who has put another history in the place of what was said, until a request was made from it. */
  historyChanged: { plugin: string; reason: string } | undefined;
  /** Whether the last call that was not a read was refused. */
  lastEffectRefused = false;
  /** A secret was taken out of what the turn was started with. */
  hasMaskedInput = false;
  ended = false;
  /** What the run goes on with where it would end, and how often it has. */
  readonly goesOn: string[] = [];
  goneOn = 0;
  #hasUnknownCost = false;
  #fatal: { error: unknown } | undefined;
  /** Settles when all is kept that the loop has gone on before. */
  #ahead: Promise<void> | undefined;
  #specs: readonly ToolSpec[] | undefined;
  /** How often something was asked for at a place. */
  readonly #places = new Map<string, number>();
  readonly #children = new Set<Promise<unknown>>();
  readonly #stamp: Omit<EventStamp, 'seq' | 'atMs'>;
  readonly #abort = new AbortController();
  readonly #onAbort: () => void;

  constructor(setup: RunSetup) {
    this.setup = setup;
    this.session = setup.session;
    this.generation = setup.generation;
    this.turnId = setup.turnId;
    this.runId = setup.runId;
    this.messages = setup.messages;
    const { parent, signal } = setup;
    this.root = parent?.root ?? this;
    this.trace = parent?.trace ?? new Trace();
    this.toolSet = parent?.toolSet ?? setup.generation.toolSet;
    this.ancestorRunIds = parent === undefined ? [] : [...parent.ancestorRunIds, parent.runId];
    this.#stamp = {
      sessionId: this.session.id, turnId: this.turnId, runId: this.runId,
      ...(parent === undefined ? {} : { parentRunId: parent.runId, ancestorRunIds: this.ancestorRunIds }),
    };
    this.#onAbort = () => (parent === undefined ? this.interrupt(toStopError(signal.reason)) : this.stop(toStopError(signal.reason)));
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Fires when the run must end. */
  get signal(): AbortSignal { return this.#abort.signal; }

  /** Ends the run, and everything it has started, from outside of the loop. */
  stop(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /** As `stop`, for a reason that a replay does not come to by itself. */
  interrupt(error: PithError): void {
    if (!this.signal.aborted) this.keep({ kind: 'stop', turnId: this.turnId, error: keepError(error) });
    this.stop(error);
  }

  /** Hands what came from outside to those who record the session. */
  keep(outside: OutsideBody, at?: number): void {
    if (this.generation.observers.isRecording) this.session.keep(outside, at);
  }

  /** Names a place of this run, the same in a replay. */
  placeOf(what: string): string {
    const count = (this.#places.get(what) ?? 0) + 1;
    this.#places.set(what, count);
    return `${this.runId} ${what} ${count}`;
  }

  /** The one that holds now: a session may change it in the middle of a turn. A sub-turn is never looser than what started it. */
  get mode(): Mode {
    const { parent, ownMode } = this.setup;
    if (parent === undefined) return this.session.mode;
    return ownMode === undefined ? parent.mode : stricterMode(ownMode, parent.mode);
  }

  /** The mode that holds at a place, kept where it is not the one that the run began with; in a replay the one that held there then. */
  modeAt(what: string): Mode {
    const key = this.placeOf(what);
    const { session: { playback }, setup, mode } = this;
    if (playback !== undefined) return playback.holds('value', key) ? playback.valueNow(key) as Mode : setup.mode;
    if (mode !== setup.mode) this.keep({ kind: 'value', key, outcome: { value: mode } });
    return mode;
  }

  /** Something small from outside: made and kept; in a replay what was kept then. */
  recordedNow<T>(what: string, make: () => T): T {
    const key = this.placeOf(what);
    const { playback } = this.session;
    if (playback !== undefined) return playback.valueNow(key) as T;
    const value = make();
    this.keep({ kind: 'value', key, outcome: { value } });
    return value;
  }

  /** As `recordedNow`, for what takes time or may fail. Where nobody records, nothing is copied. */
  async recorded<T>(what: string, make: () => T | Promise<T>): Promise<T> {
    const key = this.placeOf(what);
    const { playback } = this.session;
    if (playback !== undefined) return await playback.value(key) as T;
    try {
      const value = await make();
      if (this.generation.observers.isRecording) this.keep({ kind: 'value', key, outcome: { value: toPlain(value) } });
      return value;
    } catch (error) {
      this.keep({ kind: 'value', key, outcome: { error: keepError(error) } });
      throw error;
    }
  }

  /** @throws what ends the run: the signal's reason, or the failure of whoever must keep its events */
  throwIfStopped(): void {
    const { playback } = this.session;
    if (playback === undefined) this.signal.throwIfAborted();
    else playback.check(this.runId);
    this.throwIfLost();
  }

  /** @throws the failure of whoever must keep the events of this turn */
  throwIfLost(): void {
    if (this.root.#fatal !== undefined) throw this.root.#fatal.error;
  }

  /** @throws the signal's reason; in a replay not where the call went on then */
  throwIfAborted(signal: AbortSignal, callId: string): void {
    if (this.session.playback?.goesOn(this.runId, callId) !== true) signal.throwIfAborted();
  }

  /**
   * @param amend makes another event of it when it cannot be kept
   * @param isForeign says that a replay does not make this event by itself
   * @returns a promise where the kernel must wait: for a durable observer, or for a slow reader of the stream. When it
   * rejects, the whole turn is over, whoever catches the error.
   */
  emit(body: EventBody, { amend, isForeign = this.setup.nesting?.isForeign, mayWait }: { amend?: (error: unknown) => EventBody; isForeign?: boolean | undefined; mayWait?: boolean } = {}): Promise<void> | undefined {
    const emitted = this.session.emit(body, this.#stamp, this, { amend, isForeign, mayWait });
    // It is shown behind those that wait for more.
    if (!mayWait && emitted !== undefined) this.generation.observers.hurry(this.session.id);
    emitted?.catch((error: unknown) => {
      if (this.session.playback === undefined) this.root.#fatal ??= { error }; // A replay stops each run where it stopped then.
    });
    return emitted;
  }

  /**
   * As `emit`, where the loop goes on meanwhile: whoever does something that others feel waits for `whenKept` first. In a replay each
   * event waits for its place.
   */
  emitAhead(body: EventBody, { isForeign = this.setup.nesting?.isForeign }: { isForeign?: boolean | undefined } = {}): Promise<void> | undefined {
    // After the end of a call the next request is put together: its flush has the time for itself.
    const emitted = this.emit(body, { isForeign, mayWait: body.type !== 'tool-end' });
    if (this.session.playback !== undefined) return emitted;
    this.#ahead = emitted;
    return undefined;
  }

  /** Waits until all that was emitted so far is kept, and was shown. @throws the failure of whoever must keep it */
  async whenKept(): Promise<void> {
    if (this.#ahead !== undefined) this.generation.observers.hurry(this.session.id);
    await this.#ahead?.catch(() => undefined); // It is what `throwIfLost` throws.
    this.throwIfLost();
  }

  addUsage(usage: Usage | null, costMicroUsd: number | null): void {
    if (usage !== null) this.usage = addUsage(this.usage, usage);
    if (costMicroUsd === null) this.#hasUnknownCost = true;
    else this.spentMicroUsd += costMicroUsd;
    this.setup.parent?.addUsage(usage, costMicroUsd);
  }

  /** Cost of this run, sub-turns included; `null` when a part of it is unknown. */
  get costMicroUsd(): number | null {
    return this.#hasUnknownCost ? null : this.spentMicroUsd;
  }

  /** What the model is told of the tools: the same array for as long as they are the same. */
  get toolSpecs(): readonly ToolSpec[] {
    const { tools } = this.setup;
    return this.#specs ??= tools === undefined ? this.toolSet.specs : Object.freeze(this.toolSet.specs.filter(({ name }) => tools.has(name)));
  }

  /** Something that the turn may not end before. */
  track<T>(work: Promise<T>): Promise<T> {
    const settled = work.then(() => undefined, () => undefined);
    this.#children.add(settled);
    void settled.then(() => this.#children.delete(settled));
    return work;
  }

  /** Waits for everything that was started and not waited for. */
  async settle(): Promise<void> {
    while (this.#children.size > 0) await Promise.all(this.#children);
  }

  /** From then on the run takes nothing more. */
  async end(): Promise<void> {
    await this.settle();
    this.ended = true;
    this.setup.signal.removeEventListener('abort', this.#onAbort);
  }

  /** Opens the view of this run that one invocation of a tap, a tool or a provider gets. */
  open(tap: Tap, options: HandleOptions = {}): Frame {
    // In a replay nobody is left behind because of a stop: whether it was noticed is in the recording.
    const graceMs = this.session.playback === undefined ? options.graceMs : Infinity;
    const frame = new Frame(tap, this.session.kernel.watchdog, options.signal ?? this.signal, graceMs);
    frame.turn = new TurnHandle(this, frame, options);
    return frame;
  }
}

/** Every end from outside has a code and a sentence, whatever its signal was fired with. */
function toStopError(reason: unknown): PithError {
  if (isPithError(reason)) return reason;
  return new PithError(reasonText(reason), { code: 'INTERRUPTED', cause: reason });
}

function reasonText(reason: unknown): string {
  if (typeof reason === 'string' && reason !== '') return reason;
  // An abort without a reason of its own says only that it is one.
  return reason instanceof Error && reason.name !== 'AbortError' && reason.message !== '' ? reason.message : 'The turn was interrupted';
}
