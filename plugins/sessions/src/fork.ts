import { closeSync, fsyncSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createId, EXIT, KERNEL_VERSION, PithError, type SessionSummary, toMessage, type TurnEvent } from '@pith/kernel';
import { flushFolders } from './disk.ts';
import { openPrivate, projectFolder, sessionFile } from './files.ts';
import { type Entry, type ForkOrigin, type Header, parseEntry, splitLines, toLine, TRANSCRIPT_VERSION } from './format.ts';
import { checkHeader, toSkeleton } from './transcript.ts';
import { toSummary } from './summary.ts';

export interface ForkOptions {
  /** The folder that it is of. Default: that of the other. */
  cwd?: string;
  /** How many turns it begins with. Default: all. */
  turns?: number;
}

/** What a fork takes of a transcript: lines as they stand, and what they say. */
interface Taken { lines: Buffer[]; events: TurnEvent[]; origin: ForkOrigin }

/**
 * Makes a session of its own that begins with a copy of another one's entries, byte for byte. The other is only read, and may be deleted.
 * @throws PithError SESSION_FORK_INVALID, SESSION_UNREADABLE, SESSION_NOT_KEPT
 */
export function forkSession(dataFolder: string, file: string, { cwd, turns }: ForkOptions = {}): SessionSummary {
  const { lines } = splitLines(readFileSync(file));
  const parent = checkHeader(file, lines[0]);
  const { lines: taken, events, origin } = takeTurns(parent, lines.slice(1), turns);
  const header: Header = { v: TRANSCRIPT_VERSION, type: 'session', id: createId(), cwd: cwd ?? parent.cwd, startedMs: Date.now(), kernel: KERNEL_VERSION, ...(parent.masked === undefined ? {} : { masked: parent.masked }), forkedFrom: origin };
  const own = sessionFile(projectFolder(dataFolder, header.cwd), header.id);
  writeWhole(own, Buffer.concat([toLine(header), ...taken.flatMap((line) => [line, NEWLINE])]));
  return toSummary(toSkeleton(header, events));
}

const NEWLINE = Buffer.from('\n');

/** Lines that cannot be read are left out, and so is what belongs to a turn that comes later. */
function takeTurns({ id }: Header, lines: readonly Buffer[], most = Infinity): Taken {
  const read = lines.flatMap((line) => {
    const entry = parseEntry(line);
    return entry === undefined ? [] : [{ line, entry }];
  });
  const begins = read.flatMap(({ entry: { event } }, index) => (event.type === 'input-accepted' && event.parentRunId === undefined && event.goesOn === undefined ? [index] : []));
  if (most !== Infinity && (!Number.isSafeInteger(most) || most < 1 || most > begins.length)) {
    throw new PithError(`Session ${id} has ${begins.length} turn${begins.length === 1 ? '' : 's'}; a fork cannot begin with ${most}`, { code: 'SESSION_FORK_INVALID', exitCode: EXIT.usage, hint: `Name a number from 1 to ${begins.length}, or leave it out for all.` });
  }
  const taken = most >= begins.length ? read : read.slice(0, endOf(read.map(({ entry }) => entry), begins[most]!));
  return { lines: taken.map(({ line }) => line), events: taken.map(({ entry }) => entry.event), origin: { id, turns: Math.min(most, begins.length), entry: taken.at(-1)?.entry.id ?? null } };
}

/** Where the turn that begins at `index` begins indeed: its own changes of the history, and a start of the session, come before its input. */
function endOf(entries: readonly Entry[], index: number): number {
  const { turnId } = entries[index]!.event;
  let end = index;
  while (end > 0 && (entries[end - 1]!.event.turnId === turnId || entries[end - 1]!.event.type === 'session-start')) end--;
  return end;
}

/** Aside, flushed and renamed: there is a whole fork, or none. */
function writeWhole(file: string, bytes: Buffer): void {
  const aside = `${file}.${process.pid}.aside`;
  try {
    const descriptor = openPrivate(aside);
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(aside, file);
    flushFolders(file);
  } catch (error) {
    rmSync(aside, { force: true });
    throw new PithError(`The fork cannot be written: ${toMessage(error)}`, { code: 'SESSION_NOT_KEPT', cause: error, hint: 'Make room, or the folder writable; the other session is as it was.' });
  }
}
