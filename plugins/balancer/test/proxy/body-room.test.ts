import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { BodyRoom } from '../../src/proxy/body-room.ts';
import { ask, open, testProxy, type TestProxy } from './start-proxy.ts';

const LONG = { model: 'm', messages: [], padding: 'x'.repeat(200_000) };

describe('the bodies of all requests together', () => {
  let proxy: TestProxy;

  before(async () => { proxy = await testProxy({ limits: { bodiesMaxBytes: 300_000 } }); });
  after(async () => proxy.close());
  beforeEach(() => proxy.upstream.script(undefined, {}));

  /** Part of a body that is there, and whose rest does not come. */
  async function begin(): Promise<Socket> {
    const socket = connect(proxy.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`POST /v1/messages HTTP/1.1\r\nhost: 127.0.0.1\r\nexpect: 100-continue\r\ncontent-length: 250000\r\n\r\n`);
    await once(socket, 'data');
    socket.write(JSON.stringify(LONG));
    return socket;
  }

  it('take no more memory than they may: what comes then is answered with 503 and when to try again, a short request as ever; those that leave make room', async () => {
    const first = await begin();
    let refused = await ask(proxy, { body: LONG });
    while (refused.status !== 503) refused = await ask(proxy, { body: LONG });
    const short = await ask(proxy);
    first.destroy();
    let later = await ask(proxy, { body: LONG });
    while (later.status === 503) later = await ask(proxy, { body: LONG });

    assert.deepEqual([refused.headers['retry-after'], short.status, later.status], ['1', 200, 200]);
    assert.match(refused.text, /holds as many long requests as it may; try again in a moment[^]*bodiesMaxBytes/);
  });

  it('count until their answers have come, and when these have, no more', async () => {
    for (let round = 0; round < 3; round++) {
      proxy.upstream.script(undefined, { pieces: ['data: {"type":"message_start"}\n\n'], then: 'hang' });
      const { outgoing } = await open(proxy, {}, JSON.stringify({ ...LONG, stream: true }));
      const during = await ask(proxy, { body: LONG });
      const row = proxy.rows.length;
      outgoing.destroy();
      while (proxy.rows.length === row) await new Promise((resolve) => { setImmediate(resolve); });
      assert.equal(during.status, 503);
    }
    proxy.upstream.script(undefined, {});
    assert.equal((await ask(proxy, { body: LONG })).status, 200);
  });

  it('count as what they become: a little that is compressed is much', async () => {
    const headers = { 'content-encoding': 'gzip' };
    for (let round = 0; round < 3; round++) assert.equal((await ask(proxy, { headers, body: gzipSync(JSON.stringify({ ...LONG, more: 'y'.repeat(200_000) })) })).status, 503);
    assert.equal((await ask(proxy, { headers, body: gzipSync(JSON.stringify(LONG)) })).status, 200);
    assert.equal((await ask(proxy, { body: LONG })).status, 200);
  });

  it('give back what they have taken, and short ones take nothing', () => {
    const room = new BodyRoom(300_000);
    assert.deepEqual([room.take(1000), room.take(100_000), room.take(150_000, 100_000), room.take(160_000), room.takenBytes], [0, 100_000, 150_000, undefined, 150_000]);
    room.give(150_000);
    assert.deepEqual([room.take(300_000), room.take(65_537), room.take(65_536)], [300_000, undefined, 0]);
  });
});
