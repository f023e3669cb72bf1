import { createId, defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import type { AccountEvent } from '../account/account.ts';
import { checkEvent, PRIORITY_MAX } from '../account/check.ts';
import { nameProcess } from '../account/name-process.ts';
import { secretName } from '../account/remove-account.ts';
import { TIER_MAX } from '../account/tier.ts';
import { balancerOf, Done, done } from './parts.ts';

/** Where requests of a provider go, where nothing else is said. */
const PROVIDERS = {
  anthropic: { family: 'anthropic', baseUrl: 'https://api.anthropic.com' }, openai: { family: 'openai', baseUrl: 'https://api.openai.com' },
  openrouter: { family: 'openai', baseUrl: 'https://openrouter.ai/api' }, local: { family: 'openai', baseUrl: 'http://127.0.0.1:11434' },
} as const;

const Address = z.url({ protocol: /^https?$/ }).max(1000).refine((text) => { const { username, password, search, hash } = new URL(text); return [username, password, search, hash].every((part) => part === ''); }, 'an address has no name, password, query or fragment');

const Body = z.strictObject({
  name: z.string(), provider: z.enum(['anthropic', 'openai', 'openrouter', 'local']).default('anthropic'),
  apiKey: z.string().min(8).max(10_000).optional(), token: z.string().min(8).max(10_000).optional().describe('A bearer token that does not change.'),
  baseUrl: Address.optional().describe('Up to and without the version of the API.'), family: z.enum(['anthropic', 'openai']).optional(),
  priority: z.int().min(0).max(PRIORITY_MAX).default(0), tier: z.int().min(1).max(TIER_MAX).default(1), models: z.record(z.string().min(1).max(200), z.string().min(1).max(200)).default({}),
}).refine(({ apiKey, token }) => (apiKey === undefined) !== (token === undefined), 'either apiKey or token, and not both; an account that signs in begins with POST /api/oauth/init');

export const newAccount = defineRouteBody({
  query: z.strictObject({}), body: Body, secret: ['apiKey', 'token'], response: Done.extend({ id: z.string(), name: z.string() }),
  handle: async (_request, context, { body: { name, provider, apiKey, token, baseUrl, family, ...more } }) => {
    const balancer = await balancerOf(context);
    const [pool, vault] = await Promise.all([balancer.pool(), balancer.vault()]);
    const known = PROVIDERS[provider];
    const event: Extract<AccountEvent, { type: 'added' }> = {
      type: 'added', accountId: createId(), atMs: Date.now(), by: nameProcess(), name: name.normalize('NFC'), provider, family: family ?? known.family, credential: apiKey === undefined ? 'bearer' : 'api-key', baseUrl: (baseUrl ?? known.baseUrl).replace(/\/+$/, ''), ...more,
    };
    checkEvent(event, pool.accounts);
    const secret = secretName({ provider, id: event.accountId });
    await vault.set(secret, apiKey ?? token!);
    try {
      const account = await pool.append(event);
      return done(`${account.name} is added`, { id: account.id, name: account.name }, 201);
    } catch (error) {
      await vault.remove(secret); // Nobody would know of it.
      throw error;
    }
  },
});
