import { closeSync, fstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '@pith/kernel';
import type { Source } from './fold.ts';
import { parseOwner, stateOf } from './owner.ts';

/** The first line is much shorter. */
const HEAD_BYTES = 1024;
/** One without a first line is of a process that has just come, or that has ended before it wrote anything. */
const UNWRITTEN_MS = 60_000;

/** Of a process of which nobody can tell whether it runs: after so long without a line it goes, folded. It could read on by its descriptor. */
const SILENT_MS = 7 * 86_400_000;

/** A file of another process. */
export interface LeftFile extends Source {
  /** It is folded by whoever comes. */
  isOpenToAll: boolean;
  /** Once folded it can go. */
  isOver: boolean;
  close(): void;
  remove(): void;
}

/** The files of other processes, one after the other, opened; whoever takes one closes it. */
export function* findLeft(folder: string, own: ReadonlySet<string>): Generator<LeftFile> {
  for (const name of listFiles(folder)) {
    if (own.has(name)) continue;
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
  const state = stateOf(owner);
  const { size } = fstatSync(descriptor);
  return {
    name, path, sizeBytes: size, isOpenToAll: state !== 'runs', isOver: state === 'ended' || (state === 'unknown' && Date.now() - mtimeMs > SILENT_MS), remove,
    read: (into, at) => readSync(descriptor, into, 0, Math.min(into.length, size - at), at),
    close: () => closeSync(descriptor),
  };
}
