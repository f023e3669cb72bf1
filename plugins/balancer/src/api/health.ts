import { defineRouteBody, KERNEL_VERSION, toMessage } from '@pith/kernel';
import { z } from 'zod';
import type { Account } from '../account/account.ts';
import { stateAt } from '../account/state.ts';
import { balancerOf } from './parts.ts';
import { toTime } from './shown.ts';

const Health = z.object({
  status: z.enum(['ok', 'degraded', 'unhealthy']), timestamp: z.string(), accounts: z.number().optional(), strategy: z.string().optional(), version: z.string().optional(),
  pool: z.object({ configured: z.number(), paused: z.number(), rate_limited: z.number(), needs_sign_in: z.number(), routable: z.number(), next_available_at: z.string().nullable() }).optional(),
  runtime: z.object({ storage: z.object({ engine: z.string(), status: z.string() }) }).optional(),
});

/** 200 where the next request would be taken, 503 where not: `degraded` comes back by itself, `unhealthy` does not. */
export const health = defineRouteBody({
  query: z.strictObject({}), response: Health,
  handle: async (_request, context, { hasToken }) => {
    const balancer = await balancerOf(context);
    const nowMs = Date.now();
    const [pool, database] = await Promise.all([balancer.pool(), balancer.database()]);
    const storage = await database.transaction('read', ({ sql }) => sql`SELECT 1 AS one`).then(() => 'ok', (error: unknown) => toMessage(error));
    const facts = toPoolFacts(pool.accounts, nowMs);
    const status = storage !== 'ok' || (facts.routable === 0 && facts.next_available_at === null) ? 'unhealthy' : facts.routable === 0 ? 'degraded' : 'ok';
    const shown = hasToken ? { accounts: facts.configured, strategy: balancer.routing.strategy, version: KERNEL_VERSION, pool: facts, runtime: { storage: { engine: database.engine, status: storage } } } : {};
    return Response.json({ status, timestamp: toTime(nowMs), ...shown }, { status: status === 'ok' ? 200 : 503 });
  },
});

interface PoolFacts { configured: number; paused: number; rate_limited: number; needs_sign_in: number; routable: number; next_available_at: string | null }

function toPoolFacts(accounts: readonly Account[], nowMs: number): PoolFacts {
  const states = accounts.map((account) => stateAt(account, nowMs));
  const count = (...kinds: readonly string[]): number => states.filter(({ kind }) => kinds.includes(kind)).length;
  const backMs = states.flatMap((state) => (state.kind === 'cooling' ? [state.untilMs] : []));
  const routable = count('active', 'refreshing');
  return {
    configured: accounts.length, paused: count('paused'), rate_limited: count('cooling'), needs_sign_in: count('needs-sign-in'), routable,
    next_available_at: routable > 0 || backMs.length === 0 ? null : toTime(Math.min(...backMs)),
  };
}
