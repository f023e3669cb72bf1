import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '@pith/kernel';
import type { RequestFilter } from './query/filter.ts';
import { lastSeq, listNewer, REQUESTS_MAX, type StoredRequest } from './query/requests.ts';

const LOOK_MS = 250;
/** Rows of several machines may come in another order than their numbers: so far back it is looked again. */
const LOOK_BACK = 2000;

/**
 * Requests of all processes as they come into the database, until the signal fires. Whoever reads slowly gets them later, and nothing is held
 * for it: it is the database that is asked.
 * @param afterSeq default: what comes from now on
 */
export async function* followRequests(database: Database, filter: RequestFilter, { signal, afterSeq, lookMs = LOOK_MS }: { signal: AbortSignal; afterSeq?: number; lookMs?: number }): AsyncGenerator<StoredRequest> {
  let last = afterSeq ?? await lastSeq(database);
  let first = last;
  const back = database.engine === 'postgres' ? LOOK_BACK : 0;
  let seen = new Set<number>();
  while (!signal.aborted) {
    const newest = await lastSeq(database);
    // Where the books were emptied, numbers begin anew.
    [first, last] = [Math.min(first, newest), Math.min(last, newest)];
    const found = newest === last && back === 0 ? [] : await listNewer(database, filter, { afterSeq: Math.max(first, last - back), upToSeq: newest, limit: REQUESTS_MAX + back });
    for (const request of found) {
      if (seen.has(request.seq)) continue;
      if (back > 0) seen.add(request.seq);
      yield request;
      if (signal.aborted) return;
    }
    const isWhole = found.length < REQUESTS_MAX + back;
    // Also past those that do not fit: they are not looked through again.
    last = isWhole ? newest : found.at(-1)!.seq;
    seen = new Set([...seen].filter((seq) => seq > last - back));
    if (isWhole) await wait(lookMs, undefined, { signal }).catch(() => undefined); // It was told to stop.
  }
}
