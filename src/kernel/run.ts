import { PithError } from './errors.ts';
import type { Answer, EventBody, EventStamp, Mode, Origin, PluginEvent, Question, Refusal } from './event.ts';
import { Frame, type Tap } from './frame.ts';
import type { Prefix } from './context.ts';
import type { Generation } from './generation.ts';
import type { CallModelRequest, SubTurn, SubTurnResult, ToolOutcome, Turn } from './hooks.ts';
import { addUsage, type Message, type Reply, type SystemSection, type Usage } from './message.ts';
import type { Services } from './services.ts';
import type { Session } from './session.ts';
import { Trace } from './trace.ts';

/** Sub-turns may start sub-turns, to this depth. */
export const MAX_DEPTH = 8;

export interface Limits {
  /** Model calls of a turn's own; those of sub-turns count for themselves. */
  maxSteps: number;
  maxCostMicroUsd: number;
}

export interface RunSetup {
  session: Session;
  generation: Generation;
  turnId: string;
  runId: string;
  signal: AbortSignal;
  origin: Origin;
  mode: Mode;
  provider: string;
  model: string;
  messages: Message[];
  system: readonly SystemSection[];
  limits: Limits;
  parent?: Run;
  tools?: ReadonlySet<string>;
  /** The parent's call holds the write slot of the work tree, so this run must not wait for it. */
  inheritsSlot?: boolean;
  /** Of a sub-turn: what people see it called. */
  task?: { name: string; callId?: string };
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
  readonly signal: AbortSignal;
  readonly messages: Message[];
  readonly trace: Trace;
  readonly ancestorRunIds: readonly string[];
  /** Sub-turns that ended, so that a turn never ends before them. */
  readonly children = new Set<Promise<unknown>>();
  readonly refusals: Refusal[] = [];
  step = 0;
  attempts = 0;
  usage: Usage = { input: 0, output: 0 };
  lastReply: Reply | undefined;
  /** What the last request began with. */
  prefix: Prefix | undefined;
  /** Whether the last call that was not a read was refused. */
  lastEffectRefused = false;
  readonly #stamp: Omit<EventStamp, 'seq' | 'atMs'>;
  readonly #shared: { costMicroUsd: number; unknownCost: boolean };

  constructor(setup: RunSetup) {
    this.setup = setup;
    this.session = setup.session;
    this.generation = setup.generation;
    this.turnId = setup.turnId;
    this.runId = setup.runId;
    this.signal = setup.signal;
    this.messages = setup.messages;
    const { parent } = setup;
    this.trace = parent?.trace ?? new Trace();
    this.#shared = parent === undefined ? { costMicroUsd: 0, unknownCost: false } : parent.#shared;
    this.ancestorRunIds = parent === undefined ? [] : [...parent.ancestorRunIds, parent.runId];
    this.#stamp = {
      sessionId: this.session.id, turnId: this.turnId, runId: this.runId,
      ...(parent === undefined ? {} : { parentRunId: parent.runId, ancestorRunIds: this.ancestorRunIds }),
    };
  }

  /** @returns a promise where the kernel must wait: for a durable observer, or for a slow reader of the stream */
  emit(body: EventBody): Promise<void> | undefined {
    return this.session.emit(body, this.#stamp, this.generation);
  }

  addUsage(usage: Usage | null, costMicroUsd: number | null): void {
    if (usage !== null) this.usage = addUsage(this.usage, usage);
    if (costMicroUsd === null) this.#shared.unknownCost = true;
    else this.#shared.costMicroUsd += costMicroUsd;
  }

  /** Cost of the whole turn, sub-turns included; `null` when a part of it is unknown. */
  get costMicroUsd(): number | null {
    return this.#shared.unknownCost ? null : this.#shared.costMicroUsd;
  }

  /** What is known to be spent, whether or not all of it is known. */
  get spentMicroUsd(): number { return this.#shared.costMicroUsd; }

  /** Opens the view of this run that one invocation of a tap gets. */
  open(tap: Tap, options: { attemptId?: string; signal?: AbortSignal; modelDepth?: number; holdsSlot?: boolean } = {}): Frame {
    const frame = new Frame(tap, this.session.kernel.watchdog, options.attemptId ?? '');
    frame.turn = new TurnHandle(this, frame, options);
    return frame;
  }
}

/** A tap's or a tool's view of the run. What it waits for here does not count as the tap's own time. */
export class TurnHandle implements Turn {
  readonly #run: Run;
  readonly #frame: Frame | undefined;
  readonly #modelDepth: number;
  readonly #holdsSlot: boolean;
  readonly attemptId: string;
  readonly signal: AbortSignal;

  constructor(run: Run, frame: Frame | undefined, options: { attemptId?: string; signal?: AbortSignal; modelDepth?: number; holdsSlot?: boolean } = {}) {
    this.#run = run;
    this.#frame = frame;
    this.#modelDepth = options.modelDepth ?? 0;
    this.#holdsSlot = options.holdsSlot ?? run.setup.inheritsSlot ?? false;
    this.attemptId = options.attemptId ?? '';
    this.signal = options.signal ?? run.signal;
  }

  /** The frame behind a handle that a tap hands back to the kernel. */
  static frameOf(turn: unknown): Frame | undefined {
    return turn instanceof TurnHandle ? turn.#frame : undefined;
  }

  get sessionId(): string { return this.#run.session.id; }
  get turnId(): string { return this.#run.turnId; }
  get runId(): string { return this.#run.runId; }
  get parentRunId(): string | undefined { return this.#run.setup.parent?.runId; }
  get ancestorRunIds(): readonly string[] { return this.#run.ancestorRunIds; }
  get step(): number { return this.#run.step; }
  get cwd(): string { return this.#run.session.cwd; }
  get roots(): readonly string[] { return this.#run.session.roots; }
  get mode(): Mode { return this.#run.setup.mode; }
  get origin(): Origin { return this.#run.setup.origin; }
  get costMicroUsd(): number | null { return this.#run.costMicroUsd; }
  get messages(): readonly Message[] { return this.#run.messages.slice(); }

  now(): number { return this.#run.session.kernel.host.now(); }
  newId(): string { return this.#run.session.kernel.host.newId(); }

  emit(event: PluginEvent): void {
    const plugin = this.#frame?.tap.plugin ?? 'kernel';
    // Plugins' own events are never awaited: their order is kept by the session.
    void this.#run.emit({ ...event, plugin } as EventBody);
  }

  ask(question: Question): Promise<Answer> {
    return this.#wait(this.#run.session.ask(question, this.signal));
  }

  sleep(ms: number): Promise<void> {
    return this.#wait(this.#run.session.kernel.host.sleep(ms, this.signal));
  }

  callModel(request: CallModelRequest, { purpose }: { purpose: string }): Promise<Reply> {
    if (this.#modelDepth > 0) {
      throw new PithError('A model call was made from inside the model call of another tap', { code: 'CALL_DEPTH', hint: 'Call the model from another hook than model, or pass the request on with next.' });
    }
    return this.#wait(this.#run.generation.callModelFor(this.#run, request, purpose));
  }

  callTool({ name, input }: { name: string; input: unknown }): Promise<ToolOutcome> {
    return this.#wait(this.#run.generation.callTool(this.#run, { name, input, path: 'plugin', holdsSlot: this.#holdsSlot }));
  }

  runSubTurn(task: SubTurn): Promise<SubTurnResult> {
    if (this.#run.ancestorRunIds.length + 1 > MAX_DEPTH) {
      throw new PithError(`Sub-turns are ${MAX_DEPTH} deep already`, { code: 'CALL_DEPTH', hint: 'Do the work in this run.' });
    }
    const started = this.#run.session.runSubTurn(this.#run, task, this.signal, this.#holdsSlot);
    const settled = started.then(() => undefined, () => undefined);
    this.#run.children.add(settled);
    void settled.then(() => this.#run.children.delete(settled));
    return this.#wait(started);
  }

  service<K extends keyof Services>(name: K): Promise<Services[K]> {
    return this.#wait(this.#run.session.kernel.service(name));
  }

  #wait<T>(promise: Promise<T>): Promise<T> {
    return this.#frame === undefined ? promise : this.#frame.wait(promise);
  }
}

