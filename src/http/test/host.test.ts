import assert from 'node:assert/strict';
import { PithError, type Route } from '@pith/kernel';
import { refuse } from '../index.ts';
import { z } from 'zod';
import { after, before } from 'mocha';
import { ask, say, type Started, startHost, TOKEN } from './start-host.ts';

const things = new Map<string, unknown>();
let asked = 0;

const ROUTES: Route[] = [
  { method: 'GET', path: '/open', summary: 'For all.', access: 'open', handle: async (_request, _context, { hasToken }) => Response.json({ hasToken }) },
  { method: 'GET', path: '/api/things', summary: 'Lists.', query: z.strictObject({ limit: z.coerce.number().int().min(1).max(10).default(5), tag: z.union([z.string(), z.array(z.string())]).optional() }), handle: async (_request, _context, { query }) => { asked++; return Response.json(query); } },
  { method: 'POST', path: '/api/things', summary: 'Makes.', body: z.strictObject({ name: z.string(), key: z.string().min(8).optional() }), secret: ['key'], response: z.object({ id: z.string() }), handle: async (_request, _context, { body }) => { asked++; things.set('1', body); return Response.json({ id: '1' }, { status: 201 }); } },
  { method: 'GET', path: '/api/things/newest', summary: 'The newest.', handle: async () => Response.json('newest') },
  { method: 'GET', path: '/api/things/:id', summary: 'One.', handle: async (request, _context, { params }) => Response.json({ ...params, authorization: request.headers.get('authorization') }) },
  { method: 'DELETE', path: '/api/things/:id', summary: 'Removes.', load: async () => ({ body: z.strictObject({ confirm: z.string() }), handle: async () => new Response(null, { status: 204 }) }) },
  { method: 'POST', path: '/api/things/:id/pause', summary: 'Pauses.', body: z.strictObject({ reason: z.string().default('') }), handle: async (_request, _context, { body }) => Response.json(body) },
  { method: 'GET', path: '/api/fails/:how', summary: 'Fails.', handle: async (_request, _context, { params }) => { throw FAILURES[params['how']!]!(); } },
  { method: 'GET', path: '/api/late', summary: 'Waits.', handle: async (request) => { await new Promise((resolve) => { request.signal.addEventListener('abort', resolve); }); aborted(); return Response.json(0); } },
];
let aborted = (): void => undefined;

const FAILURES: Record<string, () => unknown> = {
  missing: () => new PithError('There is no account x', { code: 'ACCOUNT_NOT_FOUND', exitCode: 2, hint: 'pith accounts list' }),
  taken: () => new PithError('It is taken', { code: 'ACCOUNT_NAME_TAKEN', exitCode: 2 }),
  usage: () => new PithError('It is wrong', { code: 'ACCOUNT_VALUE_INVALID', exitCode: 2 }),
  chosen: () => refuse({ status: 418, code: 'TEAPOT', message: 'short', headers: { 'retry-after': '3' } }),
  provider: () => new PithError('It is down', { code: 'PROVIDER_FAILED', details: { status: 401 } }),
  bug: () => new TypeError('x of undefined, with key sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789-abcdefgh'),
  thrown: () => 'a text',
};

describe('a host of routes', () => {
  let at: Started;
  before(async () => { at = await startHost(ROUTES, { limits: { bodyMaxBytes: 1000, bodyMs: 300 } }); });
  after(() => at.close());

  describe('the gate', () => {
    it('answers 401 with WWW-Authenticate, and says where the token is, to whoever has none', async () => {
      const reply = await ask(at, '/api/things', { token: null });

      assert.equal(reply.status, 401);
      assert.equal(reply.headers['www-authenticate'], 'Bearer realm="pith"');
      assert.deepEqual(reply.json.error, { code: 'TOKEN_MISSING', message: 'The request has no token', hint: 'Ask the test for it.' });
    });

    for (const [what, authorization] of Object.entries({ 'another token': 'Bearer wrong', 'the token with a letter more': `Bearer ${TOKEN}x`, 'the token as a password': `Basic ${TOKEN}`, 'two tokens': `Bearer ${TOKEN} ${TOKEN}`, 'an empty one': 'Bearer ' })) {
      it(`answers 401 to ${what}, also where no token is needed`, async () => {
        for (const path of ['/api/things', '/open']) {
          const reply = await ask(at, path, { token: null, headers: { authorization } });
          assert.equal(reply.status, 401);
          assert.equal(reply.json.error!.code, 'TOKEN_INVALID');
          assert.equal(String(reply.headers['www-authenticate']), 'Bearer realm="pith", error="invalid_token"');
        }
      });
    }

    it('tells an open route whether it was the token that came', async () => {
      assert.deepEqual((await ask(at, '/open', { token: null })).json, { hasToken: false });
      assert.deepEqual((await ask(at, '/open')).json, { hasToken: true });
    });

    it('tells nobody without the token which addresses there are', async () => {
      for (const [path, method] of [['/api/nothing', 'GET'], ['/api/things', 'PUT'], ['/api/things', 'OPTIONS']] as const) assert.equal((await ask(at, path, { method, token: null })).status, 401);
    });

    for (const host of ['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1.evil.example', '192.168.1.7', '127.0.0.1@evil.example', '[::1']) {
      it(`refuses the name ${JSON.stringify(host)} before any work, with the token and without`, async () => {
        const before = asked;
        for (const token of [TOKEN, null]) {
          const reply = await ask(at, '/api/things', { token, headers: { host } });
          assert.equal(reply.status, 403);
          assert.equal(reply.json.error!.code, 'HOST_FOREIGN');
        }
        assert.equal(asked, before);
      });
    }

    for (const host of ['localhost', 'LOCALHOST:1', 'pith.localhost', '127.0.0.2:9', '[::1]:9']) {
      it(`answers by the name ${host}`, async () => assert.equal((await ask(at, '/api/things', { headers: { host } })).status, 200));
    }

    it('answers by a name that it was given', async () => {
      const named = await startHost(ROUTES, { hosts: ['Pith.example'] });
      assert.equal((await ask(named, '/api/things', { headers: { host: 'pith.example:8080' } })).status, 200);
      await named.close();
    });

    for (const [what, headers] of Object.entries<Record<string, string>>({
      'a foreign page': { origin: 'https://evil.example' }, 'a page without an origin': { origin: 'null' }, 'a page on another port': { origin: 'http://127.0.0.1:1' },
      'a browser that says it is another site': { 'sec-fetch-site': 'cross-site' }, 'a browser that says it is the same site': { 'sec-fetch-site': 'same-site' },
    })) {
      it(`answers 403 to ${what}, and allows it nothing`, async () => {
        const reply = await ask(at, '/api/things', { headers });
        assert.equal(reply.status, 403);
        assert.equal(reply.json.error!.code, 'ORIGIN_FOREIGN');
        assert.equal(Object.keys(reply.headers).some((name) => name.startsWith('access-control')), false);
      });
    }

    it('answers 403 to a form that a foreign page posts', async () => {
      const before = things.size;
      const reply = await ask(at, '/api/things', { method: 'POST', token: null, body: 'name=x', headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' } });
      assert.equal(reply.status, 403);
      assert.equal(things.size, before);
    });

    it('answers 403 to a foreign page that asks whether it may', async () => {
      const reply = await ask(at, '/api/things', { method: 'OPTIONS', token: null, headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' } });
      assert.equal(reply.status, 403);
    });

    it('answers a page of its own', async () => {
      assert.equal((await ask(at, '/api/things', { headers: { origin: `http://127.0.0.1:${at.port}`, 'sec-fetch-site': 'same-origin' } })).status, 200);
    });
  });

  describe('the way', () => {
    it('prefers a part that is written out, and decodes the others', async () => {
      assert.equal((await ask(at, '/api/things/newest')).text, '"newest"');
      assert.deepEqual((await ask(at, '/api/things/a%20b%C3%A9?x=1')).json, { id: 'a bé', authorization: null });
    });

    for (const path of ['/api', '/api/', '/api/things/', '/api//things', '/api/things/%2e%2e', '/api/x/../things', '/api/things/a%2Fb', '/api/things/%00', '/api/things/%zz', '/api/things/a%5Cb', '/API/things']) {
      it(`answers 404 to ${path}`, async () => {
        const reply = await ask(at, path);
        assert.equal(reply.status, 404);
        assert.ok(reply.json.error!.code === 'ROUTE_NOT_FOUND');
      });
    }

    it('answers 405 with what is allowed', async () => {
      const reply = await ask(at, '/api/things', { method: 'PUT' });
      assert.equal(reply.status, 405);
      assert.equal(reply.headers.allow, 'GET, HEAD, POST, OPTIONS');
      assert.equal((await ask(at, '/api/things/1/pause')).headers.allow, 'POST, OPTIONS');
    });

    it('answers OPTIONS with what is allowed, and nothing else', async () => {
      const reply = await ask(at, '/api/things/1', { method: 'OPTIONS' });
      assert.deepEqual([reply.status, reply.headers.allow, reply.text], [204, 'GET, HEAD, DELETE, OPTIONS', '']);
    });

    it('answers HEAD as GET, without the body', async () => {
      const reply = await ask(at, '/api/things', { method: 'HEAD' });
      assert.deepEqual([reply.status, reply.text, reply.headers['content-length']], [200, '', String(JSON.stringify({ limit: 5 }).length)]);
    });

    it('lets no browser run, frame, keep or guess what it answers', async () => {
      const { headers } = await ask(at, '/api/things');
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['cache-control'], 'no-store');
      assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    });
  });

  describe('what a route is asked with', () => {
    it('is what its schema makes of the query', async () => assert.deepEqual((await ask(at, '/api/things?limit=7&tag=a&tag=b')).json, { limit: 7, tag: ['a', 'b'] }));

    for (const query of ['limit=0', 'limit=11', 'limit=x', 'limit=1&limit=2', 'other=1', 'limit=', '__proto__=1']) {
      it(`is refused with a sentence where it does not fit: ${query}`, async () => {
        const reply = await ask(at, `/api/things?${query}`);
        assert.equal(reply.status, 400);
        assert.equal(reply.json.error!.code, 'QUERY_INVALID');
        assert.match(reply.json.error!.message, /^The query does not fit: /);
      });
    }

    it('is what its schema makes of the body', async () => {
      const reply = await ask(at, '/api/things', { method: 'POST', body: { name: 'é' } });
      assert.deepEqual([reply.status, things.get('1')], [201, { name: 'é' }]);
    });

    it('may be an empty body', async () => assert.deepEqual((await ask(at, '/api/things/1/pause', { method: 'POST' })).json, { reason: '' }));

    const BAD: Record<string, { body: unknown; status: number; code: string; headers?: Record<string, string> }> = {
      'no JSON': { body: '{"name": "the-secret-of-the-test', status: 400, code: 'BODY_INVALID' },
      'bytes that are no text': { body: Buffer.from([0x22, 0xff, 0x22]), status: 400, code: 'BODY_INVALID' },
      'a list': { body: [], status: 400, code: 'BODY_INVALID' },
      'a field too many': { body: { name: 'x', more: 'the-secret-of-the-test' }, status: 400, code: 'BODY_INVALID' },
      'a secret that is too short': { body: { name: 'x', key: 'secret!' }, status: 400, code: 'BODY_INVALID' },
      'a form': { body: 'name=x', status: 415, code: 'BODY_TYPE', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      'plain text': { body: '{}', status: 415, code: 'BODY_TYPE', headers: { 'content-type': 'text/plain' } },
      'compressed bytes': { body: '{}', status: 415, code: 'BODY_TYPE', headers: { 'content-encoding': 'gzip' } },
      'more than the limit': { body: { name: 'x'.repeat(1000) }, status: 413, code: 'BODY_TOO_LARGE' },
    };
    for (const [what, { body, status, code, headers = {} }] of Object.entries(BAD)) {
      it(`is answered ${status} where the body is ${what}, and is not repeated`, async () => {
        const reply = await ask(at, '/api/things', { method: 'POST', body, headers });
        assert.deepEqual([reply.status, reply.json.error!.code], [status, code]);
        assert.doesNotMatch(reply.text, /the-secret|secret!/);
      });
    }

    it('is answered 413 where a chunked body turns out to be too large', async () => {
      const line = say(at, `POST /api/things HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n${'x'.repeat(2000)}\r\n`);
      const seen = await line.until('BODY_TOO_LARGE');
      assert.match(seen, /^HTTP\/1\.1 413 /);
      assert.match(seen, /connection: close/i);
      await line.closed;
    });

    it('is answered 408 where the body does not come', async () => {
      const seen = await say(at, `POST /api/things HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\ncontent-length: 5\r\n\r\n{`).until('BODY_TIMEOUT');
      assert.match(seen, /^HTTP\/1\.1 408 /);
    });

    it('is answered 400 where a body comes that the route does not take', async () => {
      assert.equal((await ask(at, '/api/things', { method: 'GET', body: '{}' })).json.error!.code, 'BODY_UNEXPECTED');
    });

    it('is asked for once nothing speaks against it, where the client waits for that', async () => {
      const head = 'content-type: application/json\r\ncontent-length: 12\r\nexpect: 100-continue\r\n\r\n';
      const line = say(at, `POST /api/things HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\n${head}`);
      await line.until('100 Continue');
      line.socket.write('{"name":"n"}');
      assert.match(await line.until('"id"'), /HTTP\/1\.1 201/);
      line.socket.destroy();
      assert.match(await say(at, `POST /api/things HTTP/1.1\r\nhost: localhost\r\n${head}`).until('TOKEN_MISSING'), /^HTTP\/1\.1 401/);
    });
  });

  describe('framing', () => {
    const auth = `authorization: Bearer ${TOKEN}\r\ncontent-type: application/json\r\n`;
    const AMBIGUOUS: Record<string, string> = {
      'a length and chunks': `POST /api/things HTTP/1.1\r\nhost: localhost\r\n${auth}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      'two lengths': `POST /api/things HTTP/1.1\r\nhost: localhost\r\n${auth}content-length: 4\r\ncontent-length: 5\r\n\r\nabcd`,
      'another coding': `POST /api/things HTTP/1.1\r\nhost: localhost\r\n${auth}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      'two hosts': `GET /api/things HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n${auth}\r\n`,
      'no host': `GET /api/things HTTP/1.1\r\n${auth}\r\n`,
      'an address of another server': `GET http://evil.example/api/things HTTP/1.1\r\nhost: localhost\r\n${auth}\r\n`,
      'a folded header': `GET /api/things HTTP/1.1\r\nhost: localhost\r\nx-a: b\r\n c\r\n${auth}\r\n`,
    };
    for (const [what, text] of Object.entries(AMBIGUOUS)) {
      it(`with ${what} is refused`, async () => {
        const before = asked;
        assert.match(await say(at, text).until('\r\n'), /^HTTP\/1\.1 40[04] /);
        assert.equal(asked, before);
      });
    }

    it('with a head that is too large is answered 431', async () => {
      assert.match(await say(at, `GET /api/things HTTP/1.1\r\nhost: localhost\r\nx-a: ${'x'.repeat(20_000)}\r\n\r\n`).until('\r\n'), /^HTTP\/1\.1 431 /);
    });
  });

  describe('an error of a handler', () => {
    const ANSWERS: Record<string, [number, string]> = {
      missing: [404, 'ACCOUNT_NOT_FOUND'], taken: [409, 'ACCOUNT_NAME_TAKEN'], usage: [400, 'ACCOUNT_VALUE_INVALID'], chosen: [418, 'TEAPOT'], provider: [502, 'PROVIDER_FAILED'], bug: [500, 'INTERNAL'], thrown: [500, 'INTERNAL'],
    };
    for (const [how, [status, code]] of Object.entries(ANSWERS)) {
      it(`is answered ${status} ${code}: ${how}`, async () => {
        const reply = await ask(at, `/api/fails/${how}`);
        assert.deepEqual([reply.status, reply.json.error!.code], [status, code]);
        if (how === 'missing') assert.equal(reply.json.error!.hint, 'pith accounts list');
        if (how === 'chosen') assert.equal(reply.headers['retry-after'], '3');
      });
    }

    it('that is a bug is in the log, without secrets, and not in the answer', async () => {
      at.logged.length = 0;
      const { text } = await ask(at, '/api/fails/bug');
      assert.doesNotMatch(text, /undefined|sk-ant/);
      assert.match(at.logged.join(), /GET \/api\/fails\/bug: TypeError: x of undefined/);
      assert.doesNotMatch(at.logged.join(), /abcdefghijklmnop/);
    });

    it('that takes too long is answered 504, and told to stop', async () => {
      const quick = await startHost(ROUTES, { limits: { answerMs: 30 } });
      const told = new Promise<void>((resolve) => { aborted = resolve; });
      assert.equal((await ask(quick, '/api/late')).status, 504);
      await told;
      await quick.close();
    });
  });

  it('tells a handler when the client has left', async () => {
    const told = new Promise<void>((resolve) => { aborted = resolve; });
    const line = say(at, `GET /api/late HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
    line.socket.on('connect', () => line.socket.end());
    await told;
    line.socket.destroy();
  });

  it('answers 503 beyond as many requests as it takes at once', async () => {
    const small = await startHost(ROUTES, { limits: { requests: 1 } });
    const first = ask(small, '/api/late').catch((error: Error) => error);
    while (small.host.active === 0) await new Promise(setImmediate);
    const reply = await ask(small, '/api/things');
    assert.deepEqual([reply.status, reply.headers['retry-after']], [503, '1']);
    await small.close();
    assert.ok(await first instanceof Error);
  });

  it('leaves a reader that takes nothing of a long answer', async () => {
    const long: Route = { method: 'GET', path: '/long', summary: 'Long.', handle: async () => new Response(Buffer.alloc(64 * 1024 * 1024)) };
    const impatient = await startHost([long], { limits: { stallMs: 100 } });
    const line = say(impatient, `GET /long HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\n\r\n`);
    line.socket.pause();
    while (impatient.host.active === 0) await new Promise(setImmediate);
    while (impatient.host.active > 0) await new Promise(setImmediate);
    line.socket.destroy();
    await impatient.close();
  });

  it('describes all its routes as OpenAPI 3.1', async () => {
    const document = (await ask(at, '/api/openapi.json')).json as unknown as { openapi: string; security: unknown; paths: Record<string, Record<string, { operationId: string; security?: unknown; parameters: { name: string; in: string; required: boolean }[]; requestBody?: { content: Record<string, { schema: { properties: Record<string, object> } }> }; responses: Record<string, unknown> }>> };
    assert.equal(document.openapi, '3.1.0');
    assert.deepEqual(Object.keys(document.paths).sort(), ['/api/fails/{how}', '/api/late', '/api/openapi.json', '/api/things', '/api/things/newest', '/api/things/{id}', '/api/things/{id}/pause', '/open']);
    const { get, post } = document.paths['/api/things']!;
    assert.deepEqual(get!.parameters.map(({ name, in: place, required }) => [name, place, required]), [['limit', 'query', false], ['tag', 'query', false]]);
    assert.deepEqual(post!.requestBody!.content['application/json']!.schema.properties['key'], { type: 'string', minLength: 8, format: 'password', writeOnly: true });
    assert.deepEqual(document.paths['/open']!['get']!.security, [{}, { token: [] }]);
    assert.equal(document.paths['/api/things/{id}']!['delete']!.parameters[0]!.name, 'id');
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map(({ operationId }) => operationId));
    assert.equal(new Set(ids).size, ids.length);
  });
});
