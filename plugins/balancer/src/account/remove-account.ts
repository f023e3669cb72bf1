import type { Vault } from '@pith/kernel';
import type { Account } from './account.ts';
import { nameProcess } from './name-process.ts';
import type { Pool } from './pool.ts';

/** Where the vault keeps the secret of an account: below its provider, so that this counts as one that has a key. */
export function secretName({ provider, id }: Pick<Account, 'provider' | 'id'>): string {
  return `${provider}/${id}`;
}

/**
 * Takes an account away, with its secret. That goes first: where the rest fails, the account is still there to be removed again,
 * and no secret is left that nobody knows of.
 * @throws PithError as vault and pool do
 */
export async function removeAccount(account: Account, { pool, vault }: { pool: Pool; vault: Pick<Vault, 'remove'> }): Promise<void> {
  await vault.remove(secretName(account));
  await pool.append({ type: 'removed', accountId: account.id, atMs: Date.now(), by: nameProcess() });
}
