import type { Account } from '../account/account.ts';
import type { Candidates, Choice } from './strategy.ts';

/** Windows of days, which are lost where nobody uses them up; those of minutes fill by themselves. */
const LONG = /(?:^|-)\d+d(?:[-_]|$)|week|month/;

/** Accounts with such a window come before those without, whenever theirs end. */
const AFTER_LONG_MS = 1e15;

/** What is about to begin anew is used up first. */
export function drainSoonest({ accounts, nowMs }: Candidates): Choice {
  let best: Account | undefined;
  let bestMs = Infinity;
  for (const account of accounts) {
    const resetMs = nextReset(account, nowMs);
    if (resetMs < bestMs) [best, bestMs] = [account, resetMs];
  }
  return best === undefined ? { account: accounts[0]!, reason: 'drain-soonest: no reset is known' } : { account: best, reason: 'drain-soonest' };
}

/** Of the account's longest kind of window that is known to end, in an order of its own; `Infinity` where none is. */
function nextReset({ windows }: Account, nowMs: number): number {
  let longMs = Infinity;
  let otherMs = Infinity;
  for (const name in windows) {
    const { resetAtMs } = windows[name]!;
    if (resetAtMs === undefined || resetAtMs <= nowMs) continue;
    if (LONG.test(name)) longMs = Math.min(longMs, resetAtMs);
    else otherMs = Math.min(otherMs, resetAtMs);
  }
  return longMs < Infinity ? longMs : otherMs + AFTER_LONG_MS;
}
