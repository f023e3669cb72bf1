import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '@pith/kernel';
import type { Source } from './fold.ts';
import { hasEnded, parseOwner } from './owner.ts';

/** The first line is much shorter. */
const HEAD_BYTES = 1024;
/** One without a first line is of a process that has just come, or that has ended before it wrote anything. */
const UNWRITTEN_MS = 60_000;

/** A file of another process. */
export interface LeftFile extends Source { hasEnded: boolean; close(): void; remove(): void }

/** The files of other processes, one after the other, opened; whoever takes one closes it. */
export function* findLeft(folder: string): Generator<LeftFile> {
  for (const name of listFiles(folder)) {
    const left = openLeft(join(folder, name), name);
    if (left !== undefined) yield left;
  }
}

/** Takes the row of a file away. What the database cannot do now is no harm: the name never comes again. */
export async function forgetFile(database: Database, name: string): Promise<void> {
  await database.transaction('write', ({ sql }) => sql`DELETE FROM balancer_files WHERE file = ${name}`).catch(() => undefined);
}

function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.log')).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Nothing where it went away, is empty, or is of a newer version. */
function openLeft(path: string, name: string): LeftFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch {
    return undefined; // Another process took it away, or it is another user's.
  }
  const { mtimeMs } = fstatSync(descriptor);
  const head = Buffer.alloc(HEAD_BYTES);
  const text = head.toString('utf8', 0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  const end = text.indexOf('\n');
  const owner = end === -1 ? undefined : parseOwner(text.slice(0, end));
  const remove = (): void => rmSync(path, { force: true });
  if (owner === undefined) {
    closeSync(descriptor);
    if (end === -1 && Date.now() - mtimeMs > UNWRITTEN_MS) remove();
    return undefined;
  }
  // Asked first: what it writes before it ends belongs to it.
  const ended = hasEnded(owner);
  const { size } = fstatSync(descriptor);
  return {
    name, path, sizeBytes: size, hasEnded: ended, remove,
    read: (into, at) => readSync(descriptor, into, 0, Math.min(into.length, size - at), at),
    close: () => closeSync(descriptor),
  };
}
