import { PithError } from '@pith/kernel';

/** What a person at the keys wants: `stop` ends the recording, `signal` gives up. */
export interface Person { stop: AbortSignal; signal: AbortSignal; close(): void }

/** Enter and the first Ctrl-C end the recording, the next Ctrl-C gives up. Input that nobody types, as a pipe, is not looked at. */
export function listen(): Person {
  const stop = new AbortController();
  const end = new AbortController();
  const onKeys = (keys: Buffer): void => { if (keys.includes('\n')) stop.abort(); };
  const onInterrupt = (): void => {
    if (stop.signal.aborted) end.abort(new PithError('The recording was given up', { code: 'INTERRUPTED' }));
    stop.abort();
  };
  const onTerminate = (): void => end.abort(new PithError('The recording was given up', { code: 'TERMINATED' }));
  process.on('SIGINT', onInterrupt).on('SIGTERM', onTerminate).on('SIGHUP', onTerminate);
  if (process.stdin.isTTY) process.stdin.on('data', onKeys);
  return {
    stop: stop.signal, signal: end.signal,
    close: () => {
      process.off('SIGINT', onInterrupt).off('SIGTERM', onTerminate).off('SIGHUP', onTerminate);
      if (process.stdin.isTTY) process.stdin.off('data', onKeys).pause();
    },
  };
}
