import { chmodSync, closeSync, existsSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { toMessage } from '@pith/kernel';
import { databaseError } from '../errors.ts';
import { loadSqlite, openFile } from './open-file.ts';
import { flush, makePrivateFolder, toStampedName } from './private-file.ts';

const ENDING = '.db';
/** For a lock that is held for an instant. */
const WAIT_MS = 5000;
/** Between two parts the process goes on with other things. */
const PAGES_AT_ONCE = 1000;

/**
 * Copies what is committed into a file of its own, and lets the oldest copies go. The caller keeps all others from changing anything.
 * @throws PithError DATABASE_MIGRATION_FAILED; then no copy is left half made
 */
export async function backUp({ file, folder, label, most }: { file: string; folder: string; label: string; most: number }): Promise<void> {
  const name = toStampedName(`${label}${ENDING}`);
  const aside = join(folder, `${name}.tmp`);
  try {
    const { backup: copy } = loadSqlite();
    makePrivateFolder(folder);
    for (const left of readdirSync(folder)) if (left.endsWith('.tmp')) rmSync(join(folder, left), { force: true });
    const source = await openFile(file, { isReading: true, waitMs: WAIT_MS });
    try {
      closeSync(openSync(aside, 'wx', 0o600)); // SQLite would make it for everybody.
      chmodSync(aside, 0o600);
      await copy(source.database, aside, { rate: PAGES_AT_ONCE });
    } finally {
      source.close();
    }
    flush(aside);
    renameSync(aside, join(folder, name));
    flush(folder);
  } catch (error) {
    if (existsSync(aside)) rmSync(aside);
    throw databaseError('DATABASE_MIGRATION_FAILED', `No copy of ${file} could be made before its tables are changed, so nothing was changed: ${toMessage(error)}`, {
      cause: error, hint: `Make room, or mend the permissions of ${folder}; plugins.database.backups 0 goes without copies.`,
    });
  }
  for (const old of listBackups(folder).filter((each) => each !== name).slice(most - 1)) rmSync(join(folder, old), { force: true });
}

/** The newest first. */
export function listBackups(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(ENDING)).sort().reverse();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
