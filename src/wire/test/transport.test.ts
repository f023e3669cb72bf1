import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { checkKey, createTransport, mergeHeaders, parseBaseUrl, proxyOf, secretsOf, type Undici } from '@pith/wire';
import { startProvider } from '@pith/wire/testing';

const loadUndici = () => import('undici') as Promise<Undici>;
const never = () => Promise.reject(new Error('undici is not needed here'));

/** A proxy on 127.0.0.1 that opens tunnels, and keeps where to. */
async function startProxy() {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const proxy = createServer((_, response) => { response.writeHead(405).end(); });
  proxy.on('connection', (socket) => { sockets.add(socket); });
  proxy.on('connect', (request: IncomingMessage, client: Socket) => {
    targets.push(request.url!);
    const [host, port] = request.url!.split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    sockets.add(upstream);
    upstream.on('error', () => client.destroy());
    client.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => { proxy.listen(0, '127.0.0.1', resolve); });
  return {
    targets, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => {
      proxy.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    }),
  };
}

describe('the transport of a provider', () => {
  it('goes through the proxy of the environment, but not to addresses that are excepted', async () => {
    const proxy = await startProxy();
    const server = await startProvider('hello');
    const { host } = new URL(server.url);

    const through = await createTransport({ env: { https_proxy: proxy.url, HTTP_PROXY: proxy.url }, loadUndici })(server.url, { method: 'POST', body: 'x' });
    const around = await createTransport({ env: { HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' }, loadUndici })(server.url, { method: 'POST', body: 'y' });

    assert.deepEqual([await through.text(), await around.text()], ['hello', 'hello']);
    assert.deepEqual(proxy.targets, [host]);
    assert.deepEqual(server.requests.map(({ body }) => body), ['x', 'y']);
    await proxy.close();
    await server.close();
  });

  it('leaves proxies to Node where Node looks after them', () => {
    assert.equal(proxyOf({}), undefined);
    assert.equal(proxyOf({ HTTPS_PROXY: 'http://p:1', NODE_USE_ENV_PROXY: '1' }), undefined);
    assert.deepEqual(proxyOf({ all_proxy: 'http://p:1', no_proxy: 'a' }), { httpProxy: 'http://p:1', httpsProxy: 'http://p:1', noProxy: 'a' });
    assert.equal(proxyOf({ ALL_PROXY: 'socks5://p:1' }), undefined);
  });

  it('has no limit of silence of its own', async () => {
    const server = await startProvider('hello');
    const key = Symbol.for('undici.globalDispatcher.1');
    const globals = globalThis as unknown as Record<symbol, { dispatch(options: object, handler: object): boolean }>;
    await fetch(server.url);
    const before = globals[key]!;
    const seen: { headersTimeout?: number; bodyTimeout?: number }[] = [];
    globals[key] = { dispatch: (options, handler) => { seen.push(options); return before.dispatch(options, handler); } };
    try {
      await (await createTransport({ env: {}, loadUndici: never })(server.url)).text();
    } finally {
      globals[key] = before;
    }

    assert.deepEqual(seen.map(({ headersTimeout, bodyTimeout }) => [headersTimeout, bodyTimeout]), [[0, 0]]);
    await server.close();
  });

  it('takes a redirect for an answer and reads no more than a part of a failure', async () => {
    const server = await startProvider({ status: 302, headers: { location: 'http://127.0.0.1:1/' } }, { status: 500, body: 'x'.repeat(1_000_000), headers: { 'x-kept': 'yes' } }, { status: 304 });
    const transport = createTransport({ env: {}, loadUndici: never });

    const [moved, failed, unchanged] = [await transport(server.url), await transport(server.url), await transport(server.url)];

    assert.deepEqual([moved.status, moved.headers.get('location'), failed.status, failed.headers.get('x-kept'), (await failed.text()).length, unchanged.status], [302, 'http://127.0.0.1:1/', 500, 'yes', 65_536, 304]);
    await server.close();
  });
});

describe('the address of a provider', () => {
  it('is http or https, and holds no password', () => {
    assert.equal(parseBaseUrl('https://api.example.com/v1//', 'X').href, 'https://api.example.com/v1');
    const refused = (text: string) => { try { parseBaseUrl(text, 'OPENAI_BASE_URL'); } catch (error) { return (error as Error).message; } return 'accepted'; };
    assert.equal(refused('localhost'), 'OPENAI_BASE_URL is no address');
    assert.equal(refused('ftp://example.com'), 'OPENAI_BASE_URL begins with ftp:; allowed are https: and http:');
    assert.equal(refused('http://me:secret@example.com'), 'OPENAI_BASE_URL holds a name or password, which does not belong into an address');
  });
});

describe('the headers of a request', () => {
  it('are each sent once, the later in the place of the earlier, and lists grow', () => {
    assert.deepEqual(mergeHeaders({ 'X-Team': 'a', 'Anthropic-Beta': 'one' }, undefined, { 'x-team': 'b', 'anthropic-beta': 'two' }), { 'x-team': 'b', 'anthropic-beta': 'one,two' });
  });

  it('may hold secrets, known by their names', () => {
    assert.deepEqual(secretsOf({ 'x-api-key': 'k', Authorization: 'Bearer t', accept: 'json' }), ['k', 'k', 'Bearer t', 't']);
  });
});

describe('a key', () => {
  it('is refused, unseen, when it holds what a header cannot', () => {
    assert.equal(checkKey('sk-1', 'X_KEY'), 'sk-1');
    assert.equal(checkKey(undefined, 'X_KEY'), undefined);
    assert.throws(() => checkKey('sk-1\nsk-2', 'X_KEY'), { code: 'PROVIDER_KEY_INVALID', exitCode: 2, message: 'The key in X_KEY holds a blank or another character that no key has' });
  });
});
