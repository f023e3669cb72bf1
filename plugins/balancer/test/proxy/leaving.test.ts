import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { messagesError, messagesStream, USAGE } from '../upstream-replies.ts';
import { type Answer, startUpstream, type Upstream } from '../upstream.ts';
import { type RealEngine, realEngine } from './real-engine.ts';
import { testProxy, type TestProxy } from './start-proxy.ts';

const [FIRST, SECOND] = ['key-of-the-first-account', 'key-of-the-second-account'] as const;
const BODY = '{"model":"test-model","stream":true,"messages":[]}';
const HEAD = `POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: ${BODY.length}\r\n\r\n`;
const PIECES = messagesStream();

describe('a client that leaves', () => {
  let upstream: Upstream;
  let real: RealEngine;
  let proxy: TestProxy;

  before(async () => {
    upstream = await startUpstream();
    real = await realEngine(upstream.url, [FIRST, SECOND]);
    proxy = await testProxy({ upstream, engine: real.engine, now: () => real.clock.nowMs });
  });
  after(async () => {
    await proxy.close();
    await upstream.close();
    await real.home.remove();
  });
  beforeEach(() => {
    upstream.requests.length = 0;
    upstream.script(undefined, {});
    proxy.rows.length = 0;
  });

  async function start(bytes: string): Promise<Socket> {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined).write(bytes);
    await once(socket, 'connect');
    return socket;
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => { setImmediate(resolve); });
  }

  it('before its body has come whole is on no books, and nothing was sent', async () => {
    const socket = await start(HEAD + BODY.slice(0, 10));
    socket.destroy();
    const other = await start(HEAD + BODY);
    await once(other, 'data');
    other.destroy();
    assert.equal(upstream.requests.length, 1);
  });

  it('before the head of the answer stops the vendor, and has one row', async () => {
    upstream.script(undefined, { instead: 'hang' });
    const socket = await start(HEAD + BODY);
    const sent = await upstream.next();
    socket.destroy();
    await sent.aborted;
    await until(() => proxy.rows.length > 0);
    assert.deepEqual(proxy.rows.map(({ end, outputTokens }) => [end, outputTokens]), [['aborted', null]]);
  });

  it('while it is waited for another try asks nobody any more', async () => {
    upstream.script(undefined, { status: 529, body: messagesError('overloaded_error') });
    const socket = await start(HEAD + BODY);
    await upstream.next();
    await until(() => proxy.rows.length > 0 || upstream.requests.length === 1);
    socket.destroy();
    await until(() => proxy.rows.length > 0);
    assert.deepEqual(proxy.rows.map(({ end }) => end), ['aborted']);
    assert.equal(upstream.requests.length, 1);
    assert.equal(proxy.proxy.active, 0);
  });

  for (let seen = 1; seen < PIECES.length; seen++) {
    it(`after ${seen} of ${PIECES.length} events stops the vendor, and has one row with what was counted`, async () => {
      const answer: Answer = { pieces: PIECES.slice(0, seen), then: 'hang' };
      upstream.script(undefined, answer);
      const socket = await start(HEAD + BODY);
      const sent = await upstream.next();
      let text = '';
      while (!text.includes(PIECES[seen - 1]!.trim())) text += String((await once(socket, 'data') as [Buffer])[0]);
      socket.destroy();
      await sent.aborted;
      await until(() => proxy.rows.length > 0);
      const expected = seen >= PIECES.length - 1 ? USAGE.output : 1;
      assert.deepEqual(proxy.rows.map(({ end, inputTokens, outputTokens }) => [end, inputTokens, outputTokens]), [['aborted', USAGE.input, expected]]);
      assert.equal(upstream.requests.length, 1);
    });
  }

  it('after the last event has one row, of a whole answer', async () => {
    const socket = await start(HEAD + BODY);
    let text = '';
    while (!text.includes('"message_stop"')) text += String((await once(socket, 'data') as [Buffer])[0]);
    socket.destroy();
    await until(() => proxy.proxy.active === 0);
    assert.deepEqual(proxy.rows.map(({ end, outputTokens }) => [end, outputTokens]), [['complete', USAGE.output]]);
  });
});
