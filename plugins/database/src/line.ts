import { databaseError } from './errors.ts';

const WAITING_MAX = 10_000;

/** Lets one in after the other, in the order in which they came. */
export class Line {
  #last: Promise<void> = Promise.resolve();
  #inside = 0;

  /**
   * @returns what gives the place to the next one
   * @throws PithError DATABASE_BUSY where too many wait; the signal's reason
   */
  async enter(signal?: AbortSignal): Promise<() => void> {
    signal?.throwIfAborted();
    if (this.#inside > WAITING_MAX) throw databaseError('DATABASE_BUSY', `${WAITING_MAX} transactions of this process wait for the database already`, { hint: 'Do more in one transaction.' });
    const before = this.#last;
    const { promise, resolve } = Promise.withResolvers<void>();
    const leave = (): void => {
      this.#inside--;
      resolve();
    };
    this.#last = promise;
    if (this.#inside++ === 0) return leave;
    try {
      await untilAborted(before, signal);
      return leave;
    } catch (error) {
      void before.then(leave); // Those behind still wait for the one in front.
      throw error;
    }
  }
}

async function untilAborted(waited: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return waited;
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([waited, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
