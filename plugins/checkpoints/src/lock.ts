import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { checkpointError } from './errors.ts';

/** A process, told from an earlier one of the same number, from one of another machine, and of another space of numbers on this one. */
export interface Owner {
  pid: number;
  instance: string;
  /** Absent or `null` where it cannot be told. */
  host?: string;
  boot?: string | null;
  space?: string | null;
  /** When the process started, in the system's own measure. */
  started?: string | null;
}

const INSTANCE = randomUUID();
/** In the place of an instance: nobody. */
const ENDED = 'ended';
const WAIT_MS = 5;
const LIMIT_MS = 30_000;

let known: Owner | undefined;
export const self = (): Owner => known ??= { pid: process.pid, instance: INSTANCE, host: hostname(), boot: bootOf(), space: spaceOf(), started: startOf(process.pid) ?? null };
export const nobody = (): Owner => ({ pid: process.pid, instance: ENDED });

/** Also where it cannot be told. */
export function isAlive({ pid, instance, host, boot = null, space = null, started = null }: Owner): boolean {
  if (instance === INSTANCE || instance === ENDED) return instance === INSTANCE;
  const own = self();
  if (host !== undefined && host !== own.host) return true;
  // The power has failed since: its number may be another's by now.
  if (boot !== null && own.boot !== null && boot !== own.boot) return false;
  if (space !== null && own.space !== null && space !== own.space) return true;
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
  const now = startOf(pid);
  return now === undefined || (now !== null && (started === null || now === started));
}

function bootOf(): string | null {
  return readSystem('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

function spaceOf(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null; // Not Linux.
  }
}

/** In ticks since the machine started; `null` of a process that has ended and is not yet cleared away; nothing where it cannot be told. */
function startOf(pid: number): string | null | undefined {
  const stat = readSystem(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold anything, so fields are counted from behind it: the state is the first, the start the twentieth.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
}

function readSystem(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // Not Linux, or the process has ended.
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

/** @returns nothing where it has just gone, or cannot be read now */
export function readOwner(file: string): Owner | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return nobody(); // It was whole when it got its name: a loss of power has cut it, and its process is gone.
  }
}
