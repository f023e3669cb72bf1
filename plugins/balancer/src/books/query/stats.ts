import type { Database } from '@pith/kernel';
import type { RequestFilter } from './filter.ts';
import { listRequests } from './requests.ts';
import { addSums, addTo, averageSpeed, cacheShare, noSums, readSums, share, type Sums, tokensOf } from './sums.ts';

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
  const total = noSums();
  const [models, accounts, clientKeys] = [new Map<string, Sums>(), new Map<string, Sums>(), new Map<string, Sums>()];
  for await (const group of readSums(database, filter, { bucketMs: filter.toMs, ...(signal === undefined ? {} : { signal }) })) {
    addSums(total, group);
    if (group.model !== null) addTo(models, group.model, group);
    if (group.account !== null) addTo(accounts, group.account, group);
    if (group.clientKey !== null) addTo(clientKeys, group.clientKey, group);
  }
  const { requests: failed } = await listRequests(database, { ...filter, status: 'error' }, { limit: ERRORS_MAX });
  const { requests, ok, failovers, durationMs, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costMicroUsd, unknownCosts } = total;
  return {
    fromMs: filter.fromMs, toMs: filter.toMs, requests, successShare: share(ok, requests), activeAccounts: accounts.size, failovers, averageMs: share(durationMs, requests), tokens: tokensOf(total), inputTokens, outputTokens,
    cacheReadTokens, cacheWriteTokens, cacheShare: cacheShare(total), costMicroUsd, unknownCosts, tokensPerSecond: averageSpeed(total),
    models: byRequests(models).map(([model, sums]) => ({ model, requests: sums.requests, tokens: tokensOf(sums), costMicroUsd: sums.costMicroUsd })),
    accounts: byRequests(accounts).map(([accountId, sums]) => ({ accountId, requests: sums.requests, successShare: share(sums.ok, sums.requests), tokens: tokensOf(sums), costMicroUsd: sums.costMicroUsd })),
    clientKeys: byRequests(clientKeys).map(([clientKeyId, sums]) => ({ clientKeyId, requests: sums.requests, successShare: share(sums.ok, sums.requests), tokens: tokensOf(sums), costMicroUsd: sums.costMicroUsd })),
    errors: failed.map(({ atMs, accountId, status, error }) => ({ atMs, accountId, status, error })),
  };
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
