import { mkdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Database, isPithError } from '@pith/kernel';
import { toDay } from './names.ts';
import { payloadFolder } from './payloads.ts';

/** How long things are kept. */
export interface Retention { requestDays: number; payloadDays: number; payloadBytes: number }

export interface CleanedUp { removedRequests: number; removedPayloads: number; /** Requests that began before it are gone. */ cutoffMs: number }

/** Rows of one transaction, and the rest after it, so that whoever writes is never held up. */
const ROWS_MAX = 200;
const REST_MS = 10;
const DAY_MS = 86_400_000;
/** Of the rows of files. A file that is so old is folded or gone. */
const FILE_DAYS = 366;

/**
 * Takes away what is older than it is to be kept: requests, names that none has any more, payloads. Payloads lie on each machine; of machines with one database one
 * takes away the rows.
 * @param options `isAsked`: a person wants it, whatever another machine has done today
 * @throws PithError as the database does; DATABASE_BUSY where a person asks while another process is at it
 */
export async function cleanUp(database: Database, { data, retention, nowMs, isAsked = false, signal }: { data: string; retention: Retention; nowMs: number; isAsked?: boolean; signal?: AbortSignal }): Promise<CleanedUp> {
  const cutoffMs = nowMs - retention.requestDays * DAY_MS;
  const stop = signal === undefined ? {} : { signal };
  const removedRequests = await once(database, { nowMs, isAsked, ...stop }, () => removeRows(database, { cutoffMs, nowMs, ...stop }));
  return { removedRequests, removedPayloads: await removePayloads(payloadFolder(data), { retention, nowMs, ...stop }), cutoffMs };
}

/** One process at a time, and once a day where nobody asks for it. @returns 0 where another one does it, or has done it */
async function once(database: Database, { nowMs, isAsked, signal }: { nowMs: number; isAsked: boolean; signal?: AbortSignal }, work: () => Promise<number>): Promise<number> {
  try {
    return await database.exclusive('balancer-clean-up', async () => {
      if (!isAsked && nowMs - await readDoneMs(database) < DAY_MS) return 0;
      const removed = await work();
      await database.transaction('write', ({ sql }) => sql`INSERT INTO balancer_done (name, at_ms) VALUES (${'clean-up'}, ${nowMs}) ON CONFLICT (name) DO UPDATE SET at_ms = excluded.at_ms`);
      return removed;
    }, { ...(isAsked ? {} : { waitMs: 0 }), ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (!isAsked && isPithError(error) && error.code === 'DATABASE_BUSY') return 0;
    throw error;
  }
}

async function readDoneMs(database: Database): Promise<number> {
  const { rows: [row] } = await database.transaction('read', ({ sql }) => sql<{ at_ms: number }>`SELECT at_ms FROM balancer_done WHERE name = ${'clean-up'}`);
  return row?.at_ms ?? -Infinity;
}

async function removeRows(database: Database, { cutoffMs, nowMs, signal }: { cutoffMs: number; nowMs: number; signal?: AbortSignal }): Promise<number> {
  const removed = await removeRequests(database, { beforeMs: cutoffMs, ...(signal === undefined ? {} : { signal }) });
  // A name is marked on each day that it is used; a day for clocks that differ, and one for the day that has begun.
  const day = toDay(cutoffMs) - 2;
  await inBatches(database, ({ sql }) => sql`DELETE FROM balancer_names WHERE id IN (SELECT id FROM balancer_names WHERE seen_day < ${day} LIMIT ${ROWS_MAX})`, signal);
  await inBatches(database, ({ sql }) => sql`DELETE FROM balancer_files WHERE file IN (SELECT file FROM balancer_files WHERE seen_day < ${Math.min(day, toDay(nowMs) - FILE_DAYS)} LIMIT ${ROWS_MAX})`, signal);
  return removed;
}

/** @returns how many */
export function removeRequests(database: Database, { beforeMs, signal }: { beforeMs: number; signal?: AbortSignal }): Promise<number> {
  return inBatches(database, ({ sql }) => sql`DELETE FROM balancer_requests WHERE seq IN (SELECT seq FROM balancer_requests WHERE at_ms < ${beforeMs} ORDER BY at_ms LIMIT ${ROWS_MAX})`, signal);
}

/** Whether it was long ago that this was done on this machine, whichever process did it. */
export function isDue(data: string, nowMs: number): boolean {
  const known = statSync(markOf(data), { throwIfNoEntry: false });
  return known === undefined || Math.abs(nowMs - known.mtimeMs) >= DAY_MS;
}

/** It was done to the end. */
export function markDone(data: string, nowMs: number): void {
  const mark = markOf(data);
  mkdirSync(dirname(mark), { recursive: true, mode: 0o700 });
  writeFileSync(mark, '', { mode: 0o600 });
  utimesSync(mark, nowMs / 1000, nowMs / 1000);
}

function markOf(data: string): string {
  return join(data, 'balancer', 'cleaned-up');
}

async function inBatches(database: Database, remove: (queries: Parameters<Parameters<Database['transaction']>[1]>[0]) => Promise<{ changes: number }>, signal: AbortSignal | undefined): Promise<number> {
  for (let removed = 0; ;) {
    signal?.throwIfAborted();
    const { changes } = await database.transaction('write', remove);
    removed += changes;
    if (changes < ROWS_MAX) return removed;
    await wait(REST_MS, undefined, { ...(signal === undefined ? {} : { signal }) });
  }
}

/** Whole days that are over, then the oldest until the rest fits. @returns how many payloads */
async function removePayloads(folder: string, { retention: { payloadDays, payloadBytes }, nowMs, signal }: { retention: Retention; nowMs: number; signal?: AbortSignal }): Promise<number> {
  const [oldest, today] = [nowMs - payloadDays * DAY_MS, nowMs].map((ms) => new Date(ms).toISOString().slice(0, 'YYYY-MM-DD'.length)) as [string, string];
  let [removed, keptBytes] = [0, 0];
  for (const day of (await list(folder)).sort().reverse()) {
    const files: { path: string; bytes: number; atMs: number }[] = [];
    for (const name of await list(join(folder, day))) {
      signal?.throwIfAborted();
      const path = join(folder, day, name);
      const found = await stat(path).catch(() => undefined); // Another process takes them away, too.
      if (found !== undefined) files.push({ path, bytes: found.size, atMs: found.mtimeMs });
    }
    files.sort((a, b) => b.atMs - a.atMs);
    for (const { path, bytes } of files) {
      const fits = day >= oldest && keptBytes + bytes <= payloadBytes;
      keptBytes = fits ? keptBytes + bytes : day >= oldest ? payloadBytes : keptBytes;
      if (fits) continue;
      await rm(path, { force: true });
      removed++;
    }
    // Into that of today somebody may be about to write.
    if (day < oldest || (day < today && (await list(join(folder, day))).length === 0)) await rm(join(folder, day), { recursive: true, force: true });
  }
  return removed;
}

async function list(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
