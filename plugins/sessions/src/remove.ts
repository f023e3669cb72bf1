import { rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Database, isPithError } from '@pith/kernel';
import { sessionsFolder } from './files.ts';
import { lockSession } from './lock.ts';
import { type Place, SessionIndex } from './session-index.ts';
import { sessionFiles } from './store.ts';
import { tapeFile } from './tape.ts';

export const KEEP_DAYS = 90;
export const KEEP_MEGABYTES = 2048;

const DAY_MS = 24 * 60 * 60 * 1000;
const MEGABYTE = 1024 * 1024;

/** How much is kept: what was last used longer ago goes, and then the oldest, until the rest is small enough. */
export interface Retention { days: number; megabytes: number }

/** A transcript with its recording. */
export interface StoredFile { id: string; file: string; /** When it was last written to. */ usedMs: number; sizeBytes: number }

export interface Pruned { removed: StoredFile[]; /** Bytes of what stays. */ keptBytes: number; kept: number; /** To go, but just being written. */ busy: StoredFile[] }

/** Takes a session away, its recording first; the index is told afterwards, with `forgetFiles`. @throws PithError SESSION_LOCKED where a process writes it; an error of the file system */
export function removeSession(file: string): void {
  const id = basename(file, '.jsonl');
  const release = lockSession(file, id);
  try {
    rmSync(tapeFile(file), { force: true });
    rmSync(file, { force: true });
  } finally {
    release();
  }
}

/** @param isTrial says what would go, and takes nothing away */
export function pruneSessions(dataFolder: string, retention: Retention, { nowMs, isTrial = false }: { nowMs: number; isTrial?: boolean }): Pruned {
  const all = sessionFiles(dataFolder).flatMap(({ id, file }) => toStored(id, file) ?? []);
  const pruned: Pruned = { removed: [], keptBytes: 0, kept: 0, busy: [] };
  const going = new Set(chooseOld(all, retention, nowMs));
  for (const session of all) {
    if (going.has(session) && (isTrial || tryRemove(session, pruned))) pruned.removed.push(session);
    else {
      pruned.kept++;
      pruned.keptBytes += session.sizeBytes;
    }
  }
  return pruned;
}

/** Which sessions go, oldest first. */
export function chooseOld(sessions: readonly StoredFile[], { days, megabytes }: Retention, nowMs: number): StoredFile[] {
  const newest = [...sessions].sort((a, b) => b.usedMs - a.usedMs || (a.id < b.id ? -1 : 1));
  let bytes = 0;
  let isFull = false;
  return newest.filter(({ usedMs, sizeBytes }, index) => {
    bytes += sizeBytes;
    // The one that was used last is never too big: it may be the only copy of what is being done.
    isFull ||= bytes > megabytes * MEGABYTE && index > 0;
    return isFull || nowMs - usedMs > days * DAY_MS;
  }).reverse();
}

/** The same by itself, when a session has been written and a day has passed since the last time. It fails in silence: nothing depends on it. */
export async function pruneDaily(dataFolder: string, retention: Retention, { nowMs, findDatabase }: { nowMs: number; findDatabase: () => Promise<Database | undefined> }): Promise<void> {
  const marker = join(sessionsFolder(dataFolder), 'pruned');
  try {
    if (nowMs - (statSync(marker, { throwIfNoEntry: false })?.mtimeMs ?? 0) < DAY_MS) return;
    writeFileSync(marker, 'Old sessions were last looked for when this file was written.\n', { mode: 0o600 });
    const { removed } = pruneSessions(dataFolder, retention, { nowMs });
    if (removed.length > 0) await forgetFiles(await findDatabase(), removed);
  } catch {
    // A full or locked disk: the next session tries again.
  }
}

/** Takes what was deleted out of the index. @returns why that could not be done; the next list does it, too */
export function forgetFiles(database: Database | undefined, files: readonly Pick<StoredFile, 'id' | 'file'>[]): Promise<string | undefined> {
  return SessionIndex.forget(database, files.map(({ id, file }): Place => ({ project: basename(dirname(file)), id })));
}

function tryRemove(session: StoredFile, { busy }: Pruned): boolean {
  try {
    removeSession(session.file);
    return true;
  } catch (error) {
    if (!isPithError(error) || error.code !== 'SESSION_LOCKED') throw error;
    busy.push(session);
    return false;
  }
}

/** Nothing of one that was just deleted, or that is a link which leads nowhere. */
function toStored(id: string, file: string): StoredFile | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats === undefined ? undefined : { id, file, usedMs: stats.mtimeMs, sizeBytes: stats.size + (statSync(tapeFile(file), { throwIfNoEntry: false })?.size ?? 0) };
}
