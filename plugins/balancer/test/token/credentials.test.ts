import assert from 'node:assert/strict';
import type { Vault } from '@pith/kernel';
import { after, afterEach, before, beforeEach } from 'mocha';
import type { Account, AccountEvent } from '../../src/account/account.ts';
import { secretName } from '../../src/account/remove-account.ts';
import type { SharedPool } from '../../src/account/shared-pool.ts';
import { stateAt } from '../../src/account/state.ts';
import type { Credential } from '../../src/token/credentials.ts';
import { askForTokens } from '../../src/token/issuer-client.ts';
import { type OauthSecret, toSecretValue } from '../../src/token/oauth-secret.ts';
import { VaultCredentials } from '../../src/token/vault-credentials.ts';
import { added, createHome, type Home } from '../start-balancer.ts';
import { type Issuer, startIssuer } from './issuer.ts';

const MINUTE = 60_000;

describe('the secrets of accounts', () => {
  let home: Home;
  let pool: SharedPool;
  let vault: Vault;
  let issuer: Issuer;
  let credentials: VaultCredentials;
  let nowMs: number;
  /** Each test has an account of its own, called work. */
  let id = '';
  let count = 0;
  before(async () => {
    home = await createHome();
    const balancer = await (await home.open()).service('balancer');
    [pool, vault] = await Promise.all([balancer.pool(), balancer.vault()]);
  });
  beforeEach(async () => {
    nowMs = Date.now();
    id = `id-${++count}`;
    issuer = await startIssuer();
    credentials = create();
  });
  afterEach(async () => {
    await credentials.close();
    await issuer.close();
    for (const { id: accountId } of pool.accounts) await pool.append({ type: 'removed', accountId, atMs: nowMs, by: 'a test' });
  });
  after(() => home.remove());

  /** As another process has it. */
  const create = (more: object = {}): VaultCredentials => new VaultCredentials({ vault, pool, ask: (secret) => askForTokens(secret, { env: {} }), now: () => nowMs, ...more });

  /** An account that has signed in, with so much of an hour left. */
  async function signedIn(leftMs: number, more: Partial<OauthSecret> = {}): Promise<Account> {
    const account = await pool.append(added('work', { accountId: id, credential: 'oauth' }));
    const secret: OauthSecret = {
      kind: 'oauth', access: 'access-of-before', refresh: issuer.issue(), version: 1, receivedMs: nowMs + leftMs - 60 * MINUTE, expiresAtMs: nowMs + leftMs, issuer: 'test', header: 'bearer',
      tokenUrl: `${issuer.url}/token`, clientId: 'pith', ...more,
    };
    await vault.set(secretName(account), toSecretValue(secret));
    return account;
  }
  const stored = async (account: Account): Promise<OauthSecret> => await vault.get(secretName(account)) as unknown as OauthSecret;
  const tokenIn = ({ headers }: Credential): string => headers['authorization']!.replace('Bearer ', '');
  const latest = (): Account => pool.find('work')!;
  const types = async (): Promise<string[]> => (await pool.events(id)).map(({ type }) => type);

  describe('that never change', () => {
    it('go out in the header of their family, read from the vault once', async () => {
      const anthropic = await pool.append(added('a'));
      const openai = await pool.append(added('o', { provider: 'openai', family: 'openai' }));
      const bearer = await pool.append(added('b', { credential: 'bearer' }));
      for (const account of [anthropic, openai, bearer]) await vault.set(secretName(account), `key-of-${account.name}`);

      assert.deepEqual((await credentials.of(anthropic)).headers, { 'x-api-key': 'key-of-a' });
      assert.deepEqual((await credentials.of(openai)).headers, { authorization: 'Bearer key-of-o' });
      assert.deepEqual((await credentials.of(bearer)).headers, { authorization: 'Bearer key-of-b' });
      const again = credentials.of(anthropic);
      assert.ok(!(again instanceof Promise), 'the second time it is at hand');
    });

    it('are read again when a person has given another one, and one that is refused only helps where it is another', async () => {
      const account = await pool.append(added('work', { accountId: id }));
      await vault.set(secretName(account), 'key-one');
      const { tokenVersion = 0 } = await credentials.of(account);

      assert.equal(await credentials.renew(account, { tokenVersion }), false);
      await vault.set(secretName(account), 'key-two');
      assert.equal(await credentials.renew(account, { tokenVersion }), true);
      await vault.set(secretName(account), 'key-three');
      const told = await pool.append({ type: 'refreshed', accountId: account.id, atMs: nowMs, by: 'a test', tokenVersion: 1, expiresAtMs: null });

      assert.deepEqual((await credentials.of(told)).headers, { 'x-api-key': 'key-three' });
    });

    it('are named as missing where the vault has none', async () => {
      const account = await pool.append(added('work', { accountId: id }));

      await assert.rejects(async () => credentials.of(account), { code: 'ACCOUNT_SECRET_MISSING', hint: /pith accounts reauth work/ });
    });

    it('are forgotten with their account', async () => {
      const account = await pool.append(added('work', { accountId: id }));
      await vault.set(secretName(account), 'key-one');
      await credentials.of(account);

      await vault.remove(secretName(account));
      await pool.append({ type: 'removed', accountId: account.id, atMs: nowMs, by: 'a test' });

      await assert.rejects(async () => credentials.of(account), { code: 'ACCOUNT_SECRET_MISSING' });
    });
  });

  describe('that end', () => {
    it('are left alone while they are good, and at hand at once', async () => {
      const account = await signedIn(31 * MINUTE);

      assert.equal(tokenIn(await credentials.of(account)), 'access-of-before');
      assert.ok(!(credentials.of(account) instanceof Promise));
      assert.equal(issuer.asked.length, 0);
    });

    it('are refreshed in the background in the last third of their life, while requests go on with what holds', async () => {
      const account = await signedIn(19 * MINUTE);
      const refreshed = new Promise<void>((resolve) => { pool.onChange((event) => { if (event.type === 'refreshed' && event.tokenVersion === 2) resolve(); }); });

      const first = await credentials.of(account);
      await refreshed;
      const then = await credentials.of(latest());

      assert.equal(tokenIn(first), 'access-of-before');
      assert.ok(issuer.isGood(tokenIn(then)));
      assert.equal(then.tokenVersion, 2);
      assert.deepEqual(await types(), ['added', 'refreshed', 'refresh-started', 'refreshed']);
      assert.deepEqual(latest().token, { version: 2, expiresAtMs: nowMs + 60 * MINUTE });
    });

    it('are waited for by 50 requests at expiry, with one request to the issuer, and stored before any of them goes on', async () => {
      const account = await signedIn(0);

      const got = await Promise.all(Array.from({ length: 50 }, async () => {
        const credential = await credentials.of(account);
        assert.equal((await stored(account)).access, tokenIn(credential));
        return tokenIn(credential);
      }));

      assert.equal(new Set(got).size, 1);
      assert.equal(issuer.asked.length, 1);
    });

    it('are refreshed once by two that share a vault, and the second asks nobody', async () => {
      const account = await signedIn(0);
      const other = create();

      const got = await Promise.all([credentials.of(account), other.of(account)]);

      assert.equal(tokenIn(got[0]), tokenIn(got[1]));
      assert.equal(issuer.asked.length, 1);
      await other.close();
    });

    it('are refreshed when the server says 401 first, once for 50 such answers, and not for one of an older token', async () => {
      const account = await signedIn(50 * MINUTE);
      const { tokenVersion = 0 } = await credentials.of(account);

      const renewed = await Promise.all(Array.from({ length: 50 }, () => credentials.renew(account, { tokenVersion })));
      const late = await credentials.renew(latest(), { tokenVersion });

      assert.deepEqual(new Set(renewed), new Set([true]));
      assert.equal(late, true);
      assert.equal(issuer.asked.length, 1);
      assert.ok(issuer.isGood(tokenIn(await credentials.of(latest()))));
    });

    it('are not refreshed again and again for a server that refuses every one', async () => {
      const account = await signedIn(50 * MINUTE);

      assert.equal(await credentials.renew(account, { tokenVersion: 1 }), true);
      assert.equal(await credentials.renew(latest(), { tokenVersion: 2 }), false);
      assert.equal(issuer.asked.length, 1);
    });

    it('keep their refresh token where the issuer gives no new one', async () => {
      issuer.rules.rotates = false;
      const account = await signedIn(0);
      const before = await stored(account);

      await credentials.of(account);

      const { refresh, version } = await stored(account);
      assert.deepEqual([refresh, version], [before.refresh, 2]);
    });

    it('count their life from the answer, whatever clock the issuer has, and take odd forms of it', async () => {
      issuer.rules.more = { expires_at: 12, issued_at: '1999-01-01', id_token: 'no.jwt.at-all', token_type: undefined, scope: ['a'] };
      for (const [given, expiresAtMs] of [['1800', nowMs + 30 * MINUTE], [1800.5, nowMs + 1_800_500], [undefined, null], [0, null], [-5, null], ['soon', null]] as const) {
        issuer.rules.expiresIn = given;
        const account = await signedIn(0);

        assert.ok(issuer.isGood(tokenIn(await credentials.of(account))));
        assert.equal((await stored(account)).expiresAtMs, expiresAtMs, String(given));
        await pool.append({ type: 'removed', accountId: account.id, atMs: nowMs, by: 'a test' });
      }
    });
  });

  describe('that cannot be refreshed', () => {
    it('need a sign-in where the issuer says so of the token that is stored, which nobody asks it again', async () => {
      const account = await signedIn(0, { refresh: 'one that nobody knows' });
      const other = create();

      await assert.rejects(async () => credentials.of(account), { code: 'ACCOUNT_NEEDS_SIGN_IN', message: /^Account work needs a sign-in: the issuer takes its refresh token no more \(invalid_grant/, hint: 'pith accounts reauth work' });
      await assert.rejects(async () => other.of(account), { code: 'ACCOUNT_NEEDS_SIGN_IN' });

      assert.equal(stateAt(latest(), nowMs).kind, 'needs-sign-in');
      assert.equal(issuer.asked.length, 1);
      await other.close();
    });

    it('need none where a newer token was stored while the issuer said no', async () => {
      let answer!: () => void;
      issuer.rules.hold = new Promise<void>((resolve) => { answer = resolve; });
      const account = await signedIn(0, { refresh: 'one that nobody knows' });
      const waiting = Promise.resolve(credentials.of(account));
      await issuer.came(1);
      await vault.set(secretName(account), toSecretValue({ ...await stored(account), access: 'access-of-a-person', refresh: issuer.issue(), version: 2, receivedMs: nowMs, expiresAtMs: nowMs + 60 * MINUTE }));
      answer();

      assert.equal(tokenIn(await waiting), 'access-of-a-person');
      assert.equal(stateAt(latest(), nowMs).kind, 'active');
    });

    for (const [what, answer] of [
      ['a 503', { status: 503, body: 'a page' }],
      ['a 500 that says invalid_grant', { status: 500, body: { error: 'invalid_grant' } }],
      ['a 429', { status: 429, body: { error: 'slow_down' } }],
      ['invalid_client', { status: 401, body: { error: 'invalid_client' }, headers: { 'www-authenticate': 'Basic realm="x"' } }],
      ['an answer without a token', { status: 200, body: { hello: 1 } }],
      ['an answer that is no JSON', { status: 200, body: '<html>' }],
    ] as const) {
      it(`are tried again after 60 s and never need a sign-in for ${what}`, async () => {
        issuer.rules.answers.push(answer);
        const account = await signedIn(0);

        const failure = { code: 'ACCOUNT_REFRESH_FAILED', details: { retryAtMs: nowMs + MINUTE } };
        await assert.rejects(async () => credentials.of(account), failure);
        assert.deepEqual([stateAt(latest(), nowMs).kind, issuer.asked.length], ['cooling', 1]);
        nowMs += 59_000;
        await assert.rejects(async () => credentials.of(latest()), { code: 'ACCOUNT_REFRESH_FAILED' });
        await assert.rejects(async () => create().of(latest()), { code: 'ACCOUNT_REFRESH_FAILED' });
        assert.equal(issuer.asked.length, 1);

        nowMs += 2000;
        assert.ok(issuer.isGood(tokenIn(await credentials.of(latest()))));
        assert.equal(stateAt(latest(), nowMs).kind, 'active');
      });
    }

    it('wait for as long as the issuer says with a 429', async () => {
      issuer.rules.answers.push({ status: 429, body: { error: 'slow_down' }, headers: { 'retry-after': '300' } });
      const account = await signedIn(0);

      await assert.rejects(async () => credentials.of(account), { details: { retryAtMs: nowMs + 300_000 } });
    });

    it('say what the network said where the issuer is not there', async () => {
      const account = await signedIn(0, { tokenUrl: 'http://127.0.0.1:1/token' });

      await assert.rejects(async () => credentials.of(account), { code: 'ACCOUNT_REFRESH_FAILED', message: /The connection to 127\.0\.0\.1 failed/ });
    });

    it('serve as long as they hold', async () => {
      issuer.rules.answers.push({ status: 503, body: {} });
      const account = await signedIn(10_000);

      assert.equal(tokenIn(await credentials.of(account)), 'access-of-before');
      assert.equal(tokenIn(await credentials.of(account)), 'access-of-before');
      assert.deepEqual([stateAt(latest(), nowMs).kind, issuer.asked.length], ['active', 1]);
    });

    it('need a sign-in at their end where the issuer has given no refresh token, and serve until then', async () => {
      const account = await signedIn(1000);
      const { refresh: _, ...secret } = await stored(account);
      await vault.set(secretName(account), toSecretValue(secret));

      assert.equal(tokenIn(await credentials.of(account)), 'access-of-before');
      nowMs += 1000;

      await assert.rejects(async () => credentials.of(account), { code: 'ACCOUNT_NEEDS_SIGN_IN', message: /its issuer gives no refresh token/ });
    });
  });

  describe('whose issuer is slow', () => {
    it('are waited for by whoever has time; who leaves ends nothing', async () => {
      let answer!: () => void;
      issuer.rules.hold = new Promise<void>((resolve) => { answer = resolve; });
      const account = await signedIn(0);
      const stop = new AbortController();
      const leaving = Promise.resolve(credentials.of(account, stop.signal));
      const staying = Promise.resolve(credentials.of(account, new AbortController().signal));
      await issuer.came(1);

      stop.abort(new Error('gone'));
      await assert.rejects(leaving, { message: 'gone' });
      answer();

      assert.ok(issuer.isGood(tokenIn(await staying)));
      assert.equal(issuer.asked.length, 1);
    });

    it('are given up after a time, which says how long', async () => {
      issuer.rules.hold = new Promise<void>(() => undefined);
      const slow = create({ ask: (secret: OauthSecret & { refresh: string }) => askForTokens(secret, { limitMs: 50 }) });
      const account = await signedIn(0);

      await assert.rejects(async () => slow.of(account), { code: 'ACCOUNT_REFRESH_FAILED', message: /took longer than 0\.05 s|sent nothing for 0\.05 s/ });
      await slow.close();
    });

    it('keep no request for long: it goes elsewhere, and the refresh goes on', async () => {
      let answer!: () => void;
      issuer.rules.hold = new Promise<void>((resolve) => { answer = resolve; });
      const account = await signedIn(0);
      const hasty = create({ patienceMs: 20 });

      await assert.rejects(async () => hasty.of(account), { code: 'ACCOUNT_REFRESH_FAILED', message: /nothing has come of it for 0\.02 s/ });
      answer();
      await hasty.close();

      assert.equal((await stored(account)).version, 2);
    });

    it('are stored when the process is told to end meanwhile', async () => {
      let answer!: () => void;
      issuer.rules.hold = new Promise<void>((resolve) => { answer = resolve; });
      const account = await signedIn(0);
      const waiting = Promise.resolve(credentials.of(account));
      await issuer.came(1);
      const closing = credentials.close();
      answer();
      await Promise.all([closing, waiting]);

      assert.equal((await stored(account)).version, 2);
    });
  });

  describe('whose answer is lost', () => {
    it('are asked for again at once, which an issuer with a time of grace answers alike', async () => {
      issuer.rules.grace = 1;
      issuer.rules.cuts = 1;
      const account = await signedIn(0);

      assert.ok(issuer.isGood(tokenIn(await credentials.of(account))));
      assert.equal(issuer.asked.length, 2);
    });

    it('need a sign-in where it does not, and say why', async () => {
      issuer.rules.cuts = 1;
      const account = await signedIn(0);

      await assert.rejects(async () => credentials.of(account), { code: 'ACCOUNT_NEEDS_SIGN_IN', message: /it was used before\); an answer of .* was lost, and the token of before is not taken a second time$/ });
    });

    it('are kept in memory where they could not be stored, and stored with the next try', async () => {
      let fails = 0;
      const full: Pick<Vault, 'get' | 'update'> = {
        get: (name) => vault.get(name),
        update: async (name, change, options) => {
          let isNew = false;
          const value = await vault.update(name, async (held) => {
            const next = await change(held);
            isNew = (next as OauthSecret | undefined)?.version === 2;
            return isNew && fails++ === 0 ? undefined : next;
          }, options);
          if (isNew && fails === 1) throw new Error('no space left on device');
          return value;
        },
      };
      const account = await signedIn(0);
      const careful = create({ vault: full });

      await assert.rejects(async () => careful.of(account), { code: 'ACCOUNT_REFRESH_FAILED', message: /no space left/ });
      nowMs += MINUTE;

      assert.equal((await stored(account)).access, 'access-of-before');
      assert.ok(issuer.isGood(tokenIn(await careful.of(account))));
      assert.equal(issuer.asked.length, 1);
      await careful.close();
    });
  });

  it('stand in no event and no error, also where the issuer repeats them', async () => {
    const account = await signedIn(0, { refresh: 'a-refresh-token-that-nobody-knows' });
    const seen: AccountEvent[] = [];
    pool.onChange((event) => seen.push(event));

    const error = await Promise.resolve().then(() => create({ redact: (text: string) => text.replaceAll('a-refresh-token-that-nobody-knows', '[secret]') }).of(account)).catch((thrown: Error) => thrown) as Error;

    assert.match(error.message, /no such token: \[secret\]/);
    const said = JSON.stringify([seen, await pool.events(account.id), error.message]);
    assert.ok(!said.includes('a-refresh-token-that-nobody-knows'), said);
  });
});
