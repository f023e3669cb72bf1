import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { createSecrets } from '@pith/kernel';
import { createRouteHost, createToken, fitsHash, hashToken, serveRoutes, TOKEN_LENGTH_MIN } from '../index.ts';

const host = (listensOn: string): ReturnType<typeof createRouteHost> => createRouteHost({
  routes: [], token: () => false, tokenHint: '', document: { title: 't', version: '1' }, secrets: createSecrets(), listensOn,
});

describe('a server of its own', () => {
  for (const address of ['0.0.0.0', '::', '192.168.1.1', 'example.org', '']) {
    it(`does not listen on ${JSON.stringify(address)} without a token`, async () => {
      await assert.rejects(serveRoutes(host(address), { port: 0, host: address, hasToken: false }), { code: 'LISTEN_REFUSED' });
    });
  }

  it('answers by its addresses where others reach it, and not by names that anybody can choose', async () => {
    const server = await serveRoutes(host('0.0.0.0'), { port: 0, host: '0.0.0.0', hasToken: true });
    const statusOf = async (name: string): Promise<number> => {
      const { ask } = await import('./start-host.ts');
      return (await ask(server, '/api/x', { headers: { host: name } })).status;
    };
    const own = Object.values(networkInterfaces()).flat().find((found) => found?.family === 'IPv4')!.address;
    assert.deepEqual([await statusOf(`${own}:1`), await statusOf('10.1.2.3'), await statusOf('rebound.example')], [401, 401, 403]);
    await server.close();
  });

  it('answers 404 outside of its routes', async () => {
    const server = await serveRoutes(host('127.0.0.1'), { port: 0, host: '127.0.0.1', hasToken: true });
    assert.equal((await fetch(`${server.url}/favicon.ico`)).status, 404);
    await server.close();
  });
});

describe('a token', () => {
  it('is long, random, and known by its hash alone', () => {
    const token = createToken('pith-');
    assert.ok(token.length >= TOKEN_LENGTH_MIN + 'pith-'.length);
    assert.notEqual(token, createToken('pith-'));
    assert.equal(fitsHash(token, hashToken(token)), true);
    assert.equal(fitsHash(`${token}x`, hashToken(token)), false);
    assert.equal(fitsHash(token, 'no hash'), false);
  });
});
