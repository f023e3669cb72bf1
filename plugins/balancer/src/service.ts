import type { ContributionContext, Database, Vault } from '@pith/kernel';
import type { SharedPool } from './account/shared-pool.ts';
import type { AgentRegistry } from './agents/registry.ts';
import type { SharedKeys } from './keys/shared-keys.ts';

/** The service `balancer`: its parts, each made when it is first asked for, and then the same for everybody. */
export interface Balancer {
  /** With the tables of this plugin. */
  database(): Promise<Database>;
  pool(): Promise<SharedPool>;
  vault(): Promise<Vault>;
  /** The programs that may use the pool, by `pith proxy`. */
  keys(): Promise<SharedKeys>;
  /** Agents that requests are recognised by. */
  agents(): Promise<AgentRegistry>;
  /** The newest first, since it may use those before it. */
  close(): Promise<void>;
}

export function createBalancer(context: ContributionContext): Balancer {
  const parts = new Parts();
  const balancer: Balancer = {
    database: parts.once(async () => {
      const [database, { MIGRATIONS }] = await Promise.all([context.service('database'), import('./migrations.ts')]);
      await database.migrate('balancer', MIGRATIONS);
      return database;
    }),
    pool: parts.once(async () => {
      const [database, { SharedPool }] = await Promise.all([balancer.database(), import('./account/shared-pool.ts')]);
      return SharedPool.open(database);
    }, (pool) => pool.close()),
    vault: () => context.service('vault'),
    agents: parts.once(async () => {
      const [database, pricing, { openAgents }] = await Promise.all([balancer.database(), context.service('pricing').catch(() => undefined), import('./agents/open-agents.ts')]);
      return openAgents({ config: context.paths.config, database, pricing });
    }, (agents) => agents.close()),
    keys: parts.once(async () => {
      const [database, pool, pricing, { openKeys }] = await Promise.all([balancer.database(), balancer.pool(), context.service('pricing').catch(() => undefined), import('./keys/open-keys.ts')]);
      return openKeys({ database, pool, pricing });
    }, (keys) => keys.close()),
    close: () => parts.close(),
  };
  return balancer;
}

/** What is made once, and closed in the reverse order of being asked for. */
class Parts {
  readonly #closers = new Map<Promise<unknown>, () => Promise<void>>();

  once<T>(make: () => Promise<T>, close?: (part: T) => Promise<void>): () => Promise<T> {
    let made: Promise<T> | undefined;
    return () => {
      if (made !== undefined) return made;
      const making = made = make();
      if (close !== undefined) this.#closers.set(making, async () => close(await making));
      making.catch(() => { // Whoever asks next tries again.
        made = undefined;
        this.#closers.delete(making);
      });
      return making;
    };
  }

  async close(): Promise<void> {
    const closers = [...this.#closers].reverse();
    this.#closers.clear();
    for (const [making, close] of closers) if (await making.then(() => true, () => false)) await close();
  }
}
