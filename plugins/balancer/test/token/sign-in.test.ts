import assert from 'node:assert/strict';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Vault } from '@pith/kernel';
import { after, afterEach, before, beforeEach } from 'mocha';
import type { SharedPool } from '../../src/account/shared-pool.ts';
import type { Credentials } from '../../src/token/credentials.ts';
import type { IssuerOptions } from '../../src/token/issuer-options.ts';
import { isIssuers } from '../../src/token/issuer-options.ts';
import type { OauthSecret } from '../../src/token/oauth-secret.ts';
import { browserCommand } from '../../src/token/sign-in/open-browser.ts';
import { signIn, type SignInParts, type SignInWay } from '../../src/token/sign-in/sign-in.ts';
import { waitForRedirect } from '../../src/token/sign-in/redirect-server.ts';
import { createHome, type Home } from '../start-balancer.ts';
import { type Issuer, startIssuer } from './issuer.ts';
import { startCommand } from './run-child.ts';

describe('signing in', () => {
  let home: Home;
  let pool: SharedPool;
  let vault: Vault;
  let credentials: Credentials;
  let issuer: Issuer;
  let options: Record<string, IssuerOptions>;
  before(async () => {
    home = await createHome();
    const balancer = await (await home.open()).service('balancer');
    [pool, vault, credentials] = await Promise.all([balancer.pool(), balancer.vault(), balancer.credentials()]);
  });
  after(() => home.remove());
  beforeEach(async () => {
    issuer = await startIssuer();
    options = {
      corp: { issuer: issuer.url, clientId: 'pith-at-corp', provider: 'anthropic', scopes: ['models', 'offline_access'], parameters: { audience: 'llm' } },
      plain: { authorizationUrl: `${issuer.url}/authorize`, tokenUrl: `${issuer.url}/token`, deviceUrl: `${issuer.url}/device`, issuer: issuer.url, clientId: 'pith-at-corp', provider: 'openai' },
    };
  });
  afterEach(() => issuer.close());

  /** A browser that says yes at once: it follows where it is sent. */
  const visit = async (url: string): Promise<Response> => fetch(url);
  /** Where the issuer sends the browser. */
  const redirectOf = async (url: string): Promise<string> => (await fetch(url, { redirect: 'manual' })).headers.get('location')!;
  const urlIn = (text: string): string => /^https?:\S+$/m.exec(text)![0];
  const storedOf = async (name: string): Promise<OauthSecret> => await vault.get(`${pool.find(name)!.provider}/${pool.find(name)!.id}`) as unknown as OauthSecret;
  const reload = async (): Promise<void> => { pool = await (await (await home.open()).service('balancer')).pool(); };

  /** Within this process. */
  const sign = (name: string, way: SignInWay, parts: Partial<SignInParts> = {}): Promise<OauthSecret> => signIn(name, way, {
    issuers: options, vault, redact: (text) => text, say: () => undefined, askLine: () => new Promise(() => undefined), openBrowser: () => undefined, hide: () => undefined, env: {}, ...parts,
  });

  describe('as a process', () => {
    it('by browser adds an account, with PKCE, and its token serves and is refreshed', async () => {
      const browser = join(home.folder, 'browser.mjs');
      await writeFile(browser, `#!${process.execPath}\nconst page = await fetch(process.argv[2]);\nif (!(await page.text()).includes('may be closed')) process.exit(1);\n`);
      await chmod(browser, 0o700);

      const { error, result, all, stderr } = await startCommand(home.folder, ['add', 'team', '--issuer', 'corp', '--priority', '3'], { options: { issuers: options }, env: { BROWSER: browser } }).ended;

      assert.equal(error, null, all);
      assert.match(stderr, /^Sign in in the browser\./);
      const url = new URL(urlIn(stderr));
      assert.deepEqual([url.searchParams.get('client_id'), url.searchParams.get('code_challenge_method'), url.searchParams.get('scope'), url.searchParams.get('audience')], ['pith-at-corp', 'S256', 'models offline_access', 'llm']);
      assert.deepEqual([result!['name'], result!['credential'], result!['priority'], result!['provider']], ['team', 'oauth', 3, 'anthropic']);
      await reload();
      const account = pool.find('team')!;
      assert.equal(account.token?.version, 1);
      assert.ok(issuer.isGood((await credentials.of(account)).headers['authorization']!.replace('Bearer ', '')));
      assert.equal(await credentials.renew(account, { tokenVersion: 1 }), true);
      assert.deepEqual(issuer.asked.map(({ grant_type: grant }) => grant), ['authorization_code', 'refresh_token']);
      for (const secret of issuer.secrets) assert.ok(!all.includes(secret), 'no secret is said');
    });

    it('by pasting the code or the whole address, and again by reauth, which keeps the account', async () => {
      const child = startCommand(home.folder, ['add', 'pasted', '--issuer', 'corp', '--paste', '--base-url', issuer.url, '--allow-loopback'], { options: { issuers: options } });
      const back = new URL(await redirectOf(urlIn(await child.shows(/Then paste/))));
      child.type(`${back.searchParams.get('code')}#${back.searchParams.get('state')}\n`, 'more');
      const { error, all } = await child.ended;
      assert.equal(error, null, all);
      await reload();
      const { id } = pool.find('pasted')!;
      const first = await storedOf('pasted');
      await pool.append({ type: 'refresh-failed', accountId: id, atMs: Date.now(), by: 'a test', reason: 'invalid_grant', isFinal: true, retryAtMs: 0, tokenVersion: 1 });

      const again = startCommand(home.folder, ['reauth', 'pasted', '--paste', '--json'], { options: { issuers: options } });
      again.type(`${await redirectOf(urlIn(await again.shows(/Then paste/)))}\n`);
      const ended = await again.ended;

      assert.equal(ended.error, null, ended.all);
      await reload();
      const second = await storedOf('pasted');
      assert.equal(pool.find('pasted')!.state.kind, 'active');
      assert.deepEqual([pool.find('pasted')!.id, pool.find('pasted')!.token?.version, first.version, second.version], [id, 2, 1, 2]);
      assert.notEqual(first.access, second.access);
    });

    it('by device, with a code for another machine', async () => {
      const { error, stderr, all } = await startCommand(home.folder, ['add', 'device', '--issuer', 'plain', '--device'], { options: { issuers: options } }).ended;

      assert.equal(error, null, all);
      assert.match(stderr, new RegExp(`^Open ${issuer.url}/activate in a browser, on any machine, and type this code: ABCD-EFGH`));
      await reload();
      assert.ok(issuer.isGood((await storedOf('device')).access));
    });
  });

  describe('that fails', () => {
    it('for a wrong state, a code of somebody else, or what is no code at all', async () => {
      let last = '';
      const say = (text: string): void => { last = urlIn(text); };
      const refused = async (change: (back: URL) => string, message: RegExp): Promise<void> => {
        await assert.rejects(sign('corp', 'paste', { say, askLine: async () => change(new URL(await redirectOf(last))) }), { code: 'ACCOUNT_SIGN_IN_FAILED', message });
      };

      await refused((back) => `${back.searchParams.get('code')}#another-state`, /state/i);
      await refused((back) => `a-code-of-somebody-else#${back.searchParams.get('state')}`, /invalid_grant: no such code/);
      await refused((back) => String(back.searchParams.get('code')), /neither CODE#STATE nor an address/);
      await refused(() => '', /neither CODE#STATE nor an address/);
      await refused((back) => { back.searchParams.set('iss', 'https://evil.example'); return back.href; }, /iss/);
      await refused((back) => { back.searchParams.delete('iss'); return back.href; }, /iss/);
    });

    it('where the person says no', async () => {
      issuer.rules.authorize = 'no';

      await assert.rejects(sign('corp', 'browser', { openBrowser: (url) => void visit(url) }), { code: 'ACCOUNT_SIGN_IN_FAILED', message: /access_denied/, hint: /say yes/ });
    });

    it('where it takes too long, by each way', async () => {
      issuer.rules.isApproved = false;
      const askLine: SignInParts['askLine'] = (_, signal) => new Promise((_resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason as Error)); });

      for (const way of ['browser', 'paste', 'device'] as const) await assert.rejects(sign('corp', way, { lifeMs: 300, askLine }), { code: 'ACCOUNT_SIGN_IN_EXPIRED', exitCode: 4 }, way);
    });

    it('where the code for a device is over before', async () => {
      issuer.rules.answers.push({ status: 400, body: { error: 'expired_token' } });

      await assert.rejects(sign('corp', 'device'), { code: 'ACCOUNT_SIGN_IN_EXPIRED', message: 'The sign-in was not finished before its code was over' });
    });

    it('and hides what the issuer repeats of it', async () => {
      const hidden: string[] = [];
      const redact = (text: string): string => hidden.reduce((left, secret) => left.replaceAll(secret, '[secret]'), text);
      issuer.rules.answers.push({ status: 400, body: { error: 'invalid_grant', error_description: 'wrong: the-code-of-a-person' } });
      let shown = '';

      await assert.rejects(sign('corp', 'paste', { redact, hide: (secret) => hidden.push(secret), say: (text) => { shown = text; }, askLine: async () => `the-code-of-a-person#${new URL(urlIn(shown)).searchParams.get('state')}` }), { message: 'The sign-in at corp failed: invalid_grant: wrong: [secret]' });
    });

    it('where the settings do not say enough, or lead where nothing may be sent', async () => {
      const refused = async (given: IssuerOptions, message: RegExp): Promise<void> => {
        await assert.rejects(sign('bad', 'browser', { issuers: { bad: given } }), { code: 'ACCOUNT_ISSUER_INVALID', message });
      };
      const { plain } = options;

      await assert.rejects(sign('crop', 'browser'), { code: 'ACCOUNT_ISSUER_UNKNOWN', hint: 'Did you mean corp?' });
      await refused({ clientId: 'x' }, /it has no tokenUrl, and no issuer/);
      await refused({ clientId: 'x', tokenUrl: `${issuer.url}/token` }, /it has no authorizationUrl/);
      await refused({ ...plain!, tokenUrl: 'http://10.0.0.1/token' }, /its tokenUrl is refused/);
      await refused({ ...plain!, clientSecret: 'vault:nothing' }, /the vault has no text "nothing"/);
      await refused({ ...plain!, redirect: 'https://corp.example/code' }, /redirect of this issuer does not lead to this machine/);
    });

    it('where the issuer is not there, in one sentence', async () => {
      await assert.rejects(sign('gone', 'browser', { issuers: { gone: { issuer: 'http://127.0.0.1:1', clientId: 'x' } } }), { code: 'ACCOUNT_SIGN_IN_FAILED', message: /^The sign-in at gone failed: The connection to 127\.0\.0\.1 failed/ });
    });
  });

  it('finds what an issuer says of itself also where it knows OAuth alone', async () => {
    issuer.rules.isOpenId = false;

    assert.ok(issuer.isGood((await sign('corp', 'browser', { openBrowser: (url) => void visit(url) })).access));
  });

  it('sends the client secret as the settings say, also one that the vault keeps', async () => {
    await vault.set('corp-client', 'a-client-secret-of-corp');
    const plain = { ...options['plain']!, clientSecret: 'vault:corp-client' };

    await sign('plain', 'browser', { issuers: { plain }, openBrowser: (url) => void visit(url) });
    await sign('plain', 'browser', { issuers: { plain: { ...plain, clientAuth: 'basic' } }, openBrowser: (url) => void visit(url) });

    assert.equal(issuer.asked[0]!['client_secret'], 'a-client-secret-of-corp');
    assert.match(issuer.basic[1]!, /^Basic /);
    assert.equal(issuer.asked[1]!['client_secret'], undefined);
  });

  it('goes on when others come to the address that waits for the browser', async () => {
    const statuses: number[] = [];
    const openBrowser = async (url: string): Promise<void> => {
      const back = new URL(await redirectOf(url));
      const state = back.searchParams.get('state')!;
      const probes: [string, RequestInit?][] = [
        [back.origin], [`${back.origin}/callback`], [`${back.origin}/callback?code=x&state=guessed`], [`${back.origin}/callback?error=access_denied`], [back.href, { method: 'POST' }],
        [`http://localhost:${back.port}/callback?code=x&state=${state}`],
      ];
      for (const [probe, init] of probes) statuses.push((await fetch(probe, init)).status);
      statuses.push((await fetch(back)).status);
    };

    const { access } = await sign('corp', 'browser', { openBrowser: (url) => void openBrowser(url) });

    assert.ok(issuer.isGood(access));
    assert.deepEqual(statuses.slice(0, 6), [404, 404, 404, 404, 404, 404]);
  });

  it('says so where the port of its redirect is taken', async () => {
    const { signal } = new AbortController();
    const first = await waitForRedirect('http://127.0.0.1/callback', signal);

    await assert.rejects(waitForRedirect(first.url, signal), { code: 'ACCOUNT_SIGN_IN_FAILED', hint: /--paste/ });
    await first.close();
  });

  it('opens a browser without a shell, on each system', () => {
    const url = 'https://issuer.example/?a=1&b=$(touch x)';

    assert.deepEqual(browserCommand(url, {}, 'linux'), ['xdg-open', url]);
    assert.deepEqual(browserCommand(url, { WSL_DISTRO_NAME: 'Ubuntu' }, 'linux'), ['wslview', url]);
    assert.deepEqual(browserCommand(url, {}, 'darwin'), ['open', url]);
    assert.deepEqual(browserCommand(url, {}, 'win32'), ['rundll32', 'url.dll,FileProtocolHandler', url]);
    assert.deepEqual(browserCommand(url, { BROWSER: '/usr/bin/links' }, 'linux'), ['/usr/bin/links', url]);
  });

  it('says which setting of an issuer is wrong', () => {
    const say = (given: unknown): string[] => isIssuers(given, ['issuers']).map(({ path, message }) => `${path.join('.')} ${message}`);

    assert.deepEqual(say({ corp: { issuer: 'https://a.example', clientId: 'x', scopes: ['a'] } }), []);
    assert.deepEqual(say([]), ['issuers must be an object of issuers by name']);
    assert.deepEqual(say({ corp: { issuer: 'https://a.example' } }), ['issuers.corp.clientId must be there: the id that the issuer has given to you for pith']);
    assert.match(say({ corp: { clientid: 'x' } })[0]!, /^issuers\.corp\.clientid is not known; the options are issuer, /);
    assert.match(say({ corp: { clientId: 'x', header: 'cookie' } })[0]!, /^issuers\.corp\.header must be bearer or x-api-key/);
  });
});
