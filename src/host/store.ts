import { randomUUID } from 'node:crypto';
import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PithError, toMessage } from '@pith/kernel';

/** A lock older than this was left by a process that died. */
const STALE_MS = 10_000;

/**
 * Reads a small JSON store, lets `change` work on it, and writes it back: under a lock, aside and renamed, for the user
 * alone. lowdb keeps the data; the lock is ours, since two lowdb writers of one file lose each other's rows.
 * @throws PithError STORE_UNREADABLE, STORE_BUSY
 */
export async function updateStore<T, R>(file: string, empty: T, change: (data: T) => R): Promise<R> {
  return withLock(file, async () => {
    const { Low } = await import('lowdb');
    const store = new Low<T>({ read: () => readJson<T>(file), write: (data) => writeWhole(file, `${JSON.stringify(data, null, 2)}\n`) }, empty);
    await store.read();
    const result = change(store.data);
    await store.write();
    return result;
  });
}

/**
 * Works on a file while no other process does.
 * @throws PithError STORE_BUSY
 */
export async function withLock<R>(file: string, work: () => Promise<R>): Promise<R> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const unlock = await lock(`${file}.lock`);
  try {
    return await work();
  } finally {
    unlock();
  }
}

export async function readStore<T>(file: string, empty: T): Promise<T> {
  return (await readJson<T>(file)) ?? empty;
}

async function readJson<T>(file: string): Promise<T | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new PithError(`${file} cannot be read: ${toMessage(error)}`, { code: 'STORE_UNREADABLE', cause: error, hint: 'Mend the file by hand, or move it away.' });
  }
}

/** Aside, flushed and renamed: whoever reads the file finds the old text or the new one. */
export async function writeWhole(file: string, text: string, mode = 0o600): Promise<void> {
  // A name that nobody can have laid a link under.
  const aside = `${file}.${randomUUID()}.tmp`;
  const handle = await open(aside, 'wx', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
    await handle.chmod(mode);
    await handle.close();
    await rename(aside, file);
  } catch (error) {
    await handle.close();
    await rm(aside, { force: true });
    throw error;
  }
}

/** A folder is made by one process only, on every platform. */
async function lock(folder: string): Promise<() => void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      mkdirSync(folder);
      return () => rmdirSync(folder);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      dropStale(folder);
      await wait(10 + Math.random() * 40);
    }
  }
  throw new PithError(`${folder} is held by another process`, { code: 'STORE_BUSY', hint: 'Wait for the other pith to end; if none runs, remove that folder.' });
}

function dropStale(folder: string): void {
  try {
    if (Date.now() - statSync(folder).mtimeMs > STALE_MS) rmdirSync(folder);
  } catch {
    // Its owner, or another waiter, has just taken it away.
  }
}
