import { type Assembled, assemble } from './request/assemble.ts';
import { type ListedCommand, listCommands } from './commands.ts';
import { Delivery, type Flow, type Outlet, type Sink, type Stamp } from './output/delivery.ts';
import { forbidExit } from './base/exit.ts';
import { PithError } from './errors.ts';
import { type Answer, type Asker, EVENT_VERSION, type EventBody, type Mode, type Origin, type Question } from './event.ts';
import { deepFreeze } from './base/freeze.ts';
import type { Generation } from './generation.ts';
import type { SubTurn, SubTurnResult, ToolOutcome } from './hooks.ts';
import type { Kernel } from './kernel.ts';
import { checkMode } from './mode.ts';
import type { ModelWish } from './load/model-choice.ts';
import type { Message, ModelOptions, SystemSection } from './message.ts';
import type { Playback } from './replay/playback.ts';
import { Questions } from './questions.ts';
import { Run, type RunSetup } from './run.ts';
import { takeForeign, toSessionFacts, toTurnFacts } from './replay/session-facts.ts';
import { maskOutside } from './secrets/mask-outside.ts';
import type { Notice, SessionOptions, TurnInput, TurnOptions } from './session-options.ts';
import { State } from './session-state.ts';
import { type SubRunPlace, toSubRun } from './sub-run.ts';
import type { OutsideBody } from './replay/tape.ts';
import { TokenGauge } from './request/tokens.ts';
import { TurnTools } from './load/turn-tools.ts';
import type { TraceEntry } from './trace.ts';
import { runTurn, type TurnResult } from './turn.ts';
import { maskQuestion } from './secrets/secrets.ts';
import { TOP } from './turn-handle.ts';
import { MAX_TIMER_MS } from './base/within.ts';

export type { Notice, SessionOptions, Sink, TurnInput, TurnOptions };

/** A sequence of turns with one history. */
export class Session {
  readonly kernel: Kernel;
  readonly id: string;
  readonly cwd: string;
  readonly roots: readonly string[];
  readonly messages: Message[];
  readonly state = new State();
  readonly tokens = new TokenGauge();
  readonly questions = new Questions();
  /** Who has chosen another model, until a request was made for it. */
  modelChanged: { plugin: string; provider: string; model: string } | undefined;
  /** Changed with `setMode`, so that everybody hears of it. */
  mode: Mode;
  provider: string;
  model: string;
  modelOptions: ModelOptions;
  system: readonly SystemSection[];
  sink: Sink | undefined;
  asker: Asker | undefined;
  /** What the taps did in the last turn; the oldest entries of a very long one are gone, and counted. */
  lastTrace: readonly TraceEntry[] = [];
  lastTraceDropped = 0;
  readonly playback: Playback | undefined;
  readonly isPreview: boolean;
  readonly #isResumed: boolean;
  readonly #delivery: Flow;
  #prefix: Run['prefix'];
  #historyChanged: Run['historyChanged'];
  #turns = 0;
  #hasStarted = false;
  readonly #tools = new TurnTools();
  #run: Run | undefined;
  #isRefreshing = false;
  /** Runs by id, where a replay must find them. */
  readonly #runs = new Map<string, Run>();
  /** Settles when the turn at hand has ended. */
  #work: Promise<unknown> | undefined;
  #closed: Promise<void> | undefined;
  readonly #said = new Set<string>();

  constructor(kernel: Kernel, options: SessionOptions) {
    this.kernel = kernel;
    this.id = options.id ?? kernel.host.newId();
    this.cwd = options.cwd;
    this.roots = Object.freeze([...(options.roots ?? [options.cwd])]);
    this.mode = options.mode ?? 'default';
    const { provider, model } = options.playback === undefined ? kernel.resolveModel(options) : { provider: '', model: '', ...options };
    this.provider = provider;
    this.model = model;
    this.modelOptions = options.modelOptions ?? {};
    this.system = options.system ?? [];
    this.messages = [...(options.history ?? [])].map((message) => (options.historyIsKept ? kernel.secrets.redactKnownDeep(deepFreeze(message)) : kernel.secrets.redactDeep(deepFreeze(message))));
    this.#isResumed = this.messages.length > 0;
    this.playback = options.playback;
    this.isPreview = options.preview ?? false;
    this.#delivery = options.playback ?? new Delivery(() => kernel.host.now());
    if (options.playback !== undefined) options.playback.onForeign = (event) => takeForeign(event, this, this.#runs);
    this.sink = options.sink;
    this.asker = options.asker;
  }

  get canAsk(): boolean { return this.asker !== undefined; }

  /** One turn. @throws PithError only where no turn can begin: SESSION_BUSY, GUARD_MISSING, KERNEL_CLOSED */
  async runTurn(input: TurnInput, { signal, timeoutMs = Infinity, maxSteps = Infinity, maxCostMicroUsd = Infinity }: TurnOptions = {}): Promise<TurnResult> {
    const { secrets } = this.kernel;
    const learning = this.playback === undefined ? this.kernel.storedSecrets.learn() : undefined;
    if (learning !== undefined) {
      await learning;
      // What was just learned may stand in what was said before.
      if (this.#run === undefined) this.messages.splice(0, this.messages.length, ...this.messages.map((message) => secrets.redactKnownDeep(message)));
    }
    const clean = secrets.redactDeep(input);
    return this.#exclusively({ signal, origin: input.origin ?? 'person', limits: { maxSteps, maxCostMicroUsd } }, async (run) => {
      run.hasMaskedInput = clean !== input;
      const timer = timeoutMs > MAX_TIMER_MS ? undefined : setTimeout(() => run.interrupt(timeError(timeoutMs)), timeoutMs);
      const said: Omit<TurnInput, 'origin'> = { text: clean.text, ...(clean.attachments === undefined ? {} : { attachments: clean.attachments }), ...(clean.verbatim ? { verbatim: true as const } : {}) };
      run.keep({ kind: 'turn', input: said, facts: toTurnFacts(run) });
      run.prefix = this.#prefix;
      run.historyChanged = this.#historyChanged;
      this.#turns++;
      try {
        return await runTurn(run, { ...said, origin: run.setup.origin }, () => this.#begin(run));
      } finally {
        clearTimeout(timer);
        this.#prefix = run.prefix;
        this.#historyChanged = run.historyChanged;
      }
    });
  }

  /**
   * The request that an input would lead to, or the next one of the conversation as it stands. For sessions that were opened for a preview.
   * @param count also asks the provider how long it is, where the vendor has an address for that
   * @throws as `runTurn`; what a tap of `input` or `context` throws; PREVIEW_ONLY where one of them would do more than read
   */
  async assemble(input?: TurnInput, { signal, count = false }: { signal?: AbortSignal; count?: boolean } = {}): Promise<Assembled> {
    if (!this.isPreview) throw new TypeError('only a session that was opened for a preview is assembled without a turn');
    const learning = this.kernel.storedSecrets.learn();
    if (learning !== undefined) await learning;
    return this.#exclusively({ signal, origin: input?.origin ?? 'person', limits: { maxSteps: 1, maxCostMicroUsd: Infinity } }, async (run) => {
      try {
        await this.#begin(run);
        return await assemble(run, input === undefined ? undefined : this.kernel.secrets.redactDeep(input), { count });
      } finally {
        await run.end();
      }
    });
  }

  /** One tool call from outside a turn, through the same choke point. @throws as `runTurn`, and where its events cannot be kept */
  async callTool(call: { name: string; input: unknown; id?: string }, { signal, origin = 'parent' }: { signal?: AbortSignal; origin?: Origin } = {}): Promise<ToolOutcome> {
    const learning = this.playback === undefined ? this.kernel.storedSecrets.learn() : undefined;
    if (learning !== undefined) await learning;
    return this.#exclusively({ signal, origin, limits: { maxSteps: 0, maxCostMicroUsd: Infinity } }, async (run) => {
      try {
        run.keep({ kind: 'call', call, facts: toTurnFacts(run) });
        await this.#begin(run);
        return await run.generation.callTool(run, { ...call, ...TOP, path: 'session', place: 'session call', signal: run.signal });
      } finally {
        await run.end();
      }
    });
  }

  /** A turn that a tool started, with a history of its own. Its events carry its `runId`. */
  async runSubTurn(parent: Run, task: SubTurn, at: SubRunPlace): Promise<SubTurnResult> {
    const run = toSubRun(parent, task, at);
    if (this.playback !== undefined) this.#runs.set(run.runId, run);
    const result = await runTurn(run, { text: task.text, origin: run.setup.origin });
    return { runId: run.runId, status: result.status, reason: result.reason, text: result.text ?? '', messages: run.messages, usage: result.usage, costMicroUsd: result.costMicroUsd, steps: result.steps };
  }

  /**
   * Another permission mode, from the next call on: of the next turns, of the one at work, and of its sub-turns.
   * @throws PithError MODE_REFUSED: there is no such mode, or an administrator has ruled it out
   */
  setMode(mode: Mode): void {
    this.#throwIfClosed();
    const wanted = checkMode(mode, this.kernel.forbidBypass);
    const from = this.mode;
    if (wanted === from) return;
    this.mode = wanted;
    this.#tell({ type: 'mode-changed', from, mode: wanted });
  }

  /**
   * Another model, from the next turn on.
   * @throws PithError MODEL_UNKNOWN, PROVIDER_MISSING
   */
  useModel(wish: ModelWish): { provider: string; model: string } {
    this.#throwIfClosed();
    const chosen = this.kernel.resolveModel(wish);
    if (chosen.provider === this.provider && chosen.model === this.model) return chosen;
    Object.assign(this, chosen, { modelChanged: { plugin: USER, ...chosen } });
    this.#tell({ type: 'model-changed', plugin: USER, ...chosen });
    return chosen;
  }

  /** What somebody outside of any turn has changed. Nobody is told before the session has begun: its start says it. */
  #tell(body: EventBody): void {
    if (!this.#hasStarted) return;
    const run = this.#run;
    const told = run !== undefined && !run.ended ? run.emit(body, { isForeign: true }) : this.#emitOutside(body, true);
    told?.catch(() => undefined); // Who must keep events, and cannot, ends the turn at the next one.
  }

  #throwIfClosed(): void {
    if (this.#closed !== undefined || this.kernel.closed) throw new PithError('The session is closed', { code: 'KERNEL_CLOSED' });
  }

  /** Why a question in this mode would be answered by nobody; nothing where somebody can be asked. */
  whyNobodyIsAsked(mode: Mode): string | undefined {
    if (mode === 'dontAsk') return 'mode dontAsk does not ask';
    return this.canAsk ? undefined : 'nobody can be asked';
  }

  /** Asks a person, one question after the other. @throws the signal's reason; what the asker throws */
  async ask(run: Run, question: Question, { signal, place, announce }: { signal: AbortSignal; place: string; announce?: () => Promise<Question> }): Promise<Answer> {
    // In a replay nobody waits for anybody: the answers are there.
    if (this.playback !== undefined) await announce?.();
    const mask = (given: Question): Question => maskQuestion(given, this.kernel.secrets);
    return run.recorded(place, () => this.questions.ask(this.asker!, mask(question), signal, announce && (async () => mask(await announce()))));
  }

  /** A plugin's own question: answered with deny where nobody can be asked. */
  async askFor(run: Run, question: Question, at: { signal: AbortSignal; place: string }): Promise<Answer> {
    const silent = this.whyNobodyIsAsked(run.modeAt(`${at.place} mode`));
    return silent === undefined ? this.ask(run, question, at) : { verdict: 'deny', nobody: true, text: silent };
  }

  emit(body: EventBody, stamp: Stamp, run: Run, { amend, isForeign, mayWait }: Pick<Outlet, 'amend' | 'isForeign' | 'mayWait'>): Promise<void> | undefined {
    return this.#delivery.emit(this.#mask(body), stamp, { observers: this.isPreview ? NOBODY : run.generation.observers, sink: this.sink, trace: run.trace, amend: amend && ((error) => this.#mask(amend(error))), isForeign, mayWait });
  }

  /** Whoever hears of it, none hears a secret. Deltas are masked where they come in, since one alone says too little. */
  #mask(body: EventBody): EventBody {
    return MASKED_STREAMS.has(body.type) ? body : this.kernel.secrets.redactDeep(body);
  }

  /** What can be typed after a slash, by name; also while a turn is at work. */
  slashCommands({ signal = new AbortController().signal }: { signal?: AbortSignal } = {}): Promise<readonly ListedCommand[]> {
    return listCommands({ session: this, generation: this.kernel.generation }, { signal });
  }

  /** How many events there were so far. */
  get count(): number { return this.#delivery.count; }

  /** What came from outside, for those who record. */
  keep(outside: OutsideBody, at?: number): void {
    const { secrets } = this.kernel;
    this.#delivery.keep(maskOutside(outside, secrets), at);
  }

  /** A notice that is not worth saying twice in a session. */
  noticeOnce(given: Notice, { isForeign }: { isForeign?: boolean } = {}): void {
    const notice = this.kernel.secrets.redactDeep(given);
    if (this.#said.has(notice.text)) return;
    this.#said.add(notice.text);
    const run = this.#run;
    if (run !== undefined && !run.ended) void run.emit({ type: 'notice', ...notice }, isForeign ? { isForeign } : {});
    else void this.#emitOutside({ type: 'notice', ...notice }, isForeign);
  }

  /** Ends the session: a turn at work is interrupted, background work is stopped, `session-end` is emitted. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#run?.interrupt(new PithError('The session was closed', { code: 'INTERRUPTED' }));
    await this.#work;
    await this.state.close(this.kernel);
    if (this.#hasStarted) await this.#emitOutside({ type: 'session-end', turns: this.#turns })?.catch(() => undefined); // Nobody is left to be told.
    await this.#delivery.flush();
    this.kernel.sessions.delete(this);
  }

  #emitOutside(body: EventBody, isForeign?: boolean): Promise<void> | undefined {
    const { observers } = this.kernel.generation;
    return this.#delivery.emit(body, { sessionId: this.id, turnId: '', runId: '' }, { observers: this.isPreview ? NOBODY : observers, sink: this.sink, trace: undefined, isForeign });
  }

  async #exclusively<T>({ signal = new AbortController().signal, ...setup }: Pick<RunSetup, 'origin' | 'limits'> & { signal: AbortSignal | undefined }, work: (run: Run) => Promise<T>): Promise<T> {
    this.#throwIfClosed();
    if (this.#run !== undefined || this.#isRefreshing) throw new PithError(`Session ${this.id} is at work; it runs one turn at a time`, { code: 'SESSION_BUSY', hint: 'Wait for the turn, or interrupt it.' });
    const refreshing = this.kernel.refresh();
    if (refreshing !== undefined) await this.#untilRefreshed(refreshing);
    const { generation } = this.kernel;
    if (generation.guardMissing !== undefined) throw generation.guardMissing;
    const run = this.#run = this.#newRun(generation, signal, setup);
    if (this.playback !== undefined) this.#runs.set(run.runId, run);
    if (!this.#hasStarted && generation.observers.isRecording) run.keep({ kind: 'session', facts: toSessionFacts(run) });
    const allowExit = forbidExit();
    const working = work(run);
    this.#work = working.catch(() => undefined);
    try {
      return await working;
    } finally {
      allowExit();
      this.lastTrace = this.kernel.secrets.redactDeep(run.trace.entries());
      this.lastTraceDropped = run.trace.dropped;
      this.#run = undefined;
      if (this.playback === undefined && !this.isPreview) await this.kernel.keepTrace({ sessionId: this.id, turnId: run.turnId, cwd: this.cwd, entries: this.lastTrace, dropped: this.lastTraceDropped });
      await generation.release();
    }
  }

  /** The plugins of this turn are those that hold when it begins. */
  async #untilRefreshed(refreshing: Promise<void>): Promise<void> {
    this.#isRefreshing = true;
    await refreshing;
    this.#isRefreshing = false;
    this.#throwIfClosed();
  }

  #newRun(generation: Generation, signal: AbortSignal, setup: Pick<RunSetup, 'origin' | 'limits'>): Run {
    // A session that was opened before there was any provider takes the first that comes.
    if (this.provider === '' && this.playback === undefined) Object.assign(this, this.kernel.resolveModel({}, generation));
    const turnId = this.playback?.nextTurnId() ?? this.kernel.host.newId();
    return new Run({
      session: this, generation: generation.retain(), turnId, runId: turnId, signal, mode: this.mode, provider: this.provider, model: this.model,
      messages: this.messages, system: deepFreeze([...this.system]), modelOptions: deepFreeze({ ...this.modelOptions }), ...setup,
    });
  }

  /** What comes before a turn: the session's own start, what a person should know of the plugins, and the tools of this turn. */
  async #begin(run: Run): Promise<void> {
    const { generation } = run;
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      const { cwd, model, provider, mode } = this;
      await run.emit({ type: 'session-start', v: EVENT_VERSION, cwd, model, provider, mode, resumed: this.#isResumed, history: this.messages.length, kernel: this.kernel.version });
    }
    for (const notice of this.kernel.loadNotices(generation)) this.noticeOnce(notice);
    await this.#tools.take(run);
  }
}

/** Who has chosen, where it was no plugin. */
const USER = 'user';

/** Of a preview nobody hears but whoever asked for it. */
const NOBODY: Outlet['observers'] = { isRecording: false, keep: () => undefined, show: () => undefined };

const MASKED_STREAMS: ReadonlySet<EventBody['type']> = new Set<EventBody['type']>(['text-delta', 'thinking-delta', 'tool-input-delta']);

function timeError(timeoutMs: number): PithError {
  return new PithError(`The turn stopped after ${timeoutMs / 1000} s, with work left`, { code: 'LIMIT_TIME', hint: 'Allow more with --timeout, or go on with: pith run --continue "go on"' });
}
