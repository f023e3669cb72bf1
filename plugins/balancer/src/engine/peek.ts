import type { Family } from '../account/account.ts';
import { blockOf } from './block.ts';
import { toAccountModel } from './model-name.ts';
import type { Engine, RouteFacts } from '../engine.ts';

/** One account in the order in which a request would go to them. */
export interface Peeked {
  family: Family;
  /** From 1; `null` for those that would not be asked at all. */
  place: number | null;
  account: string;
  accountId: string;
  priority: number;
  /** What this account calls the model; `null` where none was named. */
  model: string | null;
  /** The strategy's word for the first, `failover` for those after it; else why it is out. */
  reason: string;
  /** When it is back by itself, in milliseconds since 1970. */
  retryAtMs: number | null;
}

/** What would become of a request, for people and programs. Nothing is changed by it. */
export function peek(engine: Pick<Engine, 'peek'>, facts: Pick<RouteFacts, 'family' | 'model' | 'conversation' | 'accounts'>, nowMs: number): Peeked[] {
  const order = engine.peek({ requestId: 'peek', isBackground: false, replayable: true, ...facts });
  return order.map(({ account, reason, isAvailable }, index) => {
    const model = facts.model === null ? null : toAccountModel(account, facts.model);
    return {
      family: facts.family, place: isAvailable ? index + 1 : null, account: account.name, accountId: account.id, priority: account.priority, model,
      reason, retryAtMs: blockOf(account, model, nowMs)?.retryAtMs ?? null,
    };
  });
}
