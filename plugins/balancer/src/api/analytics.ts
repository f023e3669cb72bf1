import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { type Analytics, readAnalytics, type TimePoint } from '../books/query/analytics.ts';
import { RANGE_NAMES } from '../books/query/range.ts';
import { balancerOf, Words } from './parts.ts';
import { keyNames, nameOf, toAccountIds, toPercent, toUsd } from './shown.ts';

const Query = z.strictObject({
  range: z.enum(RANGE_NAMES).default('24h'), accounts: Words.optional(), models: Words.optional(), agents: Words.optional(), projects: Words.optional(), clientKeys: Words.optional(),
  status: z.enum(['all', 'success', 'error']).default('all'), mode: z.enum(['normal', 'cumulative']).default('normal'), modelBreakdown: z.stringbool().default(false),
  offsetMinutes: z.coerce.number().int().min(-840).max(840).default(0).describe('Local time minus UTC, so that days are those of people.'),
});

const Share = z.number().nullable().describe('Of a hundred.');
const Totals = z.object({ requests: z.number(), successRate: Share, activeAccounts: z.number(), avgResponseTime: z.number().nullable(), totalTokens: z.number(), totalCostUsd: z.number(), unknownCosts: z.number(), avgTokensPerSecond: z.number().nullable(), cacheHitRate: Share, failovers: z.number() });
const Report = z.object({
  meta: z.object({ range: z.string(), bucket: z.string(), bucketMs: z.number(), from: z.number(), to: z.number(), cumulative: z.boolean(), modelBreakdown: z.boolean() }), totals: Totals,
  timeSeries: z.array(z.object({ ts: z.number(), model: z.string().optional(), requests: z.number(), tokens: z.number(), costUsd: z.number(), successRate: Share, errorRate: Share, cacheHitRate: Share, avgResponseTime: z.number().nullable(), avgTokensPerSecond: z.number().nullable() })),
  tokenBreakdown: z.object({ inputTokens: z.number(), cacheReadInputTokens: z.number(), cacheCreationInputTokens: z.number(), outputTokens: z.number(), reasoningTokens: z.number() }),
  modelDistribution: z.array(z.object({ model: z.string(), count: z.number() })), accountPerformance: z.array(z.looseObject({ name: z.string(), requests: z.number(), successRate: Share })),
  costByModel: z.array(z.object({ model: z.string(), costUsd: z.number(), requests: z.number(), totalTokens: z.number() })), modelPerformance: z.array(z.looseObject({ model: z.string() })), agentUsage: z.array(z.looseObject({ agent: z.string() })), clientKeyUsage: z.array(z.looseObject({ id: z.string(), name: z.string() })),
});

const BUCKETS: Readonly<Record<number, string>> = { 60_000: '1m', 300_000: '5m', 3_600_000: '1h', 86_400_000: '1d' };
const MINUTE_MS = 60_000;

export const analytics = defineRouteBody({
  query: Query, response: Report,
  handle: async (request, context, { query: { accounts, offsetMinutes, ...query } }) => {
    const balancer = await balancerOf(context);
    const [database, pool, { books }] = await Promise.all([balancer.database(), balancer.pool(), balancer.books()]);
    await books.flush();
    const filter = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as Omit<typeof query, never>;
    const found = await readAnalytics(database, { ...filter, ...toAccountIds(accounts, pool), offsetMs: offsetMinutes * MINUTE_MS } as Parameters<typeof readAnalytics>[1], { nowMs: Date.now(), signal: request.signal });
    return Response.json(toReport(found, { toName: (id) => nameOf(id, pool), toKeyName: await keyNames(await balancer.keys(), found.clientKeyUsage) }));
  },
});

/** By the names that the dashboards of such pools know. */
function toReport({ meta, totals, timeSeries, tokenBreakdown, modelDistribution, accountPerformance, costByModel, modelPerformance, agentUsage, clientKeyUsage }: Analytics, { toName, toKeyName }: { toName: (accountId: string) => string | null; toKeyName: (keyId: string) => string }): object {
  return {
    meta: { range: meta.range, bucket: BUCKETS[meta.bucketMs] ?? `${meta.bucketMs}ms`, bucketMs: meta.bucketMs, from: meta.fromMs, to: meta.toMs, cumulative: meta.mode === 'cumulative', modelBreakdown: meta.modelBreakdown },
    totals: {
      requests: totals.requests, successRate: toPercent(totals.successShare), activeAccounts: totals.activeAccounts, avgResponseTime: totals.averageMs, totalTokens: totals.tokens, totalCostUsd: toUsd(totals.costMicroUsd), unknownCosts: totals.unknownCosts,
      avgTokensPerSecond: totals.tokensPerSecond, cacheHitRate: toPercent(totals.cacheShare), failovers: totals.failovers,
    },
    timeSeries: timeSeries.map(toPoint),
    tokenBreakdown: { inputTokens: tokenBreakdown.input, cacheReadInputTokens: tokenBreakdown.cacheRead, cacheCreationInputTokens: tokenBreakdown.cacheWrite, outputTokens: tokenBreakdown.output, reasoningTokens: tokenBreakdown.reasoning },
    modelDistribution,
    accountPerformance: accountPerformance.map(({ accountId, requests, successShare, averageMs, tokens, costMicroUsd, tokensPerSecond }) => ({
      id: accountId, name: toName(accountId), requests, successRate: toPercent(successShare), avgResponseTime: averageMs, totalTokens: tokens, costUsd: toUsd(costMicroUsd), avgTokensPerSecond: tokensPerSecond,
    })),
    costByModel: costByModel.map(({ model, costMicroUsd, requests, tokens }) => ({ model, costUsd: toUsd(costMicroUsd), requests, totalTokens: tokens })),
    modelPerformance: modelPerformance.map(({ model, requests, averageMs, p95Ms, errorShare, tokensPerSecond, tokensPerSecondMin, tokensPerSecondMax }) => ({
      model, requests, avgResponseTime: averageMs, p95ResponseTime: p95Ms, errorRate: toPercent(errorShare), avgTokensPerSecond: tokensPerSecond, minTokensPerSecond: tokensPerSecondMin, maxTokensPerSecond: tokensPerSecondMax,
    })),
    agentUsage: agentUsage.map(({ agent, ...usage }) => ({ agent, ...toUsage(usage) })),
    clientKeyUsage: clientKeyUsage.map(({ clientKeyId: id, ...usage }) => ({ id, name: toKeyName(id), ...toUsage(usage) })),
  };
}

function toUsage({ requests, tokens, costMicroUsd, errorShare }: Omit<Analytics['agentUsage'][number], 'agent'>): object {
  return { requests, totalTokens: tokens, costUsd: toUsd(costMicroUsd), errorRate: toPercent(errorShare) };
}

function toPoint({ atMs, model, requests, tokens, costMicroUsd, successShare, errorShare, cacheShare, averageMs, tokensPerSecond }: TimePoint): object {
  return {
    ts: atMs, ...(model === undefined ? {} : { model }), requests, tokens, costUsd: toUsd(costMicroUsd), successRate: toPercent(successShare), errorRate: toPercent(errorShare), cacheHitRate: toPercent(cacheShare),
    avgResponseTime: averageMs, avgTokensPerSecond: tokensPerSecond,
  };
}
