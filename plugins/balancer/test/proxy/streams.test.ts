import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as nextTick } from 'node:timers/promises';
import { messagesStream, toEvent, USAGE } from '../upstream-replies.ts';
import { startUpstream, type Upstream } from '../upstream.ts';
import { ask, open, testProxy, type TestProxy } from './start-proxy.ts';

const STREAM = JSON.stringify({ model: 'test-model', stream: true, messages: [{ role: 'user', content: 'Hi' }] });

/** A promise that is fulfilled when told. */
function gate(): { opened: Promise<void>; open: () => void } {
  let opens = (): void => undefined;
  return { opened: new Promise((resolve) => { opens = resolve; }), open: () => opens() };
}

describe('streams through the proxy', () => {
  let upstream: Upstream;
  let proxy: TestProxy;

  before(async () => { upstream = await startUpstream(); });
  after(() => upstream.close());
  beforeEach(async () => {
    upstream.requests.length = 0;
    upstream.script(undefined, {});
    proxy = await testProxy({ upstream });
  });
  afterEach(() => proxy.close());

  it('passes every piece on when it comes, and holds none back for the next', async () => {
    const pieces = messagesStream();
    const gates = pieces.map(() => gate());
    upstream.script(undefined, { pieces, between: (index) => gates[index]!.opened });
    const { response } = await open(proxy, {}, STREAM);
    let seen = '';
    const ended = once(response, 'end');
    response.setEncoding('utf8').on('data', (text: string) => { seen += text; });
    for (const [index] of pieces.entries()) {
      while (seen !== pieces.slice(0, index + 1).join('')) await once(response, 'data');
      gates[index + 1]?.open();
    }
    await ended;
    assert.equal(response.complete, true);
    const row = await proxy.row();
    assert.deepEqual([row.end, row.isStream, row.inputTokens, row.outputTokens, row.cacheReadTokens, row.cacheWriteTokens], ['complete', true, USAGE.input, USAGE.output, USAGE.cacheRead, USAGE.cacheWrite]);
  });

  it('has the row on the books before the last event is passed on', async () => {
    const pieces = messagesStream();
    const end = gate();
    upstream.script(undefined, { pieces: [...pieces, ': that was all\n\n'], between: (index) => (index === pieces.length ? end.opened : undefined) });
    const { response } = await open(proxy, {}, STREAM);
    let seen = '';
    response.setEncoding('utf8').on('data', (text: string) => { seen += text; });
    while (!seen.includes('message_stop')) await once(response, 'data');
    assert.deepEqual(proxy.rows.map(({ end }) => end), ['complete']);
    end.open();
    await once(response, 'end');
    assert.equal(proxy.rows.length, 1);
  });

  for (const [how, then] of [['breaks', 'cut'], ['ends without its last event', 'end']] as const) {
    it(`shows the client a stream that ${how} as what it is`, async () => {
      upstream.script(undefined, { pieces: messagesStream().slice(0, 3), then });
      const answer = await ask(proxy, { body: STREAM });
      assert.equal(answer.text, messagesStream().slice(0, 3).join(''));
      assert.equal(answer.complete, then === 'end');
      assert.deepEqual([proxy.rows[0]!.end, proxy.rows[0]!.inputTokens], ['truncated', USAGE.input]);
      assert.equal(proxy.engine.open, 0);
    });
  }

  it('gives the same bytes however the stream is cut, inside of characters, too', async () => {
    const whole = Buffer.from(messagesStream({ text: 'Grüße 漢字 👩‍👩‍👧 done' }).join(''));
    for (const size of [1, 5, 64]) {
      upstream.script(undefined, { pieces: Array.from({ length: Math.ceil(whole.length / size) }, (_, index) => whole.subarray(index * size, (index + 1) * size)) });
      const answer = await ask(proxy, { body: STREAM });
      assert.ok(answer.body.equals(whole));
      assert.deepEqual([proxy.rows.at(-1)!.end, proxy.rows.at(-1)!.outputTokens], ['complete', USAGE.output]);
    }
  });

  it('stops the vendor when the client leaves, and the row says what was counted', async () => {
    upstream.script(undefined, { pieces: messagesStream().slice(0, 3), then: 'hang' });
    const { outgoing, response } = await open(proxy, {}, STREAM);
    await once(response, 'data');
    outgoing.destroy();
    const row = await proxy.row();
    assert.deepEqual([row.end, row.inputTokens, row.status], ['aborted', USAGE.input, 200]);
    await upstream.requests[0]!.aborted;
    assert.equal(proxy.engine.open, 0);
  });

  it('stops the vendor when the client leaves before any answer', async () => {
    upstream.script(undefined, { instead: 'hang' });
    const heard = upstream.next();
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write(`POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${STREAM.length}\r\n\r\n${STREAM}`);
    const request = await heard;
    socket.destroy();
    await request.aborted;
    assert.equal((await proxy.row()).end, 'aborted');
  });

  it('takes no more from the vendor than a slow client takes', async () => {
    const piece = Buffer.alloc(256 * 1024, toEvent({ type: 'content_block_delta', delta: { text: 'x'.repeat(100) } }));
    let sent = 0;
    upstream.script(undefined, { pieces: Array.from({ length: 400 }, () => piece), between: () => { sent++; } });
    const { response } = await open(proxy, {}, STREAM);
    response.pause();
    let before = -1;
    // It is over when nothing moves any more: everything between is full then.
    for (let still = 0; still < 200; still = sent === before ? still + 1 : 0) {
      before = sent;
      await nextTick();
    }
    assert.ok(sent < 200, `${sent} of 400 pieces of 256 KB were taken`);
    let bytes = 0;
    response.on('data', (chunk: Buffer) => { bytes += chunk.length; }).resume();
    await once(response, 'end');
    assert.equal(bytes, 400 * piece.length);
  });

  it('holds a thousand idle streams, each of which ends well', async () => {
    const go = gate();
    upstream.script(undefined, { pieces: messagesStream(), between: () => go.opened });
    const streams = await Promise.all(Array.from({ length: 1000 }, () => open(proxy, {}, STREAM)));
    assert.equal(proxy.proxy.active, 1000);
    go.open();
    const ends = await Promise.all(streams.map(async ({ response }) => {
      response.resume();
      await once(response, 'close');
      return response.complete;
    }));
    assert.ok(ends.every(Boolean));
    assert.equal(proxy.rows.filter(({ end, outputTokens }) => end === 'complete' && outputTokens === USAGE.output).length, 1000);
  });

  it('lets a stream that only says that it is alive through, once it has waited for an error', async () => {
    await proxy.close();
    proxy = await testProxy({ upstream, limits: { beginningMs: 1 } });
    upstream.script(undefined, { pieces: [': alive\n\n'], then: 'hang' });
    const { outgoing, response } = await open(proxy, {}, STREAM);
    const [chunk] = await once(response, 'data') as [Buffer];
    assert.equal(chunk.toString(), ': alive\n\n');
    outgoing.destroy();
    await proxy.row();
  });

  it('ends a stream that says nothing for too long, visibly', async () => {
    await proxy.close();
    proxy = await testProxy({ upstream, limits: { replyIdleMs: 1100 } });
    upstream.script(undefined, { pieces: messagesStream().slice(0, 2), then: 'hang' });
    const answer = await ask(proxy, { body: STREAM });
    assert.deepEqual([answer.complete, proxy.rows[0]!.end, proxy.rows[0]!.error], [false, 'truncated', 'UND_ERR_BODY_TIMEOUT']);
  });
});
