import { randomBytes } from 'node:crypto';
import { refuse } from '@pith/http';
import { defineRouteBody } from '@pith/kernel';
import { z } from 'zod';
import { findAccount } from '../account/check.ts';
import type { Balancer } from '../service.ts';
import { addAccount, checkNew, type NewAccount, replaceSecret } from '../token/add-account.ts';
import type { OauthSecret } from '../token/oauth-secret.ts';
import { findIssuer } from '../token/sign-in/open-issuer.ts';
import { signIn } from '../token/sign-in/sign-in.ts';
import { fromBody, NewAccountFields } from './new-account-body.ts';
import { balancerOf, Done, done } from './parts.ts';

/** A sign-in that waits for its code. It lives in this process, for ten minutes, and is used once. */
interface Pending { paste(code: string): void; secret: Promise<OauthSecret>; account: NewAccount | { reauth: string } }

/** Each holds an answer of the issuer open. */
const PENDING_MAX = 20;
const pendingOf = new WeakMap<Balancer, Map<string, Pending>>();

const Init = z.strictObject({ ...NewAccountFields, issuer: z.string().describe('Its name in the settings, at plugins.balancer.issuers.'), provider: z.string().min(1).max(100).optional(), reauth: z.boolean().default(false).describe('A new sign-in for the account of that name.') });

export const init = defineRouteBody({
  query: z.strictObject({}), body: Init, response: z.object({ authUrl: z.string(), sessionId: z.string(), step: z.string() }),
  handle: async (_request, context, { body: { issuer: issuerName, reauth, provider, ...given } }) => {
    const balancer = await balancerOf(context);
    const [pool, vault] = await Promise.all([balancer.pool(), balancer.vault()]);
    const issuer = findIssuer(issuerName, balancer.options.issuers);
    const account = reauth ? { reauth: findAccount(pool.accounts, given.name).id } : await fromBody({ ...given, provider: provider ?? issuer.provider ?? 'anthropic', baseUrl: given.baseUrl ?? issuer.baseUrl, family: given.family ?? issuer.family }, 'oauth');
    if (!('reauth' in account)) checkNew(account, pool);
    const pending = pendingOf.get(balancer) ?? new Map<string, Pending>();
    pendingOf.set(balancer, pending);
    if (pending.size >= PENDING_MAX) throw refuse({ status: 503, code: 'ACCOUNT_SIGN_IN_BUSY', message: `${PENDING_MAX} sign-ins are waiting for their codes, which is the most`, hint: 'Finish one of them, or wait ten minutes.' });

    const sessionId = randomBytes(24).toString('base64url');
    const [said, pasted] = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const secret = signIn(issuerName, 'paste', {
      issuers: balancer.options.issuers, vault, env: balancer.env, redact: balancer.redact, hide: balancer.hide, openBrowser: () => undefined, say: said.resolve,
      askLine: (_prompt, signal) => new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        void pasted.promise.then(resolve);
      }),
    });
    secret.catch(said.reject).finally(() => pending.delete(sessionId));
    pending.set(sessionId, { paste: pasted.resolve, secret, account });
    const authUrl = /https?:\/\/\S+/.exec(await said.promise)?.[0];
    return Response.json({ authUrl, sessionId, step: 'authorize' });
  },
});

export const callback = defineRouteBody({
  query: z.strictObject({}), body: z.strictObject({ sessionId: z.string(), code: z.string().min(1).max(10_000).describe('CODE#STATE, or the whole address that the browser ended at.') }), secret: ['code'], response: Done.extend({ id: z.string(), name: z.string() }),
  handle: async (_request, context, { body: { sessionId, code } }) => {
    const balancer = await balancerOf(context);
    const pending = pendingOf.get(balancer);
    const found = pending?.get(sessionId);
    if (found === undefined) throw refuse({ status: 404, code: 'ACCOUNT_SIGN_IN_EXPIRED', message: 'No sign-in of that id waits for a code', hint: 'It takes ten minutes at most, and one code. Begin again: POST /api/oauth/init' });
    pending!.delete(sessionId);
    found.paste(code);
    const secret = await found.secret;
    const [pool, vault] = await Promise.all([balancer.pool(), balancer.vault()]);
    if (!('reauth' in found.account)) {
      const { id, name } = await addAccount(found.account, secret, { pool, vault });
      return done(`${name} is added`, { id, name }, 201);
    }
    const { id, name } = await replaceSecret(findAccount(pool.accounts, found.account.reauth), secret, { pool, vault });
    (await balancer.credentials()).forget(id);
    return done(`${name} is signed in anew`, { id, name });
  },
});
