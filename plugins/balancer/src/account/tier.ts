import type { Account } from './account.ts';

export const TIER_MAX = 1000;

/** Windows that count tokens, the one that says most of the account first. */
const TOKEN_WINDOWS = ['tokens', 'input-tokens'];

/** What an account takes in relation to others, by the tokens that its limits allow; nothing where they do not say. */
export function tierOf(windows: Account['windows']): number | undefined {
  for (const name of TOKEN_WINDOWS) {
    const limit = windows[name]?.limit;
    if (limit !== undefined) return limit >= 800_000 ? 20 : limit >= 200_000 ? 5 : 1;
  }
  return undefined;
}
