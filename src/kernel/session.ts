import { forbidExit } from './exit.ts';
import { PithError } from './errors.ts';
import { type Answer, type Asker, EVENT_VERSION, type EventBody, type EventStamp, type Mode, type Origin, type Question, type TurnEvent } from './event.ts';
import type { Generation } from './generation.ts';
import type { SubTurn, SubTurnResult, ToolOutcome } from './hooks.ts';
import type { Kernel } from './kernel.ts';
import type { Block, Message, ModelOptions, SystemSection } from './message.ts';
import type { SessionState } from './plugin.ts';
import { type Limits, Run } from './run.ts';
import type { TraceEntry } from './trace.ts';
import { runTurn, type TurnResult } from './turn.ts';

/** Takes every event of a session, in order. A promise slows the turn down to the reader's speed. */
export type Sink = (event: TurnEvent) => void | Promise<void>;

export interface SessionOptions {
  id?: string;
  cwd: string;
  /** Folders that count as inside; links resolved. Default: only `cwd`. */
  roots?: readonly string[];
  mode?: Mode;
  provider?: string;
  model?: string;
  modelOptions?: ModelOptions;
  system?: readonly SystemSection[];
  /** What was said before, of a resumed session. */
  history?: readonly Message[];
  sink?: Sink;
  asker?: Asker;
}

export interface TurnOptions {
  signal?: AbortSignal;
  timeoutMs?: number;
  maxSteps?: number;
  maxCostMicroUsd?: number;
}

export interface TurnInput { text: string; origin?: Origin; attachments?: readonly Block[] }

/** A sequence of turns with one history. */
export class Session {
  readonly kernel: Kernel;
  readonly id: string;
  readonly cwd: string;
  readonly roots: readonly string[];
  readonly messages: Message[];
  readonly state = new State();
  mode: Mode;
  provider: string;
  model: string;
  modelOptions: ModelOptions;
  system: readonly SystemSection[];
  sink: Sink | undefined;
  asker: Asker | undefined;
  /** What the taps did in the last turn. */
  lastTrace: readonly TraceEntry[] = [];
  readonly #resumed: boolean;
  #prefix: Run['prefix'];
  #seq = 0;
  #turns = 0;
  #started = false;
  #busy = false;
  #closed = false;
  #questions: Promise<unknown> = Promise.resolve();
  /** Set while the sink is behind: further events wait for it, so that their order holds. */
  #sinkTail: Promise<void> | undefined;
  readonly #said = new Set<string>();

  constructor(kernel: Kernel, options: SessionOptions) {
    this.kernel = kernel;
    this.id = options.id ?? kernel.host.newId();
    this.cwd = options.cwd;
    this.roots = Object.freeze([...(options.roots ?? [options.cwd])]);
    this.mode = options.mode ?? 'default';
    const { provider, model } = kernel.resolveModel(options);
    this.provider = provider;
    this.model = model;
    this.modelOptions = options.modelOptions ?? {};
    this.system = options.system ?? [];
    this.messages = [...(options.history ?? [])];
    this.#resumed = this.messages.length > 0;
    this.sink = options.sink;
    this.asker = options.asker;
  }

  get canAsk(): boolean { return this.asker !== undefined; }

  /** One turn. @throws PithError only where no turn can begin: SESSION_BUSY, GUARD_MISSING, KERNEL_CLOSED */
  async runTurn(input: TurnInput, options: TurnOptions = {}): Promise<TurnResult> {
    return this.#exclusively(async (generation) => {
      const turnId = this.kernel.host.newId();
      const { signal, release } = withTimeout(options);
      const run = this.#newRun(generation, turnId, signal, { maxSteps: options.maxSteps ?? Infinity, maxCostMicroUsd: options.maxCostMicroUsd ?? Infinity }, input.origin ?? 'person');
      run.prefix = this.#prefix;
      try {
        await this.#start(generation, run);
        this.#turns++;
        return await runTurn(run, { text: input.text, origin: run.setup.origin, ...(input.attachments === undefined ? {} : { attachments: input.attachments }) });
      } finally {
        release();
        this.#prefix = run.prefix;
        this.lastTrace = run.trace.entries();
      }
    });
  }

  /** One tool call from outside a turn, through the same choke point. */
  async callTool(call: { name: string; input: unknown }, { signal = new AbortController().signal }: { signal?: AbortSignal } = {}): Promise<ToolOutcome> {
    return this.#exclusively(async (generation) => {
      const run = this.#newRun(generation, this.kernel.host.newId(), signal, { maxSteps: 0, maxCostMicroUsd: Infinity }, 'parent');
      try {
        await this.#start(generation, run);
        return await generation.callTool(run, { ...call, path: 'session', holdsSlot: false });
      } finally {
        await Promise.all(run.children);
        this.lastTrace = run.trace.entries();
      }
    });
  }

  /** A turn that a tool started, with a history of its own. Its events carry its `runId`. */
  async runSubTurn(parent: Run, task: SubTurn, signal: AbortSignal, inheritsSlot: boolean): Promise<SubTurnResult> {
    const { setup } = parent;
    const { provider, model } = task.model === undefined && task.provider === undefined ? setup : this.kernel.resolveModel(task, parent.generation);
    const run = new Run({
      ...setup, parent, runId: this.kernel.host.newId(), signal, provider, model, origin: task.origin ?? 'agent', mode: task.mode ?? setup.mode,
      messages: [...(task.history ?? [])], system: task.system ?? [], inheritsSlot, task: { name: task.name },
      limits: { maxSteps: task.maxSteps ?? setup.limits.maxSteps, maxCostMicroUsd: setup.limits.maxCostMicroUsd },
      ...(task.tools === undefined ? {} : { tools: new Set(task.tools) }),
    });
    const result = await runTurn(run, { text: task.text, origin: run.setup.origin });
    return { runId: run.runId, status: result.status, reason: result.reason, text: result.text ?? '', messages: run.messages, usage: result.usage, costMicroUsd: result.costMicroUsd, steps: result.steps };
  }

  /** Asks a person, one question after the other. Answers deny where nobody can be asked. */
  async ask(question: Question, signal: AbortSignal, announce?: () => Promise<void> | undefined): Promise<Answer> {
    const { asker } = this;
    if (asker === undefined) return { verdict: 'deny', text: 'nobody can be asked' };
    const turn = this.#questions.then(async () => {
      signal.throwIfAborted();
      await announce?.();
      return asker(question, signal);
    });
    this.#questions = turn.then(() => undefined, () => undefined);
    return turn;
  }

  emit(body: EventBody, stamp: Omit<EventStamp, 'seq' | 'atMs'>, generation: Generation): Promise<void> | undefined {
    const event = { ...body, seq: this.#seq++, atMs: this.kernel.host.now(), ...stamp } as TurnEvent;
    const durable = generation.observers.emit(event);
    const sunk = this.#sink(event);
    if (durable === undefined) return sunk;
    return sunk === undefined ? durable : Promise.all([durable, sunk]).then(() => undefined);
  }

  /** A notice that is not worth saying twice in a session. */
  noticeOnce(notice: Omit<Extract<EventBody, { type: 'notice' }>, 'type'>): void {
    if (this.#said.has(notice.text)) return;
    this.#said.add(notice.text);
    void this.emit({ type: 'notice', ...notice }, { sessionId: this.id, turnId: '', runId: '' }, this.kernel.generation);
  }

  /** Ends the session: background work is stopped, `session-end` is emitted. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.state.close(this.kernel);
    if (this.#started) await this.emit({ type: 'session-end', turns: this.#turns }, { sessionId: this.id, turnId: '', runId: '' }, this.kernel.generation);
    await this.#sinkTail;
    this.kernel.sessions.delete(this);
  }

  async #exclusively<T>(work: (generation: Generation) => Promise<T>): Promise<T> {
    if (this.#closed || this.kernel.closed) throw new PithError('The session is closed', { code: 'KERNEL_CLOSED' });
    if (this.#busy) throw new PithError(`Session ${this.id} is at work; it runs one turn at a time`, { code: 'SESSION_BUSY', hint: 'Wait for the turn, or interrupt it.' });
    this.#busy = true;
    const generation = this.kernel.generation.retain();
    const allowExit = forbidExit();
    try {
      if (generation.guardMissing !== undefined) throw generation.guardMissing;
      return await work(generation);
    } finally {
      allowExit();
      this.#busy = false;
      await generation.release();
    }
  }

  #newRun(generation: Generation, turnId: string, signal: AbortSignal, limits: Limits, origin: Origin): Run {
    return new Run({
      session: this, generation, turnId, runId: turnId, signal, origin, mode: this.mode, provider: this.provider, model: this.model,
      messages: this.messages, system: this.system, limits,
    });
  }

  async #start(generation: Generation, run: Run): Promise<void> {
    if (!this.#started) {
      this.#started = true;
      const { cwd, model, provider, mode } = this;
      await run.emit({ type: 'session-start', v: EVENT_VERSION, cwd, model, provider, mode, resumed: this.#resumed, history: this.messages.length, kernel: this.kernel.version });
      for (const notice of this.kernel.loadNotices()) this.noticeOnce(notice);
    }
    if (generation.toolSources.length === 0) return;
    const { added, removed, failed } = await generation.refreshTools(run.signal);
    for (const { owner, text } of failed) this.noticeOnce({ level: 'warning', plugin: owner, text: `Plugin ${owner} could not list its tools: ${text}` });
    if (added.length + removed.length > 0 && this.#turns > 0) {
      await run.emit({ type: 'notice', level: 'info', text: `Tools changed, so the prompt cache starts anew: ${[...added.map((name) => `+${name}`), ...removed.map((name) => `-${name}`)].join(' ')}` });
    }
  }

  #sink(event: TurnEvent): Promise<void> | undefined {
    const { sink } = this;
    if (sink === undefined) return undefined;
    const given = this.#sinkTail === undefined ? sink(event) : this.#sinkTail.then(() => sink(event));
    if (given === undefined) return undefined;
    const tail: Promise<void> = Promise.resolve(given).finally(() => { if (this.#sinkTail === tail) this.#sinkTail = undefined; });
    this.#sinkTail = tail;
    return tail;
  }
}

/** The turn's signal: the caller's, and the time limit's. */
function withTimeout({ signal, timeoutMs }: TurnOptions): { signal: AbortSignal; release: () => void } {
  const own = new AbortController();
  const stop = (): void => own.abort(signal!.reason);
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => {
    own.abort(new PithError(`The turn stopped after ${timeoutMs / 1000} s, with work left`, { code: 'LIMIT_TIME', hint: 'Allow more with --timeout, or go on with: pith run --continue "go on"' }));
  }, timeoutMs);
  return { signal: own.signal, release: () => { clearTimeout(timer); signal?.removeEventListener('abort', stop); } };
}

/** What tools keep for as long as the session lives. */
class State implements SessionState {
  readonly #values = new Map<string, { value: unknown; dispose?: (value: never) => void | Promise<void> }>();

  get<T>(key: string, create: () => T, dispose?: (value: T) => void | Promise<void>): T {
    let held = this.#values.get(key);
    if (held === undefined) {
      held = { value: create(), ...(dispose === undefined ? {} : { dispose: dispose as (value: never) => void }) };
      this.#values.set(key, held);
    }
    return held.value as T;
  }

  async close(kernel: Kernel): Promise<void> {
    for (const [key, { value, dispose }] of [...this.#values].reverse()) await kernel.closing(key, () => dispose?.(value as never));
    this.#values.clear();
  }
}
