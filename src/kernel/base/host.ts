import { createId } from './id.ts';

/** Clocks, randomness and ids are given, so that a turn can be played again. */
export interface Host {
  /** Milliseconds since 1970. */
  now(): number;
  newId(): string;
  /** [0, 1) */
  random(): number;
  /** @throws the signal's reason when it fires first */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const realHost: Host = {
  now: Date.now,
  newId: createId,
  random: Math.random,
  sleep: async (ms, signal) => {
    try {
      const { setTimeout: wait } = await import('node:timers/promises');
      await wait(ms, undefined, { signal });
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  },
};
