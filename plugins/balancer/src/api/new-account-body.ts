import { z } from 'zod';
import type { CredentialKind } from '../account/account.ts';
import { PRIORITY_MAX } from '../account/check.ts';
import { TIER_MAX } from '../account/tier.ts';
import type { NewAccount } from '../token/add-account.ts';
import { type NewAccountGiven, toNewAccount } from '../token/new-account.ts';

/** What is said of every new account. */
export const NewAccountFields = {
  name: z.string(), baseUrl: z.string().max(1000).optional().describe('Up to and without the version of the API. Default: the provider’s own.'), family: z.enum(['anthropic', 'openai']).optional(),
  priority: z.int().min(0).max(PRIORITY_MAX).default(0), tier: z.int().min(1).max(TIER_MAX).default(1), models: z.record(z.string().min(1).max(200), z.string().min(1).max(200)).default({}),
  allowLoopback: z.boolean().default(false).describe('Its server may be on this machine.'), allowHosts: z.array(z.string().min(1).max(253)).max(10).default([]).describe('Its server may be one of these in a private network.'),
};

/** Nobody is there to be asked: what is not public was said to be meant, or is refused. @throws PithError ACCOUNT_ADDRESS_REFUSED, ACCOUNT_VALUE_INVALID */
export function fromBody(given: NewAccountGiven, credential: CredentialKind): Promise<NewAccount> {
  return toNewAccount(given, { credential, confirm: async () => false });
}
