import { createId } from '@pith/kernel';
import type { CredentialKind, Family } from '../account/account.ts';
import { checkBaseUrl } from '../account/base-url.ts';
import { resolveProvider } from '../account/provider.ts';
import type { NewAccount } from './add-account.ts';

/** What was said of a new account. Where `baseUrl` is not said it is the provider’s own. */
export interface NewAccountGiven { name: string; provider: string; baseUrl?: string | undefined; family?: Family | undefined; priority: number; tier: number; models: Readonly<Record<string, string>>; allowLoopback: boolean; allowHosts: readonly string[] }

/**
 * The account that it is to be, with an id of its own.
 * @param confirm asks whether an address that is not public is meant; no where nobody can be asked
 * @throws PithError ACCOUNT_ADDRESS_REFUSED, ACCOUNT_VALUE_INVALID
 */
export async function toNewAccount({ name, provider, baseUrl: given, family: wanted, allowLoopback, allowHosts, ...more }: NewAccountGiven, { credential, confirm }: { credential: CredentialKind; confirm: (question: string) => Promise<boolean> }): Promise<NewAccount> {
  const { family, baseUrl: own } = resolveProvider(provider, { family: wanted, baseUrl: given });
  const { baseUrl, allowHost } = given === undefined ? { baseUrl: own, allowHost: undefined } : await checkBaseUrl(given, { allowLoopback, allowHosts, confirm });
  return { accountId: createId(), name: name.normalize('NFC'), provider, family, credential, baseUrl, ...more, ...(allowHost === undefined ? {} : { allowHost }) };
}
