import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import type { Account } from '../account/account.ts';
import { findAccount } from '../account/check.ts';
import { explain } from '../account/explain.ts';
import { toShown, toStateText } from '../account/shown.ts';
import { firstMs } from '../books/query/stats.ts';
import { addTo, readSums, type Sums } from '../books/query/sums.ts';
import type { Balancer } from '../service.ts';
import { balancerOf } from './parts.ts';
import { toTime } from './shown.ts';

const Shown = z.looseObject({
  id: z.string(), name: z.string(), provider: z.string(), requestCount: z.number().describe('Of the last day.'), totalRequests: z.number(), lastUsed: z.string().nullable(), created: z.string(), tier: z.number(), paused: z.boolean(),
  tokenStatus: z.enum(['valid', 'expired']), tokenExpiresAt: z.string().nullable(), rateLimitStatus: z.string(), rateLimitReset: z.string().nullable(), rateLimitRemaining: z.number().nullable(), sessionInfo: z.string(),
  requiresReauth: z.boolean(), pauseReason: z.string().nullable(), rateLimitedUntil: z.string().nullable(), rateLimitedReason: z.string().nullable(), priority: z.number(), customEndpoint: z.string(), modelMappings: z.record(z.string(), z.string()), isPrimary: z.boolean(),
});

const DAY_MS = 86_400_000;

export const listAccounts = defineRouteBody({
  query: z.strictObject({}), response: z.array(Shown),
  handle: async (request, context) => {
    const balancer = await balancerOf(context);
    const pool = await balancer.pool();
    const [counts, primaries] = [await countRequests(balancer, request.signal), await primariesOf(balancer)];
    const nowMs = Date.now();
    return Response.json(pool.accounts.map((account) => toAccount(account, { nowMs, counts, primaries })));
  },
});

export const showAccount = defineRouteBody({
  query: z.strictObject({}), response: Shown,
  handle: async (request, context, { params }) => {
    const balancer = await balancerOf(context);
    const pool = await balancer.pool();
    const account = findAccount(pool.accounts, params['id']!);
    const [counts, primaries, events, forgottenMs] = [await countRequests(balancer, request.signal), await primariesOf(balancer), await pool.story(account.id), await pool.forgottenMs(account.id)];
    const nowMs = Date.now();
    return Response.json({ ...toAccount(account, { nowMs, counts, primaries }), explanation: explain(account, { events, forgottenMs, nowMs }) });
  },
});

interface Seen { nowMs: number; counts: Counts; primaries: ReadonlySet<string> }
interface Counts { total: ReadonlyMap<string, Sums>; day: ReadonlyMap<string, Sums> }

export function toAccount(account: Account, { nowMs, counts, primaries }: Seen): object {
  const shown = toShown(account, nowMs);
  const { id, name, provider, family, credential, baseUrl, priority, tier, models, state, token, windows, coolingModels } = shown;
  const cooling = state.kind === 'cooling' ? state : undefined;
  // Of the windows that count now, the one that is nearest to its end says most.
  const window = Object.values(windows).filter(({ resetAtMs }) => resetAtMs === undefined || resetAtMs > nowMs).sort((a, b) => leftOf(a) - leftOf(b))[0];
  return {
    id, name, provider, family, credential, requestCount: counts.day.get(id)?.requests ?? 0, totalRequests: counts.total.get(id)?.requests ?? 0, lastUsed: toTime(account.lastUsedMs), created: toTime(account.createdMs), tier,
    paused: state.kind === 'paused', tokenStatus: state.kind === 'needs-sign-in' || (token?.expiresAtMs ?? Infinity) <= nowMs ? 'expired' : 'valid', tokenExpiresAt: toTime(token?.expiresAtMs),
    rateLimitStatus: cooling !== undefined ? 'rate_limited' : window?.status ?? 'allowed', rateLimitReset: toTime(cooling?.untilMs ?? window?.resetAtMs), rateLimitRemaining: window?.remaining ?? null,
    sessionInfo: toStateText(state, nowMs) || 'takes requests',
    state: state.kind, requiresReauth: state.kind === 'needs-sign-in', pauseReason: state.kind === 'paused' ? state.reason : null, rateLimitedUntil: toTime(cooling?.untilMs), rateLimitedReason: cooling?.reason ?? null,
    priority, isTierChosen: shown.isTierChosen, customEndpoint: baseUrl, modelMappings: models, coolingModels, windows, isPrimary: primaries.has(id),
  };
}

function leftOf({ limit, remaining, utilization }: Account['windows'][string]): number {
  return utilization !== undefined ? 1 - utilization : limit === undefined || remaining === undefined || limit === 0 ? 1 : remaining / limit;
}

/** The account of each family that a new request would go to. */
async function primariesOf(balancer: Balancer): Promise<ReadonlySet<string>> {
  const engine = await balancer.engine();
  const families = ['anthropic', 'openai'] as const;
  return new Set(families.flatMap((family) => engine.peek({ requestId: 'peek', family, model: null, isBackground: false, replayable: true }).slice(0, 1).filter(({ isAvailable }) => isAvailable).map(({ account }) => account.id)));
}

/** How long sums of all that is kept are good enough. */
const COUNTED_MS = 5000;
const counted = new WeakMap<Balancer, { atMs: number; counts: Promise<Counts> }>();

function countRequests(balancer: Balancer, signal: AbortSignal): Promise<Counts> {
  const before = counted.get(balancer);
  if (before !== undefined && Date.now() - before.atMs < COUNTED_MS) return before.counts;
  const counts = sumUp(balancer);
  counted.set(balancer, { atMs: Date.now(), counts });
  counts.catch(() => counted.delete(balancer));
  signal.throwIfAborted();
  return counts;
}

async function sumUp(balancer: Balancer): Promise<Counts> {
  const [database, { books }] = await Promise.all([balancer.database(), balancer.books()]);
  await books.flush();
  const toMs = Date.now() + 1;
  const [total, day] = [new Map<string, Sums>(), new Map<string, Sums>()];
  for (const [sums, fromMs] of [[total, await firstMs(database) ?? toMs], [day, toMs - DAY_MS]] as const) {
    for await (const group of readSums(database, { fromMs, toMs }, { bucketMs: toMs })) if (group.account !== null) addTo(sums, group.account, group);
  }
  return { total, day };
}
