import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Version of the lines below. */
const VERSION = 1;

/** Whose file it is: the first line of it. */
export interface Owner { books: number; pid: number; host: string; /** Which of the machine's spaces of process ids; `null` where there is but one. */ space: string | null; atMs: number }

export function describeOwner(): Owner {
  return { books: VERSION, pid: process.pid, host: hostname(), space: processSpace(), atMs: Date.now() };
}

/** @returns nothing where it is no first line, or one of a newer version */
export function parseOwner(line: string): Owner | undefined {
  try {
    const owner = JSON.parse(line) as Partial<Owner> | null;
    return owner?.books === VERSION && typeof owner.pid === 'number' && typeof owner.host === 'string' ? owner as Owner : undefined;
  } catch {
    return undefined;
  }
}

/** Whether it has surely ended. A process id that was given anew makes it live on, until that one ends, too. */
export function hasEnded({ pid, host, space }: Owner): boolean {
  if (host !== hostname() || space !== processSpace()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function processSpace(): string | null {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return null; // Not Linux.
  }
}
