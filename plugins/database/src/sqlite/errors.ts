import { isPithError, type PithError, toMessage } from '@pith/kernel';
import { databaseError } from '../errors.ts';

/** SQLite's own numbers; the lowest byte is the kind, the rest says more of it. */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const CONSTRAINT = 19;
const NOTADB = 26;
const SAME_KEY = new Set([1555, 2067, 2579]);

export function isBusy(error: unknown): boolean {
  return kindOf(error) === BUSY || kindOf(error) === LOCKED;
}

function kindOf(error: unknown): number {
  return ((error as { errcode?: number } | null)?.errcode ?? 0) & 0xff;
}

/** What SQLite has said, for a person. */
export function toSqliteError(error: unknown, { file, isReading = false }: { file: string; isReading?: boolean }): PithError {
  if (isPithError(error)) return error;
  const said = toMessage(error);
  switch (kindOf(error)) {
    case BUSY: case LOCKED: return busy(file, error);
    case READONLY:
      if (isReading) return databaseError('DATABASE_QUERY_FAILED', `A transaction that only reads was asked to change something: ${said}`, { cause: error, hint: 'Change things in a transaction of mode write or durable.' });
      return unwritable(file, error);
    case IOERR: return databaseError('DATABASE_UNWRITABLE', `The system could not read or write ${file}: ${said}. Nothing of this transaction was kept, and everything from before is there`, { cause: error, hint: 'Look whether its disk has room, is well, and lets a file of this size be.' });
    case CANTOPEN: return unwritable(file, error);
    case CORRUPT: case NOTADB: return damaged(file, error);
    case FULL: return databaseError('DATABASE_FULL', `There is no room on the disk for ${file}; nothing of this transaction was kept, and everything from before is there`, { cause: error, hint: 'Make room on the disk that it lies on, then try again.' });
    case CONSTRAINT: return databaseError(SAME_KEY.has((error as { errcode: number }).errcode) ? 'DATABASE_CONFLICT' : 'DATABASE_CONSTRAINT', `A row does not fit: ${said}`, { cause: error });
    default: return databaseError('DATABASE_QUERY_FAILED', `A statement could not be run: ${said}`, { cause: error });
  }
}

export function busy(file: string, cause: unknown, waitMs?: number): PithError {
  return databaseError('DATABASE_BUSY', `${file} is in use by another process${waitMs === undefined ? '' : ` for more than ${waitMs / 1000} s`}`, { cause, hint: 'Wait for the other one, or end it, and try again. Nothing was changed.' });
}

export function unwritable(file: string, cause: unknown): PithError {
  return databaseError('DATABASE_UNWRITABLE', `${file} cannot be opened for writing: ${toMessage(cause)}`, { cause, hint: 'Mend the permissions of the file and of its folder, or set PITH_HOME to a folder that can be written.' });
}

export function damaged(file: string, cause: unknown): PithError {
  return databaseError('DATABASE_DAMAGED', `${file} is damaged, or is no database: ${toMessage(cause)}. It was left as it is`, {
    cause, hint: 'pith database restore puts the newest copy in its place, and pith database set-aside begins anew; both keep the damaged file.',
  });
}

export function moved(file: string): PithError {
  return databaseError('DATABASE_MOVED', `${file} was moved away or replaced while this pith had it open, so nothing was written`, { hint: 'Start pith anew: it opens what lies there now.' });
}
