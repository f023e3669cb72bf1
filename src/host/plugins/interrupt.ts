import { EXIT, exitProcess, PithError } from '@pith/kernel';

/** Runs a change of plugins; the first Ctrl-C ends it cleanly, the second at once. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const stop = (): void => {
    if (abort.signal.aborted) exitProcess(EXIT.interrupted);
    abort.abort(new PithError('Interrupted; nothing was changed', { code: 'INTERRUPTED' }));
  };
  const end = (): void => abort.abort(new PithError('The process was told to end; nothing was changed', { code: 'TERMINATED' }));
  process.on('SIGINT', stop).on('SIGTERM', end).on('SIGHUP', end);
  try {
    return await work(abort.signal);
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', end).off('SIGHUP', end);
  }
}
