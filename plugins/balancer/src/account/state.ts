import type { Account, AccountState } from './account.ts';

/** A refresh that takes longer is that of a process that has died. */
export const REFRESH_LIMIT_MS = 120_000;

/** From so many limits in a row on nobody takes the end of the next one for granted: one request at a time tries it. */
export const PROBE_STREAK = 5;

const ACTIVE: AccountState = Object.freeze({ kind: 'active' });

/** What holds of an account now: the strongest of what was said of it whose time is not over. */
export function stateAt({ state, behind }: Pick<Account, 'state' | 'behind'>, nowMs: number): AccountState {
  if (holds(state, nowMs)) return state;
  return behind?.find((other) => holds(other, nowMs)) ?? ACTIVE;
}

/** Until when one model of the account is cooling, as it was said, over or not; 0 where nothing was said of it. */
export function modelUntilMs({ coolingModels }: Pick<Account, 'coolingModels'>, model: string): number {
  return Object.hasOwn(coolingModels, model) ? coolingModels[model]! : 0; // Clients choose the names.
}

function holds(state: AccountState, nowMs: number): boolean {
  switch (state.kind) {
    case 'cooling': return state.untilMs > nowMs;
    case 'refreshing': return nowMs - state.sinceMs < REFRESH_LIMIT_MS;
    default: return true;
  }
}
