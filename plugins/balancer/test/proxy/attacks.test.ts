import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { type Answer, startUpstream, type Upstream } from '../upstream.ts';
import { messagesReply, messagesStream, toEvent } from '../upstream-replies.ts';
import { ask, testProxy, type TestProxy } from './start-proxy.ts';

const KEY = 'sk-ant-api03+abc/def?ghi=jkl';
const BODY = '{"model":"m","messages":[]}';
const HEAD = 'POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\n';
const WHOLE = `${HEAD}content-length: ${BODY.length}\r\n\r\n${BODY}`;

describe('what others try at the proxy', () => {
  let upstream: Upstream;
  let proxy: TestProxy;

  before(async () => {
    upstream = await startUpstream();
    proxy = await testProxy({ upstream, accounts: [{ key: KEY }], limits: { clientIdleMs: 100, beginningMs: 200, replayMaxBytes: 100_000, bodyMaxBytes: 200_000 } });
  });
  after(async () => {
    await proxy.close();
    await upstream.close();
  });
  beforeEach(() => {
    upstream.requests.length = 0;
    proxy.engine.signals.length = 0;
    upstream.script(undefined, {});
  });

  /** Everything that comes back until the connection ends. */
  async function send(bytes: string): Promise<string> {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write(bytes, 'latin1');
    let text = '';
    socket.setEncoding('latin1').on('data', (piece: string) => { text += piece; }).on('error', () => undefined);
    await once(socket, 'close');
    return text;
  }

  for (const [what, request] of [
    ['chunks in HTTP/1.0', 'POST /v1/messages HTTP/1.0\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['another version of HTTP', `POST /v1/messages HTTP/2.0\r\nhost: 127.0.0.1\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`],
    ['an address without a version', 'GET /v1/models\r\n\r\n'],
    ['identity as a transfer encoding', `${HEAD}transfer-encoding: identity\r\n\r\n`],
    ['two transfer encodings', `${HEAD}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['a chunk that is larger than any number', `${HEAD}transfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n`],
    ['a chunk whose size ends in LF', `${HEAD}transfer-encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n`],
    ['an extension of a chunk that is too long', `${HEAD}transfer-encoding: chunked\r\n\r\n1;${'x'.repeat(50_000)}\r\na\r\n0\r\n\r\n`],
    ['a list of lengths', `${HEAD}content-length: 5, 5\r\n\r\nhello`],
    ['a length in hex', `${HEAD}content-length: 0x5\r\n\r\nhello`],
    ['a length that is no number of bytes', `${HEAD}content-length: 99999999999999999999\r\n\r\nhello`],
    ['a method in small letters', 'post /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'],
    ['a space in the name of a header', `${HEAD}x a: b\r\n\r\n`],
    ['CR alone in a header', `${HEAD}x: a\rb\r\n\r\n`],
    ['a path that is escaped twice', 'POST /v1/%252e%252e/api HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'],
    ['a path with parameters behind dots', 'POST /v1/..;/api HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'],
  ] as const) {
    it(`refuses ${what} with 400, and sends nothing`, async () => {
      assert.match(await send(request), /^HTTP\/1\.1 400 /);
      assert.equal(upstream.requests.length, 0);
    });
  }

  it('leaves out no header of a flood of them', async () => {
    const flood = 'te:\r\n'.repeat(3000);
    assert.match(await send(`${HEAD}${flood}connection: close\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`), /^HTTP\/1\.1 200 /);
    assert.equal(upstream.requests[0]!.body.toString(), BODY);
    assert.match(await send(`${HEAD}${flood}host: evil.example\r\n\r\n`), /^HTTP\/1\.1 400 /);
  });

  it('refuses a body that is said to be in two encodings: nobody could say what it asks for', async () => {
    assert.match(await send(`${HEAD}content-encoding: gzip\r\ncontent-encoding: identity\r\nconnection: close\r\ncontent-length: ${BODY.length}\r\n\r\n${BODY}`), /^HTTP\/1\.1 415 /);
    assert.equal(upstream.requests.length, 0);
  });

  it('gives up a client that says that a body comes and sends nothing of it', async () => {
    const answers = await Promise.all([send(`${HEAD}content-length: 10\r\n\r\n`), send(`${HEAD}transfer-encoding: chunked\r\n\r\n`)]);
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 /);
  });

  it('asks for nothing of a body that is too large', async () => {
    assert.match(await send(`${HEAD}expect: 100-continue\r\ncontent-length: 200001\r\n\r\n`), /^HTTP\/1\.1 413 /);
  });

  it('gives up the rest of a body that belongs to a request that was refused', async () => {
    assert.match(await send(`GET /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 1000\r\n\r\nx`), /^HTTP\/1\.1 405 /);
  });

  it('holds it against no account that the rest of a large body does not come, or is too much', async () => {
    assert.match(await send(`${HEAD}content-length: 150000\r\n\r\n${'x'.repeat(120_000)}`), /^HTTP\/1\.1 408 /);
    assert.match(await send(`${HEAD}transfer-encoding: chunked\r\n\r\n${`4000\r\n${'x'.repeat(0x4000)}\r\n`.repeat(20)}`), /^HTTP\/1\.1 413 /);
    assert.deepEqual(proxy.engine.signals, []);
  });

  it('gives the client the answer of a vendor that does not wait for the rest of a large body', async () => {
    const vendor = createHttpServer((request, response) => {
      response.writeHead(413, { 'content-type': 'application/json', connection: 'close' }).end('{"error":{"type":"request_too_large","message":"no"}}');
      request.on('error', () => undefined).resume();
    }).listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    const other = await testProxy({ upstream: { ...upstream, url: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}` }, limits: { replayMaxBytes: 100_000, clientIdleMs: 1000 } });
    const socket = connect(other.port, '127.0.0.1').setEncoding('latin1');
    socket.on('error', () => undefined).write(`${HEAD}content-length: 3000000\r\n\r\n${'x'.repeat(150_000)}`);
    const [head] = await once(socket, 'data') as [string];
    assert.match(head, /^HTTP\/1\.1 413 /);
    // The rest of it is read and forgotten, so that the connection can be used again.
    socket.write('x'.repeat(3_000_000 - 150_000) + WHOLE);
    const [next] = await once(socket, 'data') as [string];
    assert.match(next, /^HTTP\/1\.1 \d{3} /);
    socket.destroy();
    await other.close();
    vendor.close();
  });

  it('ends a client that takes nothing of replies that have come whole', async () => {
    upstream.script(undefined, { body: messagesReply({ text: 'x'.repeat(60_000) }) });
    const seen: Socket[] = [];
    const onRequest = (message: unknown): void => void seen.push((message as { socket: Socket }).socket);
    subscribe('http.server.request.start', onRequest);
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined).pause();
    socket.write(WHOLE.repeat(120));
    await upstream.next();
    unsubscribe('http.server.request.start', onRequest);
    const own = seen.find(({ localPort }) => localPort === proxy.port)!;
    if (!own.closed) await once(own, 'close');
    socket.destroy();
  });

  it('stops all of the requests that a client has sent in a row when it leaves', async () => {
    upstream.script(undefined, { then: 'hang', pieces: [messagesStream()[0]!] });
    const before = proxy.rows.length;
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write(WHOLE.repeat(3));
    while (upstream.requests.length < 3) await upstream.next();
    socket.destroy();
    await Promise.all(upstream.requests.map(({ aborted }) => aborted));
    assert.deepEqual(proxy.rows.slice(before).map(({ end }) => end), ['aborted', 'aborted', 'aborted']);
  });

  it('passes on a reply whose headers are in UTF-8, or in no encoding', async () => {
    const vendor = createServer((socket: Socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-name: 日本\r\nx-byte: '), Buffer.from([0xff, 0xe9]), Buffer.from('\r\ncontent-length: 2\r\n\r\n{}')])));
    }).listen(0, '127.0.0.1');
    await once(vendor, 'listening');
    const other = await testProxy({ upstream: { ...upstream, url: `http://127.0.0.1:${(vendor.address() as AddressInfo).port}` } });
    const { status, text } = await ask(other);
    assert.deepEqual([status, text], [200, '{}']);
    await other.close();
    vendor.close();
  });

  it('does not take a text of the reply for its last event', async () => {
    const delta = toEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'message_stop' } });
    upstream.script(undefined, { pieces: [...messagesStream().slice(0, 2), delta], then: 'cut' });
    await ask(proxy, { body: { model: 'm', stream: true } });
    assert.equal(proxy.rows.at(-1)!.end, 'truncated');
  });

  it('sends up no credential, whatever its header or its parameter is called', async () => {
    const names = ['AUTHORIZATION', 'X-Api-Key', 'api-key', 'x-goog-api-key', 'cookie', 'cookie2', 'proxy-authorization', 'x-auth-token', 'x-access-token', 'x-amz-security-token', 'x-openai-api-key', 'anthropic-api-key', 'authentication', 'x-authorization', 'x-secret'];
    const path = '/v1/messages?beta=true&key=client-secret&%6bey=client-secret&API_KEY=client-secret&access_token=client-secret&x=1';
    await ask(proxy, { path, headers: { ...Object.fromEntries(names.map((name) => [name, 'client-secret'])), connection: 'x-api-key, anthropic-version' } });
    const [sent] = upstream.requests;
    assert.doesNotMatch(JSON.stringify(sent!.rawHeaders), /client-secret/);
    assert.deepEqual([sent!.path, sent!.account], ['/v1/messages?beta=true&x=1', KEY]);
  });

  for (const [how, toForm] of [
    ['as it is', (key) => key],
    ['with the escapes of JSON', (key) => key.replaceAll('/', '\\/')],
    ['with every character escaped', (key) => [...key].map((each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')],
    ['as a part of an address', encodeURIComponent],
    ['as a part of an address in small letters', (key) => encodeURIComponent(key).replace(/%../g, (escape) => escape.toLowerCase())],
    ['in base64', (key) => Buffer.from(key).toString('base64')],
    ['in base64 behind a name', (key) => Buffer.from(`ab:${key}`).toString('base64')],
    ['in base64url', (key) => Buffer.from(`a${key}`).toString('base64url')],
    ['in hex', (key) => Buffer.from(key).toString('hex')],
  ] as readonly [string, (key: string) => string][]) {
    it(`hides the key of an account in bodies, headers, compressed replies, streams, rows and reasons: ${how}`, async () => {
      const told = toForm(KEY);
      // What is at its ends may share bits with what is beside it.
      const core = told.slice(4, -4);
      const answers: Answer[] = [
        { status: 400, body: `{"error":{"type":"${told}","message":"bad ${told}"}}` },
        { headers: { 'content-encoding': 'gzip', 'x-echo': told }, body: gzipSync(`{"a":"${told}"}`) },
        { headers: { 'content-encoding': 'GZIP' }, body: gzipSync(`{"a":"${told}"}`) },
        { headers: { 'content-encoding': 'gzip, br' }, body: brotliCompressSync(gzipSync(`{"a":"${told}"}`)) },
        { status: 400, headers: { 'content-encoding': 'gzip' }, body: gzipSync(`{"error":{"type":"x","message":"${told}"}}`) },
        { headers: { location: `https://a.example/?k=${told}` }, pieces: [...`data: {"a":"${told}"}\n\n`] },
      ];
      for (const answer of answers) {
        upstream.script(undefined, answer);
        const { text, headers } = await ask(proxy);
        const row = { ...proxy.rows.at(-1)!, accountId: null };
        assert.ok(!JSON.stringify([text, headers, row]).includes(core) && !text.includes(core), text);
        assert.equal(headers['content-encoding'], undefined);
      }
      assert.ok(!JSON.stringify(proxy.engine.signals.map((signal) => ({ ...signal, account: '' }))).includes(core));
    });
  }

  it('does not send a client on to another address', async () => {
    upstream.script(undefined, { status: 307, headers: { location: 'https://evil.example/' }, body: '{}' });
    const { status, headers, text } = await ask(proxy);
    assert.deepEqual([status, headers.location], [502, undefined]);
    assert.match(text, /sends its requests to another address \(307\)/);
  });
});
