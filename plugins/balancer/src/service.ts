import type { ContributionContext, Database, Vault } from '@pith/kernel';
import type { SharedPool } from './account/shared-pool.ts';
import type { BalancerOptions } from './options.ts';
import type { Credentials } from './token/credentials.ts';

/** The service `balancer`: its parts, each made when it is first asked for, and then the same for everybody. */
export interface Balancer {
  readonly options: BalancerOptions;
  readonly env: ContributionContext['env'];
  /** Takes what is known to be secret out of a text. */
  redact(text: string): string;
  /** With the tables of this plugin. */
  database(): Promise<Database>;
  pool(): Promise<SharedPool>;
  vault(): Promise<Vault>;
  credentials(): Promise<Credentials & { close(): Promise<void> }>;
  /** The newest first, since it may use those before it. */
  close(): Promise<void>;
}

export function createBalancer(context: ContributionContext): Balancer {
  const parts = new Parts();
  const options = context.options as BalancerOptions;
  const balancer: Balancer = {
    options,
    env: context.env,
    redact: (text) => context.secrets.redact(text),
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
    credentials: parts.once(async () => {
      const [vault, pool, { openCredentials }] = await Promise.all([balancer.vault(), balancer.pool(), import('./token/open-credentials.ts')]);
      return openCredentials(context, { vault, pool, options });
    }, (credentials) => credentials.close()),
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
