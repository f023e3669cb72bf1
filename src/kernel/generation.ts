import { describe, PithError, toErrorReport } from './errors.ts';
import { callTap, misuse, type Tap } from './frame.ts';
import {
  type ContextTap, createTapableHooks, type ExecuteWrap, type InputTap, type ModelWrap, type OutputTap, type PermissionTap,
  type PreparedCall, type PrepareWrap, type ToolCall, type ToolOutcome, type Turn, type UserInput, type CallModelRequest,
} from './hooks.ts';
import type { ContextRun } from './context.ts';
import type { Kernel } from './kernel.ts';
import type { LoadedPlugin, LoadResult } from './load.ts';
import type { ModelRequest, Reply, ToolSpec } from './message.ts';
import { callModel, guardModelWrap, type ModelLayer, providerLayer } from './model.ts';
import { Observers } from './output.ts';
import { askTap, type HeldOpinion } from './permission.ts';
import type { AgentDeclaration, PluginStatus, Provider, ProviderDeclaration, Route, SlashCommand, ToolSource } from './plugin.ts';
import type { Run } from './run.ts';
import { execute, gate, type RegisteredTool, runCall } from './tool.ts';
import { guardExecuteWrap, guardPrepareWrap, type IncomingCall, type ToolLayer } from './tool-wrap.ts';
import { failureOutcome } from './trace.ts';

export interface RegisteredProvider { declaration: ProviderDeclaration; owner: string; instance: Promise<Provider> | undefined }

/**
 * One set of loaded plugins with its hooks composed. A turn, its sub-turns and its background jobs keep theirs; a reload
 * makes another one, and this one closes after its last user.
 */
export class Generation {
  readonly kernel: Kernel;
  readonly plugins: readonly LoadedPlugin[];
  readonly statuses: readonly PluginStatus[];
  /** Set when a plugin that guards is not there: then no turn runs. */
  readonly guardMissing: PithError | undefined;
  readonly tools = new Map<string, RegisteredTool>();
  readonly toolSources: readonly { source: ToolSource; owner: string }[];
  readonly providers = new Map<string, RegisteredProvider>();
  readonly slashCommands: readonly (SlashCommand & { owner: string })[];
  readonly agents: readonly (AgentDeclaration & { owner: string })[];
  readonly routes: readonly (Route & { owner: string })[];
  readonly observers: Observers;
  readonly model: ModelLayer;
  readonly prepareTool: ToolLayer<ToolCall>;
  readonly executeTool: ToolLayer<PreparedCall>;
  /** All taps in running order; in `model` and `tool` the first is the outermost. */
  readonly taps: readonly Tap[];
  readonly #hooks = createTapableHooks();
  readonly #closers: (() => void | Promise<void>)[];
  #specs: readonly ToolSpec[] | undefined;
  #users = 1;
  #closed: Promise<void> | undefined;

  constructor(kernel: Kernel, { plugins, statuses, guardMissing, taps, closers }: LoadResult) {
    this.kernel = kernel;
    this.plugins = plugins;
    this.statuses = statuses;
    this.guardMissing = guardMissing;
    this.taps = taps;
    this.#closers = closers;
    for (const { definition } of plugins) {
      const owner = definition.name;
      const isFree = (kind: string, name: string, held: ReadonlyMap<string, unknown>): boolean => !held.has(name) || (definition.replaces?.includes(`${kind}:${name}`) ?? false);
      for (const declaration of definition.tools ?? []) if (isFree('tool', declaration.name, this.tools)) this.tools.set(declaration.name, { declaration, owner, body: undefined });
      for (const declaration of definition.providers ?? []) if (isFree('provider', declaration.name, this.providers)) this.providers.set(declaration.name, { declaration, owner, instance: undefined });
    }
    const owned = <K extends 'slashCommands' | 'agents' | 'routes'>(key: K) => plugins.flatMap(({ definition }) => (definition[key] ?? []).map((item) => ({ ...item, owner: definition.name })));
    this.slashCommands = owned('slashCommands') as (SlashCommand & { owner: string })[];
    this.agents = owned('agents') as (AgentDeclaration & { owner: string })[];
    this.routes = owned('routes') as (Route & { owner: string })[];
    this.toolSources = plugins.flatMap(({ definition }) => (definition.toolSources ?? []).map((source) => ({ source, owner: definition.name })));

    for (const tap of this.#of<InputTap>('input')) this.#hooks.input.tapPromise(tap.name, (input, run) => this.#runInputTap(tap, input, run));
    for (const tap of this.#of<ContextTap>('context')) this.#hooks.context.tapPromise(tap.name, (request, at) => this.#runContextTap(tap, request, at));
    for (const [index, tap] of this.#of<PermissionTap>('permission').entries()) {
      const mayAllow = plugins.find(({ definition }) => definition.name === tap.plugin)?.capabilities.has('permission:allow') ?? false;
      this.#hooks.permission.tapPromise(tap.name, async (call, run, opinions) => {
        const opinion = await askTap(tap, call, run, mayAllow);
        if (opinion !== undefined) opinions[index] = opinion;
      });
    }
    this.observers = new Observers(this.#hooks.output, this.#of<OutputTap>('output'), kernel.watchdog, (trouble) => kernel.report(trouble));
    // A waterfall hands each wrap what was made so far, so the last to be tapped is the outermost.
    for (const tap of this.#of<ModelWrap>('model').reverse()) this.#hooks.model.tap(tap.name, (next) => guardModelWrap(tap, next));
    for (const tap of this.#of<PrepareWrap>('tool', 'prepare').reverse()) this.#hooks.toolPrepare.tap(tap.name, (next) => guardPrepareWrap(tap, next));
    for (const tap of this.#of<ExecuteWrap>('tool', 'execute').reverse()) this.#hooks.toolExecute.tap(tap.name, (next) => guardExecuteWrap(tap, next));
    this.model = this.#hooks.model.call(providerLayer((request) => this.#findProvider(request)));
    this.prepareTool = this.#hooks.toolPrepare.call(gate);
    this.executeTool = this.#hooks.toolExecute.call(execute);
  }

  /** Another user of this generation; each calls `release` once. */
  retain(): this {
    this.#users++;
    return this;
  }

  async release(): Promise<void> {
    if (--this.#users > 0) return;
    this.#closed ??= this.#close();
    await this.#closed;
  }

  runInput(input: UserInput, run: Run): Promise<UserInput> {
    return this.#hooks.input.promise(Object.freeze(input), run);
  }

  runContext(request: ModelRequest, at: ContextRun): Promise<ModelRequest> {
    return this.#hooks.context.promise(request, at);
  }

  /** Everybody's opinion, in running order. */
  async opinions(call: PreparedCall, run: Run): Promise<HeldOpinion[]> {
    const opinions: HeldOpinion[] = [];
    await this.#hooks.permission.promise(call, run, opinions);
    return opinions.filter((opinion) => opinion !== undefined);
  }

  callModelFor(run: Run, request: CallModelRequest, purpose: string): Promise<Reply> {
    const { provider, model } = request.model === undefined && request.provider === undefined
      ? run.setup
      : this.kernel.resolveModel({ provider: request.provider, model: request.model }, this);
    const full: ModelRequest = Object.freeze({ provider, model, system: request.system ?? [], messages: request.messages, tools: [], purpose, reason: 'step', options: request.options ?? {} });
    return callModel(run, this.model, full, 1);
  }

  callTool(run: Run, call: Omit<IncomingCall, 'id'>): Promise<ToolOutcome> {
    return runCall(run, { ...call, id: this.kernel.host.newId() });
  }

  /** What the model is told of the tools, by name; the same array for as long as they are the same. */
  toolSpecs(only?: ReadonlySet<string>): readonly ToolSpec[] {
    this.#specs ??= Object.freeze([...this.tools.values()]
      .map(({ declaration: { name, description, inputSchema }, owner }) => Object.freeze({ name, description, inputSchema, owner }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)));
    return only === undefined ? this.#specs : this.#specs.filter(({ name }) => only.has(name));
  }

  /** Asks the tool sources anew. @returns what changed, for a notice */
  async refreshTools(signal: AbortSignal): Promise<{ added: string[]; removed: string[]; failed: { owner: string; text: string }[] }> {
    const changes = { added: [] as string[], removed: [] as string[], failed: [] as { owner: string; text: string }[] };
    await Promise.all(this.toolSources.map(async ({ source, owner }) => {
      let declarations;
      try {
        declarations = await source.list(signal);
      } catch (error) {
        changes.failed.push({ owner, text: toErrorReport(error).message });
        return;
      }
      const names = new Set(declarations.map(({ name }) => name));
      for (const [name, tool] of this.tools) {
        if (tool.source === source && !names.has(name)) { this.tools.delete(name); changes.removed.push(name); }
      }
      for (const declaration of declarations) {
        const known = this.tools.get(declaration.name);
        if (known?.declaration === declaration) continue;
        if (known !== undefined && known.source !== source) {
          changes.failed.push({ owner, text: `tool ${declaration.name} is already there, from ${known.owner}` });
          continue;
        }
        this.tools.set(declaration.name, { declaration, owner, body: undefined, source });
        if (known === undefined) changes.added.push(declaration.name);
      }
    }));
    if (changes.added.length + changes.removed.length > 0) this.#specs = undefined;
    return changes;
  }

  #of<Fn>(hook: Tap['hook'], zone?: 'prepare' | 'execute'): Tap<Fn>[] {
    return this.taps.filter((tap) => tap.hook === hook && (zone === undefined || tap.zone === zone)) as Tap<Fn>[];
  }

  async #runInputTap(tap: Tap<InputTap>, input: UserInput, run: Run): Promise<UserInput> {
    const changed = await this.#runValueTap(tap as Tap, input, run, (turn) => tap.fn(input, turn), (value): value is UserInput =>
      typeof value.text === 'string' && value.origin === input.origin && (value.handled === undefined || typeof value.handled.reply === 'string'));
    return changed === undefined ? input : Object.freeze(changed);
  }

  async #runContextTap(tap: Tap<ContextTap>, request: ModelRequest, at: ContextRun): Promise<ModelRequest> {
    const changed = await this.#runValueTap(tap as Tap, request, at.run, (turn) => tap.fn(request, turn), (value): value is ModelRequest =>
      typeof value.model === 'string' && Array.isArray(value.messages) && Array.isArray(value.system) && Array.isArray(value.tools));
    if (changed === undefined || changed === request) return request;
    Object.freeze(changed.messages);
    at.changes.push({ plugin: tap.plugin, before: request, after: Object.freeze(changed) });
    return changed;
  }

  /** One tap of a waterfall of values. @returns nothing where the value stays as it is */
  async #runValueTap<T extends object>(tap: Tap, value: T, run: Run, call: (turn: Turn) => unknown, isValid: (value: T) => boolean): Promise<T | undefined> {
    const frame = run.open(tap);
    try {
      const result = await callTap(frame, () => call(frame.turn));
      if (result !== undefined && (typeof result !== 'object' || result === null || !isValid(result as T))) {
        throw misuse(tap, 'TAP_INVALID_RESULT', `returned ${describe(result)}, which is not what the hook takes,`);
      }
      run.trace.add(tap, run, result === undefined || result === value ? 'passed' : 'changed', frame.ownMs);
      return result as T | undefined;
    } catch (error) {
      run.trace.add(tap, run, failureOutcome(error), frame.ownMs);
      throw error;
    }
  }

  #findProvider(request: ModelRequest): { tap: Tap; load: () => Promise<Provider> } {
    const provider = this.providers.get(request.provider);
    if (provider === undefined) throw this.kernel.providerMissing(request.provider, this);
    const { declaration, owner } = provider;
    return {
      tap: { hook: 'model', plugin: owner, name: declaration.name, stage: 1000, timeoutMs: this.kernel.idleTimeoutMs, answers: true, durable: false, queueLimit: 0, fn: undefined },
      load: () => provider.instance ??= declaration.load(this.kernel.contributionContext(owner)).catch((error: unknown) => {
        provider.instance = undefined; // The next call tries again.
        throw error;
      }),
    };
  }

  async #close(): Promise<void> {
    await this.observers.settle();
    for (const { instance } of this.providers.values()) if (instance !== undefined) await this.kernel.closing('a provider', async () => (await instance).close?.());
    for (const { source } of this.toolSources) await this.kernel.closing(source.name, () => source.close?.());
    for (const close of this.#closers.reverse()) await this.kernel.closing('a plugin', close);
  }
}

