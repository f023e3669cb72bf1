import type { Database } from '@pith/kernel';
import { readP95 } from '../query/analytics.ts';
import { IS_OK, MODEL, type RequestFilter, toCondition } from '../query/filter.ts';
import { addGroup, addTo, noTotals, readSums, type Sums } from '../query/sums.ts';
import { fixed, piece, run } from '../statement.ts';

/** What the findings are made of. */
export interface Facts {
  total: Sums;
  models: ReadonlyMap<string, Sums>;
  accounts: ReadonlyMap<string, Sums>;
  /** By agent, then model; requests of no agent under the empty name. */
  agents: ReadonlyMap<string, ReadonlyMap<string, Sums>>;
  p95: ReadonlyMap<string, number>;
  /** Of each account, the error that came most often. */
  mostErrors: ReadonlyMap<string, { error: string; count: number }>;
  /** How requests ended that did not end whole, and were no answer with an error. */
  ends: Readonly<Record<'truncated' | 'aborted' | 'refused', number>>;
  /** Of requests that went well: how long those took that went so at once, and the others. */
  durations: { once: { requests: number; ms: number }; more: { requests: number; ms: number } };
  /** Streams that came whole and said nothing of tokens, where there are any, and a model of theirs. */
  uncounted: { streams: number; model: string | null };
  /** Requests with many more tokens than others of their model. */
  outliers: readonly { id: string; model: string; tokens: number; averageTokens: number; costMicroUsd: number | null }[];
  /** Conversations that asked very often. */
  busiest: readonly { conversation: string; agent: string | null; requests: number; atMs: number }[];
}

/** So many times the average of the model, and no fewer tokens than that. */
const OUTLIER_TIMES = 8;
const OUTLIER_TOKENS = 20_000;
/** Requests of one conversation in ten minutes. A person who waits for answers makes a fraction of that. */
const BUSY_REQUESTS = 60;
const BUSY_MS = 600_000;
/** Of each list; and of requests that are looked through for them, the newest. */
const LIST_MAX = 3;
const LOOK_MAX = 50_000;

export async function readFacts(database: Database, filter: RequestFilter & { fromMs: number; toMs: number }, signal?: AbortSignal): Promise<Facts> {
  const totals = noTotals();
  const agents = new Map<string, Map<string, Sums>>();
  for await (const group of readSums(database, filter, { bucketMs: filter.toMs, ...(signal === undefined ? {} : { signal }) })) {
    addGroup(totals, group);
    const byModel = agents.get(group.agent ?? '') ?? new Map<string, Sums>();
    agents.set(group.agent ?? '', byModel);
    addTo(byModel, group.model ?? '', group);
  }
  const { total, models, accounts } = totals;
  return { total, models, accounts, agents, p95: await readP95(database, filter), ...await readDetails(database, filter) };
}

/** Among the newest requests, so that it takes no longer on books that are long. */
async function readDetails(database: Database, filter: RequestFilter): Promise<Pick<Facts, 'mostErrors' | 'ends' | 'durations' | 'uncounted' | 'outliers' | 'busiest'>> {
  const newest = piece`(SELECT r.*, ${fixed(MODEL)} AS any_model, ${fixed(IS_OK)} AS is_ok, coalesce(r.input_tokens, 0) + coalesce(r.output_tokens, 0) + coalesce(r.cache_read_tokens, 0) + coalesce(r.cache_write_tokens, 0) AS tokens
    FROM balancer_requests r WHERE ${toCondition(filter)} ORDER BY r.at_ms DESC, r.seq DESC LIMIT ${LOOK_MAX})`;
  return database.transaction('read', async (queries) => {
    const { rows: errors } = await run<{ account: string; error: string; count: number }>(queries, piece`
      SELECT a.name AS account, coalesce(e.name, 'status ' || x.status) AS error, x.count FROM (SELECT account, error, coalesce(status, 0) AS status, count(*) AS count FROM ${newest} n WHERE is_ok = 0 GROUP BY 1, 2, 3) x
      JOIN balancer_names a ON a.id = x.account LEFT JOIN balancer_names e ON e.id = x.error ORDER BY x.count DESC, 2 LIMIT 100`);
    const { rows: [ends] } = await run<Facts['ends']>(queries, piece`SELECT coalesce(sum(CASE WHEN ended = 1 THEN 1 ELSE 0 END), 0) AS truncated, coalesce(sum(CASE WHEN ended = 3 THEN 1 ELSE 0 END), 0) AS aborted, coalesce(sum(CASE WHEN ended = 4 THEN 1 ELSE 0 END), 0) AS refused FROM ${newest} n`);
    const { rows: [times] } = await run<Record<'once' | 'onceMs' | 'more' | 'moreMs', number>>(queries, piece`
      SELECT coalesce(sum(CASE WHEN attempts > 1 THEN 0 ELSE 1 END), 0) AS once, coalesce(sum(CASE WHEN attempts > 1 THEN 0 ELSE duration_ms END), 0) AS "onceMs",
        coalesce(sum(CASE WHEN attempts > 1 THEN 1 ELSE 0 END), 0) AS more, coalesce(sum(CASE WHEN attempts > 1 THEN duration_ms ELSE 0 END), 0) AS "moreMs" FROM ${newest} n WHERE is_ok = 1`);
    const { rows: [uncounted] } = await run<Facts['uncounted']>(queries, piece`
      SELECT coalesce(sum(1), 0) AS streams, min(m.name) AS model FROM ${newest} n LEFT JOIN balancer_names m ON m.id = n.any_model
      WHERE n.is_ok = 1 AND n.is_stream = 1 AND n.ended = 0 AND n.input_tokens IS NULL AND n.output_tokens IS NULL`);
    const { rows: outliers } = await run<Facts['outliers'][number]>(queries, piece`
      SELECT n.id, m.name AS model, n.tokens, g.average AS "averageTokens", n.cost_micro_usd AS "costMicroUsd" FROM ${newest} n
      JOIN (SELECT any_model, sum(tokens) / count(*) AS average FROM ${newest} n2 GROUP BY 1) g ON g.any_model = n.any_model JOIN balancer_names m ON m.id = n.any_model
      WHERE n.tokens >= ${OUTLIER_TOKENS} AND n.tokens >= g.average * ${OUTLIER_TIMES} ORDER BY n.tokens DESC, n.seq LIMIT ${LIST_MAX}`);
    const { rows: busiest } = await run<Facts['busiest'][number]>(queries, piece`
      SELECT c.name AS conversation, a.name AS agent, x.requests, x.slot * ${BUSY_MS} AS "atMs" FROM (SELECT conversation, min(agent) AS agent, at_ms / ${BUSY_MS} AS slot, count(*) AS requests FROM ${newest} n WHERE conversation IS NOT NULL GROUP BY 1, 3) x
      JOIN balancer_names c ON c.id = x.conversation LEFT JOIN balancer_names a ON a.id = x.agent WHERE x.requests >= ${BUSY_REQUESTS} ORDER BY x.requests DESC, 1 LIMIT ${LIST_MAX}`);
    const mostErrors = new Map<string, { error: string; count: number }>();
    for (const { account, error, count } of errors) if (!mostErrors.has(account)) mostErrors.set(account, { error, count });
    return { mostErrors, ends: ends!, durations: { once: { requests: times!.once, ms: times!.onceMs }, more: { requests: times!.more, ms: times!.moreMs } }, uncounted: uncounted!, outliers, busiest };
  });
}
