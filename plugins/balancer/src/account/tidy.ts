import type { Queries } from '@pith/kernel';
import type { Folded } from './event-store.ts';

export interface TidyRules {
  /** What requests said is forgotten after so long. */
  ageMs: number;
  /** Of one account so many events stay, whatever their age; what a person did always does. */
  eventsMax: number;
  /** With so many events after its snapshot an account gets another one, so that the next start reads little. */
  snapshotEvery: number;
  /** Others wait while rows are deleted. */
  rowsMax: number;
}

export const TIDY_RULES: Omit<TidyRules, 'ageMs'> = { eventsMax: 10_000, snapshotEvery: 200, rowsMax: 2000 };

/**
 * Keeps the log of events small: what they made of each account is in a snapshot, and those that requests made are forgotten when
 * they are old or too many. Accounts that were removed long ago are forgotten altogether.
 * @param folded as this very transaction sees it
 * @returns whether there is more to forget
 */
export async function tidy(queries: Queries, { folded, nowMs, rules }: { folded: Folded; nowMs: number; rules: TidyRules }): Promise<boolean> {
  const oldMs = nowMs - rules.ageMs;
  let forgottenSeq = await forgetRemoved(queries, oldMs);
  let hasMore = false;
  for (const [accountId, account] of folded.accounts) {
    const edge = await findEdge(queries, accountId, { oldMs, rules });
    if (edge === undefined && await countAfterSnapshot(queries, accountId) < rules.snapshotEvery) continue;
    await queries.sql`INSERT INTO balancer_snapshots (account_id, seq, forgotten_ms, body) VALUES (${accountId}, ${folded.seq}, ${edge?.atMs ?? null}, ${JSON.stringify(account)})
      ON CONFLICT (account_id) DO UPDATE SET seq = excluded.seq, forgotten_ms = coalesce(excluded.forgotten_ms, balancer_snapshots.forgotten_ms), body = excluded.body`;
    if (edge === undefined) continue;
    hasMore ||= await forgetUntil(queries, accountId, edge.seq) === rules.rowsMax;
    forgottenSeq = Math.max(forgottenSeq, edge.seq);
  }
  // Whoever has not read them yet reads the snapshots.
  await queries.sql`UPDATE balancer_counter SET forgotten_seq = ${forgottenSeq} WHERE name = ${'events'} AND forgotten_seq < ${forgottenSeq}`;
  return hasMore;
}

/** @returns the number of the last event that went, or 0 */
async function forgetRemoved({ sql }: Queries, oldMs: number): Promise<number> {
  const { rows } = await sql<{ account_id: string; seq: number }>`SELECT account_id, max(seq) AS seq FROM balancer_events
    WHERE account_id IN (SELECT account_id FROM balancer_events WHERE type = ${'removed'} AND at_ms < ${oldMs}) GROUP BY account_id`;
  for (const { account_id: accountId } of rows) {
    await sql`DELETE FROM balancer_events WHERE account_id = ${accountId}`;
    await sql`DELETE FROM balancer_snapshots WHERE account_id = ${accountId}`;
  }
  return Math.max(0, ...rows.map(({ seq }) => Number(seq)));
}

/** The last event that goes now, of those that requests made; nothing where all stay. */
async function findEdge({ sql }: Queries, accountId: string, { oldMs, rules }: { oldMs: number; rules: TidyRules }): Promise<{ seq: number; atMs: number } | undefined> {
  const { rows: [beyond] } = await sql<{ seq: number }>`SELECT seq FROM balancer_events WHERE account_id = ${accountId} ORDER BY seq DESC LIMIT 1 OFFSET ${rules.eventsMax}`;
  const { rows: [edge] } = await sql<{ seq: number | null; at_ms: number | null }>`SELECT max(seq) AS seq, max(at_ms) AS at_ms FROM (
    SELECT seq, at_ms FROM balancer_events WHERE account_id = ${accountId} AND (at_ms < ${oldMs} OR seq <= ${beyond?.seq ?? 0})
      AND type IN (${'limited'}, ${'recovered'}, ${'windows'}, ${'refresh-started'}, ${'refreshed'}, ${'refresh-failed'}) ORDER BY seq LIMIT ${rules.rowsMax}) AS oldest`;
  return edge === undefined || edge.seq === null ? undefined : { seq: Number(edge.seq), atMs: Number(edge.at_ms) };
}

async function forgetUntil({ sql }: Queries, accountId: string, seq: number): Promise<number> {
  const { changes } = await sql`DELETE FROM balancer_events WHERE account_id = ${accountId} AND seq <= ${seq}
    AND type IN (${'limited'}, ${'recovered'}, ${'windows'}, ${'refresh-started'}, ${'refreshed'}, ${'refresh-failed'})`;
  return changes;
}

async function countAfterSnapshot({ sql }: Queries, accountId: string): Promise<number> {
  const { rows: [row] } = await sql<{ events: number }>`SELECT count(*) AS events FROM balancer_events WHERE account_id = ${accountId}
    AND seq > coalesce((SELECT seq FROM balancer_snapshots WHERE account_id = ${accountId}), 0)`;
  return Number(row!.events);
}
