import type { SecretValue, Vault } from '@pith/kernel';
import type { Account, AccountEvent } from '../account/account.ts';
import { checkEvent } from '../account/check.ts';
import { nameProcess } from '../account/name-process.ts';
import type { Pool } from '../account/pool.ts';
import { secretName } from '../account/remove-account.ts';
import { balancerError } from '../errors.ts';
import { type OauthSecret, readOauthSecret, toSecretValue } from './oauth-secret.ts';

export type NewAccount = Omit<Extract<AccountEvent, { type: 'added' }>, 'atMs' | 'by' | 'seq' | 'type'>;
/** A key, or what a sign-in gave. */
export type NewSecret = string | OauthSecret;

interface Parts { pool: Pool; vault: Vault }

/** Everything that can be said before the secret is asked for. @throws PithError as `checkEvent` */
export function checkNew(account: NewAccount, pool: Pool): void {
  checkEvent(toEvent(account), pool.accounts);
}

/**
 * Stores the secret, and then says that the account is there: a crash in between leaves no account without one.
 * @throws PithError ACCOUNT_SECRET_TAKEN, and as pool and vault do; then there is neither account nor secret
 */
export async function addAccount(given: NewAccount, secret: NewSecret, { pool, vault }: Parts): Promise<Account> {
  const name = secretName({ provider: given.provider, id: given.accountId });
  await refuseTaken(given, secret, { pool, vault });
  await vault.set(name, toValue(secret));
  let account: Account;
  try {
    account = await pool.append(toEvent(given));
  } catch (error) {
    await vault.remove(name);
    throw error;
  }
  return typeof secret === 'string' ? account : pool.append(refreshed(account, secret));
}

/**
 * Another secret for an account that stays what it is.
 * @throws PithError ACCOUNT_SECRET_TAKEN, and as pool and vault do
 */
export async function replaceSecret(account: Account, secret: NewSecret, { pool, vault }: Parts): Promise<Account> {
  await refuseTaken({ ...account, accountId: account.id }, secret, { pool, vault });
  const version = account.token?.version ?? 0;
  const stored = await vault.update(secretName(account), (held) => {
    // Later than whatever a refresh has stored meanwhile.
    const next = Math.max(version, readOauthSecret(held)?.version ?? 0) + 1;
    return typeof secret === 'string' ? secret : toSecretValue({ ...secret, version: next });
  });
  const token = readOauthSecret(stored);
  return pool.append(refreshed(account, token ?? { version: version + 1, expiresAtMs: null }));
}

function toEvent(account: NewAccount): Extract<AccountEvent, { type: 'added' }> {
  return { ...account, type: 'added', atMs: Date.now(), by: nameProcess() };
}

function refreshed({ id: accountId }: Account, { version: tokenVersion, expiresAtMs }: Pick<OauthSecret, 'version' | 'expiresAtMs'>): AccountEvent {
  return { type: 'refreshed', accountId, atMs: Date.now(), by: nameProcess(), tokenVersion, expiresAtMs };
}

/** Two accounts with one key would count its limits twice. */
async function refuseTaken({ accountId, baseUrl }: Pick<NewAccount, 'accountId' | 'baseUrl'>, secret: NewSecret, { pool, vault }: Parts): Promise<void> {
  if (typeof secret !== 'string') return; // Each sign-in has tokens of its own.
  const values = await vault.values();
  const other = pool.accounts.find((account) => account.id !== accountId && account.baseUrl === baseUrl && values.get(secretName(account)) === secret);
  if (other !== undefined) throw balancerError('ACCOUNT_SECRET_TAKEN', `The account ${JSON.stringify(other.name)} has the same key already`, { hint: 'Nothing was added. Give each account a key of its own, so that its limits are counted once.' });
}

function toValue(secret: NewSecret): SecretValue {
  return typeof secret === 'string' ? secret : toSecretValue(secret);
}
