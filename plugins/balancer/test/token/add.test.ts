import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { Vault } from '@pith/kernel';
import { startServer, type LoopbackServer } from '@pith/kernel/testing';
import { after, before } from 'mocha';
import { checkBaseUrl } from '../../src/account/base-url.ts';
import { parseModels, resolveProvider } from '../../src/account/provider.ts';
import type { SharedPool } from '../../src/account/shared-pool.ts';
import AccountsAdd from '../../src/commands/accounts/add.ts';
import AccountsReauth from '../../src/commands/accounts/reauth.ts';
import AccountsTest from '../../src/commands/accounts/test.ts';
import { addAccount } from '../../src/token/add-account.ts';
import { toNewAccount } from '../../src/token/new-account.ts';
import { askLine, askSecret, askYes, checkSecret } from '../../src/token/ask-person.ts';
import { runCommand, type Said } from '../run-command.ts';
import { added, createHome, type Home } from '../start-balancer.ts';
import { startCommand, type Ended } from './run-child.ts';

const KEY = 'sk-ant-a-very-secret-key-of-work';

describe('pith accounts add, reauth and test', () => {
  let home: Home;
  let pool: SharedPool;
  let vault: Vault;
  let server: LoopbackServer;
  let answer: { status: number; headers?: Record<string, string>; body?: unknown };
  before(async () => {
    home = await createHome();
    const balancer = await (await home.open()).service('balancer');
    [pool, vault] = await Promise.all([balancer.pool(), balancer.vault()]);
    server = await startServer((_, response) => void response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers }).end(JSON.stringify(answer.body ?? {})));
  });
  after(async () => {
    await server.close();
    await home.remove();
  });

  const run = (words: readonly string[], typed: string): Promise<Ended> => {
    const child = startCommand(home.folder, words);
    child.type(typed);
    return child.ended;
  };
  const refresh = async (): Promise<void> => { pool = await (await (await home.open()).service('balancer')).pool(); };
  const keyOf = async (name: string): Promise<unknown> => vault.get(`${pool.find(name)!.provider}/${pool.find(name)!.id}`);

  it('keeps a key that is piped in, refuses it for a second account, and takes another one by reauth', async () => {
    const first = await run(['add', 'work', '--provider', 'anthropic', '--priority', '7', '--tier', '5', '--model', 'claude-*=one', '--model', 'b=c'], `${KEY}\n`);
    assert.equal(first.error, null, first.all);
    assert.match(first.out, /^work is added: anthropic, https:\/\/api\.anthropic\.com\. To try it: pith accounts test work$/m);
    await refresh();
    const account = pool.find('work')!;
    assert.deepEqual([account.credential, account.family, account.priority, account.tier, account.models], ['api-key', 'anthropic', 7, 5, { 'claude-*': 'one', b: 'c' }]);
    assert.equal(await keyOf('work'), KEY);

    const second = await run(['add', 'twin', '--provider', 'anthropic'], KEY);
    assert.deepEqual([second.error!.code, second.error!.exitCode], ['ACCOUNT_SECRET_TAKEN', 2]);
    assert.match(second.error!.message, /"work" has the same key already/);
    const again = await run(['reauth', 'work', '--json'], 'sk-ant-another-key-of-work');
    assert.equal(again.error, null, again.all);
    await refresh();
    assert.equal(await keyOf('work'), 'sk-ant-another-key-of-work');
    assert.deepEqual([pool.find('work')!.id, pool.find('work')!.token?.version, pool.find('twin')], [account.id, 1, undefined]);
    for (const { all } of [first, second, again]) assert.ok(!all.includes(KEY) && !all.includes(Buffer.from(KEY).toString('base64')), 'no key is said');
  });

  /** Before anything is read or asked. */
  const refused = async (words: readonly string[], code: string, message: RegExp, hint = /./): Promise<void> => {
    const { error } = await runCommand(AccountsAdd, [...words], home.open);
    assert.equal(error?.code, code, error?.message);
    assert.match(error.message, message);
    assert.match(error.hint!, hint);
  };

  it('refuses names, providers, addresses and numbers that cannot be, before it asks for a key', async () => {
    await pool.append(added('taken', { provider: 'openai', family: 'openai' }));

    await refused(['Taken', '--provider', 'openai'], 'ACCOUNT_NAME_TAKEN', /There is an account "taken" already/);
    await refused([' x', '--provider', 'openai'], 'ACCOUNT_NAME_INVALID', /cannot be called/);
    await refused(['x'], 'ACCOUNT_VALUE_INVALID', /whose account it is/, /--provider anthropic/);
    await refused(['x', '--provider', 'antropic'], 'ACCOUNT_VALUE_INVALID', /"antropic" is no provider that pith knows/, /Did you mean anthropic\?/);
    await refused(['x', '--provider', 'local'], 'ACCOUNT_VALUE_INVALID', /needs the address of its server/);
    await refused(['x', '--provider', 'openai', '--priority', '101'], 'ACCOUNT_VALUE_INVALID', /priority/);
    await refused(['x', '--provider', 'openai', '--model', 'abc'], 'ACCOUNT_VALUE_INVALID', /ASKED=SENT/);
    await refused(['x', '--issuer', 'corp'], 'ACCOUNT_ISSUER_UNKNOWN', /no issuer "corp"/);
    await refused(['x', '--provider', 'openai', '--base-url', 'http://127.0.0.1:1'], 'ACCOUNT_ADDRESS_REFUSED', /.*/, /--allow-loopback/);
  });

  it('repeats no key that somebody types on the command line', async () => {
    for (const words of [['x', KEY], ['x', '--key', KEY], [`--key=${KEY}`, 'x'], ['x', '--provider', 'anthropic', KEY]]) {
      const { error } = await runCommand(AccountsAdd, words, home.open);
      assert.equal(error?.code, 'ACCOUNT_SECRET_INVALID');
      assert.ok(!JSON.stringify([error.message, error.hint]).includes(KEY));
    }
    assert.equal((await runCommand(AccountsReauth, ['work', KEY], home.open)).error?.code, 'ACCOUNT_SECRET_INVALID');
  });

  it('lets neither account nor secret stay where one of them cannot be kept', async () => {
    const names = (await vault.list()).length;

    await assert.rejects(addAccount({ ...added('taken'), accountId: 'new' }, 'sk-a-key-of-nobody', { pool, vault }), { code: 'ACCOUNT_NAME_TAKEN' });

    assert.equal((await vault.list()).length, names);
  });

  describe('an address', () => {
    const no = { allowLoopback: false, allowHosts: [], confirm: async () => false };

    it('is one without the version of its API', async () => {
      for (const text of ['https://93.184.216.34/api/v1/', 'https://93.184.216.34/api/v1', 'https://93.184.216.34/api']) assert.deepEqual(await checkBaseUrl(text, no), { baseUrl: 'https://93.184.216.34/api' });
    });

    it('on this machine or in a private network must be meant: by a flag, or by a yes', async () => {
      const asked: string[] = [];
      const yes = { ...no, confirm: async (question: string) => { asked.push(question); return true; } };

      await assert.rejects(checkBaseUrl('http://localhost:11434/v1', no), { code: 'ACCOUNT_ADDRESS_REFUSED', hint: /--allow-loopback/ });
      await assert.rejects(checkBaseUrl('https://10.1.2.3', no), { code: 'ACCOUNT_ADDRESS_REFUSED', hint: /--allow-host 10\.1\.2\.3/ });
      assert.deepEqual(await checkBaseUrl('http://localhost:11434/v1', { ...no, allowLoopback: true }), { baseUrl: 'http://localhost:11434' });
      assert.deepEqual(await checkBaseUrl('https://10.1.2.3', { ...no, allowHosts: ['10.1.2.3'] }), { baseUrl: 'https://10.1.2.3', allowHost: '10.1.2.3' });
      assert.deepEqual(await checkBaseUrl('http://127.0.0.1:9', yes), { baseUrl: 'http://127.0.0.1:9' });
      assert.deepEqual(await checkBaseUrl('https://10.1.2.3', yes), { baseUrl: 'https://10.1.2.3', allowHost: '10.1.2.3' });
      assert.deepEqual(asked.map((question) => question.split('.').at(-1)!.slice(0, 60)), asked.map(() => ' Shall the requests of this account, with its key, go there?'));
    });

    it('is never a metadata service, plain http to others, one with credentials, or one with a query', async () => {
      const open = { allowLoopback: true, allowHosts: ['169.254.169.254'], confirm: async () => true };
      for (const text of ['http://169.254.169.254', 'https://169.254.169.254', 'http://93.184.216.34', 'https://a:b@93.184.216.34', 'https://93.184.216.34/?a=b', 'https://93.184.216.34/#a', 'ftp://93.184.216.34', 'nonsense', '']) {
        await assert.rejects(checkBaseUrl(text, open), { code: 'ACCOUNT_ADDRESS_REFUSED' }, text);
      }
    });
  });

  it('is called by whole letters, however a terminal types them', async () => {
    const given = { name: 'Jose\u0301', provider: 'anthropic', priority: 0, tier: 1, models: {}, allowLoopback: false, allowHosts: [] };

    assert.equal((await toNewAccount(given, { credential: 'api-key', confirm: async () => false })).name, 'Jos\u00e9');
  });

  it('knows where providers are, and takes any other with family and address', () => {
    assert.deepEqual(resolveProvider('openrouter', {}), { family: 'openai', baseUrl: 'https://openrouter.ai/api' });
    assert.deepEqual(resolveProvider('corp', { family: 'anthropic', baseUrl: 'https://llm.corp.example' }), { family: 'anthropic', baseUrl: 'https://llm.corp.example' });
    for (const name of ['__proto__', 'constructor', 'A', '']) assert.throws(() => resolveProvider(name, { baseUrl: 'https://a.example' }), { code: 'ACCOUNT_VALUE_INVALID' });
    assert.deepEqual(parseModels(['a=b', 'c*=d=e']), { a: 'b', 'c*': 'd=e' });
    for (const pairs of [['=b'], ['a='], ['a'], ['a=b', 'a=c']]) assert.throws(() => parseModels(pairs), { code: 'ACCOUNT_VALUE_INVALID' });
  });

  describe('a person', () => {
    const terminal = (typed: string): { input: PassThrough & { isTTY: boolean }; output: PassThrough } => {
      const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => input });
      input.write(typed);
      return { input, output: new PassThrough() };
    };
    const shown = (output: PassThrough): string => String(output.read() ?? '');

    it('types a key unseen, and it is trimmed', async () => {
      const { input, output } = terminal(`${KEY} \r`);

      assert.equal(await askSecret('The key: ', { input, output }), KEY);
      assert.equal(shown(output), 'The key: \n');
    });

    it('stops with Ctrl-C', async () => {
      const { input, output } = terminal('sk-\u0003');

      await assert.rejects(askSecret('The key: ', { input, output }), { code: 'INTERRUPTED' });
    });

    it('says yes or no; where nobody is, it is no', async () => {
      assert.equal(await askYes('Shall it?', terminal('y\r')), true);
      assert.equal(await askYes('Shall it?', terminal('\r')), false);
      assert.equal(await askYes('Shall it?', { input: new PassThrough(), output: new PassThrough() }), false);
    });

    it('pipes in one line, and may take too long', async () => {
      const stop = new AbortController();
      const input = new PassThrough();
      input.write('code#state\nmore');

      assert.equal(await askLine('', stop.signal, { input, output: new PassThrough() }), 'code#state');
      const waiting = askLine('', stop.signal, { input: new PassThrough(), output: new PassThrough() });
      stop.abort(new Error('late'));
      await assert.rejects(waiting, { message: 'late' });
    });

    it('is told what is no key, without seeing it again', () => {
      assert.throws(() => checkSecret(' \n'), { code: 'ACCOUNT_SECRET_INVALID', message: 'No key came' });
      assert.throws(() => checkSecret('sk-a\nsk-b'), { code: 'ACCOUNT_SECRET_INVALID', message: 'What came has several lines; a key is one' });
      assert.throws(() => checkSecret('sk-a\u200bb'), { code: 'ACCOUNT_SECRET_INVALID', message: /blanks, or characters/ });
    });
  });

  describe('test', () => {
    const test = async (name: string, more: object = {}): Promise<Said> => {
      const { id } = await pool.append(added(name, { baseUrl: server.url, ...more }));
      await vault.set(`anthropic/${id}`, `sk-ant-the-key-of-${name}`);
      return runCommand(AccountsTest, [name], home.open);
    };

    it('asks for the list of models, and says how long it took and what limits there are', async () => {
      answer = { status: 200, headers: { 'anthropic-ratelimit-requests-limit': '50', 'anthropic-ratelimit-requests-remaining': '49', 'anthropic-ratelimit-requests-reset': new Date(Date.now() + 60_000).toISOString() }, body: { data: [{ id: 'a' }, { id: 'b' }] } };

      const { out, result, error } = await test('well');

      assert.equal(error, undefined);
      assert.match(out, /^well answers well: GET http:\/\/127\.0\.0\.1:\d+\/v1\/models in \d+ ms, 2 models\.\nrequests 49 of 50 left, until /);
      assert.deepEqual([(result as { status: number }).status, (result as { models: number }).models], [200, 2]);
      const request = server.requests.at(-1)!;
      assert.deepEqual([request.headers['x-api-key'], request.headers['anthropic-version'], request.headers['authorization']], ['sk-ant-the-key-of-well', '2023-06-01', undefined]);
      assert.match(request.headers['user-agent']!, /^pith\//);
    });

    it('fails with exit code 5 and the server’s words where it is not well, and benches nobody', async () => {
      answer = { status: 401, body: { error: { type: 'authentication_error', message: 'invalid x-api-key sk-ant-the-key-of-ill' } } };

      const { error } = await test('ill');

      assert.deepEqual([error!.code, error!.exitCode, error!.details!['status']], ['ACCOUNT_TEST_FAILED', 5, 401]);
      assert.match(error!.message, /^Account ill is not well: the server answered 401: invalid x-api-key \[secret:.*\(GET http/);
      assert.match(error!.hint!, /pith accounts reauth ill/);
      assert.ok(!JSON.stringify([error!.message, error!.details]).includes('sk-ant-the-key-of-ill'));
      assert.deepEqual((await pool.events('id-ill')).map(({ type }) => type), ['added']);
    });

    it('says so where there is no server', async () => {
      const { error } = await test('gone', { baseUrl: 'http://127.0.0.1:1' });

      assert.equal(error!.code, 'ACCOUNT_TEST_FAILED');
      assert.match(error!.message, /The connection to 127\.0\.0\.1 failed/);
    });
  });
});
