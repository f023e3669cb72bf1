import { closeSync, fstatSync, readSync } from 'node:fs';
import { type EventType, isPithError, PithError, toMessage, type TurnEvent } from '@pith/kernel';
import { closeQuietly, DISK, type Disk, flushFolders } from './disk.ts';
import { openPrivate } from './files.ts';
import { type Entry, type Header, parseEntry, parseHeader, toLine, TRANSCRIPT_VERSION } from './format.ts';
import { lockSession, takeClaim } from './lock.ts';

/** Read from the end of a transcript, doubled until it holds the last whole line. */
const TAIL_BYTES = 64 * 1024;

/** An entry that is not yet surely on the disk. */
type Waiting = Pick<Entry, 'event' | 'recovered'>;

/** Whoever waits for one of these takes it for not said and not done where it cannot be kept; all others have happened. */
const TAKEN_BACK: ReadonlySet<EventType> = new Set<EventType>(['input-accepted', 'history-changed', 'turn-end']);

function isTakenBack(event: TurnEvent): boolean {
  return event.type === 'tool-start' ? event.effect !== 'read' : TAKEN_BACK.has(event.type);
}

/**
 * The one writer of one transcript. A killed process leaves every entry whose `append` has returned, a loss of power every one that
 * `flush` has settled for. What a failed write or a crash has left of a line is cut off before the next one; what could not be flushed
 * is written anew, since the system takes it for clean, and would confirm it the next time.
 */
export class Journal {
  readonly #descriptor: number;
  readonly #disk: Disk;
  readonly #release: () => void;
  readonly #header: Buffer;
  /** Nothing had been kept in the file before. */
  readonly isNew: boolean;
  /** Length of the part that is whole, and how many entries it has. */
  #length: number;
  #count: number;
  /** The same of the part that is surely on the disk. */
  #flushed: { length: number; count: number };
  /** The entries between the two, and those that must be written anew, with what comes next. */
  #unflushed: Waiting[] = [];
  #again: Waiting[] = [];
  /** Bytes behind the whole part may have to be cut off. */
  #torn: boolean;
  /** The flush at work, and how many of the entries that are not flushed it takes along. */
  #flushing: Promise<void> | undefined;
  #covered = 0;
  /** The flush that comes after the one at work. */
  #next: Promise<void> | undefined;

  /** @throws PithError SESSION_LOCKED, SESSION_UNREADABLE; an error of the file system */
  constructor(file: string, header: Header, disk: Disk = DISK) {
    this.#disk = disk;
    this.#header = toLine(header);
    this.#descriptor = openPrivate(file);
    try {
      this.#release = takeClaim(file) ?? lockSession(file, header.id);
    } catch (error) {
      closeSync(this.#descriptor);
      throw error;
    }
    try {
      // Looked at only now: until the lock was held, somebody else may have written, or deleted it.
      if (fstatSync(this.#descriptor).nlink === 0) throw new PithError(`Session ${header.id} was just deleted`, { code: 'SESSION_CHANGED', hint: 'Begin a session of another id.' });
      const { length, last, size } = readEnd(this.#descriptor, file);
      this.isNew = length === 0;
      this.#length = length;
      this.#torn = size > length;
      this.#count = last === null ? 0 : Number(last);
      this.#flushed = { length, count: this.#count };
      if (length === 0) {
        flushFolders(file);
        this.mend();
      }
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * @param note says what sort of entry it is, where it is no event that the kernel gave
   * @throws an error of the file system; then the entry comes with the next one, or not at all where it is taken back. TypeError where
   * JSON cannot carry it; then nothing of it is kept
   */
  append(event: TurnEvent, note: Pick<Entry, 'recovered'> = {}): void {
    const entry: Waiting = { event, ...note };
    const line = toEntry(entry, this.#count + this.#again.length);
    this.#again.push(entry);
    try {
      this.mend(line);
    } catch (error) {
      if (isTakenBack(event)) this.#again.pop();
      throw error;
    }
  }

  /** Brings all that was written to the disk. Whoever asks while one is at work gets the next. Rejects with an error of the file system. */
  flush(): Promise<void> {
    if (this.#flushing !== undefined && this.#unflushed.length === this.#covered) return this.#flushing;
    if (this.#flushing === undefined) return this.#flushing = this.#flush().finally(() => { this.#flushing = undefined; });
    return this.#next ??= this.#flushing.then(() => {
      this.#next = undefined;
      return this.flush();
    }, (error: unknown) => {
      this.#next = undefined;
      throw error;
    });
  }

  close(): void {
    this.#release();
    // A descriptor that is closed under a flush may be another file's by then.
    const working = this.#next ?? this.#flushing;
    if (working === undefined) closeQuietly(this.#descriptor);
    else void working.catch(() => undefined).then(() => closeQuietly(this.#descriptor));
  }

  /**
   * Makes the file as it should be where a failure has left it otherwise.
   * @param last the last of the entries, as it will stand in the file
   * @throws an error of the file system
   */
  mend(last?: Buffer): void {
    if (this.#torn) this.#cut();
    if (this.#again.length === 0 && this.#length > 0) return;
    const lines = this.#again.map((entry, index) => (index === this.#again.length - 1 ? last : undefined) ?? toEntry(entry, this.#count + index));
    this.#write(Buffer.concat(this.#length === 0 ? [this.#header, ...lines] : lines));
    this.#count += lines.length;
    this.#unflushed.push(...this.#again.splice(0));
  }

  #write(bytes: Buffer): void {
    if (this.#torn) this.#cut();
    this.#torn = true;
    try {
      for (let written = 0; written < bytes.length;) written += this.#disk.write(this.#descriptor, bytes, written);
    } catch (error) {
      this.#tryTo(() => this.#cut());
      throw error;
    }
    this.#torn = false;
    this.#length += bytes.length;
  }

  async #flush(): Promise<void> {
    const [length, count] = [this.#length, this.#count];
    this.#covered = this.#unflushed.length;
    try {
      await this.#disk.flush(this.#descriptor);
    } catch (error) {
      // Also what came meanwhile: it stands behind what may be lost.
      this.#again.unshift(...this.#unflushed.splice(0).filter(({ event }) => !isTakenBack(event)));
      ({ length: this.#length, count: this.#count } = this.#flushed);
      this.#torn = true;
      this.#tryTo(() => this.mend());
      throw error;
    }
    this.#flushed = { length, count };
    this.#unflushed.splice(0, this.#covered);
  }

  #cut(): void {
    this.#disk.cut(this.#descriptor, this.#length);
    this.#torn = false;
  }

  /** What does not succeed now is tried again before the next write, and a reader knows a line that is not whole. */
  #tryTo(work: () => void): void {
    try {
      work();
    } catch {
      this.#torn = true;
    }
  }
}

/** @param before how many entries stand before it */
function toEntry({ event, ...note }: Waiting, before: number): Buffer {
  return toLine({ id: String(before + 1), parent: before === 0 ? null : String(before), event, ...note });
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
