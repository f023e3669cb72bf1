import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Version of the lines below. */
const VERSION = 1;
/** Of the fields of `/proc/PID/stat` behind the name. */
const STATE = 0;
const STARTED = 19;

/** Whose file it is: the first line of it. */
export interface Owner {
  books: number;
  pid: number;
  /** When the process started, in the system's own measure; `null` where that cannot be told. In a container every run has the same number. */
  started: string | null;
  host: string;
  /** Which of the machine's spaces of process ids; `null` where there is but one. */
  space: string | null;
  atMs: number;
}

export function describeOwner(): Owner {
  return { books: VERSION, pid: process.pid, started: startOf(process.pid) ?? null, host: hostname(), space: processSpace(), atMs: Date.now() };
}

/** @returns nothing where it is no first line, or one of a newer version */
export function parseOwner(line: string): Owner | undefined {
  try {
    const owner = JSON.parse(line) as Partial<Owner> | null;
    return owner?.books === VERSION && typeof owner.pid === 'number' && typeof owner.host === 'string' ? { started: null, ...owner } as Owner : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it still runs; of another machine, and of another container, that cannot be told. */
export function stateOf({ pid, started, host, space }: Owner): 'runs' | 'ended' | 'unknown' {
  if (host !== hostname() || space !== processSpace()) return 'unknown';
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH' ? 'ended' : 'runs';
  }
  const now = startOf(pid);
  return now === null || (now !== undefined && started !== null && now !== started) ? 'ended' : 'runs';
}

/** `null` of a process that has ended and is not yet cleared away; nothing where it cannot be told. */
function startOf(pid: number): string | null | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // Not Linux.
  }
  // The name in parentheses may hold anything, so fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[STATE] === 'Z' || fields[STATE] === 'X' ? null : fields[STARTED];
}

function processSpace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null; // Not Linux.
  }
}
