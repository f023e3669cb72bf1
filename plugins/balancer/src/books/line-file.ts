import { closeSync, fchmodSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createId, toMessage } from '@pith/kernel';
import { balancerError } from '../errors.ts';
import type { Line } from './columns.ts';
import { Fresh } from './fresh.ts';
import { toText } from './line.ts';
import { describeOwner } from './owner.ts';

const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
/** Longer than any line, and grown where one is not. */
const BUFFER_BYTES = 16 * 1024;

/** How lines come to the disk. A test passes one that fails. */
export interface Disk { write: (descriptor: number, bytes: Uint8Array, offset: number, length: number) => number; cut: (descriptor: number, length: number) => void }
export const DISK: Disk = { write: writeSync, cut: ftruncateSync };

/** A file of lines that this process alone writes. Its first line says whose it is. */
export class LineFile {
  /** Never the same twice, on any machine. */
  readonly name: string;
  readonly path: string;
  readonly isOpen = true;
  /** What was written last. */
  readonly fresh = new Fresh();
  /** Up to the end of the last whole line. */
  sizeBytes = 0;
  readonly #descriptor: number;
  readonly #disk: Disk;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  /** Part of a line stands behind `sizeBytes`, and goes before the next one comes. */
  #isTorn = false;

  /** @throws PithError BOOKS_UNWRITABLE */
  constructor(folder: string, disk: Disk = DISK) {
    this.name = `${process.pid}-${createId()}.log`;
    this.path = join(folder, this.name);
    this.#disk = disk;
    try {
      mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
      // Read by the descriptor as well: what somebody deletes meanwhile is folded all the same.
      this.#descriptor = openSync(this.path, 'ax+', PRIVATE_FILE);
      fchmodSync(this.#descriptor, PRIVATE_FILE);
    } catch (error) {
      throw this.#unwritable(error);
    }
    try {
      this.#write(this.#put(`${JSON.stringify(describeOwner())}\n`, 0));
    } catch (error) {
      // On a disk that is full every request would leave another one.
      this.close();
      this.remove();
      throw error;
    }
  }

  /** In one write. @throws PithError BOOKS_UNWRITABLE; then none of the lines counts */
  append(lines: readonly Line[]): void {
    const startBytes = this.sizeBytes;
    let length = 0;
    const lengths = lines.map((line) => length = this.#put(toText(line), length));
    this.#write(length);
    let fromBytes = startBytes;
    for (let index = 0; index < lines.length; index++) {
      const endBytes = startBytes + lengths[index]!;
      this.fresh.add(lines[index]!, { fromBytes, endBytes });
      fromBytes = endBytes;
    }
  }

  /** @returns where in the buffer it ends */
  #put(text: string, at: number): number {
    // A character has three bytes at most.
    const needed = at + text.length * 3;
    if (needed > this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer.subarray(0, at)], Math.max(needed, 2 * this.#buffer.length));
    return at + this.#buffer.write(text, at);
  }

  #write(length: number): void {
    try {
      this.#mend();
      this.#isTorn = true;
      let written = 0;
      // What is not whole at once is mostly a disk that has just become full: the rest tells.
      while (written < length) written += this.#disk.write(this.#descriptor, this.#buffer, written, length - written);
      this.#isTorn = false;
      this.sizeBytes += length;
    } catch (error) {
      try {
        this.#mend();
      } catch {
        // It is tried again before the next line.
      }
      throw this.#unwritable(error);
    }
  }

  /** Bytes from a place on, as many as are there and fit. */
  read(into: Uint8Array, at: number): number {
    return readSync(this.#descriptor, into, 0, Math.min(into.length, this.sizeBytes - at), at);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }

  /** Takes away what was written of a line by half. */
  #mend(): void {
    if (!this.#isTorn) return;
    if (fstatSync(this.#descriptor).size > this.sizeBytes) this.#disk.cut(this.#descriptor, this.sizeBytes);
    this.#isTorn = false;
  }

  #unwritable(cause: unknown): Error {
    return balancerError('BOOKS_UNWRITABLE', `A request cannot be written on the books, so its answer does not count as complete: ${toMessage(cause)}`, {
      cause, hint: `Make room on the disk of ${this.path}, and let this user write there.`, details: { file: this.path },
    });
  }
}
