import { EXIT, exitProcess, PithError, toMessage } from '@pith/kernel';

/**
 * Stops the turn cleanly, so that it gets its end: at the first Ctrl-C (the second ends the process at once), when the
 * process is told to end, and when code that runs outside of any hook fails.
 * @returns ends the watch
 */
export function watchProcess(abort: AbortController, onFirst: () => void): () => void {
  let interrupts = 0;
  const onInterrupt = (): void => {
    if (++interrupts > 1) exitProcess(EXIT.interrupted);
    onFirst();
    abort.abort(new PithError('The turn was interrupted', { code: 'INTERRUPTED', hint: 'Go on with: pith run --continue "go on"' }));
  };
  const onTerminate = (): void => abort.abort(new PithError('The process was told to end', { code: 'TERMINATED' }));
  const onFailure = (error: unknown): void => abort.abort(new PithError(`Code outside of any hook failed: ${toMessage(error)}`, {
    code: 'TAP_THREW', origin: 'plugin', cause: error, hint: 'pith doctor lists the plugins; leave them out one by one.',
  }));
  process.on('uncaughtException', onFailure);
  process.on('unhandledRejection', onFailure);
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onTerminate);
  process.on('SIGQUIT', onTerminate);
  return () => {
    process.off('uncaughtException', onFailure);
    process.off('unhandledRejection', onFailure);
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('SIGHUP', onTerminate);
    process.off('SIGQUIT', onTerminate);
  };
}
