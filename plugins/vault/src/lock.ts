import { setTimeout as wait } from 'node:timers/promises';
import { PithError, toMessage } from '@pith/kernel';
import { createPrivate } from './write-private.ts';

/** SQLite's word for a lock that somebody else holds. */
const SQLITE_BUSY = 5;

export interface LockOptions {
  /** How long to wait for whoever has it. */
  waitMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Works while nobody else does, in this process or another. It is the lock that SQLite takes on a file: the system gives it free
 * when its owner dies, and nobody takes it from one that lives, however long that sleeps.
 * @throws PithError VAULT_BUSY, VAULT_UNWRITABLE; what a signal makes of a wait
 */
export async function withLock<R>(file: string, { waitMs, signal }: LockOptions, work: () => Promise<R>): Promise<R> {
  const { DatabaseSync } = loadSqlite();
  createPrivate(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    for (const endMs = performance.now() + waitMs; !take(database, file);) {
      if (performance.now() > endMs) {
        throw new PithError(`The vault is in use by another process for more than ${waitMs / 1000} s`, { code: 'VAULT_BUSY', hint: `End the other pith, or wait for it; it holds ${file}` });
      }
      await wait(2 + Math.random() * 10, undefined, { signal });
    }
    return await work();
  } finally {
    database.close(); // Which also gives the lock free.
  }
}

/** Node 22 says of it on standard error that it is experimental; people who keep a key need not know. */
function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}

function take(database: { exec(sql: string): void }, file: string): boolean {
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'); // Nothing is written, so that a full disk is no hindrance.
    return true;
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false;
    throw new PithError(`${file} cannot be locked: ${toMessage(error)}`, { code: 'VAULT_UNWRITABLE', cause: error, hint: 'A folder of a network may have no locks; PITH_HOME sets another one.' });
  }
}
