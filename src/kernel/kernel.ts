import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { nearest, PithError, toMessage } from './errors.ts';
import type { EventBody } from './event.ts';
import { Watchdog } from './frame.ts';
import { Generation } from './generation.ts';
import { loadPlugins } from './load.ts';
import type { ObserverTrouble } from './output.ts';
import { resolvePaths, type Paths } from './paths.ts';
import { type ContributionContext, definePlugin, type PluginDefinition, type PluginSource, type PluginStatus } from './plugin.ts';
import type { Services } from './services.ts';
import { Session, type SessionOptions } from './session.ts';
import { KERNEL_VERSION } from './version.ts';
import { WorkTrees } from './work-tree.ts';

/** Clocks, randomness and ids are given, so that a turn can be played again. */
export interface Host {
  /** Milliseconds since 1970. */
  now(): number;
  newId(): string;
  /** [0, 1) */
  random(): number;
  /** @throws the signal's reason when it fires first */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export interface KernelOptions {
  /** Definitions, or sources that are imported when the kernel starts. */
  plugins?: readonly (PluginSource | PluginDefinition)[];
  /** Options by plugin name. */
  options?: Readonly<Record<string, unknown>>;
  /** Names that plugins may mention in their order though they are not here. */
  knownPlugins?: readonly string[];
  paths?: Paths;
  env?: Readonly<Record<string, string | undefined>>;
  host?: Partial<Host>;
  /** How long a provider may be silent within a reply. Default 120 000. */
  idleTimeoutMs?: number;
}

/** @throws never because of a plugin: one that fails is left out, and `plugins` says so */
export async function createKernel(options: KernelOptions = {}): Promise<Kernel> {
  const kernel = new Kernel(options);
  await kernel.load(options.plugins ?? []);
  return kernel;
}

const realHost: Host = {
  now: Date.now,
  newId: randomUUID,
  random: Math.random,
  sleep: async (ms, signal) => {
    try {
      await wait(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};

/** The six hooks, composed; the sessions that use them; what plugins contribute. Without plugins it runs, and says what is missing. */
export class Kernel {
  readonly version = KERNEL_VERSION;
  readonly host: Host;
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly idleTimeoutMs: number;
  readonly knownPlugins: ReadonlySet<string>;
  readonly watchdog = new Watchdog();
  readonly workTrees = new WorkTrees();
  readonly sessions = new Set<Session>();
  closed = false;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #parsedOptions = new Map<string, unknown>();
  readonly #services = new Map<string, Promise<unknown>>();
  readonly #troubles: ObserverTrouble[] = [];
  #generation: Generation | undefined;

  constructor(options: KernelOptions) {
    this.host = { ...realHost, ...options.host };
    this.env = options.env ?? process.env;
    this.paths = options.paths ?? resolvePaths(this.env);
    this.idleTimeoutMs = options.idleTimeoutMs ?? 120_000;
    this.knownPlugins = new Set(options.knownPlugins);
    this.#options = options.options ?? {};
  }

  get generation(): Generation {
    if (this.#generation === undefined) throw new PithError('The kernel is not loaded', { code: 'KERNEL_CLOSED' });
    return this.#generation;
  }

  /** Every plugin that was offered, also those that did not load. */
  get plugins(): readonly PluginStatus[] { return this.generation.statuses; }

  /**
   * Loads this set of plugins and puts it in the place of the one before, from the next turn on. When a plugin that
   * guards does not load now but did before, the old generation stays, and the error says so.
   * @throws PithError GUARD_MISSING
   */
  async load(plugins: readonly (PluginSource | PluginDefinition)[]): Promise<void> {
    const next = new Generation(this, await loadPlugins(this, plugins.map(toSource)));
    const before = this.#generation;
    if (before !== undefined && before.guardMissing === undefined && next.guardMissing !== undefined) {
      const { guardMissing } = next;
      await next.release();
      throw guardMissing;
    }
    this.#generation = next;
    await before?.release();
  }

  openSession(options: SessionOptions): Session {
    if (this.closed) throw new PithError('The kernel is closed', { code: 'KERNEL_CLOSED' });
    const session = new Session(this, options);
    this.sessions.add(session);
    return session;
  }

  /**
   * Which provider serves a model. Nothing asked for: the ready provider of the highest rank, and its default model.
   * A model that several serve goes to one that is ready.
   * @throws PithError PROVIDER_MISSING, MODEL_UNKNOWN with the nearest names
   */
  resolveModel({ provider, model }: { provider?: string | undefined; model?: string | undefined }, generation = this.generation): { provider: string; model: string } {
    const all = [...generation.providers.values()].map(({ declaration, owner }) => {
      const setting = { env: this.env, options: this.#parsedOptions.get(owner) };
      const ready = declaration.ready?.(setting.env, setting.options) ?? true;
      return { ...declaration, ready, default: declaration.defaultModel?.(setting) ?? declaration.models[0] ?? '', takes: (name: string) => declaration.serves?.(name, setting) ?? false };
    });
    if (all.length === 0) return { provider: provider ?? '', model: model ?? '' }; // Said by the turn, which needs one.
    if (provider !== undefined) {
      const named = all.find(({ name }) => name === provider);
      if (named === undefined) throw this.providerMissing(provider, generation);
      if (model === undefined) return { provider, model: named.default };
      const bare = model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model;
      if (named.models.includes(bare) || named.takes(bare)) return { provider, model: bare };
      throw unknownModel(model, [named]);
    }
    if (model === undefined) {
      const first = all.filter(({ ready }) => ready).sort((a, b) => (b.rank ?? 0) - (a.rank ?? 0) || (a.name < b.name ? -1 : 1))[0];
      if (first === undefined) throw new PithError('No provider is ready', { code: 'PROVIDER_MISSING', hint: `Installed: ${all.map(({ name }) => name).join(', ')}. Set a key, or name one with --provider.` });
      return { provider: first.name, model: first.default };
    }
    const slash = model.indexOf('/');
    const prefixed = slash > 0 ? all.find(({ name }) => name === model.slice(0, slash)) : undefined;
    if (prefixed !== undefined) return this.resolveModel({ provider: prefixed.name, model: model.slice(slash + 1) }, generation);
    const serving = all.filter(({ models }) => models.includes(model)).concat(all.filter(({ takes }) => takes(model)));
    const chosen = serving.find(({ ready }) => ready) ?? serving[0];
    if (chosen === undefined) throw unknownModel(model, all);
    return { provider: chosen.name, model };
  }

  providerMissing(name: string, generation = this.generation): PithError {
    const names = [...generation.providers.keys()];
    if (names.length === 0) return new PithError('No provider is installed', { code: 'PROVIDER_MISSING', hint: 'pith plugins install @pith/plugin-scripted, or @pith/plugin-anthropic, or @pith/plugin-openai' });
    return new PithError(`There is no provider ${JSON.stringify(name)}`, { code: 'PROVIDER_MISSING', hint: `Installed: ${names.join(', ')}` });
  }

  /** @throws PithError SERVICE_MISSING */
  async service<K extends keyof Services>(name: K): Promise<Services[K]> {
    const service = await this.optionalService(name);
    if (service === undefined) throw new PithError(`Nothing provides the service ${name}`, { code: 'SERVICE_MISSING', hint: `Install the plugin that does: pith plugins install @pith/plugin-${name}` });
    return service;
  }

  /** Made when first asked for, and kept over reloads until the kernel closes. */
  async optionalService<K extends keyof Services>(name: K): Promise<Services[K] | undefined> {
    let service = this.#services.get(name);
    if (service === undefined) {
      const owner = this.generation.plugins.find(({ definition }) => definition.services?.[name] !== undefined)?.definition;
      if (owner === undefined) return undefined;
      service = Promise.resolve(owner.services![name]!(this.contributionContext(owner.name)));
      this.#services.set(name, service);
      service.catch(() => this.#services.delete(name));
    }
    return service as Promise<Services[K]>;
  }

  contributionContext(plugin: string): ContributionContext {
    return { options: this.#parsedOptions.get(plugin), paths: this.paths, env: this.env, service: (name) => this.service(name) };
  }

  pluginOptions(plugin: string): unknown { return this.#options[plugin]; }
  setContributionOptions(plugin: string, options: unknown): void { this.#parsedOptions.set(plugin, options); }

  /** Trouble of an observer: said in every session that runs. */
  report(trouble: ObserverTrouble): void {
    this.#troubles.push(trouble);
    for (const session of this.sessions) session.noticeOnce({ level: 'warning', ...trouble });
  }

  /** What a person should know of the plugins before the first turn. */
  loadNotices(): Omit<Extract<EventBody, { type: 'notice' }>, 'type'>[] {
    return this.plugins.filter(({ state }) => state === 'failed').map(({ name, error }) => ({
      level: 'warning' as const, plugin: name, code: error!.code, text: `${error!.message}; it was left out${error!.hint === undefined ? '' : `. ${error!.hint}`}`,
    }));
  }

  /** Runs one clean-up; a failure is reported, and stops none of the others. */
  async closing(what: string, close: () => void | Promise<void>): Promise<void> {
    try {
      await close();
    } catch (error) {
      this.report({ plugin: what, tap: 'close', code: 'TAP_THREW', text: `${what} failed while it was closed: ${toMessage(error)}` });
    }
  }

  /** Ends sessions, then plugins in reverse order, then services. */
  async close(): Promise<void> {
    if (this.closed) return;
    for (const session of [...this.sessions]) await session.close();
    this.closed = true;
    await this.#generation?.release();
    for (const [name, service] of [...this.#services].reverse()) {
      await this.closing(name, async () => ((await service) as { close?: () => void | Promise<void> }).close?.());
    }
    this.watchdog.close();
  }
}

function toSource(plugin: PluginSource | PluginDefinition): PluginSource {
  return 'load' in plugin ? plugin : { name: plugin.name, load: () => Promise.resolve(definePlugin(plugin)) };
}

function unknownModel(model: string, providers: readonly { name: string; models: readonly string[] }[]): PithError {
  const names = providers.flatMap(({ name, models }) => models.flatMap((known) => [known, `${name}/${known}`]));
  const near = nearest(model, names);
  const some = providers.flatMap(({ name, models }) => models.map((known) => `${name}/${known}`)).slice(0, 8);
  return new PithError(`No provider serves the model ${JSON.stringify(model)}`, { code: 'MODEL_UNKNOWN', hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Models are: ${some.join(', ')}` });
}

