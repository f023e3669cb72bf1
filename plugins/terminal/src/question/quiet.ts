/** A wait for a time without keys. */
export interface Quiet { /** Begins it anew; once it is over it does nothing. */ touch(): void; stop(): void }

/** Calls back once there was no `touch` for so long. */
export function startQuiet(quietMs: number, done: () => void): Quiet {
  let timer: NodeJS.Timeout | undefined;
  let check: NodeJS.Immediate | undefined;
  let isOver = false;
  const end = (): void => {
    isOver = true;
    done();
  };
  const stop = (): void => {
    clearTimeout(timer);
    clearImmediate(check);
  };
  const touch = (): void => {
    stop();
    if (isOver) return;
    // Keys that came while the process was busy are read after timers, and before this: they count as pressed before it.
    timer = setTimeout(() => { check = setImmediate(end); }, quietMs);
  };
  touch();
  return { touch, stop };
}
