import { statSync } from 'node:fs';

/** What whoever writes a transcript must know of it first. */
export interface Known { /** How many messages it holds. */ messages: number; /** Some turn in it has no end. */ hasOpenTurn: boolean }

const FILES_MAX = 8;

/**
 * What the transcripts were found to hold that were read last, by file. A transcript only grows, so one of the same length is the same,
 * and a session that is taken up is not read a second time. A fact of the disk, thus the same for every kernel of the process.
 */
const lastRead = new Map<string, Known & { ino: number; size: number }>();

/** @param size of what was read */
export function noteRead(file: string, size: number, known: Known): void {
  lastRead.delete(file);
  const { ino, size: now } = statSync(file);
  if (now !== size) return; // It has grown meanwhile.
  lastRead.set(file, { ...known, ino, size });
  for (const oldest of lastRead.keys()) if (lastRead.size > FILES_MAX) lastRead.delete(oldest);
}

/** @returns nothing where the file is not as it was read, or was not */
export function recallRead(file: string): Known | undefined {
  const known = lastRead.get(file);
  if (known === undefined) return undefined;
  const { ino, size } = statSync(file);
  return ino === known.ino && size === known.size ? known : undefined;
}
