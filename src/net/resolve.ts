/** Looks a name up: all its addresses as text, in the order in which they should be tried. Rejects when it has none. */
export type Resolve = (name: string, signal: AbortSignal) => Promise<readonly string[]>;

/** Asks as every other program on this machine does: hosts file, search domains and local services included. */
export const systemResolve: Resolve = async (name, signal) => {
  const { lookup } = await import('node:dns/promises');
  // getaddrinfo cannot be stopped; whoever waits for it can.
  const found = await orAbort(lookup(name, { all: true, order: 'verbatim' }), signal);
  return found.map(({ address }) => address);
};

function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
