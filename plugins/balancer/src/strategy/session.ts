import type { Account } from '../account/account.ts';
import { hashOf, mix } from './hash.ts';
import { beginningOf, keyOf } from './memory.ts';
import type { Candidates, Choice } from './strategy.ts';

/**
 * A conversation stays with its account, where its beginning is in the vendor's cache. A new one goes to where others have the same
 * beginning, or else where that, or its name, and the accounts' ids say, so that several processes come to the same without asking
 * each other, and each account gets its share by tier.
 * Requests of which no conversation is known all count as one, which has no place to come back to but its first.
 * @see docs/decisions/0049-where-a-conversation-stays.md
 */
export function session({ accounts, facts, memory, nowMs }: Candidates): Choice {
  const key = keyOf(facts);
  const beginning = beginningOf(facts);
  const home = (key === undefined ? undefined : memory.homeOf(key, nowMs)) ?? (beginning === undefined ? undefined : memory.homeOf(beginning, nowMs));
  const kept = home === undefined ? undefined : accounts.find(({ id }) => id === home);
  if (kept !== undefined) return { account: kept, reason: 'sticky' };
  return { account: accounts.length === 1 ? accounts[0]! : byHash(accounts, hashOf(beginning ?? key ?? facts.family)), reason: home === undefined ? 'session' : 'session-moved' };
}

/** Rendezvous hashing: of an account that goes, only its own conversations move. */
function byHash(accounts: readonly Account[], seed: number): Account {
  let best = accounts[0]!;
  let bestScore = -1;
  for (const account of accounts) {
    const share = (mix(seed ^ hashOf(account.id)) + 0.5) / 2 ** 32;
    const score = -account.tier / Math.log(share);
    if (score > bestScore) [best, bestScore] = [account, score];
  }
  return best;
}
