import { strict as assert } from 'node:assert';
import type { ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findProgram } from '@pith/child';
import { hasCode } from './errors.ts';

/** The most that a pipe holds, unless an administrator allows more. */
const MAX_PIPE_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** Made at a time, since each making starts a program. */
const PIPES_AT_ONCE = 4;

/** The way by which a command's output comes in. */
export interface Output {
  /** For the child's standard output and error. */
  readonly childEnds: number | 'pipe';
  /** Called once the child has started, or has failed to. */
  started(child: ChildProcess | undefined, onBytes: (bytes: Buffer) => void): void;
  /** Called when the child has exited: takes in what was written until then. */
  drain(): void | Promise<void>;
  /** Whether anybody can still write. */
  readonly isOpen: boolean;
  /** From here on the output does not keep the process alive. */
  unref(): void;
  close(): void;
}

/**
 * One pipe for both standard output and error, so that what the command writes stays in its order, and `/dev/stderr` can be
 * opened, which the sockets that Node makes cannot. Read without waiting, it also tells when it is empty: after the child's exit
 * that is the end of what it wrote, and no time is spent waiting for more.
 */
class PipeOutput implements Output {
  readonly childEnds: number;
  readonly #readEnd: number;
  readonly #buffer: Buffer;
  #reader: Socket | undefined;
  #onBytes: (bytes: Buffer) => void = () => undefined;

  constructor(ends: Ends, buffer: Buffer) {
    this.#readEnd = ends.read;
    this.childEnds = ends.write;
    this.#buffer = buffer;
  }

  started(child: ChildProcess | undefined, onBytes: (bytes: Buffer) => void): void {
    closeSync(this.childEnds);
    if (child === undefined) {
      closeSync(this.#readEnd);
      return;
    }
    this.#onBytes = onBytes;
    this.#reader = new Socket({
      fd: this.#readEnd, readable: true, writable: false,
      onread: { buffer: this.#buffer, callback: (length) => { onBytes(this.#buffer.subarray(0, length)); return true; } },
    });
    this.#reader.on('error', () => this.#reader?.destroy()); // The pipe is of no more use; the exit of the child still comes.
  }

  drain(): void {
    assert(this.#reader !== undefined, 'only what was started is drained');
    // A destroyed reader has seen the end, and the number of its file may be another's by now.
    for (let left = MAX_PIPE_BYTES; left > 0 && !this.#reader.destroyed;) {
      const length = this.#readNow();
      if (length === 'empty') return;
      if (length === 0) return this.close();
      this.#onBytes(this.#buffer.subarray(0, length));
      left -= length;
    }
  }

  get isOpen(): boolean { return this.#reader?.destroyed === false; }

  unref(): void { this.#reader?.unref(); }
  close(): void { this.#reader?.destroy(); }

  /** @returns 0 at the end of the output; a pipe that cannot be read has none, either */
  #readNow(): number | 'empty' {
    try {
      return readSync(this.#readEnd, this.#buffer);
    } catch (error) {
      return hasCode(error, 'EAGAIN') ? 'empty' : 0;
    }
  }
}

interface Ends { read: number; write: number }

/** Makes pipes with mkfifo, some at a time. Each has a name only until both its ends are open, so nothing is left behind. */
export class PipeMaker {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #ready: Ends[] = [];
  /** One for all: whatever is read is taken out before anything else happens. */
  readonly #buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  #making: Promise<boolean> | undefined;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
  }

  /** @returns nothing where the system has no named pipes */
  async open(): Promise<Output | undefined> {
    while (this.#ready.length === 0) {
      this.#making ??= this.#make().finally(() => { this.#making = undefined; });
      if (!await this.#making) return undefined;
    }
    return new PipeOutput(this.#ready.pop()!, this.#buffer);
  }

  close(): void {
    for (const { read, write } of this.#ready.splice(0)) {
      closeSync(read);
      closeSync(write);
    }
  }

  async #make(): Promise<boolean> {
    const mkfifo = process.platform === 'win32' ? undefined : await findProgram('mkfifo', this.#env);
    if (mkfifo === undefined) return false;
    let folder: string;
    try {
      folder = await mkdtemp(join(tmpdir(), 'pith-pipes-'));
    } catch {
      return false; // Where no temporary file can be made, a command can run all the same.
    }
    try {
      const paths = Array.from({ length: PIPES_AT_ONCE }, (_, index) => join(folder, String(index)));
      const { failed } = await execa(mkfifo, ['-m', '600', ...paths], { stdio: 'ignore', reject: false, env: {}, extendEnv: false });
      if (!failed) for (const path of paths) this.#ready.push(openBoth(path));
      return !failed;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** The reading end first: without it the other one would wait. */
function openBoth(path: string): Ends {
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { read, write: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(read);
    throw error;
  }
}
