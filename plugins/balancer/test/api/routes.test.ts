import assert from 'node:assert/strict';
import { after, before } from 'mocha';
import { ROUTES } from '../../src/api/routes.ts';
import { onEngines } from '../on-engines.ts';
import { type Api, startApi } from './start-api.ts';

onEngines('the management API', (makeHome) => {
  let api: Api;
  before(async () => {
    api = await startApi({ makeHome });
    assert.equal(await api.request(), 200);
    assert.equal(await api.request({ model: 'claude-other', max_tokens: 10, messages: [] }), 200);
  });
  after(() => api.close());

  const OPEN = new Set(['/health']);
  for (const { method, path } of ROUTES) {
    it(`asks for the token, and refuses foreign pages and names: ${method} ${path}`, async () => {
      const at = path.replace(':id', 'one');
      if (!OPEN.has(path)) {
        for (const asked of [{ token: null }, { token: 'wrong' }]) {
          const reply = await api.ask(at, { method, ...asked });
          assert.equal(reply.status, 401);
          assert.match(String(reply.headers['www-authenticate']), /^Bearer realm="pith"/);
        }
      }
      assert.equal((await api.ask(at, { method, headers: { origin: 'https://evil.example' } })).status, 403);
      assert.equal((await api.ask(at, { method, headers: { host: 'rebound.example' } })).status, 403);
    });
  }

  for (const path of new Set(ROUTES.map(({ path }) => path))) {
    it(`answers 405 with Allow to what it is not asked with: ${path}`, async () => {
      const allowed = ROUTES.filter((route) => route.path === path).map(({ method }) => method);
      const reply = await api.ask(path.replace(':id', 'one'), { method: 'PUT' });
      assert.equal(reply.status, 405);
      for (const method of allowed) assert.match(reply.headers.allow!, new RegExp(`\\b${method}\\b`));
    });
  }

  for (const { method, path } of ROUTES.filter(({ path }) => path !== '/metrics' && !path.endsWith('/stream'))) {
    it(`answers 400 with a sentence to what it does not know: ${method} ${path}`, async () => {
      const at = path.replace(':id', 'one');
      const reply = method === 'GET' ? await api.ask(`${at}?unheard=of`) : await api.ask(at, { method, body: { unheard: 'of' } });
      assert.equal(reply.status, 400);
      assert.ok(reply.json.error!.message.length > 10);
    });
  }

  for (const { method, path } of ROUTES.filter(({ method }) => method !== 'GET')) {
    it(`answers 415 to a form and 413 to too much: ${method} ${path}`, async () => {
      const at = path.replace(':id', 'one');
      assert.equal((await api.ask(at, { method, body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status, 415);
      assert.equal((await api.ask(at, { method, headers: { 'content-type': 'application/json', 'content-length': String(2 ** 21) } }).catch(() => ({ status: 413 }))).status, 413);
    });
  }

  it('leaves the data plane as it is, whose clients need no token of it', async () => {
    assert.equal(await api.request(), 200);
    const reply = await api.ask('/somewhere/else', { token: null });
    assert.equal(reply.status, 404);
    assert.match(reply.text, /not_found_error/);
  });

  it('describes each of its routes', async () => {
    const { paths } = (await api.ask('/api/openapi.json')).json as unknown as { paths: Record<string, Record<string, { responses: Record<string, { content?: unknown }> }>> };
    for (const { method, path } of ROUTES) assert.ok(paths[path.replace(/:(\w+)/, '{$1}')]?.[method.toLowerCase()], `${method} ${path}`);
    assert.ok(paths['/api/stats']!['get']!.responses['200']!.content);
  });

  it('shows no secret of an account, and not its own token, in any answer', async () => {
    for (const { method, path } of ROUTES.filter(({ method, path }) => method === 'GET' && !path.endsWith('/stream'))) {
      const { text, headers } = await api.ask(path.replace(':id', 'one'), { method });
      assert.doesNotMatch(text + JSON.stringify(headers), /secret-of/, path);
      assert.equal(text.includes(api.token), false, path);
    }
  });

  describe('/health', () => {
    it('tells whoever has no token only whether all is well', async () => {
      const { status, json } = await api.ask('/health', { token: null });
      assert.deepEqual([status, Object.keys(json), json['status']], [200, ['status', 'timestamp'], 'ok']);
    });

    it('tells whoever has it how the pool is', async () => {
      const { json } = await api.ask('/health');
      assert.deepEqual(json['pool'], { configured: 2, paused: 0, rate_limited: 0, needs_sign_in: 0, routable: 2, next_available_at: null });
      assert.deepEqual([json['strategy'], json['accounts'], (json['runtime'] as { storage: object }).storage], ['session', 2, { engine: (await api.balancer.database()).engine, status: 'ok' }]);
    });
  });

  it('sums up what is on the books', async () => {
    const { json } = await api.ask('/api/stats');
    assert.equal(json['totalRequests'], 3);
    assert.equal(json['successRate'], 100);
    assert.ok(Number(json['totalTokens']) > 0);
    assert.ok((json['topModels'] as { count: number }[]).length > 0);
    assert.deepEqual((json['accounts'] as { name: string; requestCount: number }[]).reduce((sum, { requestCount }) => sum + requestCount, 0), 3);
    assert.equal((await api.ask('/api/stats?range=1h')).json['totalRequests'], 3);
  });

  describe('/api/analytics', () => {
    for (const [range, points] of [['1h', 60], ['6h', 72], ['24h', 24], ['7d', 168], ['30d', 30]] as const) {
      it(`has ${points} points for ${range}`, async () => {
        const { json } = await api.ask(`/api/analytics?range=${range}`);
        const series = json['timeSeries'] as { ts: number; requests: number }[];
        assert.equal(series.length, points);
        assert.equal(series.at(-1)!.requests + series.at(-2)!.requests, 3);
      });
    }

    it('filters by accounts, models and status, and adds up', async () => {
      const total = async (query: string): Promise<number> => ((await api.ask(`/api/analytics?range=1h&${query}`)).json['totals'] as { requests: number }).requests;
      assert.equal(await total('accounts=one,two'), 3);
      assert.equal(await total('accounts=nobody'), 0);
      assert.equal(await total('status=error'), 0);
      assert.equal(await total('status=success&models=no-such-model'), 0);
      const last = ((await api.ask('/api/analytics?range=1h&mode=cumulative')).json['timeSeries'] as { requests: number }[]).at(-1)!;
      assert.equal(last.requests, 3);
      assert.ok(((await api.ask('/api/analytics?range=1h&modelBreakdown=true')).json['timeSeries'] as { model: string }[]).every(({ model }) => typeof model === 'string'));
    });

    for (const query of ['range=2h', 'models=a%00b', 'status=maybe', 'mode=sideways', 'modelBreakdown=perhaps']) {
      it(`refuses ${query}`, async () => assert.equal((await api.ask(`/api/analytics?${query}`)).status, 400));
    }
  });

  describe('/api/requests', () => {
    it('lists them newest first, page by page', async () => {
      const all = (await api.ask('/api/requests')).json as unknown as { id: string; accountUsed: string; statusCode: number; success: boolean; promptTokens: number; costUsd: number | null }[];
      assert.equal(all.length, 3);
      assert.ok(all.every(({ accountUsed, statusCode, success }) => ['one', 'two'].includes(accountUsed) && statusCode === 200 && success));
      const pages: string[] = [];
      for (let cursor = ''; ;) {
        const page = await api.ask(`/api/requests?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
        pages.push((page.json as unknown as { id: string }[])[0]!.id);
        const next = page.headers['x-next-cursor'];
        if (next === undefined) break;
        cursor = String(next);
      }
      assert.deepEqual(pages, all.map(({ id }) => id));
    });

    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'cursor=x', 'from=5&to=5', 'conversation=%00', "cursor=1-1'%20OR%201=1"]) {
      it(`refuses ${query}`, async () => assert.equal((await api.ask(`/api/requests?${query}`)).status, 400));
    }

    it('shows one, and says 404 of one that is not there', async () => {
      const [{ id }] = (await api.ask('/api/requests')).json as unknown as [{ id: string }];
      const { json } = await api.ask(`/api/requests/${id}`);
      assert.deepEqual([json['id'], json['payload']], [id, { request: null, response: null }]);
      const none = await api.ask('/api/requests/none');
      assert.deepEqual([none.status, none.json.error!.code], [404, 'REQUEST_NOT_FOUND']);
    });

    it('shows payloads from the moment that they are kept, without the key that was sent', async () => {
      assert.equal((await api.ask('/api/config', { method: 'PATCH', body: { keepPayloads: true } })).status, 200);
      await api.request();
      await (await api.balancer.books()).payloads.flush();
      const [{ request, response }] = (await api.ask('/api/requests/detail?limit=1')).json as unknown as [{ request: { body: string }; response: { status: number; headers: Record<string, string> } }];
      assert.match(request.body, /"content":"Hi"/);
      assert.deepEqual([response.status, response.headers['content-type']], [200, 'application/json']);
      await api.ask('/api/config', { method: 'PATCH', body: { keepPayloads: null } });
    });
  });

  it('shows the log, the newest lines last', async () => {
    (await api.balancer.log()).info('a line of the test');
    const lines = (await api.ask('/api/logs/history?limit=1')).json as unknown as { text: string; level: string }[];
    assert.deepEqual(lines.map(({ text, level }) => [text, level]), [['a line of the test', 'info']]);
    assert.equal((await api.ask('/api/logs/history?level=loud')).status, 400);
  });

  describe('maintenance', () => {
    it('takes away what is old, and forgets all when it is asked to', async () => {
      const { json } = await api.ask('/api/maintenance/cleanup', { method: 'POST' });
      assert.deepEqual([json['removedRequests'], json['removedPayloads']], [0, 0]);
      const reset = await api.ask('/api/stats/reset', { method: 'POST' });
      assert.equal(reset.json['removedRequests'], 4);
      assert.equal((await api.ask('/api/stats')).json['totalRequests'], 0);
    });

    it('gives back the room of it while requests go on, and says how much', async () => {
      const [{ status, json }] = await Promise.all([api.ask('/api/maintenance/compact', { method: 'POST' }), api.request()]);
      assert.deepEqual([status, json['ok'], Number(json['beforeBytes']) > 0, Number(json['afterBytes']) > 0], [200, true, true, true]);
    });
  });
});
