import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { addAccount, checkNew } from '../token/add-account.ts';
import { fromBody, NewAccountFields } from './new-account-body.ts';
import { balancerOf, Done, done } from './parts.ts';

const Secret = z.string().min(8).max(10_000).regex(/^[\x21-\x7e]+$/, 'must be letters, digits and signs, without blanks');

const Body = z.strictObject({ ...NewAccountFields, provider: z.string().min(1).max(100).default('anthropic'), apiKey: Secret.optional(), token: Secret.optional().describe('A bearer token that does not change.') })
  .refine(({ apiKey, token }) => (apiKey === undefined) !== (token === undefined), 'either apiKey or token, and not both; an account that signs in begins with POST /api/oauth/init');

export const newAccount = defineRouteBody({
  query: z.strictObject({}), body: Body, secret: ['apiKey', 'token'], response: Done.extend({ id: z.string(), name: z.string() }),
  handle: async (_request, context, { body: { apiKey, token, ...given } }) => {
    const balancer = await balancerOf(context);
    const [pool, vault] = await Promise.all([balancer.pool(), balancer.vault()]);
    const account = await fromBody(given, apiKey === undefined ? 'bearer' : 'api-key');
    checkNew(account, pool);
    const { id, name } = await addAccount(account, apiKey ?? token!, { pool, vault });
    return done(`${name} is added`, { id, name }, 201);
  },
});
