import type { Engine } from './engine.ts';
import { Line } from './line.ts';

export interface LockOptions { waitMs?: number; signal?: AbortSignal }

/** Whoever waits longer is told; to refresh a token over a slow network takes less. */
const WAIT_MS = 30_000;

/** Names under which one works at a time, in all processes. Within this one they come in the order in which they asked. */
export class Locks {
  readonly #engine: Engine;
  readonly #lines = new Map<string, { line: Line; waiting: number }>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** @throws PithError as `Database.exclusive` says */
  async run<T>(name: string, work: (held: AbortSignal) => Promise<T>, { waitMs = WAIT_MS, signal }: LockOptions): Promise<T> {
    const entry = this.#lines.get(name) ?? { line: new Line(), waiting: 0 };
    this.#lines.set(name, entry);
    entry.waiting++;
    try {
      const leave = await entry.line.enter(signal);
      try {
        const lock = await this.#engine.lock(name, { waitMs, signal });
        try {
          return await work(lock.lost);
        } finally {
          await lock.release();
        }
      } finally {
        leave();
      }
    } finally {
      if (--entry.waiting === 0) this.#lines.delete(name);
    }
  }
}
