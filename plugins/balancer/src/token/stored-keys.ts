import type { Vault } from '@pith/kernel';
import type { Account } from '../account/account.ts';
import { secretName } from '../account/remove-account.ts';
import { balancerError } from '../errors.ts';
import type { Credential, Credentials } from './credentials.ts';

/** Keys and tokens that never change, read from the vault once. */
export class StoredKeys implements Credentials {
  readonly #vault: Pick<Vault, 'get'>;
  readonly #held = new Map<string, Credential>();

  constructor(vault: Pick<Vault, 'get'>) {
    this.#vault = vault;
  }

  of(account: Account): Credential | Promise<Credential> {
    return this.#held.get(account.id) ?? this.#read(account);
  }

  async renew(account: Account): Promise<boolean> {
    const before = this.#held.get(account.id);
    const { headers } = await this.#read(account);
    return JSON.stringify(before?.headers) !== JSON.stringify(headers);
  }

  forget(accountId: string): void {
    this.#held.delete(accountId);
  }

  async #read(account: Account): Promise<Credential> {
    const secret = await this.#vault.get(secretName(account));
    if (typeof secret !== 'string') throw balancerError('ACCOUNT_NOT_FOUND', `There is no key for account ${account.name} in the vault`, { hint: `Sign in again with: pith accounts reauth ${account.name}` });
    const credential: Credential = { headers: account.family === 'anthropic' && account.credential === 'api-key' ? { 'x-api-key': secret } : { authorization: `Bearer ${secret}` } };
    this.#held.set(account.id, credential);
    return credential;
  }
}
