import type { ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';
import { drainPipes } from '@pith/child';
import type { Output } from './output-pipe.ts';

/** How long after the child's exit nothing must come in before its output counts as whole. */
const QUIET_MS = 50;

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

  drain(): Promise<void> {
    return drainPipes(this.#streams, { quietMs: QUIET_MS, lastMs: () => this.#lastMs });
  }

  unref(): void {
    for (const stream of this.#streams) (stream as Readable & { unref?(): void }).unref?.();
  }

  close(): void {
    for (const stream of this.#streams) stream.destroy();
  }
}
