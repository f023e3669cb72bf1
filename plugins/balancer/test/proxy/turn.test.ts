import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Books, RequestRow } from '../../src/books/row.ts';
import { Turn, type Waiting } from '../../src/proxy/turn.ts';
import { messagesReply } from '../upstream-replies.ts';
import { ask, open, testProxy, type TestProxy } from './start-proxy.ts';

const toRow = (id: string): RequestRow => ({ id }) as RequestRow;

/** Books that keep what was written at once, or fail. */
function booksOf(written: string[][], error?: Error): Books {
  return { write: (...rows) => {
    if (error !== undefined) throw error;
    written.push(rows.map(({ id }) => id));
  } } as Partial<Books> as Books;
}

describe('the end of a turn', () => {
  const request = (id: string | undefined, ended: unknown[]): Waiting => ({ takeRow: () => (id === undefined ? undefined : toRow(id)), endTurn: (failure) => { ended.push(failure); } });

  it('writes the rows of all that have ended in it at once, and then lets all of them go on', async () => {
    const [written, ended]: [string[][], unknown[]] = [[], []];
    const turn = new Turn(booksOf(written));
    for (const id of ['one', undefined, 'two']) turn.add(request(id, ended));
    assert.deepEqual([written, ended], [[], []]);

    await nextTurn();
    turn.add(request('three', ended));
    await nextTurn();

    assert.deepEqual([written, ended], [[['one', 'two'], ['three']], [undefined, undefined, undefined, undefined]]);
  });

  it('lets none of them go on as complete where the rows cannot be written', async () => {
    const full = new Error('the disk is full');
    const ended: unknown[] = [];
    const turn = new Turn(booksOf([], full));
    for (const id of ['one', 'two']) turn.add(request(id, ended));
    await nextTurn();
    assert.deepEqual(ended, [full, full]);
  });
});

describe('an answer in one piece', () => {
  let proxy: TestProxy;

  before(async () => { proxy = await testProxy(); });
  after(async () => proxy.close());
  beforeEach(() => { proxy.rows.length = 0; });

  const whole = Buffer.from(JSON.stringify(messagesReply({ text: 'ü'.repeat(20_000) })));
  const answer = { headers: { 'content-type': 'application/json' } };

  it('goes with its length where it came in chunks, and all of it', async () => {
    for (const bytes of [whole.subarray(0, 0), whole.subarray(0, 100), whole]) {
      proxy.upstream.script(undefined, { ...answer, pieces: bytes.length === 0 ? [] : [bytes] });
      const { body, headers, complete } = await ask(proxy);
      assert.deepEqual([body.equals(bytes), complete], [true, true]);
      if (bytes.length < 1000) assert.equal(headers['content-length'], String(bytes.length));
      assert.equal(proxy.rows.at(-1)!.replyBytes, bytes.length);
    }
  });

  it('is not held back while its vendor takes its time', async () => {
    let goOn = (): void => undefined;
    const between = new Promise<void>((resolve) => { goOn = resolve; });
    proxy.upstream.script(undefined, { ...answer, pieces: [whole.subarray(0, 50), whole.subarray(50)], between: () => between });
    const { response } = await open(proxy, {}, '{"model":"m"}');
    const [first] = await new Promise<Buffer[]>((resolve) => { response.once('data', (piece: Buffer) => resolve([piece])); });
    assert.deepEqual([first!.length, proxy.rows.length], [50, 0]);
    goOn();
    const parts = [first!];
    for await (const piece of response) parts.push(piece as Buffer);
    assert.deepEqual([Buffer.concat(parts).equals(whole), response.complete, proxy.rows.length], [true, true, 1]);
  });

  it('has no length where there is no body to have one', async () => {
    proxy.upstream.script(undefined, { status: 204 });
    const { status, headers, complete } = await ask(proxy, { path: '/v1/files/one', method: 'DELETE', headers: { 'anthropic-version': '2023-06-01' } });
    assert.deepEqual([status, headers['content-length'], complete], [204, undefined, true]);
  });

  it('of many at once, each has its row before its last byte, and a client that leaves meanwhile disturbs nobody', async () => {
    proxy.upstream.script(undefined, {});
    const { outgoing } = await open(proxy, {}, '{"model":"m"}');
    outgoing.destroy();
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(proxy).then(({ status, headers, complete }) => [status, complete, proxy.rows.some(({ id }) => id === headers['x-pith-request-id'])])));
    assert.deepEqual(new Set(answers.map(String)), new Set(['200,true,true']));
  });
});
