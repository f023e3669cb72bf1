import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { checkpointError } from './errors.ts';

/** A process, told from an earlier one of the same number. */
export interface Owner { pid: number; instance: string }

const INSTANCE = randomUUID();
const WAIT_MS = 5;
const LIMIT_MS = 30_000;

export const self = (): Owner => ({ pid: process.pid, instance: INSTANCE });

export function isAlive({ pid, instance }: Owner): boolean {
  if (pid === process.pid) return instance === INSTANCE;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** One at a time, in all processes. What a dead process holds is taken. @throws PithError CHECKPOINT_BUSY after 30 s, the signal's reason */
export async function withLock<T>(file: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const own = `${file}.${randomUUID()}`;
  // Written whole before it has the name that counts.
  writeFileSync(own, JSON.stringify(self()), { mode: 0o600, flag: 'wx' });
  try {
    const untilMs = performance.now() + LIMIT_MS;
    while (!take(own, file)) {
      if (performance.now() > untilMs) throw checkpointError('Another process holds the store of checkpoints', 'CHECKPOINT_BUSY', { hint: `Try again. If none is running, delete ${file}` });
      await wait(WAIT_MS, undefined, signal === undefined ? {} : { signal });
    }
  } finally {
    rmSync(own, { force: true });
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
}

function take(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = readOwner(file);
  if (holder !== undefined && !isAlive(holder)) setAside(file, holder);
  return false;
}

/** Moved first and looked at then: of two that find a dead one, the later must not take the lock of the earlier. */
function setAside(file: string, dead: Owner): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
    if (readOwner(aside)?.instance !== dead.instance) linkSync(aside, file);
  } catch {
    return; // Somebody was faster.
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @returns nothing where it has just gone */
export function readOwner(file: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Owner;
  } catch {
    return undefined; // Also one that a full disk has cut: it is never taken for dead by mistake.
  }
}
