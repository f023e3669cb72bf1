import assert from 'node:assert/strict';
import { after, before } from 'mocha';
import { stateAt } from '../../src/account/state.ts';
import { type Api, startApi } from './start-api.ts';

describe('accounts over the management API', () => {
  let api: Api;
  before(async () => { api = await startApi(); });
  after(() => api.close());

  const post = (path: string, body: object, method = 'POST'): ReturnType<Api['ask']> => api.ask(path, { method, body });

  it('are listed with how they are', async () => {
    await api.request();
    const accounts = (await api.ask('/api/accounts')).json as unknown as Record<string, unknown>[];
    const [one] = accounts;
    assert.deepEqual([one!['id'], one!['name'], one!['provider'], one!['tier'], one!['paused'], one!['tokenStatus'], one!['rateLimitStatus']], ['id-one', 'one', 'anthropic', 1, false, 'valid', 'allowed']);
    const sum = (name: string): number => accounts.reduce((total, account) => total + Number(account[name]), 0);
    assert.deepEqual([sum('requestCount'), sum('totalRequests'), sum('isPrimary')], [1, 1, 1]);
  });

  it('are paused, resumed, renamed, given a tier and a priority, by name or id', async () => {
    const pool = await api.balancer.pool();
    assert.equal((await post('/api/accounts/one/pause', { reason: 'a test' })).json['success'], true);
    assert.deepEqual({ ...pool.find('one')!.state, sinceMs: 0 }, { kind: 'paused', sinceMs: 0, reason: 'a test' });
    const shown = (await api.ask('/api/accounts/one')).json;
    assert.deepEqual([shown['paused'], shown['pauseReason']], [true, 'a test']);
    assert.match((shown['explanation'] as { text: string }).text, /one is paused/);
    await post('/api/accounts/id-one/resume', {});
    assert.equal(stateAt(pool.find('one')!, Date.now()).kind, 'active');
    await post('/api/accounts/one/tier', { tier: 20 });
    await post('/api/accounts/one/priority', { priority: 7 });
    assert.deepEqual([pool.find('one')!.tier, pool.find('one')!.priority], [20, 7]);
    await post('/api/accounts/one/rename', { name: 'first' });
    assert.equal(pool.find('first')!.id, 'id-one');
    await post('/api/accounts/first/rename', { name: 'one' });
  });

  const BAD: [string, object, number, string][] = [
    ['/api/accounts/nobody/pause', {}, 404, 'ACCOUNT_NOT_FOUND'], ['/api/accounts/one/tier', { tier: 0 }, 400, 'BODY_INVALID'], ['/api/accounts/one/tier', {}, 400, 'BODY_INVALID'], ['/api/accounts/one/priority', { priority: 101 }, 400, 'BODY_INVALID'],
    ['/api/accounts/one/priority', { priority: '5' }, 400, 'BODY_INVALID'], ['/api/accounts/one/rename', { name: 'two' }, 409, 'ACCOUNT_NAME_TAKEN'], ['/api/accounts/one/rename', { name: '\u001b[2J' }, 400, 'ACCOUNT_NAME_INVALID'],
    ['/api/accounts', { name: 'three' }, 400, 'BODY_INVALID'], ['/api/accounts', { name: 'three', apiKey: 'sk-long-enough', token: 'sk-long-enough' }, 400, 'BODY_INVALID'], ['/api/accounts', { name: 'one', apiKey: 'sk-long-enough' }, 409, 'ACCOUNT_NAME_TAKEN'],
    ['/api/accounts', { name: 'three', apiKey: 'sk-long-enough', baseUrl: 'file:///etc' }, 400, 'ACCOUNT_ADDRESS_REFUSED'], ['/api/accounts', { name: 'three', apiKey: 'sk-long-enough', baseUrl: 'https://user:pass@example.org' }, 400, 'ACCOUNT_ADDRESS_REFUSED'], ['/api/accounts', { name: 'three', apiKey: 'sk-long-enough', baseUrl: 'http://127.0.0.1:1' }, 400, 'ACCOUNT_ADDRESS_REFUSED'], ['/api/accounts', { name: 'three', apiKey: 'sk-ant-secret-of-one-that-nobody-sees', baseUrl: 'https://169.254.169.254', allowHosts: ['169.254.169.254'] }, 400, 'ACCOUNT_ADDRESS_REFUSED'],
    ['/api/accounts', { name: 'three', apiKey: 'sk-long-enough', provider: 'other' }, 400, 'ACCOUNT_VALUE_INVALID'],
  ];
  for (const [path, body, status, code] of BAD) {
    it(`are not changed by ${path} with ${JSON.stringify(body)}: ${status}`, async () => {
      const pool = await api.balancer.pool();
      const before = pool.accounts;
      const reply = await post(path, body);
      assert.deepEqual([reply.status, reply.json.error!.code], [status, code]);
      assert.doesNotMatch(reply.text, /sk-long-enough|user:pass/);
      assert.deepEqual(pool.accounts, before);
    });
  }

  it('are added, with the key in the vault alone, and take requests', async () => {
    const reply = await post('/api/accounts', { name: 'three', apiKey: 'sk-ant-secret-of-three', baseUrl: api.upstream.url, allowLoopback: true });
    assert.equal(reply.status, 201);
    const id = String(reply.json['id']);
    assert.equal(await (await api.balancer.vault()).get(`anthropic/${id}`), 'sk-ant-secret-of-three');
    for (const name of ['one', 'two']) await post(`/api/accounts/${name}/pause`, {});
    assert.equal(await api.request(), 200);
    assert.equal(api.upstream.requests.at(-1)!.account, 'sk-ant-secret-of-three');
    for (const name of ['one', 'two']) await post(`/api/accounts/${name}/resume`, {});
  });

  it('are removed by whoever says their name, with their secret', async () => {
    const pool = await api.balancer.pool();
    const { id } = pool.find('three')!;
    for (const body of [{}, { confirm: 'two' }, { confirm: 'THREE' }]) {
      const refused = await post('/api/accounts/three', body, 'DELETE');
      assert.deepEqual([refused.status, refused.json.error!.code], [400, 'ACCOUNT_NOT_REMOVED']);
    }
    assert.equal((await post('/api/accounts/three', { confirm: 'three' }, 'DELETE')).status, 200);
    assert.equal(pool.find('three'), undefined);
    assert.equal(await (await api.balancer.vault()).get(`anthropic/${id}`), undefined);
  });

  it('that are all out make the server degraded where they come back, and unhealthy where not', async () => {
    const pool = await api.balancer.pool();
    const untilMs = Date.now() + 60_000;
    for (const name of ['one', 'two']) await pool.append({ type: 'limited', accountId: `id-${name}`, atMs: Date.now(), by: 'a test', untilMs, reason: 'upstream_429', status: 429 });
    const degraded = await api.ask('/health');
    assert.deepEqual([degraded.status, degraded.json['status']], [503, 'degraded']);
    assert.equal((degraded.json['pool'] as { next_available_at: string }).next_available_at, new Date(untilMs).toISOString());
    const [one] = (await api.ask('/api/accounts')).json as unknown as [Record<string, unknown>];
    assert.deepEqual([one['rateLimitStatus'], one['rateLimitedUntil'], one['rateLimitedReason']], ['rate_limited', new Date(untilMs).toISOString(), 'upstream_429']);
    await post('/api/accounts/one/resume', { now: true });
    assert.equal((await api.ask('/health')).status, 200);
    for (const name of ['one', 'two']) {
      await post(`/api/accounts/${name}/resume`, { now: true });
      await post(`/api/accounts/${name}/pause`, {});
    }
    const unhealthy = await api.ask('/health', { token: null });
    assert.deepEqual([unhealthy.status, unhealthy.json['status']], [503, 'unhealthy']);
    for (const name of ['one', 'two']) await post(`/api/accounts/${name}/resume`, {});
  });
});
