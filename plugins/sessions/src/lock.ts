import { readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { createId, PithError } from '@pith/kernel';

/** Who writes a session: the process, and enough to tell whether it still runs. */
interface Owner {
  pid: number;
  /** When the process started, in the system's own measure; `null` where that cannot be told. */
  started: string | null;
  host: string;
  /** Which run of the machine, and which of its spaces of process ids; `null` where that cannot be told. */
  boot: string | null;
  space: string | null;
  sinceMs: number;
}

/** Two that come at the same moment both step back, and try again after a random wait. */
const ATTEMPTS = 4;
const WAIT_MS_MAX = 40;
/** An owner that is older than this has not come at the same moment. */
const SETTLED_MS = 1000;
const UNWRITTEN = 0;

/**
 * Makes this process the only writer of a session. Every writer has a lock file of its own name, says that it is there
 * first and looks for others afterwards: of two, at least one sees the other, and no file is taken away but a dead one's.
 * @returns gives the session free
 * @throws PithError SESSION_LOCKED
 */
export function lockSession(file: string, id: string): () => void {
  for (let attempt = 1; ; attempt++) {
    const own = `${file}.${process.pid}-${createId()}.lock`;
    const owner = describeSelf();
    const release = (): void => giveUp(own);
    let other: Other | undefined;
    try {
      writeFileSync(own, JSON.stringify(owner), { mode: 0o600, flag: 'wx' });
      other = findOther(file, ({ path }) => path === own);
    } catch (error) {
      release();
      throw error;
    }
    if (other === undefined) return release;
    release();
    if (attempt === ATTEMPTS || owner.sinceMs - other.owner.sinceMs > SETTLED_MS) throw locked(id, other);
    waitMs(1 + Math.random() * WAIT_MS_MAX);
  }
}

/** Sessions that this process has made its own, until it writes them. */
const claims = new Map<string, () => void>();

/**
 * The same before there is anything to write: whoever writes takes it over with `takeClaim`.
 * @returns gives the session free, whoever holds it
 * @throws PithError SESSION_LOCKED
 */
export function claimSession(file: string, id: string): () => void {
  const release = lockSession(file, id);
  claims.set(file, release);
  return () => {
    if (claims.get(file) === release) claims.delete(file);
    release();
  };
}

/** @returns what gives the session free, where this process has claimed it */
export function takeClaim(file: string): (() => void) | undefined {
  const release = claims.get(file);
  claims.delete(file);
  return release;
}

/** @throws PithError SESSION_LOCKED where another process writes the session */
export function checkWriter(file: string, id: string): void {
  const space = processSpace();
  const other = findOther(file, ({ owner }) => owner.pid === process.pid && owner.host === hostname() && owner.space === space);
  if (other !== undefined) throw locked(id, other);
}

/** Locks of this process that nobody holds any more, and that could not be taken away. */
const givenUp = new Set<string>();

function giveUp(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    givenUp.add(path); // Another process knows it for dead when this one has ended.
  }
}

interface Other { path: string; owner: Owner }

/** Another writer that runs, or of which that cannot be told. What a dead one has left is taken away. */
function findOther(file: string, isOwn: (found: Other) => boolean): Other | undefined {
  const prefix = `${basename(file)}.`;
  for (const name of readdirSync(dirname(file))) {
    const path = join(dirname(file), name);
    if (!name.startsWith(prefix) || !name.endsWith('.lock')) continue;
    const owner = readOwner(path);
    if (owner === undefined || isOwn({ path, owner })) continue;
    if (!givenUp.has(path) && runs(owner)) return { path, owner };
    rmSync(path, { force: true });
    givenUp.delete(path);
  }
  return undefined;
}

/** Nothing where the file went away. One that is not whole is somebody's who has just come, or a dead one's if it is old. */
function readOwner(path: string): Owner | undefined {
  let text: string;
  let changedMs: number;
  try {
    text = readFileSync(path, 'utf8');
    changedMs = statSync(path).mtimeMs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { pid = UNWRITTEN, started = null, host = '', boot = null, space = null, sinceMs = 0 } = JSON.parse(text) as Partial<Owner>;
    return { pid, started, host, boot, space, sinceMs };
  } catch {
    return { pid: UNWRITTEN, started: null, host: hostname(), boot: null, space: processSpace(), sinceMs: changedMs };
  }
}

function describeSelf(): Owner {
  return { pid: process.pid, started: processStart(process.pid) ?? null, host: hostname(), boot: bootId(), space: processSpace(), sinceMs: Date.now() };
}

/** Also where it cannot be told: then a person must look. */
function runs({ pid, started, host, boot, space, sinceMs }: Owner): boolean {
  if (host !== hostname()) return true;
  if (boot !== null && bootId() !== null && boot !== bootId()) return false;
  if (space !== processSpace()) return true;
  if (pid === UNWRITTEN) return Date.now() - sinceMs < SETTLED_MS;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
  const now = processStart(pid);
  return now === undefined || (now !== null && (started === null || now === started));
}

/** In ticks since the machine started; `null` of a process that has ended and is not yet cleared away; nothing where it cannot be told. */
function processStart(pid: number): string | null | undefined {
  const stat = readSystem(`/proc/${pid}/stat`);
  if (stat === null) return undefined;
  // The name in parentheses may hold anything, so fields are counted from behind it: the state is the first, the start the twentieth.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? null : fields[19];
}

const bootId = (): string | null => readSystem('/proc/sys/kernel/random/boot_id')?.trim() ?? null;

function processSpace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null; // Not Linux.
  }
}

function readSystem(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // Not Linux, or the process has ended.
  }
}

function waitMs(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function locked(id: string, { path, owner: { pid, host } }: Other): PithError {
  const where = host === hostname() ? '' : ` on ${host}`;
  return new PithError(`Session ${id} is being written by process ${pid}${where}; two writers of one session would mix`, {
    code: 'SESSION_LOCKED',
    hint: `End that process, go on in a copy (--fork), or begin another session. If it is surely gone, delete ${path}`,
  });
}
