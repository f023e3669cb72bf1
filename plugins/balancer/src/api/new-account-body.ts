import { createId } from '@pith/kernel';
import { z } from 'zod';
import type { CredentialKind, Family } from '../account/account.ts';
import { checkBaseUrl } from '../account/base-url.ts';
import { PRIORITY_MAX } from '../account/check.ts';
import { resolveProvider } from '../account/provider.ts';
import { TIER_MAX } from '../account/tier.ts';
import type { NewAccount } from '../token/add-account.ts';

/** What is said of every new account. */
export const NewAccountFields = {
  name: z.string(), baseUrl: z.string().max(1000).optional().describe('Up to and without the version of the API. Default: the provider’s own.'), family: z.enum(['anthropic', 'openai']).optional(),
  priority: z.int().min(0).max(PRIORITY_MAX).default(0), tier: z.int().min(1).max(TIER_MAX).default(1), models: z.record(z.string().min(1).max(200), z.string().min(1).max(200)).default({}),
  allowLoopback: z.boolean().default(false).describe('Its server may be on this machine.'), allowHosts: z.array(z.string().min(1).max(253)).max(10).default([]).describe('Its server may be one of these in a private network.'),
};

export interface NewAccountGiven { name: string; provider: string; baseUrl?: string | undefined; family?: Family | undefined; priority: number; tier: number; models: Record<string, string>; allowLoopback: boolean; allowHosts: readonly string[] }

/** @throws PithError ACCOUNT_ADDRESS_REFUSED, ACCOUNT_VALUE_INVALID */
export async function toNewAccount({ name, provider, baseUrl: given, family: wanted, allowLoopback, allowHosts, ...more }: NewAccountGiven, credential: CredentialKind): Promise<NewAccount> {
  const { family, baseUrl: own } = resolveProvider(provider, { family: wanted, baseUrl: given });
  // Nobody is there to be asked: what is not public was said to be meant, or is refused.
  const { baseUrl, allowHost } = given === undefined ? { baseUrl: own, allowHost: undefined } : await checkBaseUrl(given, { allowLoopback, allowHosts, confirm: async () => false });
  return { accountId: createId(), name: name.normalize('NFC'), provider, family, credential, baseUrl, ...more, ...(allowHost === undefined ? {} : { allowHost }) };
}
