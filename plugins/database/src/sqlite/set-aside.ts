import { closeSync, copyFileSync, existsSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isPithError, nearest, type PithError } from '@pith/kernel';
import { databaseError } from '../errors.ts';
import { listBackups } from './back-up.ts';
import { busy, isBusy, unwritable } from './errors.ts';
import { openFile } from './open-file.ts';
import { flush, makePrivateFolder, toStampedName } from './private-file.ts';

/** What SQLite keeps beside a file: it belongs to it, and would harm another. */
const BESIDE = ['', '-wal', '-shm', '-journal'];

const FIRST_BYTES = Buffer.from('SQLite format 3\0');

/** Where things of a file are kept: in `folder` those set aside, in `backups` the copies from before migrations. */
export interface FileHome { file: string; folder: string; backups: string }

/**
 * Moves a database away, whole, whatever state it is in. The next one who opens it begins anew.
 * @returns the folder it is in from now on; nothing where there was none
 * @throws PithError DATABASE_BUSY, DATABASE_UNWRITABLE
 */
export async function setAside({ file, folder }: FileHome): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  await checkFree(file);
  const place = join(folder, toStampedName('aside'));
  try {
    makePrivateFolder(place);
    for (const ending of BESIDE) if (existsSync(`${file}${ending}`)) renameSync(`${file}${ending}`, join(place, `${basename(file)}${ending}`));
  } catch (error) {
    throw unwritable(file, error);
  }
  return place;
}

/**
 * Puts a copy from before a migration in the place of the database, which is set aside.
 * @param name as `listBackups` has it; nothing: the newest
 * @throws PithError DATABASE_COPY_NOT_FOUND, and as `setAside`
 */
export async function restore(home: FileHome, name?: string): Promise<{ copy: string; aside: string | undefined }> {
  const copies = listBackups(home.backups);
  const copy = name === undefined ? copies[0] : copies.find((each) => each === name || each === `${name}.db`);
  if (copy === undefined) throw notFound(name, copies, home);
  // Whole beside it first, so that no crash leaves half a copy in its place.
  const ready = `${home.file}.restored`;
  try {
    copyFileSync(join(home.backups, copy), ready);
    flush(ready);
  } catch (error) {
    throw unwritable(home.file, error);
  }
  const aside = await setAside(home);
  renameSync(ready, home.file);
  return { copy, aside };
}

/** Nobody is in the middle of a change. Who only has it open is not seen here, and sees when it next uses it that it was moved. */
async function checkFree(file: string): Promise<void> {
  if (!isDatabase(file)) return; // SQLite would throw away what lies beside it.
  try {
    const connection = await openFile(file, { isReading: false, waitMs: 1000 });
    try {
      connection.database.exec('BEGIN EXCLUSIVE; ROLLBACK');
    } finally {
      connection.close();
    }
  } catch (error) {
    if (isBusy(error)) throw busy(file, error);
    if (isPithError(error) && error.code === 'DATABASE_BUSY') throw error;
    // What cannot be opened is why it is moved.
  }
}

/** By its first bytes. It is read as any other file: this process has no lock on it that it could lose. */
function isDatabase(file: string): boolean {
  if (!statSync(file).isFile()) return false;
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(FIRST_BYTES.length);
    readSync(handle, bytes);
    return bytes.equals(FIRST_BYTES);
  } finally {
    closeSync(handle);
  }
}

function notFound(name: string | undefined, copies: readonly string[], { backups }: FileHome): PithError {
  const near = name === undefined ? [] : nearest(name, copies);
  const hint = copies.length === 0 ? 'Copies are made before a migration changes what is there. To begin anew: pith database set-aside' : `${near.length > 0 ? `Did you mean ${near.join(' or ')}? ` : ''}pith database copies lists them.`;
  return databaseError('DATABASE_COPY_NOT_FOUND', copies.length === 0 ? `There are no copies in ${backups}` : `There is no copy ${name}`, { hint });
}
