import type { Database } from '@pith/kernel';
import { MODEL, type RequestFilter, toCondition } from './filter.ts';
import { type Range, RANGES } from './range.ts';
import { byRequests } from './stats.ts';
import { fixed, piece, run } from '../statement.ts';
import { addGroup, addSums, addTo, averageSpeed, cacheShare, type GroupSums, noSums, noTotals, readSums, share, type Sums, tokensOf } from './sums.ts';

export interface AnalyticsQuery extends Omit<RequestFilter, 'fromMs' | 'toMs'> {
  range: Range;
  /** `cumulative`: each point with all before it. Default: normal. */
  mode?: 'normal' | 'cumulative';
  /** One line a model in the time series. */
  modelBreakdown?: boolean;
  /** Local time minus UTC, so that days are those of people. Default: 0. */
  offsetMs?: number;
}

/** Shares are 0 to 1; whatever cannot be told is `null`. */
export interface TimePoint {
  atMs: number; model?: string; requests: number; tokens: number; costMicroUsd: number;
  successShare: number | null; errorShare: number | null; cacheShare: number | null; averageMs: number | null; tokensPerSecond: number | null;
}

export interface Analytics {
  meta: { range: Range; fromMs: number; toMs: number; bucketMs: number; mode: 'normal' | 'cumulative'; modelBreakdown: boolean };
  totals: { requests: number; successShare: number | null; activeAccounts: number; averageMs: number | null; tokens: number; costMicroUsd: number; unknownCosts: number; tokensPerSecond: number | null; cacheShare: number | null; failovers: number };
  timeSeries: readonly TimePoint[];
  tokenBreakdown: { input: number; cacheRead: number; cacheWrite: number; output: number; reasoning: number };
  modelDistribution: readonly { model: string; count: number }[];
  accountPerformance: readonly { accountId: string; requests: number; successShare: number | null; averageMs: number | null; tokens: number; costMicroUsd: number; tokensPerSecond: number | null }[];
  costByModel: readonly { model: string; costMicroUsd: number; requests: number; tokens: number }[];
  modelPerformance: readonly { model: string; requests: number; averageMs: number | null; p95Ms: number | null; errorShare: number | null; tokensPerSecond: number | null; tokensPerSecondMin: number | null; tokensPerSecondMax: number | null }[];
  agentUsage: readonly { agent: string; requests: number; tokens: number; costMicroUsd: number; errorShare: number | null }[];
  clientKeyUsage: readonly { clientKeyId: string; requests: number; tokens: number; costMicroUsd: number; errorShare: number | null }[];
}

/** Models of a list. */
const MODELS_MAX = 10;
/** The 95th of a hundred is looked for among the newest of so many requests. */
const P95_OF = 20_000;

/** Everything that a chart shows of a time. */
export async function readAnalytics(database: Database, { range, mode = 'normal', modelBreakdown = false, offsetMs = 0, ...filter }: AnalyticsQuery, { nowMs, signal }: { nowMs: number; signal?: AbortSignal }): Promise<Analytics> {
  const { spanMs, bucketMs } = RANGES[range];
  // Whole steps, the last of which goes on.
  const toBucket = (atMs: number): number => Math.floor((atMs + offsetMs) / bucketMs) * bucketMs - offsetMs;
  const toMs = toBucket(nowMs) + bucketMs;
  const scope = { ...filter, fromMs: toMs - spanMs, toMs };
  const totals = noTotals();
  const points = new Map<string, GroupSums>();
  for await (const group of readSums(database, scope, { bucketMs, offsetMs, ...(signal === undefined ? {} : { signal }) })) {
    addGroup(totals, group);
    addPoint(points, group, modelBreakdown);
  }
  const { total, models, accounts, agents, clientKeys } = totals;
  const p95 = await readP95(database, scope);
  const known = byRequests(models);
  const { requests, ok, failovers, durationMs, costMicroUsd, unknownCosts, inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = total;
  return {
    meta: { range, fromMs: scope.fromMs, toMs, bucketMs, mode, modelBreakdown },
    totals: { requests, successShare: share(ok, requests), activeAccounts: accounts.size, averageMs: share(durationMs, requests), tokens: tokensOf(total), costMicroUsd, unknownCosts, tokensPerSecond: averageSpeed(total), cacheShare: cacheShare(total), failovers },
    timeSeries: toSeries(points, { ...scope, bucketMs, mode, modelBreakdown }),
    tokenBreakdown: { input: inputTokens, cacheRead: cacheReadTokens, cacheWrite: cacheWriteTokens, output: outputTokens, reasoning: reasoningTokens },
    modelDistribution: known.slice(0, MODELS_MAX).map(([model, sums]) => ({ model, count: sums.requests })),
    accountPerformance: byRequests(accounts).map(([accountId, sums]) => ({ accountId, requests: sums.requests, successShare: share(sums.ok, sums.requests), averageMs: share(sums.durationMs, sums.requests), tokens: tokensOf(sums), costMicroUsd: sums.costMicroUsd, tokensPerSecond: averageSpeed(sums) })),
    costByModel: known.map(([model, sums]) => ({ model, costMicroUsd: sums.costMicroUsd, requests: sums.requests, tokens: tokensOf(sums) })).sort((a, b) => b.costMicroUsd - a.costMicroUsd).slice(0, MODELS_MAX),
    modelPerformance: known.slice(0, MODELS_MAX).map(([model, sums]) => ({
      model, requests: sums.requests, averageMs: share(sums.durationMs, sums.requests), p95Ms: p95.get(model) ?? null, errorShare: share(sums.requests - sums.ok, sums.requests),
      tokensPerSecond: averageSpeed(sums), tokensPerSecondMin: tenth(sums.speedTenthsMin), tokensPerSecondMax: tenth(sums.speedTenthsMax),
    })),
    agentUsage: byRequests(agents).map(([agent, sums]) => ({ agent, ...toUsage(sums) })),
    clientKeyUsage: byRequests(clientKeys).map(([clientKeyId, sums]) => ({ clientKeyId, ...toUsage(sums) })),
  };
}

function toUsage(sums: Sums): { requests: number; tokens: number; costMicroUsd: number; errorShare: number | null } {
  return { requests: sums.requests, tokens: tokensOf(sums), costMicroUsd: sums.costMicroUsd, errorShare: share(sums.requests - sums.ok, sums.requests) };
}

/** By model: the duration that 95 of a hundred requests do not exceed. One of them, so that it is the same on every engine. */
export async function readP95(database: Database, filter: RequestFilter): Promise<ReadonlyMap<string, number>> {
  const { rows } = await database.transaction('read', (queries) => run<{ model: string; ms: number }>(queries, piece`
    SELECT n.name AS model, p.duration_ms AS ms FROM (
      SELECT s.model, s.duration_ms, row_number() OVER (PARTITION BY s.model ORDER BY s.duration_ms) AS place, count(*) OVER (PARTITION BY s.model) AS total
      FROM (SELECT ${fixed(MODEL)} AS model, r.duration_ms FROM balancer_requests r WHERE ${toCondition(filter)} AND r.duration_ms IS NOT NULL ORDER BY r.at_ms DESC, r.seq DESC LIMIT ${P95_OF}) s
    ) p JOIN balancer_names n ON n.id = p.model WHERE p.place = (p.total * 95 + 99) / 100`));
  return new Map(rows.map(({ model, ms }) => [model, ms]));
}

function addPoint(points: Map<string, GroupSums>, group: GroupSums, modelBreakdown: boolean): void {
  const model = modelBreakdown ? group.model : null;
  const key = `${group.atMs} ${model ?? ''}`;
  const known = points.get(key);
  if (known === undefined) points.set(key, { ...group, model });
  else addSums(known, group);
}

/** Without models each step has a point, also one without requests; with them those that have any. */
function toSeries(points: ReadonlyMap<string, GroupSums>, { fromMs, toMs, bucketMs, mode, modelBreakdown }: { fromMs: number; toMs: number; bucketMs: number; mode: 'normal' | 'cumulative'; modelBreakdown: boolean }): TimePoint[] {
  const before = new Map<string | null, Sums>();
  const series = modelBreakdown ? [...points.values()] : Array.from({ length: Math.round((toMs - fromMs) / bucketMs) }, (_, index): Sums & { atMs: number; model: string | null } => {
    const atMs = fromMs + index * bucketMs;
    return points.get(`${atMs} `) ?? { ...noSums(), atMs, model: null };
  });
  return series.map((point) => {
    if (mode === 'normal') return toPoint(point, point);
    addTo(before, point.model, point);
    return toPoint(point, before.get(point.model)!);
  });
}

function toPoint({ atMs, model }: { atMs: number; model: string | null }, sums: Sums): TimePoint {
  return {
    atMs, ...(model === null ? {} : { model }), requests: sums.requests, tokens: tokensOf(sums), costMicroUsd: sums.costMicroUsd, successShare: share(sums.ok, sums.requests), errorShare: share(sums.requests - sums.ok, sums.requests),
    cacheShare: cacheShare(sums), averageMs: share(sums.durationMs, sums.requests), tokensPerSecond: averageSpeed(sums),
  };
}

function tenth(value: number | null): number | null {
  return value === null ? null : value / 10;
}
