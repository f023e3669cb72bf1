import type { Database, SqlValue } from '@pith/kernel';
import type { Family } from '../../account/account.ts';
import { COLUMNS, toIdKey } from '../columns.ts';
import { type RequestRow, REQUEST_ENDS } from '../row.ts';
import { fixed, type Piece, piece, run } from '../statement.ts';
import { type RequestFilter, toCondition } from './filter.ts';

/** A row as it came into the database: `seq` grows with every one. */
export type StoredRequest = RequestRow & { seq: number };

export interface RequestPage { requests: readonly StoredRequest[]; /** Where the next, older page goes on; nothing behind the last. */ next: string | null }

/** Of one page. */
export const REQUESTS_MAX = 1000;

const NAMES = COLUMNS.filter(({ kind }) => kind === 'name').map(({ name }) => name);
const SELECT = fixed(`SELECT r.seq, ${COLUMNS.map(({ name, kind }) => (kind === 'name' ? `n_${name}.name AS ${name}` : `r.${name}`)).join(', ')} FROM balancer_requests r ${NAMES.map((name) => `LEFT JOIN balancer_names n_${name} ON n_${name}.id = r.${name}`).join(' ')}`);

/**
 * Requests, newest first.
 * @param page `cursor`: `next` of the page before
 */
export async function listRequests(database: Database, filter: RequestFilter, { limit = 50, cursor }: { limit?: number; cursor?: string } = {}): Promise<RequestPage> {
  const most = Math.min(Math.max(1, limit), REQUESTS_MAX);
  const place = cursor === undefined ? undefined : parseCursor(cursor);
  const condition = toCondition({ ...filter, ...(place === undefined ? {} : { toMs: Math.min(filter.toMs ?? Infinity, place.atMs + 1) }) });
  const before = place === undefined ? fixed('') : piece` AND (r.at_ms < ${place.atMs} OR r.seq < ${place.seq})`;
  const requests = await select(database, piece`WHERE ${condition}${before} ORDER BY r.at_ms DESC, r.seq DESC LIMIT ${most + 1}`);
  const shown = requests.slice(0, most);
  return { requests: shown, next: requests.length > most ? toCursor(shown.at(-1)!) : null };
}

export async function findRequest(database: Database, id: string): Promise<StoredRequest | undefined> {
  return (await select(database, piece`WHERE r.id_key = ${toIdKey(id)} AND r.id = ${id} ORDER BY r.seq LIMIT 1`))[0];
}

/** What came into the database after a row and up to another one, oldest first. */
export function listNewer(database: Database, filter: RequestFilter, { afterSeq, upToSeq, limit }: { afterSeq: number; upToSeq: number; limit: number }): Promise<StoredRequest[]> {
  return select(database, piece`WHERE r.seq > ${afterSeq} AND r.seq <= ${upToSeq} AND ${toCondition(filter)} ORDER BY r.seq LIMIT ${limit}`);
}

export async function lastSeq(database: Database): Promise<number> {
  const { rows } = await database.transaction('read', ({ sql }) => sql<{ seq: number }>`SELECT coalesce(max(seq), 0) AS seq FROM balancer_requests`);
  return rows[0]!.seq;
}

async function select(database: Database, tail: Piece): Promise<StoredRequest[]> {
  const { rows } = await database.transaction('read', (queries) => run(queries, piece`${SELECT} ${tail}`));
  return rows.map(toRequest);
}

function toRequest(row: Readonly<Record<string, SqlValue>>): StoredRequest {
  const text = (name: string): string | null => row[name] as string | null;
  const number = (name: string): number | null => row[name] as number | null;
  const endpoint = text('endpoint') ?? ' ';
  const space = endpoint.indexOf(' ');
  const speed = number('speed_tenths');
  return {
    seq: number('seq')!, id: text('id')!, atMs: number('at_ms')!, via: row['via'] === 1 ? 'turn' : 'proxy', method: endpoint.slice(0, space), path: endpoint.slice(space + 1), family: text('family') as Family,
    accountId: text('account'), status: number('status'), end: REQUEST_ENDS[number('ended')!] ?? 'error', error: text('error'), durationMs: number('duration_ms') ?? 0, firstByteMs: number('first_byte_ms'), attempts: number('attempts') ?? 1,
    route: text('route'), askedModel: text('asked_model'), sentModel: text('sent_model'), model: text('model'), isStream: row['is_stream'] === 1,
    inputTokens: number('input_tokens'), outputTokens: number('output_tokens'), cacheReadTokens: number('cache_read_tokens'), cacheWriteTokens: number('cache_write_tokens'), reasoningTokens: number('reasoning_tokens'),
    tokensPerSecond: speed === null ? null : speed / 10, costMicroUsd: number('cost_micro_usd'), priceDate: text('price_date'),
    agent: text('agent'), project: text('project'), conversation: text('conversation'), clientKeyId: text('client_key'), requestBytes: number('request_bytes') ?? 0, replyBytes: number('reply_bytes') ?? 0,
  };
}

function toCursor({ atMs, seq }: StoredRequest): string {
  return `${atMs}-${seq}`;
}

/** One that is none begins at the newest. */
function parseCursor(cursor: string): { atMs: number; seq: number } | undefined {
  const [, atMs, seq] = /^(\d{1,15})-(\d{1,15})$/.exec(cursor) ?? [];
  return seq === undefined ? undefined : { atMs: Number(atMs), seq: Number(seq) };
}
