/** One writer at a time in each work tree, first come first served. */
export class WorkTrees {
  readonly #tails = new Map<string, Promise<void>>();

  /** @throws the signal's reason when it fires first */
  async acquire(root: string, signal: AbortSignal): Promise<() => void> {
    const before = this.#tails.get(root);
    let release!: () => void;
    const held = new Promise<void>((resolve) => { release = resolve; });
    const tail = before === undefined ? held : before.then(() => held);
    this.#tails.set(root, tail);
    void tail.then(() => { if (this.#tails.get(root) === tail) this.#tails.delete(root); });
    if (before !== undefined) {
      try {
        await orStopNow(before, signal);
      } catch (error) {
        release();
        throw error;
      }
    }
    return release;
  }
}

function orStopNow(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(() => { signal.removeEventListener('abort', onAbort); resolve(); });
  });
}
