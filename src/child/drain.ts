import type { Readable } from 'node:stream';

/**
 * Waits, after a child's exit, until its output is whole: the pipes close with their last writer, or nothing comes in for
 * `quietMs`. Something that was left behind may keep them open for ever, so it takes ten times that at most.
 * @param lastMs when bytes came in last, by `performance.now()`
 */
export async function drainPipes(streams: readonly Readable[], { quietMs, lastMs }: { quietMs: number; lastMs: () => number }): Promise<void> {
  const fromMs = performance.now();
  const open = streams.filter((stream) => !stream.closed);
  if (open.length === 0) return;
  await new Promise<void>((resolve) => {
    let left = open.length;
    const end = (): void => {
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(() => {
      const nowMs = performance.now();
      if (nowMs - Math.max(fromMs, lastMs()) >= quietMs || nowMs - fromMs >= quietMs * 10) end();
    }, quietMs / 5);
    for (const stream of open) stream.once('close', () => { if (--left === 0) end(); });
  });
}
