import type { Account } from './account.ts';
import { changeAccount } from './change-account.ts';
import { findAccount } from './check.ts';
import type { Pool } from './pool.ts';
import { toShown, toStateText, toWord } from './shown.ts';

/**
 * Ends a pause and, with `now`, whatever limits have said.
 * @throws PithError ACCOUNT_NOT_FOUND
 */
export async function resumeAccount(pool: Pool, nameOrId: string, { now }: { now: boolean }): Promise<Account> {
  const before = findAccount(pool.accounts, nameOrId);
  const isPaused = before.state.kind === 'paused';
  const resumed = isPaused ? await changeAccount(pool, before.id, { type: 'resumed' }) : before;
  return now ? changeAccount(pool, before.id, { type: 'recovered', reason: 'a person said so', byPerson: true }) : resumed;
}

/** How that went, for the person. */
export function toResumedText(account: Account, nowMs: number): string {
  const { name, state, coolingModels } = toShown(account, nowMs);
  switch (state.kind) {
    case 'cooling': return `${name} is not paused, and is cooling ${toStateText(state, nowMs)}. To let it go on now: pith accounts resume ${toWord(name)} --now`;
    case 'needs-sign-in': return `${name} is not paused, and needs a sign-in: pith accounts reauth ${toWord(name)}`;
    case 'refreshing': return `${name} goes on as soon as its token is refreshed.`;
    default: return `${name} takes requests${Object.keys(coolingModels).length === 0 ? '' : `, but not for ${Object.keys(coolingModels).join(', ')} yet; with --now for all`}.`;
  }
}
