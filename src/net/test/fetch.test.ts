import assert from 'node:assert/strict';
import { gzipSync, brotliCompressSync, deflateSync } from 'node:zlib';
import { type FetchOptions, guardedFetch } from '../index.ts';
import { serve, serveBytes, type TestServer } from './support/servers.ts';

const LOOPBACK: FetchOptions = { policy: { allowLoopback: true }, env: {} };

describe('a guarded fetch', () => {
  const servers: TestServer[] = [];
  const start = async (...given: Parameters<typeof serve>): Promise<TestServer> => {
    const server = await serve(...given);
    servers.push(server);
    return server;
  };
  const startBytes = async (...given: Parameters<typeof serveBytes>): Promise<TestServer> => {
    const server = await serveBytes(...given);
    servers.push(server);
    return server;
  };
  afterEach(async () => { for (const server of servers.splice(0)) await server.close(); });

  it('sends method, path, headers and body, and hands back status, headers and body', async () => {
    const server = await start((_request, response) => { response.writeHead(201, { 'content-type': 'text/plain; charset=utf-8', 'x-one': 'a', 'set-cookie': ['a=1', 'b=2'] }).end('grüß dich'); });

    const reply = await guardedFetch(`http://127.0.0.1:${server.port}/a/../b?q=ü#top`, { ...LOOPBACK, method: 'POST', headers: { 'X-Two': 'b', 'content-type': 'application/json' }, body: '{"ü":1}' });

    assert.deepEqual([reply.status, reply.mediaType, reply.charset, reply.text(), reply.truncated], [201, 'text/plain', 'utf-8', 'grüß dich', false]);
    assert.deepEqual([reply.headers['x-one'], reply.headers['set-cookie'], reply.address, reply.url], ['a', 'a=1\nb=2', '127.0.0.1', `http://127.0.0.1:${server.port}/b?q=%C3%BC`]);
    const [request] = server.requests;
    assert.deepEqual([request!.method, request!.url, request!.body, request!.headers['x-two'], request!.headers['content-length'], request!.headers.host], ['POST', '/b?q=%C3%BC', '{"ü":1}', 'b', '8', `127.0.0.1:${server.port}`]);
  });

  it('connects to the checked address of a name, and names the host it was asked for', async () => {
    const server = await start((_request, response) => { response.end('ok'); });
    let lookUps = 0;

    await guardedFetch(`http://hooks.example:${server.port}/`, { ...LOOPBACK, resolve: async () => { lookUps++; return ['127.0.0.1']; } });

    assert.equal(lookUps, 1);
    assert.equal(server.requests[0]!.headers.host, `hooks.example:${server.port}`);
  });

  it('connects to the address inside a mapped one', async () => {
    const server = await start((request, response) => { response.end(request.socket.remoteFamily); });

    const reply = await guardedFetch(`http://[::ffff:127.0.0.1]:${server.port}/`, LOOPBACK);

    assert.deepEqual([reply.text(), reply.address, server.requests[0]!.headers.host], ['IPv4', '127.0.0.1', `[::ffff:7f00:1]:${server.port}`]);
  });

  it('looks up again for a retry, and refuses it when the name was rebound', async () => {
    const server = await start((_request, response) => { response.statusCode = 503; response.end(); });
    const answers = [['127.0.0.1'], ['10.9.8.7']];
    const attempt = () => guardedFetch(`http://hooks.example:${server.port}/`, { ...LOOPBACK, resolve: async () => answers.shift()! });

    assert.equal((await attempt()).status, 503);
    await assert.rejects(attempt(), { code: 'NET_REFUSED' });
    assert.equal(server.connections, 1);
  });

  it('connects to nobody when one of the answers is refused', async () => {
    const server = await start((_request, response) => { response.end(); });

    await assert.rejects(guardedFetch(`http://hooks.example:${server.port}/`, { ...LOOPBACK, resolve: async () => ['127.0.0.1', '169.254.169.254'] }), { code: 'NET_REFUSED', exitCode: 3 });
    assert.equal(server.connections, 0);
  });

  it('tries the next checked address when one does not answer', async () => {
    const server = await start((_request, response) => { response.end('second'); });

    // Nobody listens on 127.0.0.2 there: the server is bound to 127.0.0.1 alone.
    const reply = await guardedFetch(`http://hooks.example:${server.port}/`, { ...LOOPBACK, resolve: async () => ['127.0.0.2', '127.0.0.1'] });

    assert.deepEqual([reply.text(), reply.address], ['second', '127.0.0.1']);
  });

  for (const status of [300, 301, 302, 303, 307, 308]) {
    it(`fails at a redirect (${status}) and says where it points, without going there`, async () => {
      const server = await start((_request, response) => { response.writeHead(status, { location: '/elsewhere?x=1' }).end(); });

      await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, LOOPBACK), { code: 'NET_REDIRECTED', exitCode: 5, details: { status, location: `http://127.0.0.1:${server.port}/elsewhere?x=1` } });
      assert.equal(server.connections, 1);
    });
  }

  it('hands back 304 and 404 as replies', async () => {
    const server = await start((request, response) => { response.statusCode = Number(request.url!.slice(1)); response.end(); });

    for (const status of [304, 404, 500]) assert.equal((await guardedFetch(`http://127.0.0.1:${server.port}/${status}`, LOOPBACK)).status, status);
  });

  describe('a body', () => {
    it('is cut at the limit, and the rest is not waited for', async () => {
      let left!: () => void;
      const gone = new Promise<void>((resolve) => { left = resolve; });
      const server = await start((_request, response) => {
        const more = (): void => { while (response.write(Buffer.alloc(65_536, 'x')) && !response.destroyed); };
        response.on('drain', more).on('close', left);
        more();
      });

      const reply = await guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, maxBytes: 100_000 });

      assert.deepEqual([reply.body.length, reply.truncated], [100_000, true]);
      await gone;
    });

    it('is whole when it has just as many bytes as allowed', async () => {
      const server = await start((_request, response) => { response.end('x'.repeat(1000)); });

      const reply = await guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, maxBytes: 1000 });

      assert.deepEqual([reply.body.length, reply.truncated], [1000, false]);
    });

    for (const [encoding, compress] of [['gzip', gzipSync], ['x-gzip', gzipSync], ['deflate', deflateSync], ['br', brotliCompressSync]] as const) {
      it(`is decompressed: ${encoding}`, async () => {
        const server = await start((_request, response) => { response.writeHead(200, { 'content-encoding': encoding }).end(compress('hello '.repeat(1000))); });

        assert.equal((await guardedFetch(`http://127.0.0.1:${server.port}/`, LOOPBACK)).text(), 'hello '.repeat(1000));
      });

      it(`is cut by its size after decompression: ${encoding}`, async () => {
        const bomb = compress(Buffer.alloc(16 * 1024 * 1024));
        const server = await start((_request, response) => { response.writeHead(200, { 'content-encoding': encoding }).end(bomb); });

        const reply = await guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, maxBytes: 10_000 });

        assert.deepEqual([reply.body.length, reply.truncated], [10_000, true]);
      });
    }

    it('is cut when it is compressed without end into nothing', async () => {
      const empty = Buffer.concat(Array<Buffer>(1000).fill(gzipSync('')));
      const server = await start((_request, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' });
        const more = (): void => { while (response.write(empty) && !response.destroyed); };
        response.on('drain', more);
        more();
      });

      const reply = await guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, maxBytes: 10_000 });

      assert.deepEqual([reply.body.length, reply.truncated], [0, true]);
    });

    for (const [what, headers, body] of [
      ['an encoding that was not asked for', { 'content-encoding': 'compress' }, 'x'],
      ['two encodings', { 'content-encoding': 'gzip, gzip' }, gzipSync(gzipSync('x'))],
      ['gzip that is none', { 'content-encoding': 'gzip' }, 'this is no gzip'],
      ['gzip that breaks off', { 'content-encoding': 'gzip' }, gzipSync('x'.repeat(5000)).subarray(0, 30)],
      ['brotli that is none', { 'content-encoding': 'br' }, Buffer.alloc(100, 0xff)],
    ] as const) {
      it(`is an error when it has ${what}`, async () => {
        const server = await start((_request, response) => { response.writeHead(200, headers).end(body); });

        await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, LOOPBACK), { code: 'NET_REPLY_INVALID' });
      });
    }

    it('is an error when it is shorter than it says', async () => {
      const server = await startBytes((socket) => { socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort')); });

      await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, LOOPBACK), { code: 'NET_FAILED' });
    });

    const euro = Buffer.from([0xa4]);
    for (const [what, contentType, body, charset, text] of [
      ['UTF-8 without a word about it', 'text/plain', Buffer.from('€'), 'utf-8', '€'],
      ['the charset of the header', 'text/plain; charset=ISO-8859-15', euro, 'iso-8859-15', '€'],
      ['the charset in quotes', 'text/plain; x=y; charset="iso-8859-15"', euro, 'iso-8859-15', '€'],
      ['UTF-8 where the charset is not known', 'text/plain; charset=klingon', Buffer.from('€'), 'utf-8', '€'],
      ['the charset that HTML states', 'text/html', Buffer.concat([Buffer.from('<html><meta charset="iso-8859-15">'), euro]), 'iso-8859-15', '<html><meta charset="iso-8859-15">€'],
      ['the charset that HTML states the old way', 'text/html', Buffer.concat([Buffer.from('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">'), euro]), 'iso-8859-15', '<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-15">€'],
      ['UTF-8 where a page that is none claims to be UTF-16', 'text/html', Buffer.from('<meta charset="utf-16">€'), 'utf-8', '<meta charset="utf-16">€'],
      ['the header before HTML’s own word', 'text/html; charset=utf-8', Buffer.from('<meta charset="iso-8859-15">€'), 'utf-8', '<meta charset="iso-8859-15">€'],
      ['a byte order mark before all', 'text/html; charset=iso-8859-15', Buffer.from('\ufeff€'), 'utf-8', '€'],
      ['UTF-16 with its mark', 'text/plain', Buffer.from('\ufeff€', 'utf16le'), 'utf-16le', '€'],
      ['marks in place of what cannot be decoded', 'text/plain', Buffer.from([0x61, 0xff]), 'utf-8', 'a\ufffd'],
    ] as const) {
      it(`is read as text by ${what}`, async () => {
        const server = await start((_request, response) => { response.writeHead(200, { 'content-type': contentType }).end(body); });

        const reply = await guardedFetch(`http://127.0.0.1:${server.port}/`, LOOPBACK);

        assert.deepEqual([reply.charset, reply.text()], [charset, text]);
      });
    }
  });

  describe('a slow peer', () => {
    it('is left when it accepts the connection and says nothing', async () => {
      const server = await startBytes(() => undefined);

      await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, idleMs: 50 }), { code: 'NET_TIMEOUT', exitCode: 5, message: '127.0.0.1 sent nothing for 0.05 s' });
    });

    it('is left when it falls silent within the body', async () => {
      const server = await start((_request, response) => { response.write('begin'); });

      await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, idleMs: 50 }), { code: 'NET_TIMEOUT' });
    });

    it('is left when it sends its headers byte by byte for ever', async () => {
      const server = await startBytes((socket) => {
        socket.write('HTTP/1.1 200 OK\r\nx: ');
        const timer = setInterval(() => socket.write('y'), 5);
        socket.on('close', () => clearInterval(timer));
      });

      await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, timeoutMs: 100 }), { code: 'NET_TIMEOUT', message: 'The request took longer than 0.1 s' });
    });

    it('is left when its resolver does not answer', async () => {
      await assert.rejects(guardedFetch('https://hooks.example/', { ...LOOPBACK, timeoutMs: 50, resolve: (_name, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))) }), { code: 'NET_TIMEOUT' });
    });

    it('is left when the caller gives up, with the caller’s own reason', async () => {
      const abort = new AbortController();
      const server = await startBytes(() => abort.abort(new Error('enough')));

      await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, signal: abort.signal }), { message: 'enough' });
    });

    it('is not even asked when the caller has given up before', async () => {
      const server = await start((_request, response) => { response.end(); });

      await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, signal: AbortSignal.abort(new Error('enough')) }), { message: 'enough' });
      assert.equal(server.connections, 0);
    });
  });

  describe('a peer that does not speak HTTP', () => {
    for (const [what, bytes] of [
      ['something else', 'SSH-2.0-OpenSSH_9.9\r\n'],
      ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx'],
      ['a length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n'],
      ['headers without end', `HTTP/1.1 200 OK\r\n${'x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(2000)}`],
      ['a header over two lines', 'HTTP/1.1 200 OK\r\nx: a\r\n\tb\r\nno colon\r\n\r\n'],
    ] as const) {
      it(`is an error: ${what}`, async () => {
        const server = await startBytes((socket) => { socket.once('data', () => socket.write(bytes)); });

        await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, LOOPBACK), { code: 'NET_REPLY_INVALID' });
      });
    }

    it('is an error: a closed connection', async () => {
      const server = await startBytes((socket) => socket.destroy());

      await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, LOOPBACK), { code: 'NET_FAILED' });
    });

    it('is an error: nobody there', async () => {
      const server = await serve(() => undefined);
      await server.close();

      await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, LOOPBACK), { code: 'NET_FAILED', exitCode: 5, message: /ECONNREFUSED/ });
    });
  });

  describe('a request that cannot be made', () => {
    for (const name of ['Host', 'content-length', 'Transfer-Encoding', 'connection', 'Proxy-Authorization', 'accept-encoding']) {
      it(`is refused for its header ${name}`, async () => {
        await assert.rejects(guardedFetch('http://127.0.0.1:1/', { ...LOOPBACK, headers: { [name]: 'x' } }), { code: 'NET_REQUEST_INVALID', exitCode: 2 });
      });
    }

    const wrong: FetchOptions[] = [{ headers: { 'x-a': 'b\r\nx-c: d' } }, { headers: { 'x a': 'b' } }, { method: 'CONNECT' }, { method: 'GET / HTTP/1.1\r\nx: y' }];
    for (const options of wrong) {
      it(`is refused with ${JSON.stringify(options)}`, async () => {
        const server = await start((_request, response) => { response.end(); });

        await assert.rejects(guardedFetch(`http://127.0.0.1:${server.port}/`, { ...LOOPBACK, ...options }), { code: 'NET_REQUEST_INVALID' });
        assert.equal(server.requests.length, 0);
      });
    }

    it('says which rule refuses an address, and how a person could open it', async () => {
      await assert.rejects(guardedFetch('http://169.254.169.254/latest/meta-data/'), { code: 'NET_REFUSED', details: { rule: 'scheme' } });
      await assert.rejects(guardedFetch('https://169.254.169.254/latest/meta-data/'), { code: 'NET_REFUSED', details: { rule: 'address' }, message: 'The request is refused: 169.254.169.254 is a cloud metadata address; only public addresses are allowed' });
    });
  });
});
