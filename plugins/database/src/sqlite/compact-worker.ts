import { dirname } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

/**
 * Where the thread begins: this very module, in the sources and in the bundle alike. SQLite works on the thread that asks it, and copies a large file for
 * seconds; requests go on meanwhile.
 */
export const workerUrl = new URL(import.meta.url);

/** For readers, before the file is cut; what is not cut now is cut when the last of them has ended. */
const READERS_MS = 2000;

export interface CompactJob { pith: 'compact'; file: string; waitMs: number }
/** What SQLite says of a failure, with its number. */
export type CompactSaid = 'done' | { errcode: number; message: string };

if (!isMainThread && (workerData as Partial<CompactJob> | null)?.pith === 'compact') parentPort!.postMessage(await compact(workerData as CompactJob));

async function compact({ file, waitMs }: CompactJob): Promise<CompactSaid> {
  const { DatabaseSync } = await import('node:sqlite');
  try {
    const database = new DatabaseSync(file, { timeout: waitMs });
    try {
      // Where there is room for it, and nobody else looks: a folder for temporary files may be small.
      database.exec(`PRAGMA temp_store_directory = '${dirname(file).replaceAll("'", "''")}'; VACUUM; PRAGMA busy_timeout = ${READERS_MS}; PRAGMA wal_checkpoint(TRUNCATE)`);
      return 'done';
    } finally {
      database.close();
    }
  } catch (error) {
    const { errcode = 0, message } = error as Error & { errcode?: number };
    return { errcode, message };
  }
}
