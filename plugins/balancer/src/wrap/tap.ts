import { isPithError, type ModelEvent, type ModelRequest, type NextModelCall, type Secrets, type Turn } from '@pith/kernel';
import type { Balancer } from '../service.ts';
import { createHider } from './hide.ts';
import { balance, hasAccountFor } from './wrap.ts';

export type ModelTap = (next: NextModelCall, request: ModelRequest, turn: Turn) => Promise<AsyncIterable<ModelEvent>>;

/** The tap of `model`. Engine and books are opened once there is an account for a request. */
export function createTap(secrets: Secrets): ModelTap {
  const hide = createHider(secrets);
  return async (next, request, turn) => {
    const balancer = await turn.service('balancer');
    const pool = await openPool(balancer);
    if (pool === undefined || !hasAccountFor(pool, request)) return next(request, turn);
    const [engine, { books }] = await Promise.all([balancer.engine(), balancer.books()]);
    return balance(next, { request, turn, parts: { pool, engine, books, hide } });
  };
}

/** Where no plugin brings a database there are no accounts. */
async function openPool(balancer: Balancer): Promise<Awaited<ReturnType<Balancer['pool']>> | undefined> {
  try {
    return await balancer.pool();
  } catch (error) {
    if (isPithError(error) && error.code === 'SERVICE_MISSING') return undefined;
    throw error;
  }
}
