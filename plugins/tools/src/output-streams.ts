import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Output } from './output-pipe.ts';

/** How long after the child's exit nothing must come in before its output counts as whole. */
const QUIET_MS = 50;
const MAX_DRAIN_MS = 500;

/** Where no pipe of our own can be made: two streams, merged as they come in. */
export class StreamOutput implements Output {
  readonly childEnds = 'pipe';
  #streams: readonly Readable[] = [];
  #lastMs = 0;

  started(child: ChildProcess | undefined, onBytes: (bytes: Buffer) => void): void {
    this.#streams = [child?.stdout, child?.stderr].filter((stream) => stream !== null && stream !== undefined);
    for (const stream of this.#streams) {
      stream.on('data', (bytes: Buffer) => {
        this.#lastMs = performance.now();
        onBytes(bytes);
      });
      stream.on('error', () => stream.destroy()); // Of no more use; the exit of the child still comes.
    }
  }

  get isOpen(): boolean { return this.#streams.some((stream) => !stream.closed); }

  async drain(): Promise<void> {
    const open = this.#streams.filter((stream) => !stream.closed);
    if (open.length === 0) return;
    const exitMs = this.#lastMs = performance.now();
    await new Promise<void>((resolve) => {
      let left = open.length;
      const end = (): void => {
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(() => {
        const nowMs = performance.now();
        if (nowMs - this.#lastMs >= QUIET_MS || nowMs - exitMs >= MAX_DRAIN_MS) end();
      }, QUIET_MS / 5);
      for (const stream of open) stream.once('close', () => { if (--left === 0) end(); });
    });
  }

  unref(): void {
    for (const stream of this.#streams) (stream as Readable & { unref?(): void }).unref?.();
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy();
  }
}
