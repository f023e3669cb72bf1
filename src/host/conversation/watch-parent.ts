import { closeSync, constants, fstatSync, openSync } from 'node:fs';

/** How often it is looked whether the parent is still there. */
const LOOK_MS = 500;
const STDOUT = 1;

/**
 * Tells once that the program at the other end has gone: nobody hears of that before the next line is written, and a tool may be silent
 * for hours. It has gone when this process is another one's child by now, unless somebody else reads what is written (`… | tee log &`).
 * @param isOver whether standard input has ended: a parent that still writes is there, whoever it is
 * @returns ends the watch
 */
export function watchParent(isOver: () => boolean, onGone: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent || !isOver() || isHeard(STDOUT)) return;
    clearInterval(timer);
    onGone();
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}

/** Whether what is written there comes somewhere: a file, a pipe with a reader. Of a socket that cannot be told. */
function isHeard(descriptor: number): boolean {
  const kind = fstatSync(descriptor);
  if (kind.isFile()) return true;
  if (process.platform !== 'linux' || !kind.isFIFO()) return false;
  try {
    closeSync(openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENXIO';
  }
}
