import { checkUse } from './load/capability.ts';
import { describe, PithError } from './errors.ts';
import { blame, callTap, misuse, type Tap } from './frame.ts';
import {
  type ContextTap, createTapableHooks, type ExecuteWrap, type InputTap, type ModelWrap, type OutputTap, type PermissionTap,
  type PreparedCall, type PrepareWrap, type ToolCall, type ToolOutcome, type Turn, type UserInput, type CallModelRequest,
} from './hooks.ts';
import type { OwnedCommandSource } from './commands.ts';
import { type ContextRun, isMessage, takeRequest } from './context.ts';
import { addedTokens } from './request/prefix.ts';
import { fingerprint } from './request/fingerprint.ts';
import { deepFreeze, jsonCopy } from './base/freeze.ts';
import type { Kernel } from './kernel.ts';
import { reachedCostLimit } from './limits.ts';
import type { LoadedPlugin, LoadResult, Owners } from './load/load.ts';
import type { ModelRequest, Reply } from './message.ts';
import { checkOptions, providerMissing } from './load/model-choice.ts';
import { callModel, guardModelWrap, type ModelLayer, providerLayer } from './model.ts';
import { Observers } from './output/output.ts';
import { askTap, type HeldOpinion, type JudgedAt } from './permission.ts';
import type { AgentDeclaration, PluginDefinition, PluginStatus, Provider, ProviderDeclaration, Route, SlashCommand } from './plugin.ts';
import type { Run } from './run.ts';
import type { Services } from './services.ts';
import { gate, runCall } from './tool.ts';
import { executeTool } from './tool/tool-body.ts';
import { declaredTools, type FailedSource, type OwnedSource, refreshTools, type ToolSet } from './load/tool-set.ts';
import { guardExecuteWrap, guardPrepareWrap, type IncomingCall, type ToolLayer } from './tool/tool-wrap.ts';
import type { ImageRule } from './request/token-parts.ts';
import type { Trace, TraceEntry } from './trace.ts';
import type { Nesting } from './turn-handle.ts';

export interface RegisteredProvider { declaration: ProviderDeclaration; owner: string; instance: Promise<Provider> | undefined }
type Owned<T> = T & { owner: string };

/** What goes through the hooks beside their payloads. */
interface Carried {
  run: Run;
  context: ContextRun;
  judged: { run: Run; at: JudgedAt; opinions: HeldOpinion[]; asking: boolean };
  trace: Trace | undefined;
  modelLayer: ModelLayer;
  prepareLayer: ToolLayer<ToolCall>;
  executeLayer: ToolLayer<PreparedCall>;
}

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
  /** The tools of the next turn. */
  toolSet: ToolSet;
  readonly toolSources: readonly OwnedSource[];
  readonly providers = new Map<string, RegisteredProvider>();
  readonly slashCommands: readonly Owned<SlashCommand>[];
  readonly commandSources: readonly OwnedCommandSource[];
  readonly agents: readonly Owned<AgentDeclaration>[];
  readonly routes: readonly Owned<Route>[];
  readonly observers: Observers;
  readonly model: ModelLayer;
  readonly prepareTool: ToolLayer<ToolCall>;
  readonly executeTool: ToolLayer<PreparedCall>;
  /** All taps in running order; in `model` and `tool` the first is the outermost. */
  readonly taps: readonly Tap[];
  readonly #hooks = createTapableHooks<Carried>();
  readonly #owners: Owners;
  readonly #imageRules = new Map<string, ImageRule>();
  #users = 1;
  #closed: Promise<void> | undefined;

  constructor(kernel: Kernel, { plugins, statuses, guardMissing, taps, owners }: LoadResult) {
    this.kernel = kernel;
    this.plugins = plugins;
    this.statuses = statuses;
    this.guardMissing = guardMissing;
    this.taps = taps;
    this.#owners = owners;
    const definitions = plugins.map(({ definition }) => definition);
    this.toolSet = declaredTools(definitions, owners);
    this.toolSources = definitions.flatMap(({ name: owner, toolSources = [] }) => toolSources.map((source) => ({ source, owner })));
    for (const { name: owner, providers = [] } of definitions) {
      for (const declaration of providers) if (owners.get(`provider:${declaration.name}`) === owner) this.providers.set(declaration.name, { declaration, owner, instance: undefined });
    }
    const owned = <T>(list: (definition: PluginDefinition) => readonly T[] | undefined, key: (item: T) => string): Owned<T>[] =>
      definitions.flatMap((definition) => (list(definition) ?? []).filter((item) => owners.get(key(item)) === definition.name).map((item) => ({ ...item, owner: definition.name })));
    this.slashCommands = owned(({ slashCommands }) => slashCommands, ({ name }) => `command:${name}`);
    this.commandSources = definitions.flatMap(({ name: owner, commandSources = [] }) => commandSources.map((source) => ({ source, owner })));
    this.agents = owned(({ agents }) => agents, ({ name }) => `agent:${name}`);
    this.routes = owned(({ routes }) => routes, ({ method, path }) => `route:${method} ${path}`);

    for (const tap of this.#of<InputTap>('input')) this.#hooks.input.tapPromise(tap.name, (input, run) => this.#runInputTap(tap, input, run));
    for (const tap of this.#of<ContextTap>('context')) this.#hooks.context.tapPromise(tap.name, (request, at) => this.#runContextTap(tap, request, at));
    for (const [index, tap] of this.#of<PermissionTap>('permission').entries()) {
      const mayAllow = plugins.find(({ definition }) => definition.name === tap.plugin)?.capabilities.has('permission:allow') ?? false;
      this.#hooks.permission.tapPromise(tap.name, async (call, { run, at, opinions, asking }) => {
        if (tap.beforeAsking !== asking) return;
        const opinion = await askTap(tap, call, { run, at, mayAllow });
        if (opinion !== undefined) opinions[index] = opinion;
      });
    }
    this.observers = new Observers({ durable: this.#hooks.durableOutput, others: this.#hooks.output }, this.#of<OutputTap>('output'), kernel.watchdog, (trouble) => kernel.report(trouble));
    // A waterfall hands each wrap what was made so far, so the last to be tapped is the outermost.
    for (const tap of this.#of<ModelWrap>('model').reverse()) this.#hooks.model.tap(tap.name, (next) => guardModelWrap(tap, next));
    for (const tap of this.#of<PrepareWrap>('tool', 'prepare').reverse()) this.#hooks.toolPrepare.tap(tap.name, (next) => guardPrepareWrap(tap, next));
    for (const tap of this.#of<ExecuteWrap>('tool', 'execute').reverse()) this.#hooks.toolExecute.tap(tap.name, (next) => guardExecuteWrap(tap, next));
    this.model = compose(this.#hooks.model, providerLayer((request) => this.findProvider(request)));
    this.prepareTool = compose(this.#hooks.toolPrepare, gate);
    this.executeTool = compose(this.#hooks.toolExecute, executeTool);
  }

  /** How many tokens a model's images have, where its provider says so: the same function for the same model. */
  imageRule({ provider, model }: Pick<ModelRequest, 'provider' | 'model'>): ImageRule | undefined {
    const declared = this.providers.get(provider)?.declaration.imageTokens;
    if (declared === undefined) return undefined;
    const key = `${provider}/${model}`;
    let rule = this.#imageRules.get(key);
    if (rule === undefined) this.#imageRules.set(key, rule = (size) => declared(size, model));
    return rule;
  }

  get tools(): ToolSet['tools'] { return this.toolSet.tools; }

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

  /** The plugin that brings something, as `service:database`. */
  ownerOf(key: string): LoadedPlugin | undefined {
    const owner = this.#owners.get(key);
    return owner === undefined ? undefined : this.plugins.find(({ definition }) => definition.name === owner);
  }

  /** @throws PithError CAPABILITY_MISSING, SERVICE_MISSING, SERVICE_FAILED */
  async serviceFor<K extends keyof Services>(plugin: string, name: K, signal: AbortSignal): Promise<Services[K]> {
    const user = this.plugins.find(({ definition }) => definition.name === plugin);
    if (user !== undefined) checkUse(user.source, name);
    return this.kernel.service(name, signal);
  }

  runInput(input: UserInput, run: Run): Promise<UserInput> {
    return this.#hooks.input.promise(deepFreeze(input), run);
  }

  runContext(request: ModelRequest, at: ContextRun): Promise<ModelRequest> {
    return this.#hooks.context.promise(request, at);
  }

  /** Everybody's opinion, in running order. @param asking only of those that are asked before a person is */
  async opinions(call: PreparedCall, { run, at, asking = false }: { run: Run; at: JudgedAt; asking?: boolean }): Promise<HeldOpinion[]> {
    const opinions: HeldOpinion[] = [];
    await this.#hooks.permission.promise(call, { run, at, opinions, asking });
    return opinions.filter((opinion) => opinion !== undefined);
  }

  /** A plugin's own model call. @throws PithError when it fails, and LIMIT_COST when the turn has nothing left to spend */
  async callModelFor(run: Run, request: CallModelRequest, { purpose, place, ...at }: Nesting & { purpose: string; place: string; signal: AbortSignal }): Promise<Reply> {
    run.throwIfStopped();
    const limit = reachedCostLimit(run);
    if (limit !== undefined) throw limit;
    if (!Array.isArray(request.messages) || !request.messages.every(isMessage)) throw new PithError('callModel was given messages that are none', { code: 'TAP_INVALID_RESULT' });
    const { provider, model } = request.model === undefined && request.provider === undefined
      ? run.setup
      : run.recordedNow(`${place} model`, () => this.kernel.resolveModel({ provider: request.provider, model: request.model }, this));
    const full: ModelRequest = Object.freeze({
      provider, model, system: deepFreeze([...(request.system ?? [])]), messages: deepFreeze([...request.messages]), tools: Object.freeze([]), purpose, reason: 'step', options: deepFreeze({ ...request.options }),
    });
    // Named by where it was asked for: calls side by side may be made in any order.
    const { reply, error } = await callModel(run, full, { ...at, attemptId: `${run.runId}-${fingerprint(run.placeOf(place))}` });
    if (error !== undefined) throw error;
    return reply;
  }

  /** A tool call that does not come from a model. */
  async callTool(run: Run, { place, id, ...call }: Omit<IncomingCall, 'id' | 'complete'> & { place: string; id?: string }): Promise<ToolOutcome> {
    let input: unknown;
    try {
      input = deepFreeze(jsonCopy(call.input));
    } catch (cause) {
      throw new PithError(`The input of ${call.name} is nothing that JSON can carry`, { code: 'TOOL_INPUT_INVALID', cause });
    }
    return runCall(run, { ...call, input, complete: true, id: id ?? run.recordedNow(place, () => this.kernel.host.newId()) });
  }

  /** Asks the tool sources anew, for the turns that begin from now on. */
  async refreshTools(signal: AbortSignal): Promise<readonly FailedSource[]> {
    const { next, failed } = await refreshTools(this.toolSources, () => this.toolSet, {
      signal, limitMs: this.kernel.setupTimeoutMs, contextOf: (owner) => this.kernel.contributionContext(owner, this),
    });
    this.toolSet = next;
    return failed;
  }

  #of<Fn>(hook: Tap['hook'], zone?: 'prepare' | 'execute'): Tap<Fn>[] {
    return this.taps.filter((tap) => tap.hook === hook && (zone === undefined || tap.zone === zone)) as Tap<Fn>[];
  }

  #runInputTap(tap: Tap<InputTap>, input: UserInput, run: Run): Promise<UserInput> {
    return this.#runValueTap(tap as Tap, input, run, (turn) => tap.fn(input, turn), (value) => (isInput(value, input) ? deepFreeze(input.verbatim ? { ...value, verbatim: true } : value) : undefined));
  }

  #runContextTap(tap: Tap<ContextTap>, request: ModelRequest, at: ContextRun): Promise<ModelRequest> {
    return this.#runValueTap(tap as Tap, request, at.run, (turn) => tap.fn(request, turn), (value) => takeRequest(value, request), (changed, entry) => {
      entry.tokens = addedTokens(request, changed, this.imageRule(request));
      at.stages.push({ plugin: tap.plugin, tap: tap.name, request: changed });
    });
  }

  /** One tap of a waterfall of values: what it gives, or what it was given where it gives nothing. */
  async #runValueTap<T extends object>(tap: Tap, value: T, run: Run, call: (turn: Turn) => unknown, take: (given: unknown) => T | undefined, onChange?: (changed: T, entry: TraceEntry) => void): Promise<T> {
    run.throwIfStopped();
    const frame = run.open(tap);
    try {
      const given = await callTap(frame, () => call(frame.turn));
      const taken = given === undefined || given === value ? value : take(given);
      if (taken === undefined) throw misuse(tap, 'TAP_INVALID_RESULT', `returned ${describe(given)}, which is not what the hook takes,`);
      const entry = run.trace.add(tap, run, taken === value ? 'passed' : 'changed', frame.ownMs);
      if (taken !== value) onChange?.(taken, entry);
      return taken;
    } catch (thrown) {
      const error = blame(frame, thrown); // Also what it returned can throw, when it is looked at.
      run.trace.addFailure(frame, run, error);
      throw error;
    }
  }

  /** @throws PithError PROVIDER_MISSING, PROVIDER_OPTION_UNKNOWN */
  findProvider(request: ModelRequest): { tap: Tap; load: () => Promise<Provider> } {
    const provider = this.providers.get(request.provider);
    if (provider === undefined) throw providerMissing(request.provider, [...this.providers.keys()]);
    const { declaration, owner } = provider;
    checkOptions(request.options, declaration, [...this.providers.values()].map((each) => each.declaration));
    return {
      tap: { hook: 'model', plugin: owner, name: declaration.name, stage: Infinity, timeoutMs: this.kernel.idleTimeoutMs, answers: true, durable: false, queueLimit: 0, fn: undefined },
      load: () => provider.instance ??= this.#loadProvider(provider),
    };
  }

  async #loadProvider(provider: RegisteredProvider): Promise<Provider> {
    try {
      return await provider.declaration.load(this.kernel.contributionContext(provider.owner, this));
    } catch (error) {
      provider.instance = undefined; // The next call tries again.
      throw error;
    }
  }

  /** Plugins in reverse order; of each what it tapped last first, then what it brings. */
  async #close(): Promise<void> {
    const { kernel } = this;
    await this.observers.settle(kernel.closeTimeoutMs);
    for (const { definition: { name, toolSources = [] }, closers } of [...this.plugins].reverse()) {
      for (const close of [...closers].reverse()) await kernel.closing(name, close);
      for (const source of toolSources) await kernel.closing(name, () => source.close?.());
      for (const { owner, instance } of this.providers.values()) {
        if (owner !== name || instance === undefined) continue;
        // One that never came to be needs no closing.
        await kernel.closing(name, async () => (await instance.catch(() => undefined))?.close?.());
      }
    }
  }
}

/** A hook compiles itself when it is first called; one that nobody tapped is spared that, at every start. */
function compose<T>(hook: { isUsed(): boolean; call(innermost: T): T }, innermost: T): T {
  return hook.isUsed() ? hook.call(innermost) : innermost;
}

function isInput(value: unknown, given: UserInput): value is UserInput {
  const input = value as Partial<UserInput> | null;
  return typeof input === 'object' && input !== null && typeof input.text === 'string' && input.origin === given.origin
    && (input.handled === undefined || typeof input.handled?.reply === 'string')
    && (input.attachments === undefined || (Array.isArray(input.attachments) && input.attachments.every((block) => typeof block?.type === 'string')));
}
