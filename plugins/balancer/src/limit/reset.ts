import type { LimitWindow, RateLimits } from '@pith/kernel';

/** No limit of a vendor is longer than a month; a reset that is further away was meant otherwise. */
const RESET_MAX_MS = 31 * 86_400_000;

/**
 * The words for an account that gets nothing more; `rejected` is what the vendor itself says today. `allowed_warning` and
 * `queueing_soft` are kept with the windows, and change nothing.
 */
export function isHard(word: string | undefined): boolean {
  return word === 'rate_limited' || word === 'blocked' || word === 'queueing_hard' || word === 'payment_required' || word === 'rejected';
}

/**
 * When the limit that was met ends, as the vendor says; nothing where it does not, or where that is over or beyond a month. A time to
 * wait and the reset of the account as a whole are both obeyed, so the later holds; resets of single windows only where neither is
 * said, since most of them tell when a window is full again, not when something fits into it.
 */
export function trustedReset(limits: RateLimits | undefined, nowMs: number): number | undefined {
  if (limits === undefined) return undefined;
  const windows = Object.entries(limits.windows);
  const latest = (times: readonly (number | undefined)[]): number | undefined => {
    const good = times.filter((atMs) => atMs !== undefined && atMs > nowMs && atMs - nowMs <= RESET_MAX_MS) as number[];
    return good.length === 0 ? undefined : Math.max(...good);
  };
  const ofAccount = windows.filter(([name, { status }]) => (name === 'unified' ? status === undefined || isHard(status) : name.startsWith('unified-') && isHard(status)));
  const stated = latest([limits.retryAtMs, ...ofAccount.map(([, { resetAtMs }]) => resetAtMs)]);
  if (stated !== undefined) return stated;
  const others = windows.filter(([name]) => name !== 'unified' && !name.startsWith('unified-')).map(([, window]) => window);
  return latest(others.filter(isSpent).map(({ resetAtMs }) => resetAtMs)) ?? latest(others.filter(isUnknown).map(({ resetAtMs }) => resetAtMs));
}

function isSpent({ remaining, status }: LimitWindow): boolean {
  return remaining === 0 || isHard(status);
}

function isUnknown({ remaining, status }: LimitWindow): boolean {
  return remaining === undefined && status === undefined;
}
