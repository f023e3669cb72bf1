import { describe } from '@pith/kernel';
import type { Account } from '../account/account.ts';
import { findAccount } from '../account/check.ts';
import { askForName } from '../account/confirm-name.ts';
import { toWord } from '../account/shown.ts';
import { balancerError } from '../errors.ts';
import { KeyStore } from './key-store.ts';
import { type ShownKey, toShownKey } from './shown.ts';
import type { Balancer } from '../service.ts';

/** Names or ids of accounts as ids. @throws PithError ACCOUNT_NOT_FOUND */
export function toAccountIds(text: string, accounts: readonly Account[]): string[] {
  return [...new Set(text.split(',').map((name) => findAccount(accounts, name.trim()).id))];
}

/** Whoever removes a key says its name. @throws PithError PROXY_KEY_NOT_REMOVED */
export async function confirmKeyName(name: string, given: string | undefined, streams?: Parameters<typeof askForName>[1]): Promise<void> {
  const said = given ?? await askForName(`Programs with this key are refused from then on. To remove ${name}, type its name: `, streams);
  if (said === name) return;
  throw balancerError('PROXY_KEY_NOT_REMOVED', said === undefined ? `Nobody is there to confirm that ${name} goes` : `${describe(said)} is not the name ${describe(name)}, so the key stays`, { hint: `pith proxy keys remove ${toWord(name)} --confirm ${toWord(name)}` });
}

/** What commands need: the keys, and how one is shown. */
export async function openKeyStore(balancer: Balancer): Promise<{ store: KeyStore; accounts: readonly Account[]; show: (key: Parameters<typeof toShownKey>[0]) => Promise<ShownKey> }> {
  const [database, pool] = await Promise.all([balancer.database(), balancer.pool()]);
  const store = new KeyStore(database);
  return { store, accounts: pool.accounts, show: (key) => toShownKey(key, { store, accounts: pool.accounts, nowMs: Date.now() }) };
}
