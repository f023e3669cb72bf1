import type { ContributionContext, Database, Vault } from '@pith/kernel';
import { nameProcess } from './account/name-process.ts';
import type { SharedPool } from './account/shared-pool.ts';
import type { AgentRegistry } from './agents/registry.ts';
import type { Live } from './api/live.ts';
import type { Management, ManagementAt } from './api/management.ts';
import type { Log } from './books/log.ts';
import type { OpenBooks } from './books/open.ts';
import type { Engine } from './engine.ts';
import type { EngineOptions } from './engine/options.ts';
import type { SharedKeys } from './keys/shared-keys.ts';
import type { BalancerOptions } from './options.ts';
import type { Translator } from './proxy/parts.ts';
import { toBookOptions, toLiveOptions, toRouting } from './settings/live-options.ts';
import { HotSettings } from './settings/settings.ts';
import type { Credentials } from './token/credentials.ts';

/** The service `balancer`: its parts, each made when it is first asked for, and then the same for everybody. */
export interface Balancer {
  readonly env: ContributionContext['env'];
  /** Takes what is known to be secret out of a text. */
  redact(text: string): string;
  /** From now on a value is secret, too. */
  hide(value: string): void;
  /** With the tables of this plugin. */
  database(): Promise<Database>;
  pool(): Promise<SharedPool>;
  vault(): Promise<Vault>;
  credentials(): Promise<Credentials & { close(): Promise<void> }>;
  /** One for the proxy and for the turns of this process. */
  engine(): Promise<Engine>;
  /** What can be changed while it runs, and holds from the next request on, in all processes. */
  readonly settings: HotSettings;
  /** How it chooses, as it holds whenever it is read. */
  readonly routing: Readonly<EngineOptions>;
  /** As it holds whenever it is read. */
  readonly options: BalancerOptions;
  /** The plugin's own log, which `pith logs` shows: redacted, for all parts. */
  log(): Promise<Log>;
  /** Where requests are written down, with their prices and payloads. */
  books(): Promise<OpenBooks>;
  /** The programs that may use the pool, by `pith proxy`. */
  keys(): Promise<SharedKeys>;
  /** Agents that requests are recognised by. */
  agents(): Promise<AgentRegistry>;
  /** Says requests in the words of the other family, where the model asked for is the other's. */
  translator(): Promise<Translator>;
  /** What is told while it runs, to whoever listens. */
  live(): Promise<Live>;
  /** The management API, for a server that listens there. */
  management(at: ManagementAt): Promise<Management>;
  /** The newest first, since it may use those before it. */
  close(): Promise<void>;
}

export function createBalancer(context: ContributionContext): Balancer {
  const parts = new Parts();
  const settings = new HotSettings({ context, database: () => balancer.database() });
  const options = toLiveOptions(context.options as BalancerOptions, settings);
  const balancer: Balancer = {
    options,
    env: context.env,
    redact: (text) => context.secrets.redact(text),
    hide: (value) => { context.secrets.add(value, 'sign-in'); },
    database: parts.once(async () => {
      const [database, { MIGRATIONS }] = await Promise.all([context.service('database'), import('./migrations.ts')]);
      await database.migrate('balancer', MIGRATIONS);
      if (database.engine === 'postgres') await settings.share(database);
      return database;
    }, () => settings.close()),
    pool: parts.once(async () => {
      const [database, { SharedPool }] = await Promise.all([balancer.database(), import('./account/shared-pool.ts')]);
      return SharedPool.open(database, { eventDays: options.eventDays, redact: (text) => context.secrets.redact(text) });
    }, (pool) => pool.close()),
    vault: () => context.service('vault'),
    credentials: parts.once(async () => {
      const [vault, pool, { openCredentials }] = await Promise.all([balancer.vault(), balancer.pool(), import('./token/open-credentials.ts')]);
      return openCredentials(context, { vault, pool, options });
    }, (credentials) => credentials.close()),
    engine: parts.once(async () => {
      const [pool, credentials, { PoolEngine }] = await Promise.all([balancer.pool(), balancer.credentials(), import('./engine/pool-engine.ts')]);
      return new PoolEngine({ pool, credentials, options: () => balancer.routing, now: Date.now, random: Math.random });
    }),
    settings,
    routing: toRouting(settings),
    log: parts.once(async () => {
      const { createLog } = await import('./books/log.ts');
      return createLog({ data: context.paths.data, redact: (text) => context.secrets.redact(text) });
    }, async (log) => log.close()),
    books: parts.once(async () => {
      const [database, pool, log, { openBooks }, { logEvents }] = await Promise.all([balancer.database(), balancer.pool(), balancer.log(), import('./books/open.ts'), import('./books/log-events.ts')]);
      logEvents(pool, log, { by: nameProcess() });
      // Without it costs are not known, and all else is.
      const pricing = await context.service('pricing').catch(() => undefined);
      const books = openBooks({ database, data: context.paths.data, log, pricing, secrets: context.secrets, options: toBookOptions(settings.values), providerOf: (id) => pool.find(id)?.provider });
      settings.onChange((values) => books.configure(toBookOptions(values)));
      return books;
    }, (books) => books.close()),
    agents: parts.once(async () => {
      const [database, log, pricing, { openAgents }] = await Promise.all([balancer.database(), balancer.log(), context.service('pricing').catch(() => undefined), import('./agents/open-agents.ts')]);
      return openAgents({ config: context.paths.config, database, pricing, log: (line) => log.warn(line), defaultModel: () => settings.values.defaultAgentModel ?? undefined });
    }, (agents) => agents.close()),
    keys: parts.once(async () => {
      const [database, pool, pricing, { openKeys }] = await Promise.all([balancer.database(), balancer.pool(), context.service('pricing').catch(() => undefined), import('./keys/open-keys.ts')]);
      return openKeys({ database, pool, pricing });
    }, (keys) => keys.close()),
    translator: parts.once(async () => {
      const [pool, { createTranslator }] = await Promise.all([balancer.pool(), import('./translate/translator.ts')]);
      return createTranslator({ accounts: () => pool.accounts });
    }),
    live: parts.once(async () => {
      const [books, pool, { createLive }] = await Promise.all([balancer.books(), balancer.pool(), import('./api/live.ts')]);
      return createLive({ books, pool, settings, data: context.paths.data, redact: balancer.redact });
    }, async (live) => live.close()),
    management: async (at) => (await import('./api/management.ts')).createManagement(balancer, context, at),
    close: () => parts.close(),
  };
  return balancer;
}

/** What is made once. It is closed in the reverse order of being there, since whoever needs another part is there after it. */
class Parts {
  readonly #making = new Set<Promise<unknown>>();
  readonly #closers: (() => Promise<void>)[] = [];

  once<T>(make: () => Promise<T>, close?: (part: T) => Promise<void>): () => Promise<T> {
    let made: Promise<T> | undefined;
    return () => {
      if (made !== undefined) return made;
      const making = made = make().then((part) => {
        if (close !== undefined) this.#closers.push(() => close(part));
        return part;
      });
      this.#making.add(making);
      making.catch(() => { made = undefined; }).finally(() => this.#making.delete(making)); // Whoever asks next tries again.
      return making;
    };
  }

  /** All of them, also where one fails. @throws what the first said that failed */
  async close(): Promise<void> {
    await Promise.allSettled(this.#making);
    const failures: unknown[] = [];
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop()) await close().catch((error: unknown) => { failures.push(error); });
    if (failures.length > 0) throw failures[0];
  }
}
