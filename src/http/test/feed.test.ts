import assert from 'node:assert/strict';
import type { Route } from '@pith/kernel';
import { Feed, type FeedEvent, type FeedOptions } from '../index.ts';
import { ask, type Line, say, type Started, startHost, TOKEN } from './start-host.ts';

interface FeedServer extends Started { feed: Feed; send(event: FeedEvent): void; /** Whether the source is told to tell. */ isOn(): boolean; listen(lastId?: string): Line }

async function startFeed(options: Omit<FeedOptions, 'source'> = {}, limits = {}): Promise<FeedServer> {
  let send: ((event: FeedEvent) => void) | undefined;
  const feed = new Feed({ ...options, source: (given) => { send = given; return () => { send = undefined; }; } });
  const route: Route = { method: 'GET', path: '/events', summary: 'Events.', handle: async (request) => feed.open(request) };
  const started = await startHost([route], { limits });
  return {
    ...started, feed, send: (event) => send?.(event), isOn: () => send !== undefined,
    listen: (lastId) => say(started, `GET /events HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${TOKEN}\r\n${lastId === undefined ? '' : `last-event-id: ${lastId}\r\n`}\r\n`),
  };
}

const lastIdIn = (seen: string): string => [...seen.matchAll(/^id: (.+)$/gm)].at(-1)![1]!.trim();

describe('a feed', () => {
  it('tells every reader each event, with an id, its name and one line of data', async () => {
    const at = await startFeed();
    const [one, other] = [at.listen(), at.listen()];
    await Promise.all([one.until('retry: 2000'), other.until('retry: 2000')]);

    at.send({ type: 'start', data: { text: 'two\nlines\r\nand data: x' } });

    for (const line of [one, other]) {
      const seen = await line.until('and data: x"}\n\n');
      assert.match(seen, /content-type: text\/event-stream/);
      assert.match(seen, /id: [\w]+\.1\nevent: start\ndata: \{"text":"two\\nlines\\r\\nand data: x"\}\n\n/);
      line.socket.destroy();
    }
    await at.close();
  });

  it('begins to listen to its source with the first reader', async () => {
    const at = await startFeed();
    assert.equal(at.isOn(), false);
    const line = at.listen();
    await line.until('retry');
    assert.equal(at.isOn(), true);
    line.socket.destroy();
    await at.close();
  });

  it('goes on for whoever comes back with the last id, and drops nothing between', async () => {
    const at = await startFeed();
    const line = at.listen();
    await line.until('retry');
    at.send({ type: 'a', data: 1 });
    const id = lastIdIn(await line.until('event: a'));
    line.socket.destroy();
    while (at.feed.size > 0) await new Promise(setImmediate);
    at.send({ type: 'b', data: 2 });
    at.send({ type: 'c', data: 3 });

    const again = at.listen(id);
    const seen = await again.until('event: c');

    assert.match(seen, /event: b\ndata: 2/);
    assert.doesNotMatch(seen, /event: a|missed/);
    again.socket.destroy();
    await at.close();
  });

  for (const [what, lastId] of Object.entries({ 'of another process': 'x.1', 'that never was': (name: string) => `${name}.99`, 'that is no id': '../../etc', 'that is no longer kept': (name: string) => `${name}.1` })) {
    it(`says so where what came after an id ${what} cannot be told`, async () => {
      const at = await startFeed({ keep: 2 });
      const line = at.listen();
      await line.until('retry');
      for (const data of [1, 2, 3, 4]) at.send({ type: 'n', data });
      const name = lastIdIn(await line.until('data: 4')).split('.')[0]!;

      const again = at.listen(typeof lastId === 'string' ? lastId : lastId(name));
      const seen = await again.until('event: missed');

      assert.equal(lastIdIn(seen), `${name}.4`);
      for (const { socket } of [line, again]) socket.destroy();
      await at.close();
    });
  }

  it('keeps of long events as many as whoever comes back can be given at once', async () => {
    const at = await startFeed({ queueMaxBytes: 10_000 });
    const line = at.listen();
    await line.until('retry');
    const text = 'x'.repeat(1000);
    const ids: string[] = [];
    for (let data = 1; data <= 20; data++) {
      at.send({ type: 'n', data: { data, text } });
      ids.push(lastIdIn(await line.until(`{"data":${data},`)));
    }

    const [late, soon] = [at.listen(ids[0]), at.listen(ids[16])];
    assert.match(await late.until('event: missed'), /event: missed/);
    assert.doesNotMatch(await soon.until('{"data":20,'), /missed|closed|"data":17,/);

    for (const { socket } of [line, late, soon]) socket.destroy();
    await at.close();
  });

  it('keeps nothing when nobody has listened for a while, and says so to whoever comes back', async () => {
    const at = await startFeed({ lingerMs: 1 });
    const line = at.listen();
    await line.until('retry');
    at.send({ type: 'a', data: 1 });
    const id = lastIdIn(await line.until('event: a'));
    line.socket.destroy();
    while (at.isOn()) await new Promise((resolve) => { setTimeout(resolve, 1); });

    const again = at.listen(id);
    await again.until('event: missed');
    again.socket.destroy();
    await at.close();
  });

  it('beats while nothing happens', async () => {
    const at = await startFeed({ heartbeatMs: 10 });
    const line = at.listen();
    await line.until(': alive\n\n');
    line.socket.destroy();
    await at.close();
  });

  it('leaves a reader that is too slow, with a reason, and holds no more than its limit for it', async () => {
    const at = await startFeed({ queueMaxBytes: 500_000 });
    const [slow, quick] = [at.listen(), at.listen()];
    await Promise.all([slow.until('retry'), quick.until('retry')]);
    slow.socket.pause();
    const data = 'x'.repeat(200_000);
    for (let sent = 0; at.feed.size === 2; sent++) {
      assert.ok(sent < 1000, 'a reader that takes nothing was never left');
      at.send({ type: 'n', data });
      while (quick.socket.bytesRead < (sent + 1) * data.length) await new Promise(setImmediate);
    }
    slow.socket.resume();
    assert.match(await slow.until('event: closed'), /event: closed\ndata: \{"reason":"it is read too slowly"\}/);
    await slow.closed;
    at.send({ type: 'after', data: 1 });
    await quick.until('event: after');
    quick.socket.destroy();
    await at.close();
  });

  it('answers 503 beyond as many readers as it takes', async () => {
    const at = await startFeed({ readers: 1 });
    const line = at.listen();
    await line.until('retry');
    const reply = await ask(at, '/events');
    assert.deepEqual([reply.status, reply.json.error!.code, reply.headers['retry-after']], [503, 'STREAM_BUSY', '5']);
    line.socket.destroy();
    await at.close();
  });

  it('tells its readers when it ends', async () => {
    const at = await startFeed();
    const line = at.listen();
    await line.until('retry');
    at.feed.close();
    await line.until('{"reason":"the server ends"}');
    assert.equal((await ask(at, '/events')).json.error!.message, 'The server is about to end');
    assert.equal(at.isOn(), false);
    line.socket.destroy();
    await at.close();
  });

  it('answers HEAD without becoming a reader', async () => {
    const at = await startFeed();
    assert.equal((await ask(at, '/events', { method: 'HEAD' })).status, 200);
    assert.equal(at.feed.size, 0);
    await at.close();
  });
});
