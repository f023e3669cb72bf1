import assert from 'node:assert/strict';
import type { TLSSocket } from 'node:tls';
import { type FetchOptions, guardedFetch } from '../index.ts';
import { createAuthority } from './support/certificate.ts';
import { serve, serveBytes, type TestServer } from './support/servers.ts';

describe('a guarded fetch over https', () => {
  const authority = createAuthority();
  const servers: TestServer[] = [];
  const start = async (...given: Parameters<typeof serve>): Promise<TestServer> => {
    const server = await serve(...given);
    servers.push(server);
    return server;
  };
  afterEach(async () => { for (const server of servers.splice(0)) await server.close(); });

  const options: FetchOptions = { policy: { allowLoopback: true }, env: {}, ca: authority.cert, resolve: async () => ['127.0.0.1'] };

  it('asks for the name it was given at the checked address, in the handshake and in the request', async () => {
    let indicated: unknown;
    const server = await start((request, response) => { indicated = (request.socket as TLSSocket & { servername?: string }).servername; response.end('secret'); }, authority.issue(['hooks.example']));

    const reply = await guardedFetch(`https://hooks.example:${server.port}/x`, options);

    assert.deepEqual([reply.text(), reply.address, indicated, server.requests[0]!.headers.host], ['secret', '127.0.0.1', 'hooks.example', `hooks.example:${server.port}`]);
  });

  it('takes the certificate of an address', async () => {
    const server = await start((_request, response) => { response.end('ok'); }, authority.issue(['127.0.0.1']));

    assert.equal((await guardedFetch(`https://127.0.0.1:${server.port}/`, options)).text(), 'ok');
  });

  for (const [what, certificate, more] of [
    ['for another name', authority.issue(['other.example']), {}],
    ['for the address instead of the name', authority.issue(['127.0.0.1']), {}],
    ['of nobody known', createAuthority().issue(['hooks.example']), {}],
    ['of an authority that this machine does not know', authority.issue(['hooks.example']), { ca: createAuthority().cert }],
    ['that has run out', authority.issue(['hooks.example'], { expired: true }), {}],
  ] as const) {
    it(`refuses a certificate ${what}, and sends nothing`, async () => {
      const server = await start((_request, response) => { response.end(); }, certificate);

      await assert.rejects(guardedFetch(`https://hooks.example:${server.port}/`, { ...options, ...more, method: 'POST', body: 'key' }), { code: 'NET_TLS_FAILED', exitCode: 5 });
      assert.equal(server.requests.length, 0);
    });
  }

  it('checks the certificate even where the environment says not to', async () => {
    const server = await start((_request, response) => { response.end(); }, createAuthority().issue(['hooks.example']));
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      await assert.rejects(guardedFetch(`https://hooks.example:${server.port}/`, options), { code: 'NET_TLS_FAILED' });
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  it('fails where plain http answers', async () => {
    const server = await start((_request, response) => { response.end(); });

    await assert.rejects(guardedFetch(`https://hooks.example:${server.port}/`, options), { code: 'NET_TLS_FAILED', message: /^No secure connection to hooks\.example: / });
  });

  it('leaves a peer that does not finish the handshake', async () => {
    const server = await serveBytes(() => undefined);
    servers.push(server);

    await assert.rejects(guardedFetch(`https://hooks.example:${server.port}/`, { ...options, idleMs: 50 }), { code: 'NET_TIMEOUT' });
  });

  it('leaves a peer that falls silent after the handshake', async () => {
    const server = await start(() => undefined, authority.issue(['hooks.example']));

    await assert.rejects(guardedFetch(`https://hooks.example:${server.port}/`, { ...options, idleMs: 100 }), { code: 'NET_TIMEOUT' });
  });
});
