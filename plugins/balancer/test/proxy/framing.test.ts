import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { startUpstream, type Upstream } from '../upstream.ts';
import { ask, testProxy, type TestProxy } from './start-proxy.ts';

const BODY = '{"model":"m","messages":[]}';
const HEAD = 'POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\n';

describe('what is let into the proxy', () => {
  let upstream: Upstream;
  let proxy: TestProxy;

  before(async () => {
    upstream = await startUpstream();
    proxy = await testProxy({ upstream, accounts: ['key-of-an-account', { key: 'key-of-the-other', family: 'openai' }] });
  });
  after(async () => {
    await proxy.close();
    await upstream.close();
  });
  beforeEach(() => { upstream.requests.length = 0; });

  /** Everything that comes back until the connection ends. */
  async function send(bytes: string): Promise<string> {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write(bytes);
    let text = '';
    socket.setEncoding('latin1').on('data', (piece: string) => { text += piece; }).on('error', () => undefined);
    await once(socket, 'close');
    return text;
  }

  for (const [what, request] of [
    ['a length and chunks', `${HEAD}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${HEAD}content-length: ${BODY.length}\r\ncontent-length: 3\r\n\r\n${BODY}`],
    ['two equal lengths', `${HEAD}content-length: ${BODY.length}\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`],
    ['a length that is no number', `${HEAD}content-length: +5\r\n\r\nhello`],
    ['a header that goes on in the next line', `${HEAD}x-a: b\r\n c\r\ncontent-length: 0\r\n\r\n`],
    ['a space before the colon', `${HEAD}content-length : 5\r\n\r\nhello`],
    ['a chunk whose size is none', `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n`],
    ['a chunk that is longer than it says', `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`],
    ['another transfer encoding', `${HEAD}transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['an encoding that is not quite chunked', `${HEAD}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n`],
    ['no host', `POST /v1/messages HTTP/1.1\r\ncontent-length: 0\r\n\r\n`],
    ['two hosts', `${HEAD}host: localhost\r\ncontent-length: 0\r\n\r\n`],
    ['a header with a NUL', `${HEAD}x-a: b\0c\r\ncontent-length: 0\r\n\r\n`],
    ['lines that end in LF alone', `POST /v1/messages HTTP/1.1\nhost: localhost\ncontent-length: 0\n\n`],
    ['a path with more than one reading', `POST /v1/messages/..%2f..%2fapi HTTP/1.1\r\nhost: localhost\r\ncontent-length: 0\r\n\r\n`],
    ['something that is no HTTP', 'hello\r\n\r\n'],
  ] as const) {
    it(`refuses ${what} with 400, and sends nothing`, async () => {
      assert.match(await send(request), /^HTTP\/1\.1 400 /);
      assert.equal(upstream.requests.length, 0);
    });
  }

  it('refuses a head that is too large with 431', async () => {
    assert.match(await send(`${HEAD}x-a: ${'a'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
  });

  it('takes chunks, with extensions and in any size, and says their length to the vendor', async () => {
    const chunks = [...BODY].map((byte) => `1;x=y\r\n${byte}\r\n`).join('');
    assert.match(await send(`${HEAD}transfer-encoding: chunked\r\nconnection: close\r\n\r\n${chunks}0\r\n\r\n`), /^HTTP\/1\.1 200 /);
    assert.deepEqual([upstream.requests[0]!.body.toString(), upstream.requests[0]!.headers['transfer-encoding']], [BODY, undefined]);
  });

  it('answers a client that waits before it sends its body', async () => {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write(`${HEAD}content-length: ${BODY.length}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n`);
    const [first] = await once(socket, 'data') as [Buffer];
    assert.equal(first.toString(), 'HTTP/1.1 100 Continue\r\n\r\n');
    socket.write(BODY);
    const [second] = await once(socket, 'data') as [Buffer];
    assert.match(second.toString(), /^HTTP\/1\.1 200 /);
    assert.equal(upstream.requests[0]!.headers.expect, undefined);
    socket.destroy();
  });

  it('refuses methods with 405 and names those that there are', async () => {
    for (const [method, path, allow] of [['GET', '/v1/messages', 'POST'], ['POST', '/v1/models', 'GET'], ['HEAD', '/v1/models', 'GET'], ['OPTIONS', '/v1/messages', 'POST'], ['TRACE', '/v1/files', 'GET, POST, PUT, PATCH, DELETE']] as const) {
      const answer = await ask(proxy, { method, path, body: '' });
      assert.deepEqual([answer.status, answer.headers.allow], [405, allow]);
    }
    assert.match(await send('CONNECT api.example:443 HTTP/1.1\r\nhost: api.example\r\n\r\n'), /^HTTP\/1\.1 405 /);
    assert.equal(upstream.requests.length, 0);
  });

  it('answers 404 outside of /v1/, and in the words of the family below it', async () => {
    assert.equal((await ask(proxy, { path: '/api/accounts' })).status, 404);
    const messages = await ask(proxy, { path: '/v1/messages', method: 'GET' });
    assert.equal((messages.json as { type: string }).type, 'error');
    const chat = await ask(proxy, { path: '/v1/chat/completions', method: 'GET' });
    assert.equal((chat.json as { error: { type: string } }).error.type, 'invalid_request_error');
  });

  it('refuses pages of other places and names that lead here, before any work', async () => {
    const foreign: Record<string, string>[] = [{ origin: 'https://evil.example' }, { origin: 'null' }, { 'sec-fetch-site': 'cross-site' }, { host: 'evil.example' }, { host: 'evil.example:8080' }, { host: '127.0.0.1.evil.example' }];
    for (const headers of foreign) {
      assert.equal((await ask(proxy, { headers })).status, 403, JSON.stringify(headers));
    }
    for (const headers of [{ host: 'localhost:1234' }, { host: '[::1]:80' }, { host: '127.0.0.1' }]) assert.equal((await ask(proxy, { headers })).status, 200);
    assert.equal(upstream.requests.length, 3);
  });

  it('ignores what a request through a proxy says of where it goes', async () => {
    assert.match(await send(`POST http://169.254.169.254/v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`), /^HTTP\/1\.1 200 /);
    assert.deepEqual([upstream.requests[0]!.path, upstream.requests[0]!.headers.host], ['/v1/messages', `127.0.0.1:${upstream.port}`]);
  });
});
