import assert from 'node:assert/strict';
import { createServer, type Socket, connect } from 'node:net';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAuthority } from '../../../../src/net/test/support/certificate.ts';
import { startUpstream } from '../upstream.ts';
import { ask, testProxy } from './start-proxy.ts';

describe('connections to vendors', () => {
  it('are kept and used again', async () => {
    const proxy = await testProxy();
    for (let time = 0; time < 5; time++) await ask(proxy);
    assert.equal(proxy.upstream.connections, 1);
    await proxy.close();
  });

  it('that were closed in the meantime cost neither an answer nor an account', async () => {
    const upstream = await startUpstream();
    const proxy = await testProxy({ upstream });
    await ask(proxy);
    // The next request meets a connection that breaks when it comes.
    upstream.script(undefined, { instead: 'cut' }, {});
    const answer = await ask(proxy);
    assert.deepEqual([answer.status, proxy.engine.signals.map(({ status }) => status), proxy.rows.at(-1)!.attempts], [200, [200, 200], 1]);
    upstream.dropConnections();
    assert.equal((await ask(proxy)).status, 200);
    await proxy.close();
    await upstream.close();
  });

  it('are encrypted where the address says so, with the certificate checked', async () => {
    const authority = createAuthority();
    const upstream = await startUpstream({ tls: authority.issue(['127.0.0.1']) });
    const trusting = await testProxy({ upstream, ca: authority.cert });
    assert.equal((await ask(trusting)).status, 200);
    await trusting.close();
    const doubting = await testProxy({ upstream });
    const answer = await ask(doubting);
    assert.equal(upstream.requests.length, 1);
    assert.deepEqual([answer.status, doubting.engine.signals[0]!.phase], [503, 'connect']);
    await doubting.close();
    await upstream.close();
  });

  it('lead to no private address, though a name or an address says so', async () => {
    for (const baseUrl of ['http://10.1.2.3:80', 'https://169.254.169.254', 'http://[::ffff:10.0.0.1]', 'https://192.168.1.1/v1']) {
      const proxy = await testProxy({ accounts: [{ key: 'key-of-an-account', baseUrl } as never] });
      await ask(proxy);
      assert.equal(proxy.engine.signals[0]!.networkCode, 'PROXY_ADDRESS_REFUSED', baseUrl);
      await proxy.close();
    }
  });

  it('of one account are not another’s where that may not go there, at the same address', async () => {
    const proxy = await testProxy({ accounts: ['may-go-there', 'may-not'], policyOf: ({ name }) => (name === 'may-go-there' ? { allowLoopback: true } : {}) });
    await ask(proxy);
    proxy.upstream.script('may-go-there', { status: 429 });

    const { status } = await ask(proxy);

    assert.deepEqual([status, proxy.upstream.requests.map(({ account }) => account)], [503, ['may-go-there', 'may-go-there']]);
    assert.equal(proxy.engine.signals.at(-1)!.networkCode, 'PROXY_ADDRESS_REFUSED');
    await proxy.close();
  });

  it('of an address that is none are refused with a sentence', async () => {
    const proxy = await testProxy({ accounts: [{ key: 'key-of-an-account', baseUrl: 'file:///etc/passwd' } as never] });
    await ask(proxy);
    assert.equal(proxy.engine.signals[0]!.networkCode, 'PROXY_ACCOUNT_ADDRESS');
    await proxy.close();
  });

  it('that nobody answers in time are given up', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await new Promise((resolve) => { silent.once('listening', resolve); });
    const open: Socket[] = [];
    silent.on('connection', (socket) => open.push(socket));
    // TLS that never comes: the connection is there, and nothing on it.
    const proxy = await testProxy({ accounts: [{ key: 'key-of-an-account', baseUrl: `https://127.0.0.1:${(silent.address() as AddressInfo).port}` } as never], limits: { connectMs: 200 } });
    await ask(proxy);
    assert.equal(proxy.engine.signals[0]!.networkCode, 'PROXY_CONNECT_TIMEOUT');
    await proxy.close();
    for (const socket of open) socket.destroy();
    silent.close();
  });

  it('go through a company’s proxy, which is told the checked address', async () => {
    const authority = createAuthority();
    const upstream = await startUpstream({ tls: authority.issue(['one.one.one.one', '1.1.1.1']) });
    const tunnels: string[] = [];
    const company = createHttpServer().on('connect', ({ url }: { url?: string }, client: Socket) => {
      tunnels.push(url ?? '');
      const onward = connect(upstream.port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
      onward.pipe(client).pipe(onward);
      for (const socket of [client, onward]) socket.on('error', () => undefined); // Either side may leave.
    });
    await new Promise<void>((resolve) => { company.listen(0, '127.0.0.1', resolve); });
    const proxy = await testProxy({ upstream, ca: authority.cert, env: { https_proxy: `http://127.0.0.1:${(company.address() as AddressInfo).port}` }, accounts: [{ key: 'key-of-an-account', baseUrl: 'https://1.1.1.1' } as never] });
    assert.equal((await ask(proxy)).status, 200);
    assert.deepEqual(tunnels, ['1.1.1.1:443']);
    await proxy.close();
    company.close().closeAllConnections();
    await upstream.close();
  });
});
