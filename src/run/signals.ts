import { EXIT, exitProcess, PithError } from '@pith/kernel';

/** The first Ctrl-C stops the turn cleanly, the second ends the process at once; SIGTERM stops it cleanly, too. */
export function watchSignals(abort: AbortController, onFirst: () => void): () => void {
  let interrupts = 0;
  const onInterrupt = (): void => {
    if (++interrupts > 1) exitProcess(EXIT.interrupted);
    onFirst();
    abort.abort(new PithError('The turn was interrupted', { code: 'INTERRUPTED', hint: 'Go on with: pith run --continue "go on"' }));
  };
  const onTerminate = (): void => abort.abort(new PithError('The process was told to end', { code: 'TERMINATED' }));
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', onTerminate);
  process.on('SIGHUP', onTerminate);
  return () => {
    process.off('SIGINT', onInterrupt);
    process.off('SIGTERM', onTerminate);
    process.off('SIGHUP', onTerminate);
  };
}
