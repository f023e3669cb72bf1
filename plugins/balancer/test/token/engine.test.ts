import assert from 'node:assert/strict';
import type { Vault } from '@pith/kernel';
import { after, afterEach, before, beforeEach } from 'mocha';
import type { SharedPool } from '../../src/account/shared-pool.ts';
import type { AllOut, Engine, Lease, RouteFacts } from '../../src/engine.ts';
import { type OauthSecret, toSecretValue } from '../../src/token/oauth-secret.ts';
import { added, createHome, type Home } from '../start-balancer.ts';
import { type Issuer, startIssuer } from './issuer.ts';

describe('requests with a token', () => {
  let home: Home;
  let pool: SharedPool;
  let vault: Vault;
  let engine: Engine;
  let issuer: Issuer;
  before(async () => {
    home = await createHome();
    const balancer = await (await home.open()).service('balancer');
    [pool, vault, engine] = await Promise.all([balancer.pool(), balancer.vault(), balancer.engine()]);
  });
  after(() => home.remove());
  beforeEach(async () => { issuer = await startIssuer(); });
  afterEach(async () => {
    await issuer.close();
    for (const { id: accountId } of pool.accounts) await pool.append({ type: 'removed', accountId, atMs: Date.now(), by: 'a test' });
  });

  /** With so much of an hour left. */
  async function signedIn(name: string, leftMs: number, more: Partial<OauthSecret> = {}): Promise<void> {
    const nowMs = Date.now();
    const secret: OauthSecret = { kind: 'oauth', access: `access-of-${name}`, refresh: issuer.issue(), version: 1, receivedMs: nowMs + leftMs - 3_600_000, expiresAtMs: nowMs + leftMs, issuer: 'test', header: 'bearer', tokenUrl: `${issuer.url}/token`, clientId: 'pith', ...more };
    await vault.set(`anthropic/id-${name}`, toSecretValue(secret));
    await pool.append(added(name, { credential: 'oauth', atMs: nowMs }));
  }
  const facts = (requestId: number): RouteFacts => ({ requestId: `r${requestId}`, family: 'anthropic', model: 'claude', isBackground: false, replayable: true });
  const isLease = (given: Lease | AllOut): given is Lease => 'account' in given;

  it('are 50 at its end, and all go with the new one, for which the issuer was asked once', async () => {
    await signedIn('fifty', 0);

    const leases = await Promise.all(Array.from({ length: 50 }, async (_, index) => engine.route(facts(index)).next()));

    assert.equal(leases.filter(isLease).length, 50);
    assert.equal(new Set(leases.filter(isLease).map(({ headers }) => headers['authorization'])).size, 1);
    assert.equal(issuer.asked.length, 1);
  });

  it('are 50 that hear 401 first, and go again with the new one, for which the issuer was asked once', async () => {
    await signedIn('refused', 3_000_000);
    const routes = Array.from({ length: 50 }, (_, index) => engine.route(facts(index)));
    await Promise.all(routes.map(async (route) => route.next()));

    const actions = routes.map((route) => route.report({ status: 401, headers: {}, errorType: 'authentication_error', phase: 'head' }).kind);
    const again = await Promise.all(routes.map(async (route) => route.next()));

    assert.deepEqual(new Set(actions), new Set(['retry']));
    assert.ok(again.every((lease) => isLease(lease) && issuer.isGood(lease.headers['authorization']!.replace('Bearer ', ''))));
    assert.equal(issuer.asked.length, 1);
  });

  it('go to another account where the token of one cannot be refreshed', async () => {
    await signedIn('over', 0, { refresh: 'one that nobody knows' });
    await signedIn('well', 3_000_000);

    for (let index = 0; index < 4; index++) {
      const lease = await engine.route(facts(index)).next();
      assert.ok(isLease(lease));
      assert.equal(lease.account.name, 'well');
    }
    assert.ok(issuer.asked.length <= 1);
  });
});
