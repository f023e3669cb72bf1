import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from './connection.ts';
import { busy, isBusy, toSqliteError } from './errors.ts';

/** The log beside the file is cut to this when it was emptied. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;

/**
 * @param options `waitMs`: for a lock that somebody else holds
 * @throws PithError DATABASE_DAMAGED, DATABASE_UNWRITABLE, DATABASE_BUSY
 */
export async function openFile(file: string, { isReading, waitMs }: { isReading: boolean; waitMs: number }): Promise<Connection> {
  const { DatabaseSync } = loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    const opened = database = new DatabaseSync(file, { timeout: waitMs });
    if (isReading) opened.exec('PRAGMA query_only = ON');
    else await untilFree(() => useLog(opened), { file, waitMs });
    return new Connection(opened);
  } catch (error) {
    database?.close();
    throw toSqliteError(error, { file });
  }
}

/** With a log beside the file, readers and one writer do not hinder each other. Where a file system has no such thing, all goes on without. */
function useLog(database: DatabaseSync): void {
  const mode = database.prepare('PRAGMA journal_mode').get()?.['journal_mode'];
  if (mode !== 'wal') database.exec('PRAGMA journal_mode = WAL');
  database.exec(`PRAGMA journal_size_limit = ${LOG_BYTES_MAX}; PRAGMA busy_timeout = 0`);
}

/**
 * Tries again while somebody else has the lock, and lets this process go on meanwhile. SQLite's own waiting would hold it up, and
 * leaves some out for seconds.
 * @returns whether it had to wait
 * @throws PithError DATABASE_BUSY, the signal's reason
 */
export async function untilFree(attempt: () => void, { file, waitMs, signal }: { file: string; waitMs: number; signal?: AbortSignal | undefined }): Promise<boolean> {
  const endMs = performance.now() + waitMs;
  for (let round = 1; ; round++) {
    try {
      attempt();
      return round > 1;
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > endMs) throw busy(file, error, waitMs);
    }
    // Seldom at last, and never two processes in step.
    await wait(Math.random() * Math.min(1 + round / 10, 20), undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}

/** Node 22 says of it on standard error that it is experimental; people need not know. */
export function loadSqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
}
