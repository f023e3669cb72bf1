import assert from 'node:assert/strict';
import type { Kernel, Pricing } from '@pith/kernel';
import { after, before, beforeEach } from 'mocha';
import type { KeyLimits } from '../../src/keys/key.ts';
import type { NewKey } from '../../src/keys/key-store.ts';
import { SharedKeys } from '../../src/keys/shared-keys.ts';
import { ask, type Asking, type Answered, testProxy, type TestProxy } from '../proxy/start-proxy.ts';
import { createHome, type Home } from '../start-balancer.ts';

const ALL: KeyLimits = { accounts: null, models: null, budgets: [], expiresMs: null };
/** A dollar for a million tokens, whichever; of `free-*` nobody knows. */
const PRICING: Pricing = { costMicroUsd: ({ model, usage }) => (model.startsWith('free-') ? null : usage.input + usage.output + (usage.cacheRead ?? 0) + (usage.cacheWrite ?? 0)) };

describe('Client keys at the proxy', () => {
  let home: Home;
  let kernel: Kernel;
  let keys: SharedKeys;
  /** As another process has them. */
  let others: SharedKeys;
  let proxy: TestProxy;
  before(async () => {
    home = await createHome();
    kernel = await home.open();
    const open = async (): Promise<SharedKeys> => SharedKeys.open({ database: await (await kernel.service('balancer')).database(), pricing: PRICING });
    [keys, others] = [await open(), await open()];
    proxy = await testProxy({ keys, accounts: ['account-one', 'account-two', { key: 'account-chat', family: 'openai' }] });
  });
  after(async () => {
    await proxy.close();
    await keys.close();
    await others.close();
    await home.remove();
  });
  let name = '';
  let count = 0;
  beforeEach(() => { name = `ci-${++count}`; });

  const add = async (limits: Partial<KeyLimits> = {}): Promise<NewKey> => {
    const made = await keys.store.add(name, { ...ALL, ...limits });
    await keys.look();
    return made;
  };
  const askWith = (secret: string, more: Asking = {}): Promise<Answered> => ask(proxy, { ...more, headers: { 'x-api-key': secret, ...more.headers } });
  const errorOf = ({ json }: Answered): { type: string; message: string; code?: string } => (json as { error: { type: string; message: string; code?: string } }).error;

  it('are not needed before there is one', async () => {
    assert.equal(keys.isRequired, false);
    assert.equal((await ask(proxy)).status, 200);
  });

  it('are needed as soon as there is one, by either of the headers', async () => {
    const { secret } = await add();

    const [without, wrong, byKey, byBearer] = await Promise.all([ask(proxy), askWith('pith-nothing'), askWith(secret), ask(proxy, { headers: { authorization: `Bearer ${secret}` } })]);

    assert.deepEqual([without.status, wrong.status, byKey.status, byBearer.status], [401, 401, 200, 200]);
    assert.deepEqual(errorOf(wrong), { type: 'authentication_error', message: 'The key of the request is not one of this proxy; make one with: pith proxy keys add' });
    assert.equal(proxy.upstream.requests.some(({ rawHeaders, body }) => rawHeaders.join().includes(secret) || body.includes(secret)), false);
  });

  it('speak to a program of the other family in its own words', async () => {
    const answer = await ask(proxy, { path: '/v1/chat/completions', headers: { authorization: 'Bearer pith-nothing' } });

    assert.equal(answer.status, 401);
    assert.equal(errorOf(answer).code, 'invalid_api_key');
  });

  it('stand on the books with what they asked', async () => {
    const { key, secret } = await add();
    await askWith(secret);

    assert.equal(proxy.rows.at(-1)!.clientKeyId, key.id);
  });

  it('reach only their own accounts', async () => {
    const { secret } = await add({ accounts: ['id-account-two'] });
    await askWith(secret);

    assert.equal(proxy.upstream.requests.at(-1)!.account, 'account-two');
  });

  it('ask only for their models, and nothing that hides which', async () => {
    const { secret } = await add({ models: ['claude-*'] });

    const good = await askWith(secret, { body: { model: 'claude-x', messages: [] } });
    const bad = await askWith(secret, { body: { model: 'gpt-5', messages: [] } });
    const two = await askWith(secret, { body: '{"model":"gpt-5","messages":[],"model":"claude-x"}' });
    const alike = await Promise.all(['Model', 'MODEL', String.raw`\u004dodel`].map((key) => askWith(secret, { body: `{"model":"claude-x","messages":[],"${key}":"gpt-5"}` })));
    const only = await askWith(secret, { body: { Model: 'claude-x', messages: [] } });
    const other = await askWith(secret, { body: { model: 'CLAUDE-x', messages: [] } });
    const none = await askWith(secret, { body: { messages: [] } });
    const batch = await askWith(secret, { path: '/v1/messages/batches', body: { requests: [{ params: { model: 'gpt-5' } }] } });
    const list = await askWith(secret, { path: '/v1/models', method: 'GET' });

    assert.deepEqual([good, bad, two, none, batch, list].map(({ status }) => status), [200, 403, 400, 403, 403, 200]);
    assert.deepEqual([...alike, only, other].map(({ status }) => status), [400, 400, 400, 403, 403]);
    assert.equal(errorOf(bad).message, `The key ${name} may not ask for "gpt-5", only for claude-*`);
  });

  for (const [what, limits] of [['models', { models: ['test-*'] }], ['a budget', { budgets: [{ per: 'day', amountMicroUsd: 5_000_000 }] }]] as const) {
    it(`that have ${what} see what models there are, and nothing that others have stored`, async () => {
      const { secret } = await add(limits);
      const see = async (path: string): Promise<number> => (await askWith(secret, { path, method: 'GET', headers: { 'anthropic-version': '2023-06-01' } })).status;
      assert.deepEqual([await see('/v1/models'), await see('/v1/models?limit=3'), await see('/v1/models/test-model')], [200, 200, 200]);
      for (const path of ['/v1/files', '/v1/files/one/content', '/v1/messages/batches', '/v1/messages/batches/one/results', '/v1/responses/one', '/v1/chat/completions/one/messages', '/v1/models/']) assert.equal(await see(path), 403, path);
    });
  }

  it('that have neither reach all of what lies with their accounts', async () => {
    const { secret } = await add({ accounts: ['id-account-one'] });
    assert.equal((await askWith(secret, { path: '/v1/files/one', method: 'GET', headers: { 'anthropic-version': '2023-06-01' } })).status, 200);
  });

  describe('with a list of models', () => {
    let secret: string;
    before(async () => {
      name = 'one-model';
      ({ secret } = await add({ models: ['claude-x', 'test-*'] }));
    });
    const long = `"messages":[{"role":"user","content":"${'x'.repeat(70_000)}"}]`;
    const rule = { name: 'a', input_schema: { properties: { model: { type: 'string' } } } };

    for (const [how, body] of [
      ['a key in other letters', '{"model":"claude-x","Model":"gpt-5"}'], ['letters that only look the same', '{"model":"claude-x","mode\uff4c":"gpt-5"}'],
      ['a key with a character that ends it elsewhere', '{"model":"claude-x","model\u0000":"gpt-5"}'], ['a key with an escape that JSON does not have', '{"model":"claude-x","\\model":"gpt-5"}'],
      ['a comment', '{"model":"claude-x",/*"*/"model":"gpt-5"/*"*/}'], ['a key without quotes', '{"model":"claude-x",model:"gpt-5"}'], ['another object', '{"model":"claude-x"}{"model":"gpt-5"}'],
      ['an end that never comes', '{"model":"claude-x","messages":['], ['a list of models', '{"model":"claude-x","models":["gpt-5"]}'], ['models for a failure', '{"model":"claude-x","fallbacks":["gpt-5"]}'],
      ['a list behind a long text', `{"model":"claude-x",${long},"models":["gpt-5"]}`], ['a tool that asks one itself', '{"model":"claude-x","tools":[{"type":"advisor","model":"gpt-5"}]}'],
      ['a tool behind a long text', `{"model":"claude-x",${long},"tools":[{"type":"advisor","model":"gpt-5"}]}`], ['the second of its tools', '{"model":"claude-x","tools":[{"type":"advisor","model":"claude-x"},{"type":"advisor","Model":"gpt-5"}]}'], ['tools in other letters', '{"model":"claude-x","Tools":[{"type":"advisor","model":"gpt-5"}],"tools":[]}'],
      ['a name that is longer than any', `{"model":"${'g'.repeat(1000)}","model":"claude-x"}`], ['UTF-16', Buffer.from('\ufeff{"model":"gpt-5"}', 'utf16le')],
    ] as const) {
      it(`reach no other by ${how}`, async () => {
        const before = proxy.upstream.requests.length;
        assert.ok([400, 403].includes((await askWith(secret, { body })).status));
        assert.equal(proxy.upstream.requests.length, before);
      });
    }

    it('reach no other by an agent that another model is preferred for', async () => {
      const other = await testProxy({ keys, upstream: proxy.upstream, accounts: ['account-one'], agents: { recognise: () => ({ agent: 'reviewer', model: 'claude-x' }) } });
      const bodies = [Buffer.from('\ufeff{"model":"gpt-5"}', 'utf16le'), '{"messages":[]}', '{"model":"gpt-5","tools":[{"type":"advisor","model":"gpt-5"}]}', '{"model":"gpt-5","messages":[]}'];
      const answers = [];
      for (const body of bodies) answers.push((await ask(other, { headers: { 'x-api-key': secret }, body })).status);
      await other.close();

      assert.deepEqual([answers, proxy.upstream.requests.at(-1)!.body.toString()], [[403, 403, 403, 200], '{"model":"claude-x","messages":[]}']);
    });

    it('ask whatever is plain', async () => {
      for (const body of ['\ufeff{"model":"claude-x","a":[-1.5e3,true,false,null,{}]}\n', `{"tools":${JSON.stringify([rule])},${long},"model":"claude-x"}`, '{"model":"test-\\u0031","tools":[{"model":"test-1"}]}']) {
        assert.equal((await askWith(secret, { body })).status, 200, body.slice(0, 60));
      }
    });
  });

  it('spend only their budget, and say when it is new', async () => {
    const { key, secret } = await add({ budgets: [{ amountMicroUsd: 2000, per: 'day' }] });
    const body = { model: 'test-model', max_tokens: 100, messages: [] };

    const answers = [await askWith(secret, { body }), await askWith(secret, { body: { ...body, max_tokens: 5000 } }), await askWith(secret, { body })];
    await keys.spending.flush();

    assert.deepEqual(answers.map(({ status }) => status), [200, 429, 200]);
    assert.ok(Number(answers[1]!.headers['retry-after']) > 0);
    assert.match(errorOf(answers[1]!).message, /^The key ci-\d+ has a budget of \$0\.002 a day, of which \$0\.001953 are left; this request may cost up to \$0\.0060\d+\. The budget is new at \d{4}-/);
    assert.deepEqual([...(await keys.store.spending(key.id)).values()], [94]); // Twice 25 + 12 + 7 + 3.
  });

  it('let 3 of 50 requests go that come at once, where the budget is for 3', async () => {
    const body = { model: 'test-model', max_tokens: 3000, messages: [] };
    const bound = 3000 + Math.ceil(JSON.stringify(body).length / 2) + 1000; // A millionth of a dollar a token, see PRICING.
    const { secret } = await add({ budgets: [{ amountMicroUsd: 3 * bound + 10, per: 'total' }] });
    const before = proxy.upstream.requests.length;
    const free = Promise.withResolvers<void>();
    proxy.upstream.script('account-one', { hold: free.promise });

    const asked = Array.from({ length: 50 }, () => askWith(secret, { body }));
    let refused = 0;
    await new Promise<void>((resolve) => { for (const each of asked) void each.then(() => { if (++refused === 47) resolve(); }); });
    free.resolve();
    const answers = await Promise.all(asked);
    proxy.upstream.script('account-one', {});

    assert.deepEqual([answers.filter(({ status }) => status === 200).length, answers.filter(({ status }) => status === 403).length, proxy.upstream.requests.length - before], [3, 47, 3]);
  });

  it('give back what was held for a request that failed', async () => {
    const { key, secret } = await add({ budgets: [{ amountMicroUsd: 5000, per: 'total' }] });
    proxy.upstream.script('account-one', { status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message: 'no' } } });
    const { status } = await askWith(secret, { body: { model: 'test-model', max_tokens: 3000, messages: [] } });
    proxy.upstream.script('account-one', {});
    await keys.spending.flush();

    assert.equal(status, 400);
    assert.equal((await keys.store.spending(key.id)).size, 0);
    assert.equal((await askWith(secret, { body: { model: 'test-model', max_tokens: 3000, messages: [] } })).status, 200);
  });

  it('count every answer that is asked for, and each limit that stands there', async () => {
    const { secret } = await add({ budgets: [{ amountMicroUsd: 10_000, per: 'total' }] });

    const many = await askWith(secret, { path: '/v1/chat/completions', body: { model: 'test-model', n: 100, max_tokens: 100, messages: [] } });
    const twice = await askWith(secret, { body: '{"model":"test-model","max_tokens":9500,"messages":[],"max_tokens":1}' });

    assert.deepEqual([many.status, twice.status], [403, 403]);
  });

  for (const [what, limit] of [['null', 'null'], ['a number in quotes', '"9500"'], ['a number below 1', '-1'], ['a long number', `9500.${'0'.repeat(40)}`], ['no number at all', '[1]']] as const) {
    it(`hold as much as a request may cost whose limit is ${what}`, async () => {
      const { secret } = await add({ budgets: [{ amountMicroUsd: 10_000, per: 'total' }] });

      const answer = await askWith(secret, { body: `{"model":"test-model","max_tokens":${limit},"messages":[]}` });

      assert.equal(answer.status, 403);
    });
  }

  it('hold as much as a long request allows, also where it says so at its end', async () => {
    const { secret } = await add({ budgets: [{ amountMicroUsd: 80_000, per: 'total' }] });
    const body = (maxTokens: number): string => `{"model":"test-model","messages":[{"role":"user","content":"${'x'.repeat(70_000)}"}],"max_tokens":${maxTokens}}`;

    const answers = [await askWith(secret, { body: body(100_000) }), await askWith(secret, { body: body(100) })];

    assert.deepEqual(answers.map(({ status }) => status), [403, 200]);
  });

  it('with a budget cannot ask for a model whose price nobody knows', async () => {
    const { secret } = await add({ budgets: [{ amountMicroUsd: 10_000, per: 'total' }] });

    const answer = await askWith(secret, { body: { model: 'free-lunch', messages: [] } });

    assert.equal(answer.status, 403);
    assert.match(errorOf(answer).message, /the price of "free-lunch" is not known/);
  });

  it('count no more when they are paused, expired, rotated or removed, in all processes', async () => {
    const { key, secret } = await add();
    await others.look();
    assert.notEqual(others.check(secret), undefined);
    await keys.store.pause(name);
    await Promise.all([keys.look(), others.look()]);
    assert.equal(others.check(secret), undefined);
    assert.match(errorOf(await askWith(secret)).message, /is paused/);
    await keys.store.resume(key.id);
    const { secret: next } = await keys.store.rotate(name);
    await others.look();
    assert.deepEqual([others.check(secret)?.id, others.check(next)?.id], [undefined, key.id]);
    await keys.store.remove(key.id);
    await others.look();
    assert.equal(others.check(next), undefined);
  });

  it('are heard of by a process that does not ask', async () => {
    const { secret } = await add();
    const heard = new Promise<void>((resolve) => {
      const look = (): void => void (others.check(secret) === undefined ? setTimeout(look, 20) : resolve());
      look();
    });

    await heard;

    assert.notEqual(others.check(secret), undefined);
  });

  it('that have expired say so', async () => {
    const { secret } = await add({ expiresMs: Date.now() + 60_000 });
    const late = new SharedKeys({ database: await (await kernel.service('balancer')).database(), now: () => Date.now() + 61_000 });
    await late.look();

    assert.equal(late.check(secret), undefined);
    assert.match(late.explain(secret)!, /has expired on/);
    assert.equal(late.isRequired, true);
  });

  it('are kept as hashes alone', async () => {
    const { secret } = await add();
    const database = await (await kernel.service('balancer')).database();
    const rows = await database.transaction('read', async ({ sql }) => (await sql`SELECT * FROM balancer_keys`).rows);

    assert.equal(JSON.stringify(rows).includes(secret), false);
    assert.equal(JSON.stringify(rows).includes(secret.slice(5)), false);
  });
});
