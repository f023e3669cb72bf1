import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Admission } from '../admit.ts';
import { parseAddress } from '../address.ts';
import { parseHttpUrl } from '../http-url.ts';
import { type FetchOptions, guardedFetch, isRefusal } from '../index.ts';
import { findProxy } from '../proxy.ts';
import { createAuthority, type Certificate } from './support/certificate.ts';
import { serve, type TestServer } from './support/servers.ts';

function admitted(url: string, address = '93.184.215.14'): Admission {
  const parsed = parseHttpUrl(url);
  assert.ok(!isRefusal(parsed));
  return { url: parsed, addresses: [parseAddress(address)!] };
}

describe('the proxy that the environment names', () => {
  const cases: [string, string, Record<string, string>, string | undefined][] = [
    ['none', 'https://example.com/', {}, undefined],
    ['an empty word', 'https://example.com/', { https_proxy: '' }, undefined],
    ['one for https', 'https://example.com/', { HTTPS_PROXY: 'http://proxy.corp:3128' }, 'proxy.corp:3128'],
    ['small letters before capitals', 'https://example.com/', { https_proxy: 'http://small:1', HTTPS_PROXY: 'http://big:2' }, 'small:1'],
    ['no scheme', 'https://example.com/', { https_proxy: 'proxy.corp:3128' }, 'proxy.corp:3128'],
    ['no port', 'https://example.com/', { https_proxy: 'http://proxy.corp' }, 'proxy.corp:80'],
    ['https to the proxy', 'https://example.com/', { https_proxy: 'https://proxy.corp' }, 'proxy.corp:443'],
    ['one for all', 'https://example.com/', { ALL_PROXY: 'http://proxy.corp:3128' }, 'proxy.corp:3128'],
    ['one for http only', 'https://example.com/', { http_proxy: 'http://proxy.corp:3128' }, undefined],
    ['one for http', 'http://example.com/', { http_proxy: 'http://proxy.corp:3128' }, 'proxy.corp:3128'],
    ['one for http in capitals, which a web server sets from a client’s header', 'http://example.com/', { HTTP_PROXY: 'http://proxy.corp:3128' }, undefined],
    ['an exception for the host', 'https://example.com/', { https_proxy: 'http://p:1', no_proxy: 'other, example.com' }, undefined],
    ['an exception for a host below', 'https://a.example.com/', { https_proxy: 'http://p:1', NO_PROXY: 'example.com' }, undefined],
    ['an exception written with a dot', 'https://a.example.com/', { https_proxy: 'http://p:1', no_proxy: '.example.com' }, undefined],
    ['an exception written with a star', 'https://a.example.com/', { https_proxy: 'http://p:1', no_proxy: '*.example.com' }, undefined],
    ['an exception for everything', 'https://example.com/', { https_proxy: 'http://p:1', no_proxy: '*' }, undefined],
    ['an exception for its port', 'https://example.com:8443/', { https_proxy: 'http://p:1', no_proxy: 'example.com:8443' }, undefined],
    ['an exception for another port', 'https://example.com/', { https_proxy: 'http://p:1', no_proxy: 'example.com:8443' }, 'p:1'],
    ['an exception for a longer name', 'https://notexample.com/', { https_proxy: 'http://p:1', no_proxy: 'example.com' }, 'p:1'],
    ['an exception for an IPv6 address', 'https://[2606:4700::1]/', { https_proxy: 'http://p:1', no_proxy: '[2606:4700::1]' }, undefined],
  ];
  for (const [what, url, env, expected] of cases) {
    it(`is ${expected ?? 'nobody'} with ${what}`, () => {
      const proxy = findProxy(admitted(url), env);

      assert.equal(proxy && `${proxy.host}:${proxy.port}`, expected);
    });
  }

  it('is nobody for loopback', () => {
    assert.equal(findProxy(admitted('http://127.0.0.1/', '127.0.0.1'), { all_proxy: 'http://p:1' }), undefined);
  });

  for (const value of ['socks5://p:1080', 'http://', '::', 'http://p:99999']) {
    it(`is a mistake when it is ${value}`, () => {
      assert.throws(() => findProxy(admitted('https://example.com/'), { https_proxy: value }), { code: 'NET_PROXY_INVALID', message: /^https_proxy is not/ });
    });
  }
});

describe('a guarded fetch through a proxy', () => {
  const authority = createAuthority();
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => { for (const close of closers.splice(0)) await close(); });

  // To the proxy this is a public address like any other; it leads to the test's own server.
  const PUBLIC = '93.184.215.14';
  const options: FetchOptions = { ca: authority.cert, resolve: async () => [PUBLIC] };

  async function startOrigin(): Promise<TestServer> {
    const server = await serve((_request, response) => { response.end('from the origin'); }, authority.issue(['hooks.example']));
    closers.push(server.close);
    return server;
  }

  /** Opens every tunnel to one port of this machine, or answers with a status instead. */
  async function startProxy({ port = 0, status = 200, certificate }: { port?: number; status?: number; certificate?: Certificate }): Promise<{ url: string; asked: IncomingMessage[] }> {
    const asked: IncomingMessage[] = [];
    const open = new Set<Socket>();
    const server = certificate === undefined ? createServer() : createSecureServer(certificate);
    server.on('connect', (request: IncomingMessage, client: Socket) => {
      asked.push(request);
      if (status !== 200) return client.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      const onward = connect(port, '127.0.0.1', () => { client.write('HTTP/1.1 200 Connection established\r\n\r\n'); });
      for (const socket of [client, onward]) socket.on('error', () => undefined); // Either end may leave.
      return client.pipe(onward).pipe(client);
    });
    server.on('connection', (socket: Socket) => { open.add(socket); });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => new Promise((resolve) => { server.close(() => resolve()); for (const socket of open) socket.destroy(); }));
    return { url: `${certificate === undefined ? 'http' : 'https'}://user:p%40ss@127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }

  it('tells the proxy the checked address, and the name only to the origin', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy({ port: origin.port });

    const reply = await guardedFetch('https://hooks.example/x', { ...options, env: { https_proxy: proxy.url } });

    assert.equal(reply.text(), 'from the origin');
    assert.deepEqual([proxy.asked[0]!.url, proxy.asked[0]!.headers.host], [`${PUBLIC}:443`, `${PUBLIC}:443`]);
    assert.equal(proxy.asked[0]!.headers['proxy-authorization'], `Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    assert.deepEqual([origin.requests[0]!.headers.host, origin.requests[0]!.headers['proxy-authorization']], ['hooks.example', undefined]);
  });

  it('checks the address all the same, and asks no proxy for a bad one', async () => {
    const proxy = await startProxy({});

    await assert.rejects(guardedFetch('https://hooks.example/', { ...options, env: { https_proxy: proxy.url }, resolve: async () => ['169.254.169.254'] }), { code: 'NET_REFUSED' });
    assert.equal(proxy.asked.length, 0);
  });

  it('checks the certificate of the origin through the tunnel', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy({ port: origin.port });

    await assert.rejects(guardedFetch('https://other.example/', { ...options, env: { https_proxy: proxy.url } }), { code: 'NET_TLS_FAILED' });
  });

  it('says what a proxy answered that does not open the tunnel, without its password', async () => {
    const proxy = await startProxy({ status: 407 });

    await assert.rejects(guardedFetch('https://hooks.example/', { ...options, env: { https_proxy: proxy.url } }), (error: Error & { code: string }) => {
      assert.deepEqual([error.code, error.message], ['NET_FAILED', `The proxy 127.0.0.1 did not open a connection to ${PUBLIC}:443; it answered 407`]);
      return true;
    });
  });

  it('does not trust a proxy with a certificate that this machine does not know', async () => {
    const proxy = await startProxy({ certificate: authority.issue(['127.0.0.1']) });

    await assert.rejects(guardedFetch('https://hooks.example/', { ...options, env: { https_proxy: proxy.url } }), { code: 'NET_FAILED', message: /^The proxy 127\.0\.0\.1 cannot be reached: / });
    assert.equal(proxy.asked.length, 0);
  });
});
