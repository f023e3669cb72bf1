import type { Account } from '../account/account.ts';
import type { RouteFacts } from '../engine.ts';
import { drainSoonest } from './drain-soonest.ts';
import type { Memory } from './memory.ts';
import type { StrategyName } from './names.ts';
import { session } from './session.ts';

/** What a strategy chooses from, and what it knows. */
export interface Candidates {
  /** Accounts that could take the request now, all of the same priority, the oldest first; at least one. */
  accounts: readonly Account[];
  facts: RouteFacts;
  memory: Memory;
  nowMs: number;
}

/** `reason` goes on the books, so there are few of them. */
export interface Choice { account: Account; reason: string }

/**
 * Chooses the account of one attempt; asked again with those that are left where that one could not. It changes nothing, so that
 * it can also be asked what it would do.
 */
export type Strategy = (candidates: Candidates) => Choice;

/** By the names that people choose them by. The priority of accounts comes before all of them. */
export const STRATEGIES: Readonly<Record<StrategyName, Strategy>> = {
  session,
  priority: ({ accounts }) => ({ account: accounts[0]!, reason: 'priority' }),
  'round-robin': ({ accounts, facts, memory }) => ({ account: afterLast(accounts, memory.lastOf(facts.family)), reason: 'round-robin' }),
  'least-used': ({ accounts, memory, nowMs }) => ({ account: least(accounts, ({ id }) => memory.loadOf(id, nowMs)), reason: 'least-used' }),
  weighted: ({ accounts, memory, nowMs }) => ({ account: least(accounts, ({ id, tier }) => (memory.loadOf(id, nowMs) + 1) / tier), reason: 'weighted' }),
  'drain-soonest': drainSoonest,
};

/** The first with the smallest value. */
export function least(accounts: readonly Account[], valueOf: (account: Account) => number): Account {
  let best = accounts[0]!;
  let bestValue = valueOf(best);
  for (let index = 1; index < accounts.length; index++) {
    const value = valueOf(accounts[index]!);
    if (value < bestValue) [best, bestValue] = [accounts[index]!, value];
  }
  return best;
}

/** The next in the order of their age, the first again after the last. */
function afterLast(accounts: readonly Account[], last: Pick<Account, 'id' | 'createdMs'> | undefined): Account {
  const next = last === undefined ? undefined : accounts.find(({ id, createdMs }) => createdMs > last.createdMs || (createdMs === last.createdMs && id > last.id));
  return next ?? accounts[0]!;
}
