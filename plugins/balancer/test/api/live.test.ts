import assert from 'node:assert/strict';
import { after, before } from 'mocha';
import { type Line, say } from '../../../../src/http/test/start-host.ts';
import { type Api, startApi } from './start-api.ts';

describe('what a proxy tells while it runs', () => {
  let api: Api;
  before(async () => { api = await startApi(); });
  after(() => api.close());

  const listen = (path: string, lastId?: string): Line => say(api, `GET ${path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${api.token}\r\n${lastId === undefined ? '' : `last-event-id: ${lastId}\r\n`}\r\n`);

  it('is each request, when it begins and when it is on the books', async () => {
    const line = listen('/api/requests/stream');
    await line.until('retry');
    await api.request();

    const seen = await line.until('event: summary');
    assert.match(seen, /event: start\ndata: \{[^\n]*"path":"\/v1\/messages"/);
    const summary = JSON.parse(/event: summary\ndata: (.+)/.exec(await line.until('"streamTerminalState"'))![1]!) as { statusCode: number; accountUsed: string };
    assert.equal(summary.statusCode, 200);
    assert.ok(['one', 'two'].includes(summary.accountUsed));
    line.socket.destroy();
  });

  it('shows no secret, whatever a client calls itself', async () => {
    const line = listen('/api/requests/stream');
    await line.until('retry');
    const secret = 'sk-ant-secret-of-one-that-nobody-sees';
    await api.ask('/v1/messages', { method: 'POST', token: null, headers: { 'x-pith-agent': secret, 'x-pith-project': secret }, body: { model: `${'m'.repeat(70)} ${secret}`, metadata: { user_id: secret }, messages: [] } });

    const seen = await line.until('event: summary') + await line.until('streamTerminalState');
    assert.match(seen, /event: start\ndata: [^\n]+"agent":/);
    assert.doesNotMatch(seen + (await api.ask('/metrics')).text, /secret-of-one/);
    line.socket.destroy();
  });

  it('goes on from the last event for whoever comes back', async () => {
    const line = listen('/api/requests/stream');
    await line.until('retry');
    await api.request();
    const id = /id: (\S+)\nevent: start/.exec(await line.until('event: start'))![1]!;
    await line.until('event: summary');
    line.socket.destroy();
    await api.request();

    const again = listen('/api/requests/stream', id);
    const seen = await again.until('event: start');
    assert.equal([...(await again.until('event: summary')).matchAll(/event: summary/g)].length >= 1, true);
    assert.doesNotMatch(seen, /missed/);
    again.socket.destroy();
  });

  it('is what went to and fro, where that is kept', async () => {
    await api.balancer.settings.change({ keepPayloads: true });
    const line = listen('/api/requests/stream');
    await line.until('retry');
    await api.request();
    const seen = await line.until('event: payload');
    assert.match(await line.until('"content\\":\\"Hi\\"'), /event: payload\ndata: \{"id"/);
    assert.doesNotMatch(seen, /secret-of/);
    line.socket.destroy();
    await api.balancer.settings.change({ keepPayloads: null });
  });

  it('is its log, of all processes', async () => {
    const line = listen('/api/logs/stream');
    await line.until('retry');
    (await api.balancer.log()).warn('something to know');
    assert.match(await line.until('something to know'), /event: log\ndata: \{"timestamp":"[^"]+","level":"warn"/);
    line.socket.destroy();
  });

  describe('in numbers', () => {
    const value = (text: string, name: string): number => Number(text.split('\n').find((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))?.split(' ').at(-1));

    it('is for those who have the token, unless everybody may read it', async () => {
      const refused = await api.ask('/metrics', { token: null });
      assert.deepEqual([refused.status, refused.headers['www-authenticate']], [401, 'Bearer realm="pith"']);
      await api.balancer.settings.change({ openMetrics: true });
      assert.equal((await api.ask('/metrics', { token: null })).status, 200);
      await api.balancer.settings.change({ openMetrics: null });
      assert.equal((await api.ask('/metrics', { token: null })).status, 401);
    });

    it('counts requests, tokens, failovers, limits and what is open', async () => {
      api.upstream.script('sk-ant-secret-of-one-that-nobody-sees', { status: 429, headers: { 'retry-after': '30' }, body: { type: 'error', error: { type: 'rate_limit_error', message: 'slow down' } } });
      const pool = await api.balancer.pool();
      await pool.append({ type: 'changed', accountId: 'id-two', atMs: Date.now(), by: 'a test', priority: 50 });
      const before = (await api.ask('/metrics')).text;
      assert.equal(await api.request(), 200);
      const { text, headers } = await api.ask('/metrics');

      assert.match(headers['content-type']!, /^text\/plain; version=0\.0\.4/);
      assert.equal(value(text, 'pith_failovers_total') - (value(before, 'pith_failovers_total') || 0), 1);
      assert.match(text, /pith_requests_total\{status="200",account="two",model="[^"]+"\} [1-9]/);
      assert.match(text, /pith_account_limits_total\{account="one",status="429"\} 1\n/);
      assert.match(text, /pith_accounts\{state="cooling"\} 1\n/);
      assert.match(text, /pith_tokens_total\{kind="output",account="two",[^}]+\} [1-9]/);
      assert.equal(value(text, 'pith_requests_in_flight'), 0);
      assert.equal(value(text, 'pith_request_duration_seconds_count'), value(text, 'pith_request_duration_seconds_bucket{le="+Inf"}'));
      assert.ok(value(text, 'pith_event_loop_lag_seconds') >= 0);
    });

    it('is text that Prometheus reads: each metric once, with help and type, and nothing but samples', async () => {
      const { text } = await api.ask('/metrics');
      for (const line of text.trimEnd().split('\n')) assert.match(line, /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)*\})? [\d.e+-]+|\w+\{.*\} [\d.e+-]+)$/);
      const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
      assert.equal(new Set(names).size, names.length);
    });
  });
});
