import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { findAccount } from '../account/check.ts';
import { balancerError } from '../errors.ts';
import { parseBudgets } from '../keys/budget.ts';
import { openKeyStore } from '../keys/change-key.ts';
import { findKey, parseExpiry, parseModels } from '../keys/key.ts';
import { balancerOf, Done, done } from './parts.ts';

const Shown = z.looseObject({ id: z.string(), name: z.string(), hint: z.string().describe('The end of its secret.'), state: z.enum(['active', 'paused', 'expired']) });
const Made = Done.extend({ key: Shown, secret: z.string().describe('Shown this once.') });

export const listKeys = defineRouteBody({
  query: z.strictObject({}), response: z.array(Shown),
  handle: async (_request, context) => {
    const { store, show } = await openKeyStore(await balancerOf(context));
    return Response.json(await Promise.all((await store.list()).map(show)));
  },
});

export const newKey = defineRouteBody({
  query: z.strictObject({}), response: Made,
  body: z.strictObject({
    name: z.string(), accounts: z.array(z.string()).min(1).max(1000).optional().describe('Only these, by name or id.'), models: z.array(z.string().min(1)).min(1).max(100).optional().describe('Only these; * stands for any rest.'),
    budgets: z.array(z.string()).max(3).default([]).describe('5usd/day, 100usd/month, 500usd/total'), expires: z.string().optional().describe('30d, 12h, 2030-12-31'),
  }),
  handle: async (_request, context, { body: { name, accounts: named, models, budgets, expires } }) => {
    const balancer = await balancerOf(context);
    const { store, accounts, show } = await openKeyStore(balancer);
    const { key, secret } = await store.add(name, {
      accounts: named === undefined ? null : [...new Set(named.map((account) => findAccount(accounts, account).id))], models: models === undefined ? null : parseModels(models.join(',')),
      budgets: parseBudgets(budgets), expiresMs: expires === undefined ? null : parseExpiry(expires, Date.now()),
    });
    return done(`${key.name} is made; its secret is shown this once`, { key: await show(key), secret }, 201);
  },
});

export const rotateKey = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({}), response: Made,
  handle: async (_request, context, { params }) => {
    const { store, show } = await openKeyStore(await balancerOf(context));
    const { key, secret } = await store.rotate(params['id']!);
    return done(`${key.name} has another secret; the old one counts no more`, { key: await show(key), secret });
  },
});

export const pauseKey = changing('pause', 'is paused');
export const resumeKey = changing('resume', 'counts again');

export const removeKey = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({ confirm: z.string().optional().describe('The name of the key.') }), response: Done,
  handle: async (_request, context, { params, body: { confirm } }) => {
    const { store } = await openKeyStore(await balancerOf(context));
    const { id, name } = findKey(await store.list(), params['id']!);
    if (confirm !== name) throw balancerError('PROXY_KEY_NOT_REMOVED', confirm === undefined ? 'A client key is removed by whoever says its name' : 'What confirms the removal is not the name of the key, so it stays', { hint: 'Send it in the body: { "confirm": "NAME" }' });
    await store.remove(id);
    return done(`${name} is removed`);
  },
});

function changing(change: 'pause' | 'resume', said: string): ReturnType<typeof defineRouteBody<unknown, object>> {
  return defineRouteBody<unknown, object>({
    query: z.strictObject({}), body: z.strictObject({}), response: Done,
    handle: async (_request, context, { params }) => {
      const { store, show } = await openKeyStore(await balancerOf(context));
      const key = await store[change](params['id']!);
      return done(`${key.name} ${said}`, { key: await show(key) });
    },
  });
}
