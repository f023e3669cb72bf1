import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from '@pith/kernel';
import type { RequestFilter } from './query/filter.ts';
import { lastSeq, listNewer, REQUESTS_MAX, type StoredRequest } from './query/requests.ts';

const LOOK_MS = 250;
/** Rows of several machines may come in another order than their numbers: so far back it is looked again. */
const LOOK_BACK = 500;

/**
 * Requests of all processes as they come into the database, until the signal fires. Whoever reads slowly gets them later, and nothing is held
 * for it: it is the database that is asked.
 * @param afterSeq default: what comes from now on
 */
export async function* followRequests(database: Database, filter: RequestFilter, { signal, afterSeq, lookMs = LOOK_MS }: { signal: AbortSignal; afterSeq?: number; lookMs?: number }): AsyncGenerator<StoredRequest> {
  let last = afterSeq ?? await lastSeq(database);
  const first = last;
  const shared = database.engine === 'postgres';
  let seen = new Set<number>();
  while (!signal.aborted) {
    const found = await listNewer(database, filter, { afterSeq: shared ? Math.max(first, last - LOOK_BACK) : last, limit: REQUESTS_MAX });
    for (const request of found) {
      if (seen.has(request.seq)) continue;
      last = Math.max(last, request.seq);
      if (shared) seen.add(request.seq);
      yield request;
      if (signal.aborted) return;
    }
    seen = new Set([...seen].filter((seq) => seq > last - LOOK_BACK));
    if (found.length < REQUESTS_MAX) await wait(lookMs, undefined, { signal }).catch(() => undefined); // It was told to stop.
  }
}
