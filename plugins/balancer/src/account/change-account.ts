import type { Account, AccountEvent } from './account.ts';
import { findAccount } from './check.ts';
import { nameProcess } from './name-process.ts';
import type { Pool } from './pool.ts';

/** What a person says of an account; who says it, and of which one, is added. */
type Said = { [Type in 'changed' | 'paused' | 'resumed' | 'recovered']: Omit<Extract<AccountEvent, { type: Type }>, 'accountId' | 'atMs' | 'by' | 'seq'> }[('changed' | 'paused' | 'resumed' | 'recovered')];

/** @throws PithError ACCOUNT_NOT_FOUND, and as `Pool.append` does */
export function changeAccount(pool: Pool, nameOrId: string, said: Said): Promise<Account> {
  const { id: accountId } = findAccount(pool.accounts, nameOrId);
  return pool.append({ ...said, accountId, atMs: Date.now(), by: nameProcess() });
}
