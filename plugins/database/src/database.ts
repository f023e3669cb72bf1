import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database, DatabaseStatus, Migration, Queries, TransactionMode } from '@pith/kernel';
import { compact } from './compact.ts';
import type { Engine, Open } from './engine.ts';
import { databaseError } from './errors.ts';
import { type LockOptions, Locks } from './locks.ts';
import { migrate } from './migrate.ts';
import { Notes } from './notes.ts';
import { dropOwner, readOwners } from './owners.ts';
import { TransactionQueries } from './queries.ts';
import { Texts } from './statement.ts';

/** Other processes wait meanwhile. */
const WORK_LIMIT_MS = 30_000;
/** How long a transaction is begun anew because others came between. */
const REPEAT_LIMIT_MS = 10_000;

export type TransactionOptions = { signal?: AbortSignal; /** Default 30 s; a migration takes what it takes. */ limitMs?: number };

/** Transactions as work asks for them, over an engine. */
export class Transactions {
  readonly engine: Engine;
  readonly notes: Notes;
  readonly #texts: Texts;
  readonly #current = new AsyncLocalStorage<TransactionQueries>();
  #closing: Promise<void> | undefined;

  constructor(engine: Engine) {
    this.engine = engine;
    this.notes = new Notes(engine);
    this.#texts = new Texts(engine);
  }

  /** @throws PithError as `Database.transaction` says */
  async run<T>(mode: TransactionMode | 'migrate', work: (queries: TransactionQueries, open: Open) => Promise<T>, { signal, limitMs = WORK_LIMIT_MS }: TransactionOptions = {}): Promise<T> {
    if (this.#current.getStore()?.hasEnded === false) {
      throw databaseError('DATABASE_NESTED', 'A transaction was asked for within another one, and would wait for it for ever', { hint: 'Use the queries of the transaction at hand, or begin this one after it.' });
    }
    const endMs = performance.now() + REPEAT_LIMIT_MS;
    for (let round = 1; ; round++) {
      if (this.#closing !== undefined) throw databaseError('DATABASE_CLOSED', 'The database was closed, since pith ends');
      try {
        return await this.#runOnce(mode, work, { signal, limitMs });
      } catch (error) {
        if (!this.engine.isPassing(error)) throw error;
        if (performance.now() > endMs) throw databaseError('DATABASE_BUSY', `Other processes change the same rows again and again; a transaction did not come through in ${REPEAT_LIMIT_MS / 1000} s`, { cause: error, hint: 'Try again later. Nothing was changed.' });
      }
      await wait(Math.random() * Math.min(5 * round, 100), undefined, { signal }).catch(() => signal?.throwIfAborted());
    }
  }

  close(): Promise<void> {
    return this.#closing ??= this.notes.close().then(() => this.engine.close());
  }

  async #runOnce<T>(mode: TransactionMode | 'migrate', work: (queries: TransactionQueries, open: Open) => Promise<T>, { signal, limitMs }: { signal: AbortSignal | undefined; limitMs: number }): Promise<T> {
    const open = await this.engine.begin(mode, signal);
    const queries = new TransactionQueries(open, { engine: this.engine, texts: this.#texts });
    let result: T;
    try {
      signal?.throwIfAborted(); // It may have waited.
      result = await limited(this.#current.run(queries, work, queries, open), limitMs);
      if (queries.failure !== undefined) throw queries.failure;
      signal?.throwIfAborted();
    } catch (error) {
      queries.end();
      await open.rollback();
      throw this.engine.isPassing(queries.failure) ? queries.failure : error;
    }
    queries.end();
    await open.commit();
    if (queries.hasNotes) this.notes.look();
    return result;
  }
}

/** The service, over an engine that opens when it is first used. */
export function createDatabase(engine: Engine): Database & { close(): Promise<void> } {
  const transactions = new Transactions(engine);
  const locks = new Locks(engine);
  let compacting: ReturnType<Database['compact']> | undefined;
  return {
    engine: engine.name,
    transaction: <T>(mode: TransactionMode, work: (queries: Queries) => Promise<T>, options: { signal?: AbortSignal } = {}) => transactions.run(mode, work, options),
    migrate: (owner: string, migrations: readonly Migration[]) => migrate(transactions, { owner, migrations }),
    listen: (channel: string, heard: (text: string) => void) => transactions.notes.listen(channel, heard),
    exclusive: <T>(name: string, work: (held: AbortSignal) => Promise<T>, options: LockOptions = {}) => locks.run(name, work, options),
    compact: () => compacting ??= compact(transactions).finally(() => { compacting = undefined; }),
    drop: (owner: string) => dropOwner(transactions, owner),
    status: async (): Promise<DatabaseStatus> => ({ engine: engine.name, place: engine.place, sizeBytes: await engine.sizeBytes(), owners: engine.exists() ? await readOwners(transactions) : [] }),
    close: () => transactions.close(),
  };
}

async function limited<T>(work: Promise<T>, limitMs: number): Promise<T> {
  if (limitMs === Infinity) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(databaseError('DATABASE_TIMEOUT', `A transaction took longer than ${limitMs / 1000} s, so nothing of it was kept`, { hint: 'Do what takes long before it begins, and only the statements in it.' })), limitMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
