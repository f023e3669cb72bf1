import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKernel, type PluginDefinition } from '@pith/kernel';
import { allowAll, createTestKernel } from '@pith/kernel/testing';
import { type Answer, ANTHROPIC_CASES, CHAT_CASES, startProvider } from '@pith/wire/testing';
import { after, before } from 'mocha';
import anthropic from '../../../anthropic/src/index.ts';
import database from '../../../database/src/index.ts';
import openai from '../../../openai/src/index.ts';
import resilience from '../../../resilience/src/index.ts';
import sessions from '../../../sessions/src/index.ts';
import vault from '../../../vault/src/index.ts';
import { listRequests } from '../../src/books/query/requests.ts';
import balancer from '../../src/index.ts';
import { openProxy } from '../../src/proxy/run-proxy.ts';
import { added } from '../start-balancer.ts';

const KEYS = ['first-key-of-the-pool', 'second-key-of-the-pool'];
const GOOD = ANTHROPIC_CASES[0]!.stream;

/** Two accounts, each with a server of its own that answers so. */
async function start(first: readonly Answer[], second: readonly Answer[], plugins: readonly PluginDefinition[] = []) {
  const servers = [await startProvider(...first), await startProvider(...second)];
  const kernel = await createTestKernel({
    plugins: [anthropic, database, vault, sessions, balancer, allowAll, ...plugins], host: { now: () => Date.now() }, session: { model: 'anthropic/claude-test' },
    env: { PITH_VAULT_KEYRING: 'off', ANTHROPIC_API_KEY: 'the-key-of-the-environment', ANTHROPIC_BASE_URL: 'http://127.0.0.1:9' },
  });
  const service = await kernel.kernel.service('balancer');
  const [pool, secrets] = await Promise.all([service.pool(), service.vault()]);
  for (const [index, { url }] of servers.entries()) {
    await secrets.set(`anthropic/id-work-${index}`, KEYS[index]!);
    await pool.append(added(`work-${index}`, { baseUrl: url, priority: index }));
  }
  return { ...kernel, service, pool, servers, close: async () => { await kernel.close(); for (const server of servers) await server.close(); } };
}

describe('a turn with a pool of accounts', () => {
  let home: Awaited<ReturnType<typeof start>>;
  before(async () => {
    home = await start([{ status: 429, body: { type: 'error', error: { type: 'rate_limit_error', message: 'slow' } }, headers: { 'retry-after': '3600' } }], [GOOD, { status: 401, body: { error: { type: 'authentication_error', message: `invalid ${KEYS[1]}` } } }], [resilience]);
  });
  after(() => home.close());

  it('goes on to the next account at its own address with its own key, and is on the books', async () => {
    const { session, servers, service, events } = home;
    const { status, error } = await session.runTurn({ text: 'hi' });

    assert.equal(status, 'done', JSON.stringify(error));
    assert.deepEqual(servers.map(({ requests }) => requests.map(({ headers }) => headers['x-api-key'])), [[KEYS[0]], [KEYS[1]]]);
    assert.equal(events.find((event) => event.type === 'model-end')?.account, 'work-1');
    assert.deepEqual([home.pool.find('work-0')?.state.kind, home.pool.find('work-1')?.state.kind], ['cooling', 'active']);
    const { books } = await service.books();
    await books.flush();
    const { requests: [row] } = await listRequests(await service.database(), {});
    assert.deepEqual([row?.via, row?.accountId, row?.attempts, row?.end, row?.path, row?.route], ['turn', 'id-work-1', 2, 'complete', 'pith:turn', 'failover: upstream_429_with_reset']);
  });

  it('says that all are out where the last one is refused as well, and keeps no key anywhere', async () => {
    const { session, events, folder, kernel } = home;
    const { error } = await session.runTurn({ text: 'hi' });
    await kernel.close();

    assert.equal(error?.code, 'BALANCER_ALL_OUT');
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const kept = await Promise.all(files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'latin1')));
    assert.ok(kept.length > 3);
    for (const text of [...kept, JSON.stringify([events, session.lastTrace, error])]) for (const key of KEYS) assert.ok(!text.includes(key));
  });
});

describe('a turn without accounts', () => {
  it('uses the provider’s own key, also where there is no database at all', async () => {
    const server = await startProvider(GOOD);
    for (const plugins of [[balancer, anthropic, allowAll], [balancer, anthropic, allowAll, database, vault]]) {
      const { session, close } = await createTestKernel({ plugins, session: { model: 'anthropic/claude-test' }, env: { PITH_VAULT_KEYRING: 'off', ANTHROPIC_API_KEY: 'own', ANTHROPIC_BASE_URL: server.url } });
      assert.equal((await session.runTurn({ text: 'hi' })).status, 'done');
      await close();
    }
    await server.close();

    assert.deepEqual(server.requests.map(({ headers }) => headers.authorization), ['Bearer own', 'Bearer own']);
  });
});

describe('an account of a server on this machine', () => {
  it('needs no address but its own, in a turn and through the proxy, and is taken where nothing else is set up', async () => {
    const { stream } = CHAT_CASES[0]!;
    const server = await startProvider({ status: 200, body: { data: [{ id: 'qwen' }] } }, stream, stream, stream);
    const { kernel, folder, close } = await createTestKernel({ plugins: [openai, database, vault, sessions, balancer, allowAll], host: { now: () => Date.now() }, env: { PITH_VAULT_KEYRING: 'off', OPENAI_API_KEY: '' }, session: { provider: 'openai' } });
    const service = await kernel.service('balancer');
    const [pool, secrets] = await Promise.all([service.pool(), service.vault()]);
    assert.throws(() => kernel.resolveModel({ model: 'local/qwen' }), { code: 'MODEL_UNKNOWN' });
    await secrets.set('local/id-box', 'key-of-the-box');
    await pool.append(added('box', { provider: 'local', family: 'openai', baseUrl: server.url }));

    const results = [await kernel.openSession({ cwd: folder }).runTurn({ text: 'hi' }), await kernel.openSession({ cwd: folder, model: 'local/qwen' }).runTurn({ text: 'hi' })];
    const proxy = await openProxy(service, { port: 0, host: '127.0.0.1' });
    const answer = await fetch(`${proxy.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'qwen', stream: true, messages: [] }) });
    const text = await answer.text();
    await proxy.close();
    await close();
    await server.close();

    assert.deepEqual(results.map(({ status, error }) => [status, error?.message]), [['done', undefined], ['done', undefined]]);
    assert.deepEqual([answer.status, text.includes('[DONE]')], [200, true]);
    assert.deepEqual(server.requests.map(({ path, headers, body }) => [path, headers.authorization, body === '' ? '' : (JSON.parse(body) as { model: string }).model]), [
      ['/v1/models', 'Bearer key-of-the-box', ''], ...['', '', ''].map(() => ['/v1/chat/completions', 'Bearer key-of-the-box', 'qwen']),
    ]);
  });
});

describe('the settings of the engine', () => {
  it('are refused where they are none, and hold from the next request on where they are changed', async () => {
    const kernel = await createKernel({ plugins: [balancer], options: { balancer: { strategy: 'fair' } }, env: {} });
    assert.match(kernel.plugins.find(({ name }) => name === 'balancer')?.error?.message ?? '', /strategy/);
    await kernel.close();

    const { pool, service, close } = await start([GOOD], [GOOD]);
    const engine = await service.engine();
    const facts = { requestId: 'r', family: 'anthropic', model: null, isBackground: false, replayable: true } as const;
    await pool.append({ type: 'changed', accountId: 'id-work-1', atMs: Date.now(), by: 'a test', priority: 0 });
    await service.settings.change({ strategy: 'round-robin' });
    const names: string[] = [];
    for (let n = 0; n < 4; n++) {
      const lease = await engine.route(facts).next();
      names.push('kind' in lease ? lease.kind : lease.account.name);
    }
    await close();

    assert.deepEqual(names, ['work-0', 'work-1', 'work-0', 'work-1']);
  });
});
