import type { Books, LiveEvent } from './row.ts';

/** Whoever reads slower misses what is older. */
const WAITING_MAX = 1000;

/** What a slow reader has missed since the last event. */
export interface Missed { type: 'missed'; count: number }

/** Requests of this process as they come, until the signal fires. A reader that is slow holds up nobody, and is told how many events it has missed. */
export async function* watchRows(books: Pick<Books, 'onRow'>, signal: AbortSignal): AsyncGenerator<LiveEvent | Missed> {
  const waiting: LiveEvent[] = [];
  let missed = 0;
  let wake = Promise.withResolvers<void>();
  const stop = books.onRow((event) => {
    waiting.push(event);
    if (waiting.length > WAITING_MAX) {
      waiting.shift();
      missed++;
    }
    wake.resolve();
  });
  const end = (): void => wake.resolve();
  signal.addEventListener('abort', end);
  try {
    while (!signal.aborted) {
      if (missed > 0) {
        const count = missed;
        missed = 0;
        yield { type: 'missed', count };
      }
      const event = waiting.shift();
      if (event !== undefined) {
        yield event;
        continue;
      }
      wake = Promise.withResolvers();
      await wake.promise;
    }
  } finally {
    stop();
    signal.removeEventListener('abort', end);
  }
}
