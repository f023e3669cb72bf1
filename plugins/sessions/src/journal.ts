import { closeSync, fstatSync, readSync } from 'node:fs';
import { DURABLE_EVENTS, isPithError, PithError, toMessage, type TurnEvent } from '@pith/kernel';
import { DISK, type Disk, flushFolders } from './disk.ts';
import { openPrivate } from './files.ts';
import { type Entry, type Header, parseEntry, parseHeader, toLine, TRANSCRIPT_VERSION } from './format.ts';
import { lockSession } from './lock.ts';

/** Read from the end of a transcript, doubled until it holds the last whole line. */
const TAIL_BYTES = 64 * 1024;

/**
 * The one writer of one transcript. An entry is there when `append` returns: one write on a descriptor that stays open, and
 * for an event that a turn waits for a flush, which takes those before it along. What a failed write or a crash has left of a line
 * is cut off before the next one.
 */
export class Journal {
  readonly #descriptor: number;
  readonly #disk: Disk;
  readonly #release: () => void;
  /** Nothing had been kept in the file before. */
  readonly isNew: boolean;
  /** Length of the part that is whole, and of the part of it that is surely on the disk. */
  #length: number;
  #flushed: number;
  /** The lines between the two. */
  #unflushed: Buffer[] = [];
  /** Lines that could not be flushed, to be written again with the next one. */
  #again: Buffer[] = [];
  /** Bytes behind the whole part may have to be cut off. */
  #torn: boolean;
  #last: string | null;
  #count: number;

  /** @throws PithError SESSION_LOCKED, SESSION_UNREADABLE; an error of the file system */
  constructor(file: string, header: Header, disk: Disk = DISK) {
    this.#disk = disk;
    this.#descriptor = openPrivate(file);
    try {
      this.#release = lockSession(file, header.id);
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
    try {
      // Looked at only now: until the lock was held, somebody else may have written, or deleted it.
      if (fstatSync(this.#descriptor).nlink === 0) throw new PithError(`Session ${header.id} was just deleted`, { code: 'SESSION_CHANGED', hint: 'Begin a session of another id.' });
      const { length, last, size } = readEnd(this.#descriptor, file);
      this.isNew = length === 0;
      this.#length = this.#flushed = length;
      this.#torn = size > length;
      this.#last = last;
      this.#count = last === null ? 0 : Number(last);
      if (length === 0) {
        flushFolders(file);
        this.#write(toLine(header));
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * @param note says what sort of entry it is, where it is no event that the kernel gave
   * @throws an error of the file system; then nothing of the entry is kept
   */
  append(event: TurnEvent, note: Pick<Entry, 'recovered'> = {}): void {
    const entry: Entry = { id: String(this.#count + 1), parent: this.#last, event, ...note };
    this.#write(toLine(entry));
    if (DURABLE_EVENTS.has(event.type)) this.#flush();
    this.#count++;
    this.#last = entry.id;
  }

  close(): void {
    this.#release();
    closeSync(this.#descriptor);
  }

  /** Makes the file as it should be where a failure has left it otherwise. @throws an error of the file system */
  mend(): void {
    if (this.#torn || this.#again.length > 0) this.#write();
  }

  #write(...added: Buffer[]): void {
    if (this.#torn) this.#cut();
    const lines = [...this.#again, ...added];
    const bytes = Buffer.concat(lines);
    this.#torn = true;
    try {
      for (let written = 0; written < bytes.length;) written += this.#disk.write(this.#descriptor, bytes, written);
    } catch (error) {
      this.#tryCut();
      throw error;
    }
    this.#torn = false;
    this.#again = [];
    this.#length += bytes.length;
    this.#unflushed.push(...lines);
  }

  /**
   * Brings all that was written to the disk, or takes the last line back: whoever waits for it is told that it is not kept. What
   * the system could not flush it takes for clean, and would confirm it the next time; so the lines before are written once more.
   */
  #flush(): void {
    try {
      this.#disk.flush(this.#descriptor);
    } catch (error) {
      this.#again = this.#unflushed.slice(0, -1);
      this.#unflushed = [];
      this.#length = this.#flushed;
      this.#torn = true;
      this.#tryMend();
      throw error;
    }
    this.#flushed = this.#length;
    this.#unflushed = [];
  }

  #cut(): void {
    this.#disk.cut(this.#descriptor, this.#length);
    this.#torn = false;
  }

  #tryMend(): void {
    try {
      this.mend();
    } catch {
      // The next write tries again.
    }
  }

  #tryCut(): void {
    try {
      this.#cut();
    } catch {
      this.#torn = true; // The next write tries again, and a reader knows a line that is not whole.
    }
  }
}

/** Where the whole part of a transcript ends, and the id of its last entry. */
function readEnd(descriptor: number, file: string): { length: number; last: string | null; size: number } {
  const { size } = fstatSync(descriptor);
  checkHeader(descriptor, file, size);
  for (let bytes = TAIL_BYTES; ; bytes *= 2) {
    const from = Math.max(0, size - bytes);
    const tail = readPart(descriptor, from, size - from);
    const end = tail.lastIndexOf(10);
    if (end === -1 && from === 0) return { length: 0, last: null, size };
    const last = lastEntry(tail.subarray(0, Math.max(end, 0)), from === 0);
    if (last !== undefined) return { length: from + end + 1, last, size };
  }
}

/** The last line that is an entry; `null` where there is none, nothing where more must be read. */
function lastEntry(lines: Buffer, isAll: boolean): string | null | undefined {
  for (let end = lines.length; end > 0;) {
    const start = lines.lastIndexOf(10, end - 1) + 1;
    if (start === 0 && !isAll) return undefined;
    const entry = parseEntry(lines.subarray(start, end));
    if (entry !== undefined) return entry.id;
    end = start - 1;
  }
  return isAll ? null : undefined;
}

/** @throws PithError SESSION_UNREADABLE where this is no transcript that may be written to */
function checkHeader(descriptor: number, file: string, size: number): void {
  for (let bytes = TAIL_BYTES; ; bytes *= 2) {
    const head = readPart(descriptor, 0, Math.min(bytes, size));
    const end = head.indexOf(10);
    if (end === -1 && bytes < size) continue;
    if (end === -1) return; // Not even the first line is whole: it is written anew.
    const header = parseHeader(head.subarray(0, end));
    if (header?.v === TRANSCRIPT_VERSION) return;
    throw unreadable(file, header);
  }
}

function readPart(descriptor: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let read = 0;
  while (read < length) {
    const count = readSync(descriptor, bytes, read, length - read, from + read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}

export function unreadable(file: string, header: Header | undefined): PithError {
  return header === undefined
    ? new PithError(`${file} is not a transcript: its first line is not one`, { code: 'SESSION_UNREADABLE', hint: 'Move the file away, or begin a new session.' })
    : new PithError(`${file} is a transcript of version ${header.v}; this pith reads version ${TRANSCRIPT_VERSION}`, { code: 'SESSION_UNREADABLE', hint: 'Use the pith that wrote it, or a newer one.' });
}

/** What is said when an event could not be kept. */
export function notKept(error: unknown, file: string): PithError {
  if (isPithError(error)) return error;
  const { code } = error as NodeJS.ErrnoException;
  return new PithError(`The transcript ${file} cannot be written: ${toMessage(error)}`, {
    code: 'SESSION_NOT_KEPT', cause: error, hint: code === 'ENOSPC' || code === 'EDQUOT' ? 'Make room on the disk, then go on with: pith run --continue "go on"' : 'Mend the place, or run without a transcript: --no-session',
  });
}
