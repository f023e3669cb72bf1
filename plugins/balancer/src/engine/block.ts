import type { Account, AccountState } from '../account/account.ts';
import { modelUntilMs, PROBE_STREAK, stateAt } from '../account/state.ts';

/** Why an account gets nothing at the moment. */
export interface Block {
  reason: string;
  /** When it does by itself; `null` where somebody must do something. */
  retryAtMs: number | null;
}

/** @param model as the account calls it. @returns nothing where the account can be asked */
export function blockOf(account: Account, model: string | null, nowMs: number): Block | undefined {
  if (account.state.kind !== 'active') {
    const state = stateAt(account, nowMs);
    if (state.kind === 'paused') return { reason: state.reason === '' ? 'paused' : `paused: ${state.reason}`, retryAtMs: null };
    if (state.kind === 'needs-sign-in') return { reason: `needs sign-in: ${state.reason}`, retryAtMs: null };
    if (state.kind === 'cooling') return { reason: `cooling: ${state.reason}`, retryAtMs: state.untilMs };
  }
  if (model === null) return undefined;
  const untilMs = modelUntilMs(account, model);
  return untilMs > nowMs ? { reason: `cooling for ${model}`, retryAtMs: untilMs } : undefined;
}

type Cooling = Extract<AccountState, { kind: 'cooling' }>;

/** The limit that an account was last said to be under, over or not, where no good answer has come since. */
export function lastLimit({ state, behind }: Account): Cooling | undefined {
  if (state.kind === 'active') return undefined;
  const isLimit = (each: AccountState): each is Cooling => each.kind === 'cooling' && each.from !== 'refresh';
  return isLimit(state) ? state : behind?.find(isLimit);
}

export const CIRCUIT_OPEN = 'circuit_open';
const OVERLOADED = 'upstream_529_overloaded';

const LEASE_MS = 120_000, CIRCUIT_LEASE_MS = 30_000;

/** For how long one request alone tries an account whose time out is over; nothing where all may at once. */
export function probeLeaseMs(account: Account, nowMs: number): number | undefined {
  const limit = lastLimit(account);
  if (limit === undefined || limit.untilMs > nowMs) return undefined;
  if (limit.reason === CIRCUIT_OPEN) return CIRCUIT_LEASE_MS;
  return limit.streak >= PROBE_STREAK || limit.reason.startsWith(OVERLOADED) ? LEASE_MS : undefined;
}
