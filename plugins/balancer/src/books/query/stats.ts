import type { Database } from '@pith/kernel';
import type { RequestFilter } from './filter.ts';
import { listRequests } from './requests.ts';
import { addGroup, averageSpeed, cacheShare, noTotals, readSums, share, type Sums, tokensOf } from './sums.ts';

/** Shares are 0 to 1; whatever cannot be told is `null`. */
export interface Stats {
  fromMs: number;
  toMs: number;
  requests: number;
  successShare: number | null;
  /** Accounts that had a request. */
  activeAccounts: number;
  /** Requests that needed more than one attempt. */
  failovers: number;
  averageMs: number | null;
  tokens: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  cacheShare: number | null;
  /** Of the requests whose price is known. */
  costMicroUsd: number;
  unknownCosts: number;
  tokensPerSecond: number | null;
  models: readonly { model: string; requests: number; tokens: number; costMicroUsd: number }[];
  accounts: readonly { accountId: string; requests: number; successShare: number | null; tokens: number; costMicroUsd: number }[];
  /** Those that were used, by id. */
  clientKeys: readonly { clientKeyId: string; requests: number; successShare: number | null; tokens: number; costMicroUsd: number }[];
  errors: readonly { atMs: number; accountId: string | null; status: number | null; error: string | null }[];
}

const ERRORS_MAX = 5;

/** Everything at a glance. */
export async function readStats(database: Database, filter: RequestFilter & { fromMs: number; toMs: number }, { signal }: { signal?: AbortSignal } = {}): Promise<Stats> {
  const totals = noTotals();
  for await (const group of readSums(database, filter, { bucketMs: filter.toMs, ...(signal === undefined ? {} : { signal }) })) addGroup(totals, group);
  const { total, models, accounts, clientKeys } = totals;
  const { requests: failed } = await listRequests(database, { ...filter, status: 'error' }, { limit: ERRORS_MAX });
  const { requests, ok, failovers, durationMs, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costMicroUsd, unknownCosts } = total;
  return {
    fromMs: filter.fromMs, toMs: filter.toMs, requests, successShare: share(ok, requests), activeAccounts: accounts.size, failovers, averageMs: share(durationMs, requests), tokens: tokensOf(total), inputTokens, outputTokens,
    cacheReadTokens, cacheWriteTokens, cacheShare: cacheShare(total), costMicroUsd, unknownCosts, tokensPerSecond: averageSpeed(total),
    models: byRequests(models).map(([model, sums]) => ({ model, ...toUse(sums) })),
    accounts: byRequests(accounts).map(([accountId, sums]) => ({ accountId, successShare: share(sums.ok, sums.requests), ...toUse(sums) })),
    clientKeys: byRequests(clientKeys).map(([clientKeyId, sums]) => ({ clientKeyId, successShare: share(sums.ok, sums.requests), ...toUse(sums) })),
    errors: failed.map(({ atMs, accountId, status, error }) => ({ atMs, accountId, status, error })),
  };
}

function toUse(sums: Sums): { requests: number; tokens: number; costMicroUsd: number } {
  return { requests: sums.requests, tokens: tokensOf(sums), costMicroUsd: sums.costMicroUsd };
}

/** When the first request of all began, for reports of everything. */
export async function firstMs(database: Database): Promise<number | null> {
  const { rows } = await database.transaction('read', ({ sql }) => sql<{ first: number | null }>`SELECT min(at_ms) AS first FROM balancer_requests`);
  return rows[0]!.first;
}

/** The most first, and of as many in the order of names. */
export function byRequests<Key extends string>(sums: ReadonlyMap<Key, Sums>): [Key, Sums][] {
  return [...sums].sort(([a, { requests: most }], [b, { requests: more }]) => more - most || (a < b ? -1 : 1));
}
