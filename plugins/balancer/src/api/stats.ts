import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { removeRequests } from '../books/clean-up.ts';
import { RANGE_NAMES, RANGES } from '../books/query/range.ts';
import { firstMs, readStats } from '../books/query/stats.ts';
import { balancerOf, Done, done } from './parts.ts';
import { keyNames, nameOf, toPercent, toTime, toUsd } from './shown.ts';

const Stats = z.object({
  totalRequests: z.number(), successRate: z.number().nullable().describe('Of a hundred.'), activeAccounts: z.number(), avgResponseTime: z.number().nullable().describe('Milliseconds.'), totalTokens: z.number(),
  totalCostUsd: z.number().describe('Of the requests whose price is known.'), totalCostMicroUsd: z.number(), unknownCosts: z.number(), topModels: z.array(z.object({ model: z.string(), count: z.number() })), avgTokensPerSecond: z.number().nullable(),
  failovers: z.number(), accounts: z.array(z.object({ id: z.string(), name: z.string(), requestCount: z.number(), successRate: z.number().nullable(), totalTokens: z.number(), costUsd: z.number() })),
  clientKeys: z.array(z.object({ id: z.string(), name: z.string(), requestCount: z.number(), successRate: z.number().nullable(), totalTokens: z.number(), costUsd: z.number() })),
  recentErrors: z.array(z.object({ timestamp: z.string(), account: z.string().nullable(), statusCode: z.number().nullable(), message: z.string().nullable() })),
});

const TOP = 10;

export const stats = defineRouteBody({
  query: z.strictObject({ range: z.enum(RANGE_NAMES).optional().describe('Default: all that is kept.') }), response: Stats,
  handle: async (request, context, { query: { range } }) => {
    const balancer = await balancerOf(context);
    const [database, pool, { books }] = await Promise.all([balancer.database(), balancer.pool(), balancer.books()]);
    await books.flush();
    const toMs = Date.now() + 1;
    const fromMs = range === undefined ? await firstMs(database) ?? toMs : toMs - RANGES[range].spanMs;
    const found = await readStats(database, { fromMs, toMs }, { signal: request.signal });
    const keyName = await keyNames(await balancer.keys(), found.clientKeys);
    return Response.json({
      totalRequests: found.requests, successRate: toPercent(found.successShare), activeAccounts: found.activeAccounts, avgResponseTime: found.averageMs, totalTokens: found.tokens,
      totalCostUsd: toUsd(found.costMicroUsd), totalCostMicroUsd: found.costMicroUsd, unknownCosts: found.unknownCosts, topModels: found.models.slice(0, TOP).map(({ model, requests: count }) => ({ model, count })),
      avgTokensPerSecond: found.tokensPerSecond, failovers: found.failovers,
      accounts: found.accounts.map(({ accountId, requests, successShare, tokens, costMicroUsd }) => ({ id: accountId, name: nameOf(accountId, pool), requestCount: requests, successRate: toPercent(successShare), totalTokens: tokens, costUsd: toUsd(costMicroUsd) })),
      clientKeys: found.clientKeys.map(({ clientKeyId: id, requests, successShare, tokens, costMicroUsd }) => ({ id, name: keyName(id), requestCount: requests, successRate: toPercent(successShare), totalTokens: tokens, costUsd: toUsd(costMicroUsd) })),
      recentErrors: found.errors.map(({ atMs, accountId, status, error }) => ({ timestamp: toTime(atMs), account: nameOf(accountId, pool), statusCode: status, message: error })),
    });
  },
});

/** Rows only: what accounts have learned of their limits stays. */
export const resetStats = defineRouteBody({
  body: z.strictObject({}), response: Done.extend({ removedRequests: z.number() }),
  handle: async (request, context) => {
    const balancer = await balancerOf(context);
    const [database, { books }] = await Promise.all([balancer.database(), balancer.books()]);
    await books.flush();
    const removedRequests = await removeRequests(database, { beforeMs: Date.now() + 1, signal: request.signal });
    return done(`${removedRequests} request${removedRequests === 1 ? ' is' : 's are'} forgotten`, { removedRequests });
  },
});
