import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createKernel } from '@pith/kernel';
import { createPlace, type Place } from '../../../../test/support/pith.ts';
import database from '../../../database/src/index.ts';
import vault from '../../../vault/src/index.ts';
import balancer from '../../src/index.ts';
import { linkBalancer } from '../add-accounts.ts';
import { added } from '../start-balancer.ts';
import { startUpstream, type Upstream } from '../upstream.ts';
import { messagesStream, USAGE } from '../upstream-replies.ts';
import { ask, open } from './start-proxy.ts';

const KEY = 'sk-of-the-account-in-the-pool';
const STREAM = JSON.stringify({ model: 'test-model', stream: true, messages: [] });

describe('pith proxy', () => {
  let upstream: Upstream;
  let place: Place;

  before(async () => {
    upstream = await startUpstream();
    place = await createPlace();
    const home = place.env['PITH_HOME']!;
    await linkBalancer(home);
    const kernel = await createKernel({ plugins: [database, vault, balancer], env: { PITH_VAULT_KEYRING: 'off' }, paths: { config: join(home, 'config'), data: join(home, 'data'), cache: join(home, 'cache') } });
    const service = await kernel.service('balancer');
    await (await service.pool()).append(added('work', { baseUrl: upstream.url }));
    await (await service.vault()).set('anthropic/id-work', KEY);
    await kernel.close();
  });
  after(async () => {
    await place.remove();
    await upstream.close();
  });

  async function start(...args: string[]): Promise<{ child: ChildProcess; port: number; closed: Promise<unknown[]> }> {
    const child = place.start(['proxy', '--port', '0', ...args]);
    const closed = once(child, 'close');
    let text = '';
    for await (const piece of child.stdout!.setEncoding('utf8')) {
      text += piece as string;
      const port = /:(\d+)\n/.exec(text)?.[1];
      if (port !== undefined) return { child, port: Number(port), closed };
    }
    let told = '';
    for await (const piece of child.stderr!.setEncoding('utf8')) told += piece as string;
    throw new Error(`it did not listen: ${told}`);
  }

  async function rows(): Promise<{ id: string; end: string; inputTokens: number | null; outputTokens: number | null }[]> {
    const { stdout, stderr } = await place.pith(['requests', '--limit', '1000', '--json']);
    assert.equal(stderr, '');
    const found = JSON.parse(stdout) as { requests: { id: string; end: string; inputTokens: number | null; outputTokens: number | null }[] };
    return found.requests;
  }

  it('loses no row whose last byte was delivered to kill -9 under load', async () => {
    const { child, port, closed } = await start();
    const delivered: string[] = [];
    const work = Array.from({ length: 8 }, async () => {
      while (child.exitCode === null && child.signalCode === null) {
        const answer = await ask({ port }).catch(() => undefined);
        if (answer?.complete === true) delivered.push(answer.headers['x-pith-request-id'] as string);
        if (delivered.length >= 300) child.kill('SIGKILL');
      }
    });
    await Promise.all([closed, ...work]);
    const kept = new Map((await rows()).map((row) => [row.id, row]));
    assert.deepEqual(delivered.filter((id) => kept.get(id)?.outputTokens !== 12), []);
  });

  it('finishes the streams under way when it is told to stop, takes no new ones, and has them on the books', async () => {
    const { child, port, closed } = await start();
    let go = (): void => undefined;
    const opened = new Promise<void>((resolve) => { go = resolve; });
    upstream.script(undefined, { pieces: messagesStream(), between: (index) => (index === 2 ? opened : undefined) });
    const { response } = await open({ port }, {}, STREAM);
    let text = '';
    response.setEncoding('utf8').on('data', (piece: string) => { text += piece; });
    await once(response, 'data');
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (piece: string) => { said += piece; });
    child.kill('SIGTERM');
    while (!said.includes('Waiting for 1 request under way')) await once(child.stderr!, 'data');
    await assert.rejects(ask({ port }), { code: 'ECONNREFUSED' });
    const ended = once(response, 'end');
    go();
    await ended;
    assert.equal(text, messagesStream().join(''));
    assert.deepEqual(await closed, [0, null]);
    assert.equal((await rows()).find(({ id }) => id === response.headers['x-pith-request-id'])?.end, 'complete');
    upstream.script(undefined, {});
  });

  it('told to stop a second time cuts off the streams under way at once, and has them on the books with what was counted', async () => {
    const { child, port, closed } = await start();
    upstream.script(undefined, { pieces: messagesStream().slice(0, 2), then: 'hang' });
    const { response } = await open({ port }, {}, STREAM);
    const cut = once(response.resume(), 'error');
    await once(response, 'data');
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (piece: string) => { said += piece; });
    child.kill('SIGTERM');
    while (!said.includes('Waiting for 1 request under way')) await once(child.stderr!, 'data');
    child.kill('SIGTERM');
    await cut;
    assert.deepEqual([await closed, response.complete], [[0, null], false]);
    const row = (await rows()).find(({ id }) => id === response.headers['x-pith-request-id']);
    assert.deepEqual([row?.end, row?.inputTokens], ['truncated', USAGE.input]);
    upstream.script(undefined, {});
  });

  it('is used by a script that reads JSON alone: where it listens, a client key, the token; who watches hears when a request begins; what a command has changed holds when it has ended', async () => {
    const child = place.start(['proxy', '--port', '0', '--json']);
    const closed = once(child, 'close');
    const [line] = await once(child.stdout!.setEncoding('utf8'), 'data') as [string];
    const { url, port } = JSON.parse(line) as { url: string; port: number };
    const json = async <T>(...args: string[]): Promise<T> => JSON.parse((await place.pith([...args, '--json'])).stdout) as T;
    const { value: token } = await json<{ value: string }>('proxy', 'token');
    const { key, id } = await json<{ key: string; id: string }>('proxy', 'keys', 'add', 'script');
    const without = await ask({ port });
    const leave = new AbortController();
    const events = await fetch(`${url}/api/requests/stream`, { headers: { authorization: `Bearer ${token}` }, signal: leave.signal });
    const answer = await ask({ port }, { headers: { 'x-api-key': key } });
    let text = '';
    for await (const piece of events.body!.pipeThrough(new TextDecoderStream())) if ((text += piece).includes('event: summary')) break;
    const mine = await json<{ requests: { id: string; clientKeyId: string }[] }>('requests', '--key', 'script');
    const all = await json<{ requests: number }>('stats', '--key', 'script');
    const nowhere = await place.pith(['proxy', '--port', '0', '--host', '203.0.113.7']);
    const beforePause = upstream.requests.length;
    await json('accounts', 'pause', 'work');
    const paused = await ask({ port }, { headers: { 'x-api-key': key } });
    await json('accounts', 'resume', 'work');
    const gone = await place.pith(['proxy', 'keys', 'remove', 'script', '--confirm', 'script']);
    // No key is left, so none is needed: the one that went is not looked at.
    const afterwards = await ask({ port }, { headers: { 'x-api-key': key } });
    const byId = await json<{ requests: number }>('stats', '--key', id);
    const unknown = await place.pith(['stats', '--key', 'script']);
    leave.abort();
    child.kill('SIGTERM');

    assert.deepEqual([without.status, answer.status, gone.code], [401, 200, 0]);
    assert.deepEqual([paused.status, upstream.requests.length - beforePause, afterwards.status], [503, 1, 200]);
    const requestId = answer.headers['x-pith-request-id'];
    assert.match(text, new RegExp(`event: start\\ndata: \\{"id":"${requestId as string}"[^]*event: summary\\ndata: \\{"id":"${requestId as string}"`));
    assert.deepEqual([mine.requests.map((row) => [row.id, row.clientKeyId]), all.requests, byId.requests], [[[requestId, id]], 1, 2]);
    assert.match(unknown.stderr, /There is no client key "script"/);
    assert.match(nowhere.stderr, /203\.0\.113\.7:0: this machine has no such address\.\nTake one of its own with --host/);
    assert.deepEqual(await closed, [0, null]);
  });

  it('says what to do where it cannot listen, and listens wider only with keys', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const busy = await place.pith(['proxy', '--port', String((taken.address() as AddressInfo).port)]);
    assert.equal(busy.code, 1);
    assert.match(busy.stderr, /another program listens there already[^]*--port/);
    taken.close();
    const wide = await place.pith(['proxy', '--port', '0', '--host', '0.0.0.0']);
    assert.equal(wide.code, 2);
    assert.match(wide.stderr, /Others can reach 0\.0\.0\.0[^]*pith proxy keys add/);
  });
});
