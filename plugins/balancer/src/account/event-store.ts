import type { Queries } from '@pith/kernel';
import type { Account, AccountEvent } from './account.ts';
import { reduce } from './reduce.ts';

/** All accounts by id, as the events up to `seq` make them. */
export interface Folded { accounts: ReadonlyMap<string, Account>; seq: number }

export const NOTHING: Folded = { accounts: new Map(), seq: 0 };

/** With further events, whose numbers they have. */
export function fold({ accounts, seq }: Folded, events: readonly AccountEvent[]): Folded {
  if (events.length === 0) return { accounts, seq };
  return { accounts: applyAll(accounts, events), seq: Math.max(seq, events.at(-1)!.seq ?? 0) };
}

export function applyAll(accounts: ReadonlyMap<string, Account>, events: readonly AccountEvent[]): ReadonlyMap<string, Account> {
  const next = new Map(accounts);
  for (const event of events) {
    const account = reduce(next.get(event.accountId), event);
    if (account === undefined) next.delete(event.accountId);
    else next.set(account.id, account);
  }
  return next;
}

interface EventRow { seq: number | bigint; account_id: string; at_ms: number | bigint; made_by: string; type: string; body: string }

export function toEvent({ seq, account_id: accountId, at_ms: atMs, made_by: by, type, body }: EventRow): AccountEvent {
  return { ...JSON.parse(body) as object, accountId, atMs: Number(atMs), seq: Number(seq), by, type } as AccountEvent;
}

/** What was appended since, and whether something of it is gone already: then all is read anew. */
export async function readSince({ sql }: Queries, seq: number): Promise<{ events: AccountEvent[]; hasGap: boolean }> {
  const { rows: [counter] } = await sql<{ seq: number; forgotten_seq: number }>`SELECT seq, forgotten_seq FROM balancer_counter WHERE name = ${'events'}`;
  if (counter === undefined || Number(counter.seq) <= seq) return { events: [], hasGap: false };
  if (Number(counter.forgotten_seq) > seq) return { events: [], hasGap: true };
  const { rows } = await sql<EventRow>`SELECT seq, account_id, at_ms, made_by, type, body FROM balancer_events WHERE seq > ${seq} ORDER BY seq`;
  return { events: rows.map(toEvent), hasGap: false };
}

/** Snapshots, and what came after each. */
export async function readAll({ sql }: Queries): Promise<Folded> {
  const { rows: [counter] } = await sql<{ seq: number }>`SELECT seq FROM balancer_counter WHERE name = ${'events'}`;
  const { rows: snapshots } = await sql<{ body: string }>`SELECT body FROM balancer_snapshots WHERE body IS NOT NULL`;
  const { rows } = await sql<EventRow>`SELECT e.seq, e.account_id, e.at_ms, e.made_by, e.type, e.body FROM balancer_events e
    LEFT JOIN balancer_snapshots s ON s.account_id = e.account_id WHERE s.seq IS NULL OR e.seq > s.seq ORDER BY e.seq`;
  const accounts = new Map(snapshots.map(({ body }) => JSON.parse(body) as Account).map((account) => [account.id, account]));
  return { ...fold({ accounts, seq: 0 }, rows.map(toEvent)), seq: Number(counter?.seq ?? 0) };
}

/** @returns the same with their numbers */
export async function insert({ sql }: Queries, events: readonly AccountEvent[]): Promise<AccountEvent[]> {
  const { rows: [counter] } = await sql<{ seq: number }>`UPDATE balancer_counter SET seq = seq + ${events.length} WHERE name = ${'events'} RETURNING seq`;
  const first = Number(counter!.seq) - events.length + 1;
  const numbered = events.map((event, index) => ({ ...event, seq: first + index }));
  for (const { seq, accountId, atMs, by, type, ...body } of numbered) {
    await sql`INSERT INTO balancer_events (seq, account_id, at_ms, made_by, type, body) VALUES (${seq}, ${accountId}, ${atMs}, ${by}, ${type}, ${JSON.stringify(body)})`;
  }
  return numbered;
}

/** The last of one account before a number, oldest first. @param options `skip`: none of that type */
export async function readEvents({ sql }: Queries, accountId: string, { limit, beforeSeq, skip = '' }: { limit: number; beforeSeq: number; skip?: AccountEvent['type'] | '' }): Promise<AccountEvent[]> {
  const { rows } = await sql<EventRow>`SELECT seq, account_id, at_ms, made_by, type, body FROM balancer_events
    WHERE account_id = ${accountId} AND seq < ${beforeSeq} AND type <> ${skip} ORDER BY seq DESC LIMIT ${limit}`;
  return rows.map(toEvent).reverse();
}

export async function readForgottenMs({ sql }: Queries, accountId: string): Promise<number | null> {
  const { rows: [snapshot] } = await sql<{ forgotten_ms: number | null }>`SELECT forgotten_ms FROM balancer_snapshots WHERE account_id = ${accountId}`;
  return snapshot?.forgotten_ms ?? null;
}
