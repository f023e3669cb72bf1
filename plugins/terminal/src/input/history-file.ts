import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, renameSync, rmdirSync, statSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toMessage } from '@pith/kernel';
import type { HistoryEntry } from './history.ts';
import { toForeign } from './units.ts';

/** What is longer is no line that somebody wants to have again. */
const TEXT_MAX = 16_000;
/** Of one file; with the one before it, twice as much is kept. */
const FILE_BYTES_MAX = 512 * 1024;
/** Whoever moves the file away takes no longer. */
const STALE_LOCK_MS = 10_000;
/** A pipe that somebody put there opens at once, and is seen to be none of ours. */
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/**
 * What was sent, one JSON object a line, for this person alone. Each is one write at the end, so that several chats share the file;
 * without what looks like a secret, and without what was attached.
 */
export class HistoryFile {
  readonly #folder: string;
  readonly #redact: (text: string) => string;
  readonly #maxBytes: number;

  constructor(folder: string, { redact, maxBytes = FILE_BYTES_MAX }: { redact: (text: string) => string; maxBytes?: number }) {
    this.#folder = folder;
    this.#redact = redact;
    this.#maxBytes = maxBytes;
  }

  get file(): string { return join(this.#folder, 'history.jsonl'); }
  get #older(): string { return join(this.#folder, 'history-older.jsonl'); }

  /** Oldest first. A line that is none is passed over. @throws where a file is there and cannot be read */
  async read(): Promise<HistoryEntry[]> {
    const texts = await Promise.all([this.#older, this.file].map((file) => readBounded(file, this.#maxBytes * 4)));
    return texts.join('\n').split('\n').flatMap((line) => toEntry(line) ?? []);
  }

  /** What begins with a space is not kept, as in a shell. @throws an error that says why it cannot be kept */
  append({ text, cwd, atMs }: HistoryEntry): void {
    if (/^\s/.test(text) || text.length > TEXT_MAX) return;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const line = `${JSON.stringify({ v: 1, atMs, cwd, text: this.#redact(text) })}\n`;
      if (this.#write(line) > this.#maxBytes) this.#moveAway();
    } catch (error) {
      throw new Error(`What you type is not remembered: ${toMessage(error)}`, { cause: error });
    }
  }

  /** @returns how long the file is now */
  #write(line: string): number {
    const handle = openSync(this.file, FLAGS, 0o600);
    try {
      const stats = fstatSync(handle);
      if (!stats.isFile()) throw new Error(`${this.file} is no file`);
      const bytes = Buffer.from(endsALine(handle, stats.size) ? line : `\n${line}`);
      if (writeSync(handle, bytes) < bytes.length) throw new Error('the disk is full');
      return stats.size + bytes.length;
    } finally {
      closeSync(handle);
    }
  }

  /** One process does it; for the others the file is new. */
  #moveAway(): void {
    const lock = join(this.#folder, 'history.lock');
    const isStale = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > STALE_LOCK_MS;
    if (isStale) rmdirSync(lock);
    try {
      mkdirSync(lock);
    } catch {
      return; // Another one is at it.
    }
    try {
      if (statSync(this.file).size > this.#maxBytes) renameSync(this.file, this.#older);
    } finally {
      rmdirSync(lock);
    }
  }
}

/** A process may have died in the middle of its line. */
function endsALine(handle: number, sizeBytes: number): boolean {
  if (sizeBytes === 0) return true;
  const last = Buffer.alloc(1);
  readSync(handle, last, 0, 1, sizeBytes - 1);
  return last[0] === 0x0a;
}

async function readBounded(file: string, maxBytes: number): Promise<string> {
  const stats = statSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return '';
  if (!stats.isFile() || stats.size > maxBytes) throw new Error(`${file} is ${stats.isFile() ? 'too large' : 'no file'}, and what you typed before is not there`);
  return readFile(file, 'utf8');
}

function toEntry(line: string): HistoryEntry | undefined {
  if (line === '') return undefined;
  try {
    const { text, cwd, atMs } = JSON.parse(line) as Partial<Record<'text' | 'cwd' | 'atMs', unknown>>;
    return typeof text === 'string' && text !== '' ? { text: toForeign(text), cwd: String(cwd), atMs: Number(atMs) } : undefined;
  } catch {
    return undefined; // Torn by a crash, or not ours.
  }
}
