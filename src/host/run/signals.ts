import { EXIT, exitProcess, PithError } from '@pith/kernel';

/**
 * Stops the turn cleanly, so that it gets its end: at the first Ctrl-C (the second ends the process at once), when the
 * process is told to end, and when code that runs outside of any hook fails.
 * @param onStray takes an error of such code
 * @returns ends the watch
 */
export function watchProcess(abort: AbortController, onFirst: () => void, onStray: (error: unknown) => void): () => void {
  let interrupts = 0;
  const onInterrupt = (): void => {
    if (++interrupts > 1) exitProcess(EXIT.interrupted);
    onFirst();
    abort.abort(new PithError('The turn was interrupted', { code: 'INTERRUPTED', hint: 'Go on with: pith run --continue "go on"' }));
  };
  const onTerminate = (): void => abort.abort(new PithError('The process was told to end', { code: 'TERMINATED' }));
  // A file that may grow no further (`ulimit -f`) is an error of the write, as a full disk is, and no end of the process; so it stays.
  if (process.platform !== 'win32') process.on('SIGXFSZ', () => undefined);
  process.on('uncaughtException', onStray);
  process.on('unhandledRejection', onStray);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onTerminate);
  process.on('SIGQUIT', onTerminate);
  return () => {
    process.off('uncaughtException', onStray);
    process.off('unhandledRejection', onStray);
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('SIGHUP', onTerminate);
    process.off('SIGQUIT', onTerminate);
  };
}
