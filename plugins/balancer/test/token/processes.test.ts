import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Vault } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import type { SharedPool } from '../../src/account/shared-pool.ts';
import { type OauthSecret, toSecretValue } from '../../src/token/oauth-secret.ts';
import { added, createHome, type Home } from '../start-balancer.ts';
import { type Issuer, startIssuer } from './issuer.ts';

const SCRIPT = fileURLToPath(new URL('token-child.ts', import.meta.url));

describe('a token that many processes use', () => {
  let home: Home;
  let pool: SharedPool;
  let vault: Vault;
  let issuer: Issuer;
  const children = new Set<ChildProcess>();
  beforeEach(async () => {
    home = await createHome();
    const balancer = await (await home.open()).service('balancer');
    [pool, vault, issuer] = await Promise.all([balancer.pool(), balancer.vault(), startIssuer()]);
    const secret: OauthSecret = { kind: 'oauth', access: 'access-of-before', refresh: issuer.issue(), version: 1, receivedMs: 0, expiresAtMs: 1, issuer: 'test', header: 'bearer', tokenUrl: `${issuer.url}/token`, clientId: 'pith' };
    await vault.set('anthropic/id-work', toSecretValue(secret));
    await pool.append(added('work', { credential: 'oauth' }));
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await issuer.close();
    await home.remove();
  });

  /** @returns what it says, once it has ended */
  function start(...words: string[]): { child: ChildProcess; said: Promise<string> } {
    const child = spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', SCRIPT, home.folder, ...words], { stdio: ['ignore', 'pipe', 2] });
    children.add(child);
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (piece: string) => { text += piece; });
    return { child, said: once(child, 'close').then(() => text.trim()) };
  }
  const stored = async (): Promise<OauthSecret> => await vault.get('anthropic/id-work') as unknown as OauthSecret;

  it('is refreshed once when four meet its end, with ten requests each', async () => {
    const said = await Promise.all(Array.from({ length: 4 }, () => start().said));

    assert.equal(issuer.asked.length, 1);
    assert.deepEqual(new Set(said), new Set([`Bearer ${(await stored()).access}`]));
    const types = (await pool.events('id-work')).map(({ type }) => type).filter((type) => type === 'refresh-started');
    assert.equal(types.length, 1);
  });

  it('is refreshed once when the servers of two say 401 to ten requests each, though it has not ended', async () => {
    const secret = await stored();
    await vault.set('anthropic/id-work', toSecretValue({ ...secret, receivedMs: Date.now(), expiresAtMs: Date.now() + 3_600_000 }));

    const said = await Promise.all([start('refused').said, start('refused').said]);

    assert.equal(issuer.asked.length, 1);
    assert.deepEqual(new Set(said), new Set([`Bearer ${(await stored()).access}`]));
  });

  for (const [what, grace, says] of [
    ['is got again from an issuer with a time of grace', 1, /^Bearer access-/],
    ['needs a sign-in with one without, which says that an answer was lost', 0, /^ACCOUNT_NEEDS_SIGN_IN: .*it was used before.*an answer of .* was lost/],
  ] as const) {
    it(`that was changed by the issuer when the process was killed before it could store it ${what}`, async () => {
      issuer.rules.grace = grace;
      let answer!: () => void;
      issuer.rules.hold = new Promise<void>((resolve) => { answer = resolve; });
      const killed = start();
      await issuer.came(1);
      killed.child.kill('SIGKILL');
      await killed.said;
      issuer.rules.hold = undefined;
      answer();

      assert.equal((await stored()).access, 'access-of-before');
      assert.match(await start().said, says);
      assert.equal(issuer.asked.length, 2);
    });
  }
});
