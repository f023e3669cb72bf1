import { checkUse } from './load/capability.ts';
import type { Layer } from './config/fold-layers.ts';
import { exitOf, PithError, toMessage } from './errors.ts';
import { forbidExit } from './base/exit.ts';
import { Watchdog } from './frame.ts';
import { type Host, realHost } from './base/host.ts';
import type { KernelOptions } from './kernel-options.ts';
import { chooseModel, type ModelWish } from './load/model-choice.ts';
import { Generation } from './generation.ts';
import { type LoadedPlugin, loadPlugins } from './load/load.ts';
import { reloadFailure, toStaleNotice } from './load/reload.ts';
import type { Trouble } from './output/output.ts';
import { resolvePaths, type Paths } from './paths.ts';
import { type ChildRules, type ContributionContext, definePlugin, type PluginDefinition, type PluginSource, type PluginStatus } from './plugin.ts';
import { createSecrets, type Secrets } from './secrets/secrets.ts';
import { ServiceSet } from './service-set.ts';
import type { Services, StoredSecret } from './services.ts';
import { type Notice, Session, type SessionOptions } from './session.ts';
import { StoredSecrets } from './secrets/stored-secrets.ts';
import type { TurnTrace } from './trace.ts';
import { KERNEL_VERSION } from './version.ts';
import { within } from './base/within.ts';
import { WriteQueue } from './tool/work-tree.ts';

export type { Host, KernelOptions };

/** @throws never because of a plugin: one that fails is left out, and `plugins` says so */
export async function createKernel(options: KernelOptions = {}): Promise<Kernel> {
  const kernel = new Kernel(options);
  await kernel.load(options.plugins ?? []);
  return kernel;
}

/** The six hooks, composed; the sessions that use them; what plugins contribute. Without plugins it runs, and says what is missing. */
export class Kernel {
  readonly version = KERNEL_VERSION;
  readonly host: Host;
  readonly secrets: Secrets;
  readonly childRules: ChildRules;
  readonly paths: Paths;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly idleTimeoutMs: number;
  readonly setupTimeoutMs: number;
  readonly serviceTimeoutMs: number;
  readonly closeTimeoutMs: number;
  readonly graceMs: number;
  readonly knownPlugins: ReadonlySet<string>;
  readonly forbidBypass: string | undefined;
  readonly storedSecrets = new StoredSecrets(this);
  readonly watchdog = new Watchdog();
  readonly writeQueue = new WriteQueue();
  readonly sessions = new Set<Session>();
  closed = false;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #origins: NonNullable<KernelOptions['origins']>;
  readonly #keepTrace: KernelOptions['keepTrace'];
  readonly #services = new ServiceSet(this);
  readonly #troubles: Trouble[] = [];
  #generation: Generation | undefined;
  #loading: Promise<unknown> = Promise.resolve();
  readonly #refresh: KernelOptions['refresh'];
  #refreshing: Promise<void> = Promise.resolve();
  /** Why newer plugins are not in force. */
  #stale: Notice | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: KernelOptions) {
    this.host = { ...realHost, ...options.host };
    const secrets = this.secrets = options.secrets ?? createSecrets();
    this.childRules = Object.freeze({ pass: Object.freeze([...options.passEnv ?? []]), holdsSecret: (text: string) => secrets.redact(text) !== text });
    this.env = options.env ?? process.env;
    this.paths = options.paths ?? resolvePaths(this.env);
    this.idleTimeoutMs = options.idleTimeoutMs ?? 120_000;
    this.setupTimeoutMs = options.setupTimeoutMs ?? 10_000;
    this.serviceTimeoutMs = options.serviceTimeoutMs ?? 60_000;
    this.closeTimeoutMs = options.closeTimeoutMs ?? 10_000;
    this.graceMs = options.graceMs ?? 5000;
    this.knownPlugins = new Set(options.knownPlugins);
    this.forbidBypass = options.forbidBypass;
    this.#options = options.options ?? {};
    this.#origins = options.origins ?? {};
    this.#refresh = options.refresh;
    this.#keepTrace = options.keepTrace;
  }

  get generation(): Generation {
    if (this.#generation === undefined) throw new PithError('The kernel is not loaded', { code: 'KERNEL_CLOSED' });
    return this.#generation;
  }

  /** Every plugin that was offered, also those that did not load. */
  get plugins(): readonly PluginStatus[] { return this.generation.statuses; }

  /** What went wrong outside of any turn: observers that lost events, plugins that could not be closed. */
  get troubles(): readonly Trouble[] { return this.#troubles; }

  /**
   * Loads this set of plugins and puts it in the place of the one before, from the next turn on. When one does not load
   * that is active now, or one that guards, the old generation stays: a reload never takes away what was there.
   * @throws PithError GUARD_MISSING, RELOAD_FAILED, KERNEL_CLOSED
   */
  load(plugins: readonly (PluginSource | PluginDefinition)[]): Promise<void> {
    const loading = this.#loading.then(() => this.#load(plugins.map(toSource)));
    this.#loading = loading.catch(() => undefined);
    return loading;
  }

  async #load(sources: readonly PluginSource[]): Promise<void> {
    if (this.closed) throw new PithError('The kernel is closed', { code: 'KERNEL_CLOSED' });
    const before = this.#generation;
    const guardedBefore = new Set(before?.statuses.filter(({ guards }) => guards).map(({ name }) => name));
    const allowExit = forbidExit();
    try {
      const next = new Generation(this, await loadPlugins(this, sources, guardedBefore));
      const failure = before === undefined ? undefined : reloadFailure(before, next);
      if (failure !== undefined) {
        await next.release();
        throw failure;
      }
      this.#generation = next;
      await before?.release();
    } finally {
      allowExit();
    }
  }

  /** Brings what the host has changed, one caller after the other; nothing where the host changes nothing. */
  refresh(): Promise<void> | undefined {
    const refresh = this.#refresh;
    return refresh && (this.#refreshing = this.#refreshing.then(async () => {
      try {
        const plugins = await refresh();
        if (plugins === undefined) return;
        await this.load(plugins);
        this.#stale = undefined;
      } catch (error) {
        this.#stale = toStaleNotice(error);
      }
    }));
  }

  openSession(options: SessionOptions): Session {
    if (this.closed) throw new PithError('The kernel is closed', { code: 'KERNEL_CLOSED' });
    const session = new Session(this, options);
    this.sessions.add(session);
    return session;
  }

  /** Which provider serves a model. @throws PithError PROVIDER_MISSING, MODEL_UNKNOWN with the nearest names */
  resolveModel(wish: ModelWish, generation = this.generation): { provider: string; model: string } {
    let stored: readonly StoredSecret[] | undefined;
    const hasSecret = (name: string): boolean => (stored ??= this.storedSecrets.list(generation)).some((secret) => secret.name === name || secret.name.startsWith(name.endsWith('/') ? name : `${name}/`));
    return chooseModel(wish, generation.plugins.flatMap(({ definition, options }) => [...generation.providers.values()]
      .filter(({ owner }) => owner === definition.name).map(({ declaration }) => ({ declaration, setting: { env: this.env, options, hasSecret } }))));
  }

  /** @throws PithError SERVICE_MISSING, SERVICE_FAILED */
  async service<K extends keyof Services>(name: K, signal?: AbortSignal): Promise<Services[K]> {
    const service = await this.optionalService(name, signal);
    const failed = service === undefined ? this.generation.statuses.find((status) => status.name === name)?.error : undefined;
    if (failed !== undefined) throw new PithError(`Nothing provides the service ${name}, since its plugin did not load: ${failed.message}`, {
      code: 'SERVICE_MISSING', exitCode: exitOf(failed.code), cause: failed, ...(failed.hint === undefined ? {} : { hint: failed.hint }),
    });
    if (service === undefined) throw new PithError(`Nothing provides the service ${name}`, {
      code: 'SERVICE_MISSING', ...(this.knownPlugins.has(name) ? { hint: `Install the plugin that does: pith plugins install ${name}` } : {}),
    });
    return service;
  }

  /** Nothing where no plugin provides it. @throws PithError SERVICE_FAILED */
  optionalService<K extends keyof Services>(name: K, signal?: AbortSignal): Promise<Services[K] | undefined> {
    return this.#services.find(name, signal);
  }

  /** What lazily made contributions of a plugin get. */
  contributionContext(plugin: string, generation = this.generation): ContributionContext {
    return this.contextOf(generation.plugins.find(({ definition }) => definition.name === plugin)!);
  }

  contextOf({ source, definition: { name: plugin }, options }: Pick<LoadedPlugin, 'source' | 'definition' | 'options'>): ContributionContext {
    return {
      options, layerOf: (option) => this.layerOf(plugin, option), paths: this.paths, env: this.env, secrets: this.secrets, childRules: this.childRules,
      service: async (name) => {
        checkUse(source, name);
        return this.service(name);
      },
    };
  }

  pluginOptions(plugin: string): unknown { return this.#options[plugin]; }

  layerOf(plugin: string, option: string): Layer | undefined { return this.#origins[`plugins.${plugin}.${option}`]?.layer; }

  /** Said in every session that is open, and kept for whoever asks. */
  report(given: Trouble): void {
    const trouble = this.secrets.redactDeep(given);
    this.#troubles.push(trouble);
    if (this.#troubles.length > TROUBLES_MAX) this.#troubles.shift();
    const { plugin, code, text } = trouble;
    for (const session of this.sessions) session.noticeOnce({ level: 'warning', plugin, code, text }, { isForeign: true });
  }

  /** Hands on what the taps did in a turn that has ended. */
  async keepTrace(trace: TurnTrace): Promise<void> {
    try {
      await this.#keepTrace?.(trace);
    } catch (error) {
      this.report({ plugin: 'kernel', tap: 'trace', code: 'TRACE_NOT_KEPT', text: `What the plugins did in this turn could not be kept: ${toMessage(error)}` });
    }
  }

  /** What a person should know of the plugins before a turn. */
  loadNotices({ statuses } = this.generation): Notice[] {
    const failed = statuses.filter(({ state }) => state === 'failed').map(({ name, error }): Notice => ({
      level: 'warning', plugin: name, code: error!.code, text: `${error!.message}; it was left out${error!.hint === undefined ? '' : `. ${error!.hint}`}`,
    }));
    return [...failed, ...this.#stale === undefined ? [] : [this.#stale], ...this.storedSecrets.notices];
  }

  /** Runs one clean-up, for a limited time; a failure is reported, and stops none of the others. */
  async closing(plugin: string, close: () => void | Promise<void>): Promise<void> {
    const limitMs = this.closeTimeoutMs;
    const allowExit = forbidExit();
    try {
      await within((async () => close())(), { limitMs, late: () => new Error(`it took longer than ${limitMs} ms`) });
    } catch (error) {
      this.report({ plugin, tap: 'close', code: 'PLUGIN_CLOSE_FAILED', text: `Plugin ${plugin} failed while it was closed: ${toMessage(error)}` });
    } finally {
      allowExit();
    }
  }

  /** Ends sessions, then plugins in reverse order, then services. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    this.closed = true;
    await this.#loading;
    for (const session of [...this.sessions]) await session.close();
    await this.#generation?.release();
    await this.#services.close();
    this.watchdog.close();
  }
}

/** How many troubles are kept. */
const TROUBLES_MAX = 100;

function toSource(plugin: PluginSource | PluginDefinition): PluginSource {
  if ('load' in plugin) return plugin;
  // A definition is at hand, so what it taps is seen; one that must not be lost says required.
  return { name: plugin.name, guards: plugin.required === true, load: () => Promise.resolve(definePlugin(plugin)) };
}
