import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { changeAccount } from '../account/change-account.ts';
import { findAccount, PRIORITY_MAX } from '../account/check.ts';
import { removeAccount } from '../account/remove-account.ts';
import { resumeAccount, toResumedText } from '../account/resume-account.ts';
import { TIER_MAX } from '../account/tier.ts';
import { balancerError } from '../errors.ts';
import { balancerOf, Done, done } from './parts.ts';

type Said = Parameters<typeof changeAccount>[2];
const NOBODY = 'an account without a name';

/** One change of the account that the path names, and what is said of it then. */
function changing<Body>(body: z.ZodType<Body>, toEvent: (body: Body) => Said, toText: (name: string, body: Body) => string): ReturnType<typeof defineRouteBody<unknown, Body>> {
  return defineRouteBody<unknown, Body>({
    query: z.strictObject({}), body, response: Done,
    handle: async (_request, context, { params, body: given }) => {
      const account = await changeAccount(await (await balancerOf(context)).pool(), params['id'] ?? NOBODY, toEvent(given));
      return done(toText(account.name, given), { id: account.id, name: account.name });
    },
  });
}

const TierBody = z.strictObject({ tier: z.union([z.int().min(1).max(TIER_MAX), z.null()]).describe('null: as its limits say.') });

export const tier = changing(TierBody, (body) => ({ type: 'changed', tier: body.tier }), (name, body) => `${name} has ${body.tier === null ? 'the tier that its limits say' : `tier ${body.tier}`}`);
export const priority = changing(z.strictObject({ priority: z.int().min(0).max(PRIORITY_MAX) }), (body) => ({ type: 'changed', priority: body.priority }), (name, body) => `${name} has priority ${body.priority}`);
export const rename = changing(z.strictObject({ name: z.string() }), (body) => ({ type: 'changed', name: body.name }), (name) => `The account is called ${name}`);
export const pause = changing(z.strictObject({ reason: z.string().max(200).default('') }), (body) => ({ type: 'paused', reason: body.reason }), (name) => `${name} is paused; requests that are under way go on`);

export const resume = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({ now: z.boolean().default(false).describe('Also ends what limits have said.') }), response: Done,
  handle: async (_request, context, { params, body: { now } }) => {
    const account = await resumeAccount(await (await balancerOf(context)).pool(), params['id'] ?? NOBODY, { now });
    return done(toResumedText(account, Date.now()), { id: account.id, name: account.name });
  },
});

export const removeRoute = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({ confirm: z.string().optional().describe('The name of the account.') }), response: Done,
  handle: async (_request, context, { params, body: { confirm } }) => {
    const balancer = await balancerOf(context);
    const [pool, vault] = await Promise.all([balancer.pool(), balancer.vault()]);
    const account = findAccount(pool.accounts, params['id'] ?? NOBODY);
    if (confirm !== account.name) throw balancerError('ACCOUNT_NOT_REMOVED', confirm === undefined ? 'An account is removed by whoever says its name' : 'What confirms the removal is not the name of the account, so it stays', { hint: 'Send it in the body: { "confirm": "NAME" }' });
    await removeAccount(account, { pool, vault });
    return done(`${account.name} is removed, with its secret`);
  },
});
