import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { ask } from '../../../../src/http/test/start-host.ts';
import { type Issuer, startIssuer } from '../token/issuer.ts';
import { type Api, startApi } from './start-api.ts';

const PROMPT = 'You review changes with care, and say “no” in one sentence. Nothing else.';

describe('sign-ins, agents and client keys over the management API', () => {
  let issuer: Issuer;
  let api: Api;
  before(async () => {
    issuer = await startIssuer();
    api = await startApi({ options: { issuers: { corp: { issuer: issuer.url, clientId: 'pith-test' } } } });
  });
  after(async () => {
    await api.close();
    await issuer.close();
  });

  const post = (path: string, body: object, method = 'POST'): ReturnType<Api['ask']> => api.ask(path, { method, body });

  describe('a sign-in', () => {
    const begin = async (more: object): Promise<{ sessionId: string; back: URL }> => {
      const { status, json } = await post('/api/oauth/init', { issuer: 'corp', baseUrl: issuer.url, allowLoopback: true, ...more });
      assert.deepEqual([status, json['step']], [200, 'authorize']);
      const { headers } = await fetch(String(json['authUrl']), { redirect: 'manual' });
      return { sessionId: String(json['sessionId']), back: new URL(headers.get('location')!) };
    };

    it('adds an account with what the person brings back, once, and shows no token', async () => {
      const { sessionId, back } = await begin({ name: 'team', provider: 'anthropic' });
      const reply = await post('/api/oauth/callback', { sessionId, code: `${back.searchParams.get('code')}#${back.searchParams.get('state')}` });

      assert.equal(reply.status, 201, reply.text);
      const account = (await api.balancer.pool()).find('team')!;
      assert.deepEqual([account.credential, account.token?.version], ['oauth', 1]);
      for (const secret of issuer.secrets) assert.equal(reply.text.includes(secret), false);
      assert.equal((await post('/api/oauth/callback', { sessionId, code: 'again#again' })).status, 404);
    });

    it('is made anew for an account that is there', async () => {
      const { sessionId, back } = await begin({ name: 'team', reauth: true });
      assert.equal((await post('/api/oauth/callback', { sessionId, code: back.href })).json['message'], 'team is signed in anew');
      assert.equal((await api.balancer.pool()).find('team')!.token?.version, 2);
    });

    it('with another state, of no issuer, or of a name that is taken adds nothing', async () => {
      const { sessionId, back } = await begin({ name: 'other', provider: 'anthropic' });
      const wrong = await post('/api/oauth/callback', { sessionId, code: `${back.searchParams.get('code')}#another-state` });
      assert.deepEqual([wrong.status, wrong.json.error!.code], [502, 'ACCOUNT_SIGN_IN_FAILED']);
      assert.equal((await post('/api/oauth/init', { issuer: 'nobody', name: 'x' })).json.error!.code, 'ACCOUNT_ISSUER_UNKNOWN');
      assert.equal((await post('/api/oauth/init', { issuer: 'corp', name: 'one', baseUrl: issuer.url, allowLoopback: true })).status, 409);
      assert.equal((await api.balancer.pool()).find('other'), undefined);
    });
  });

  it('an agent gets the model that is preferred for it, else the one of all agents', async () => {
    const folder = join(api.home.folder, 'config', 'agents');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'reviewer.md'), `---\nname: reviewer\ndescription: Reviews.\n---\n${PROMPT}\n`);
    const request = { model: 'claude-asked', max_tokens: 10, system: PROMPT, messages: [{ role: 'user', content: 'Hi' }] };
    const sent = async (): Promise<string> => {
      await api.request(request);
      return (JSON.parse(api.upstream.requests.at(-1)!.body.toString('utf8')) as { model: string }).model;
    };
    for (const name of ['team']) await post(`/api/accounts/${name}/pause`, {});
    while (((await api.ask('/api/agents')).json['agents'] as unknown[]).length === 0) await new Promise(setImmediate);

    assert.equal(await sent(), 'claude-asked');
    await post('/api/config/model', { model: 'claude-of-all-agents' });
    assert.equal(await sent(), 'claude-of-all-agents');
    assert.equal((await post('/api/agents/reviewer/preference', { model: 'claude-preferred' })).status, 200);
    assert.deepEqual((await api.ask('/api/agents/reviewer/preference')).json, { agent: 'reviewer', model: 'claude-preferred' });
    assert.equal(await sent(), 'claude-preferred');
    assert.equal((await post('/api/agents/bulk-preference', { model: null })).json['updatedCount'], 1);
    await post('/api/config/model', { model: null });
    assert.equal(await sent(), 'claude-asked');
    assert.deepEqual((await api.ask('/api/workspaces')).json, { workspaces: [] });
    assert.equal((await post('/api/agents/nobody/preference', { model: 'x' })).status, 404);
    assert.equal((await post('/api/agents/reviewer', { model: 'a b' }, 'PATCH')).json.error!.code, 'AGENT_MODEL_REFUSED');
  });

  it('a client key is made, shown once, paused, given another secret, and removed by its name', async () => {
    const made = await post('/api/keys', { name: 'ci', models: ['claude-*'], budgets: ['5usd/day'] });
    assert.equal(made.status, 201, made.text);
    const secret = String(made.json['secret']);
    const statusWith = async (key: string): Promise<number> => (await ask(api, '/v1/messages', { method: 'POST', token: key, body: { model: 'claude-x', max_tokens: 1, messages: [] } })).status;
    const until = async (key: string, wanted: number): Promise<void> => { while (await statusWith(key) !== wanted) await new Promise(setImmediate); };
    await until('no-key-of-this-proxy', 401);
    assert.notEqual(await statusWith(secret), 401);
    const listed = await api.ask('/api/keys');
    assert.equal(listed.text.includes(secret), false);
    assert.deepEqual((listed.json as unknown as { name: string; state: string }[]).map(({ name, state }) => [name, state]), [['ci', 'active']]);
    await post('/api/keys/ci/pause', {});
    await until(secret, 401);
    await post('/api/keys/ci/resume', {});
    const rotated = String((await post('/api/keys/ci/rotate', {})).json['secret']);
    await until(secret, 401);
    assert.notEqual(await statusWith(rotated), 401);
    const used = async (): Promise<unknown[]> => [((await api.ask('/api/stats')).json['clientKeys'] as { name: string }[])[0]?.name, ((await api.ask('/api/analytics?range=1h')).json['clientKeyUsage'] as { name: string }[])[0]?.name];
    assert.deepEqual(await used(), ['ci', 'ci']);
    assert.equal((await post('/api/keys/ci', { confirm: 'other' }, 'DELETE')).json.error!.code, 'PROXY_KEY_NOT_REMOVED');
    assert.equal((await post('/api/keys/ci', { confirm: 'ci' }, 'DELETE')).status, 200);
    const { id } = (made.json['key'] ?? made.json) as { id: string };
    assert.deepEqual(await used(), [id, id]);
    assert.equal((await post('/api/keys', { name: 'x', budgets: ['a lot'] })).json.error!.code, 'PROXY_KEY_VALUE_INVALID');
  });
});
