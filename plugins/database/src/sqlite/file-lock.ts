import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Lock } from '../engine.ts';
import { databaseError } from '../errors.ts';
import { loadSqlite, untilFree } from './open-file.ts';
import { makePrivateFile } from './private-file.ts';

/**
 * The lock that SQLite takes on a file of its own: the system gives it free when its owner dies, and nobody takes it from one that lives.
 * @throws PithError DATABASE_BUSY, DATABASE_UNWRITABLE, the signal's reason
 */
export async function lockFile(folder: string, name: string, { waitMs, signal }: { waitMs: number; signal?: AbortSignal | undefined }): Promise<Lock> {
  const file = join(folder, createHash('sha256').update(name).digest('hex').slice(0, 32));
  makePrivateFile(file);
  const { DatabaseSync } = loadSqlite();
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // Nothing is written, so that a full disk is no hindrance.
    await untilFree(() => database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE'), { file, waitMs, signal });
  } catch (error) {
    database.close();
    signal?.throwIfAborted();
    throw (error as { code?: string }).code === 'DATABASE_BUSY' ? stillHeld(name, waitMs) : error;
  }
  return { lost: new AbortController().signal, release: async () => database.close() };
}

export function stillHeld(name: string, waitMs: number): Error {
  return databaseError('DATABASE_BUSY', `Another process works on ${name} for more than ${waitMs / 1000} s`, { hint: 'Wait for it, or end the other pith.' });
}
