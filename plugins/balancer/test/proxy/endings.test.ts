import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { messagesReply, messagesStream } from '../upstream-replies.ts';
import { ask, testProxy, type TestProxy } from './start-proxy.ts';

const REPLY = Buffer.from(JSON.stringify(messagesReply({ text: Array.from({ length: 3000 }, (_, index) => index * 7919 % 1000).join(' ') })));
const HALF = REPLY.subarray(0, REPLY.length >> 1);
const STREAM = Buffer.from(messagesStream().join(''));
const JSON_TYPE = 'content-type: application/json';
const EVENTS = 'content-type: text/event-stream';

const half = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length >> 1);
const length = (bytes: Buffer): string => `content-length: ${bytes.length}`;

/** What a server says before its connection ends, and what the client sees of it. */
const ANSWERS: Readonly<Record<string, { head: string[]; body: Buffer; end: 'complete' | 'truncated' }>> = {
  'JSON that is whole': { head: [JSON_TYPE], body: REPLY, end: 'complete' },
  'JSON that breaks off': { head: [JSON_TYPE], body: HALF, end: 'truncated' },
  'JSON that breaks off behind a bracket': { head: [JSON_TYPE], body: Buffer.from('{"content":[{"type":"text"}'), end: 'truncated' },
  'long JSON that breaks off': { head: [JSON_TYPE], body: Buffer.from(`{"text":"${'x'.repeat(600_000)}`), end: 'truncated' },
  'what is no JSON, and may end anywhere': { head: ['content-type: audio/mpeg'], body: HALF, end: 'complete' },
  'gzip that is whole': { head: [JSON_TYPE, 'content-encoding: gzip'], body: gzipSync(REPLY), end: 'complete' },
  'gzip that breaks off': { head: [JSON_TYPE, 'content-encoding: gzip'], body: half(gzipSync(REPLY)), end: 'truncated' },
  'gzip that nobody can read': { head: [JSON_TYPE, 'content-encoding: gzip', 'content-length: 400'], body: Buffer.alloc(400, 7), end: 'truncated' },
  'Brotli that breaks off although its length says that it is whole': { head: [JSON_TYPE, 'content-encoding: br', length(half(brotliCompressSync(REPLY)))], body: half(brotliCompressSync(REPLY)), end: 'truncated' },
  'a stream that is whole': { head: [EVENTS], body: STREAM, end: 'complete' },
  'a stream that breaks off': { head: [EVENTS], body: Buffer.from(messagesStream().slice(0, 3).join('')), end: 'truncated' },
};

describe('an answer that only the end of its connection ends', () => {
  let server: Server;
  let proxy: TestProxy;
  let answer: { head: readonly string[]; body: Buffer } = { head: [], body: REPLY };

  before(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(Buffer.concat([Buffer.from(['HTTP/1.1 200 OK', ...answer.head, '', ''].join('\r\n')), answer.body])));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    proxy = await testProxy({ accounts: [{ key: 'key-of-a-very-long-kind', baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` } as { key: string }] });
  });
  after(async () => {
    await proxy.close();
    server.close();
  });

  for (const [what, { end, ...given }] of Object.entries(ANSWERS)) {
    it(`with ${what} is ${end === 'complete' ? 'passed on as whole' : 'cut off for the client, too'}, and ${end} on the books`, async () => {
      answer = given;
      const seen = await ask(proxy, { body: { model: 'm', messages: [], stream: given.head.includes(EVENTS) } }).catch(() => ({ complete: false })); // Nothing of it may have been readable.
      assert.deepEqual([seen.complete, proxy.rows.at(-1)!.end, proxy.proxy.active], [end === 'complete', end, 0]);
    });
  }
});
