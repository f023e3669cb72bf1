import { type ListedCommand, listCommands, runCommand } from './commands.ts';
import { modelName } from './context.ts';
import { describe, PithError } from './errors.ts';
import type { Answer, EventBody, Mode, Origin, PluginEvent, Question } from './event.ts';
import { type Frame, misuse } from './frame.ts';
import { deepFreeze, jsonCopy, toPlain } from './base/freeze.ts';
import type { CallModelRequest, SubTurn, SubTurnResult, ToolOutcome, Turn } from './hooks.ts';
import { setHistory } from './history.ts';
import { leftMicroUsd } from './limits.ts';
import type { Message, Reply } from './message.ts';
import type { CommandResult, SessionState } from './plugin.ts';
import { refuseInPreview } from './request/preview.ts';
import type { Run } from './run.ts';
import type { Services } from './services.ts';
import type { Countable } from './request/tokens.ts';
import { MAX_TIMER_MS } from './base/within.ts';
import type { WriteSlot } from './tool/work-tree.ts';

/** Sub-turns may start sub-turns, and taps and tools may call tools from inside tool calls, to this depth. */
export const MAX_DEPTH = 8;
/** How often taps may let a run go on where it would have ended. */
export const GO_ON_MAX = 100;

/** What something inherits from where it was started. */
export interface Nesting {
  /** 1 inside a plugin's own model call, which may make no further one. */
  modelDepth: number;
  /** How many tool calls are around this one that a tap or a tool has made. */
  toolDepth: number;
  /** The right to change the work tree that is held around this. */
  slot: WriteSlot | undefined;
  /** A replay does not run this, but gives what came of something further out. */
  isForeign: boolean;
}

export const TOP: Nesting = { modelDepth: 0, toolDepth: 0, slot: undefined, isForeign: false };

export interface HandleOptions extends Partial<Nesting> {
  attemptId?: string;
  callId?: string;
  /** In the place of the run's. */
  signal?: AbortSignal;
  graceMs?: number;
}

const PLUGIN_EVENTS: ReadonlySet<string> = new Set<PluginEvent['type']>(['plugin-event', 'notice', 'retry', 'compaction']);

/** A tap's, a tool's or a provider's view of the run. What it waits for here does not count as its own time. */
export class TurnHandle implements Turn {
  readonly #run: Run;
  readonly #frame: Frame;
  readonly #nesting: Nesting;
  readonly #callId: string | undefined;
  readonly attemptId: string;

  constructor(run: Run, frame: Frame, { attemptId = '', callId, modelDepth, toolDepth, slot, isForeign }: HandleOptions) {
    const nesting = run.setup.nesting ?? TOP;
    this.#run = run;
    this.#frame = frame;
    this.#callId = callId;
    this.#nesting = { modelDepth: modelDepth ?? nesting.modelDepth, toolDepth: toolDepth ?? nesting.toolDepth, slot: slot ?? nesting.slot, isForeign: isForeign ?? nesting.isForeign };
    this.attemptId = attemptId;
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
  get runName(): string | undefined { return this.#run.setup.task?.name; }
  get step(): number { return this.#run.step; }
  get cwd(): string { return this.#run.session.cwd; }
  get roots(): readonly string[] { return this.#run.session.roots; }
  get mode(): Mode { return this.#nesting.isForeign ? this.#run.mode : this.#run.modeAt(this.#place('mode')); }
  get origin(): Origin { return this.#run.setup.origin; }
  get provider(): string { return this.#run.setup.provider; }
  get model(): string { return this.#run.setup.model; }
  get session(): SessionState { return this.#run.session.state; }
  get signal(): AbortSignal { return this.#frame.ownSignal; }
  get costMicroUsd(): number | null { return this.#run.root.costMicroUsd; }
  get leftMicroUsd(): number { return leftMicroUsd(this.#run); }
  get messages(): readonly Message[] { return this.#run.messages.slice(); }

  now(): number { return this.#made('now', () => this.#run.session.kernel.host.now()); }
  newId(): string { return this.#made('id', () => this.#run.session.kernel.host.newId()); }
  random(): number { return this.#made('random', () => this.#run.session.kernel.host.random()); }

  recorded<T>(key: string, make: () => T | Promise<T>): Promise<T> {
    const copy = async (): Promise<T> => deepFreeze(jsonCopy(await make())) as T;
    // Its own time, unlike everything else here that waits: what `make` does is the tap's.
    const made = this.#nesting.isForeign ? copy() : this.#run.recorded(this.#place(`recorded ${key}`), copy);
    made.catch(() => undefined); // A plugin that forgets to wait for it must not end the process.
    return made;
  }

  emit(event: PluginEvent): void {
    const { tap } = this.#frame;
    const run = this.#run;
    if (!PLUGIN_EVENTS.has((event as PluginEvent | undefined)?.type ?? '')) throw misuse(tap, 'TAP_INVALID_RESULT', 'emitted an event of a type that plugins may not emit');
    if (run.ended) {
      run.session.noticeOnce({ level: 'warning', code: 'TURN_ENDED', plugin: tap.plugin, text: `Plugin ${tap.plugin} emitted a ${event.type} after its turn had ended; it was dropped` }, { isForeign: this.#nesting.isForeign });
      return;
    }
    // Plugins' own events are never awaited: their order is kept by the session.
    void run.emit({ ...event, ...(event.type === 'plugin-event' ? { data: toPlain(event.data) } : {}), plugin: tap.plugin } as EventBody, { isForeign: this.#nesting.isForeign });
  }

  ask(question: Question): Promise<Answer> {
    return this.#during(() => this.#run.session.askFor(this.#run, question, { signal: this.signal, place: this.#place('ask') }));
  }

  sleep(ms: number): Promise<void> {
    const { kernel, playback } = this.#run.session;
    return this.#wait(() => kernel.host.sleep(playback === undefined ? ms : 0, this.signal)); // What took its time once need not take it again.
  }

  chooseModel(wish: { provider?: string; model?: string }): Promise<{ provider: string; model: string }> {
    const { session: { kernel }, generation } = this.#run;
    return this.recorded('chooseModel', () => kernel.resolveModel(wish, generation));
  }

  callModel(request: CallModelRequest, { purpose, timeoutMs }: { purpose: string; timeoutMs?: number }): Promise<Reply> {
    return this.#during(async () => {
      if (this.#nesting.modelDepth > 0) {
        throw new PithError('A model call was made from inside the model call of a plugin', { code: 'CALL_DEPTH', hint: 'Call the model from another place, or pass the request on with next.' });
      }
      const limit = new AbortController();
      const late = (): void => limit.abort(new PithError(`A model call of plugin ${this.#frame.tap.plugin} (${purpose}) took longer than ${timeoutMs} ms`, { code: 'MODEL_TIMEOUT' }));
      // What took too long once ends the same way in a replay, by itself.
      const timer = timeoutMs === undefined || timeoutMs > MAX_TIMER_MS || this.#run.session.playback !== undefined ? undefined : setTimeout(late, timeoutMs);
      try {
        const signal = AbortSignal.any([this.signal, limit.signal]);
        return await this.#run.generation.callModelFor(this.#run, request, { purpose, place: this.#place(`model ${purpose}`), signal, ...this.#nesting, modelDepth: 1 });
      } finally {
        clearTimeout(timer);
      }
    });
  }

  callTool({ name, input }: { name: string; input: unknown }): Promise<ToolOutcome> {
    return this.#during(async () => {
      const toolDepth = this.#nesting.toolDepth + 1;
      if (toolDepth > MAX_DEPTH) throw new PithError(`Tool calls are ${MAX_DEPTH} deep already`, { code: 'CALL_DEPTH', hint: 'A tap that calls a tool meets that call again: let it pass there.' });
      return this.#run.generation.callTool(this.#run, { name, input, path: 'plugin', place: this.#place('call'), signal: this.signal, ...this.#nesting, toolDepth });
    });
  }

  goOn(text: string): boolean {
    const run = this.#run;
    if (run.ended) throw this.#ended();
    if (typeof text !== 'string' || text === '') throw misuse(this.#frame.tap, 'TAP_INVALID_RESULT', `gave goOn ${describe(text)} where a text belongs`);
    if (run.goneOn + run.goesOn.length >= GO_ON_MAX) return false;
    run.goesOn.push(text);
    return true;
  }

  async setHistory(messages: readonly Message[], { reason }: { reason: string }): Promise<void> {
    const { tap } = this.#frame;
    if (this.#nesting.isForeign || (tap.hook !== 'input' && tap.hook !== 'context')) throw misuse(tap, 'TAP_INVALID_RESULT', 'set the history, which only taps of input and context and declared commands may do,');
    await this.#during(() => setHistory(this.#run, messages, { plugin: tap.plugin, reason }));
  }

  countTokens(request: Countable): number {
    const { session, setup, generation } = this.#run;
    return session.tokens.count(modelName(setup), request, generation.imageRule(setup));
  }

  async useModel(wish: { provider?: string; model?: string }): Promise<{ provider: string; model: string }> {
    refuseInPreview(this.#run, 'another model for the session');
    const chosen = await this.chooseModel(wish);
    const { plugin } = this.#frame.tap;
    await this.#during(async () => this.#run.emit({ type: 'model-changed', plugin, ...chosen }, { isForeign: this.#nesting.isForeign }));
    Object.assign(this.#run.session, chosen, { modelChanged: { plugin, ...chosen } });
    return chosen;
  }

  slashCommands(): Promise<readonly ListedCommand[]> {
    return this.#during(() => listCommands(this.#run, { signal: this.signal }));
  }

  runCommand({ name, argument }: { name: string; argument: string }): Promise<CommandResult | undefined> {
    const { tap } = this.#frame;
    if (tap.hook !== 'input') return Promise.reject(misuse(tap, 'TAP_INVALID_RESULT', 'ran a slash command, which only taps of input may do,'));
    return this.#during(() => runCommand(this.#run, { name, argument }, { signal: this.signal, ...this.#nesting }));
  }

  runSubTurn(task: SubTurn): Promise<SubTurnResult> {
    return this.#during(async () => {
      if (this.#run.ancestorRunIds.length + 1 > MAX_DEPTH) throw new PithError(`Sub-turns are ${MAX_DEPTH} deep already`, { code: 'CALL_DEPTH', hint: 'Do the work in this run.' });
      return this.#run.session.runSubTurn(this.#run, task, { signal: this.signal, nesting: this.#nesting, callId: this.#callId, place: this.#place('sub-turn') });
    });
  }

  service<K extends keyof Services>(name: K): Promise<Services[K]> {
    return this.#wait(() => this.#run.generation.serviceFor(this.#frame.tap.plugin, name, this.signal));
  }

  /** Where this is in the run, in words that are the same in a replay. */
  #place(what: string): string {
    const { hook, plugin, name } = this.#frame.tap;
    return `${this.#run.step} ${this.#callId ?? ''} ${hook} ${plugin}/${name} ${what}`;
  }

  #made<T>(what: string, make: () => T): T {
    return this.#nesting.isForeign ? make() : this.#run.recordedNow(this.#place(what), make);
  }

  /** What the turn may not end before; nothing of the kind begins after it has ended. */
  #during<T>(work: () => Promise<T>): Promise<T> {
    if (!this.#run.ended) return this.#wait(() => this.#run.track(work()));
    return this.#wait(() => Promise.reject(this.#ended()));
  }

  #ended(): PithError {
    const { plugin, name } = this.#frame.tap;
    return new PithError(`Plugin ${plugin} used a turn that has ended (tap ${name})`, { code: 'TURN_ENDED', plugin, hint: 'What outlives a turn belongs into a service or a session of its own.' });
  }

  #wait<T>(work: () => Promise<T>): Promise<T> {
    const waited = this.#frame.wait(work);
    waited.catch(() => undefined); // A plugin that forgets to wait for it must not end the process.
    return waited;
  }
}
