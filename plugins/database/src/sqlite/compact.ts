import { statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { databaseError } from '../errors.ts';
import type { CompactJob, CompactSaid } from './compact-worker.ts';
import { toSqliteError } from './errors.ts';

/** All that stays is written aside, and then into the log beside the file. */
const ROOM_PARTS = 2;
const MB = 1_000_000;

/** @param options `waitMs`: for a process that changes something. @throws PithError DATABASE_BUSY, DATABASE_FULL */
export async function compactFile(file: string, { waitMs }: { waitMs: number }): Promise<void> {
  const { bavail, bsize } = statfsSync(dirname(file));
  checkRoom(file, { sizeBytes: statSync(file).size, freeBytes: bavail * bsize });
  const { workerUrl } = await import('./compact-worker.ts');
  // Of SQLite Node 22 says on standard error that it is experimental; people need not know.
  const worker = new Worker(workerUrl, { workerData: { pith: 'compact', file, waitMs } satisfies CompactJob, execArgv: ['--disable-warning=ExperimentalWarning'], env: {} });
  const { promise, resolve, reject } = Promise.withResolvers<CompactSaid>();
  worker.once('message', resolve);
  worker.once('error', reject);
  worker.once('exit', () => reject(new Error('The thread that makes the file smaller ended without a word')));
  const said = await promise;
  if (said !== 'done') throw toSqliteError(Object.assign(new Error(said.message), { errcode: said.errcode }), { file });
}

/** Looked at before anybody has to wait, and before the disk is full for others, too. @throws PithError DATABASE_FULL */
export function checkRoom(file: string, { sizeBytes, freeBytes }: { sizeBytes: number; freeBytes: number }): void {
  const neededBytes = sizeBytes * ROOM_PARTS;
  if (freeBytes >= neededBytes) return;
  throw databaseError('DATABASE_FULL', `To make ${file} smaller takes ${Math.ceil(neededBytes / MB)} MB of its disk for a while, and ${Math.floor(freeBytes / MB)} MB are free; nothing was changed`, { hint: 'Make room on the disk that it lies on, then try again.' });
}
