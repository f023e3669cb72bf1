/** The longest a timer can wait; Node fires at once when asked for more. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

interface Bounds {
  /** Gives up at once when it fires, with its reason. */
  signal?: AbortSignal;
  limitMs?: number;
  /** The error to give up with when the limit has passed. */
  late?: () => Error;
}

/** Waits for code that may never settle. Whatever it does after it was given up is its own affair. */
export function within<T>(promise: PromiseLike<T>, { signal, limitMs = Infinity, late }: Bounds): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => { done(); reject(signal!.reason as Error); };
    const timer = late === undefined || limitMs > MAX_TIMER_MS ? undefined : setTimeout(() => { done(); reject(late()); }, limitMs);
    const done = (): void => { clearTimeout(timer); signal?.removeEventListener('abort', onAbort); };
    promise.then((value) => { done(); resolve(value); }, (error) => { done(); reject(error as Error); });
    if (signal?.aborted) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
  });
}
