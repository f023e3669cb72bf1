import assert from 'node:assert/strict';
import type { Books, RequestRow } from '../../src/books/row.ts';
import { messagesStream } from '../upstream-replies.ts';
import { startUpstream, type Upstream } from '../upstream.ts';
import { ask, testProxy, type TestProxy } from './start-proxy.ts';

const BODY = { model: 'test-model', messages: [{ role: 'user', content: 'Hi' }] };

describe('a proxy whose books cannot be written, because the disk is full', () => {
  let upstream: Upstream;
  let proxy: TestProxy;
  let isFull = false;
  const rows: RequestRow[] = [];
  const told: string[] = [];

  before(async () => {
    upstream = await startUpstream();
    const write = (row: RequestRow): void => {
      if (isFull) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'BOOKS_UNWRITABLE' });
      rows.push(row);
    };
    const books: Books = { write, started: () => undefined, onRow: () => () => undefined, flush: async () => undefined, close: async () => undefined };
    proxy = await testProxy({ upstream, books, log: (line) => told.push(line), keys: { isRequired: true, check: (key) => (key === 'unknown' ? undefined : { id: key, refuse: () => (key === 'refused' ? { status: 403, message: 'no' } : undefined) }) } });
  });
  after(async () => {
    await proxy.close();
    await upstream.close();
  });

  for (const [what, body, key, complete] of [
    ['an answer in one piece', BODY, 'good', false], ['a stream', { ...BODY, stream: true }, 'good', false], ['a refusal', BODY, 'refused', false], ['an answer of the proxy itself, which is on no books', BODY, 'unknown', true],
  ] as const) {
    it(`passes on ${what} ${complete ? 'as ever' : 'not as whole, and says why'}; once there is room it does`, async () => {
      isFull = true;
      told.length = 0;
      const seen = await ask(proxy, { body, headers: { 'x-api-key': key } }).catch(() => ({ complete: false, text: '' }));
      isFull = false;
      const after = await ask(proxy, { body, headers: { 'x-api-key': key } });

      assert.deepEqual([seen.complete, seen.text.includes('message_stop'), after.complete, proxy.engine.open], [complete, false, true, 0]);
      if (!complete) assert.match(told.join('\n'), /not on the books: ENOSPC/);
      if ('stream' in body) assert.equal(after.text, messagesStream().join(''));
    });
  }
});
