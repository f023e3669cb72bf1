import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { createSecrets } from '@pith/kernel';
import { afterEach, beforeEach } from 'mocha';
import { PAYLOAD_DEFAULTS, type PayloadOptions } from '../../src/books/options.ts';
import { createPayloads, payloadFolder, type Payloads, readPayload } from '../../src/books/payloads.ts';
import { type BooksPlace, createBooksPlace } from './place.ts';

const AT_MS = Date.UTC(2026, 10, 22, 8);
const SECRET = 'zyx-Long-And-Secret-98765';
const DAY_MS = 86_400_000;

describe('payloads of requests', () => {
  let data: string;
  const said: string[] = [];
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'pith-payloads-'));
    said.length = 0;
  });
  afterEach(() => rm(data, { recursive: true, force: true }));

  const open = (options: Partial<PayloadOptions> = {}, atMs = AT_MS): Payloads => {
    const secrets = createSecrets();
    secrets.add(SECRET, 'main');
    return createPayloads({ data, secrets, options: { ...PAYLOAD_DEFAULTS, keep: true, ...options }, now: () => atMs, say: (text) => said.push(text) });
  };
  const keep = async (payloads: Payloads, id: string, { request = '{}', reply = ['{}'], headers = {} }: { request?: string | Uint8Array; reply?: readonly (string | Uint8Array)[]; headers?: Record<string, string> } = {}): Promise<void> => {
    const recorder = payloads.begin(id)!;
    recorder.request({ 'content-type': 'application/json', authorization: `Bearer ${SECRET}`, 'X-Api-Key': 'k', cookie: 'c', 'x-trace': `a ${SECRET} b` }, Buffer.from(request));
    recorder.replyHead(200, { 'content-type': 'text/event-stream', 'set-cookie': 'c', ...headers });
    for (const chunk of reply) recorder.reply(Buffer.from(chunk));
    recorder.end();
    recorder.end();
    await payloads.flush();
  };

  it('are not kept where nobody has asked for it', () => {
    assert.equal(open({ keep: false }).begin('one'), undefined);
    assert.equal(existsSync(payloadFolder(data)), false);
  });

  it('are kept in private files by day, without credentials and secrets, wherever the chunks are cut', async () => {
    await keep(open(), 'one', { request: `{"say":"${SECRET}"}`, reply: [`data: ${SECRET.slice(0, 9)}`, `${SECRET.slice(9)} é`.slice(0, -1), Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)] });

    const payload = (await readPayload(data, 'one'))!;
    const file = join(payloadFolder(data), '2026-11-22', 'one.json');
    assert.deepEqual([statSync(file).mode & 0o777, statSync(payloadFolder(data)).mode & 0o777], [0o600, 0o700]);
    assert.doesNotMatch(readFileSync(file, 'utf8'), /Secret-98765|Bearer/);
    assert.deepEqual(payload, {
      id: 'one', atMs: AT_MS, request: { headers: { 'content-type': 'application/json', 'x-trace': 'a [secret:main] b' }, body: '{"say":"[secret:main]"}', bytes: 35, isCut: false },
      reply: { status: 200, headers: { 'content-type': 'text/event-stream' }, body: 'data: [secret:main] é', bytes: 34, isCut: false },
    });
  });

  it('are cut to their limit, and then show no half of a secret or of a character', async () => {
    await keep(open({ maxBytes: 1024 }), 'one', { request: `${'x'.repeat(1014)}${SECRET}`, reply: [`${'y'.repeat(1023)}é`, 'more'] });

    const { request, reply } = (await readPayload(data, 'one'))!;
    assert.deepEqual([request.body, request.bytes, request.isCut], ['x'.repeat(1014), 1014 + SECRET.length, true]);
    assert.deepEqual([reply.body, reply.bytes, reply.isCut], ['y'.repeat(1023), 1029, true]);
  });

  it('are unpacked before they are looked through, and left out where they cannot be', async () => {
    const payloads = open({ maxBytes: 4096 });
    await keep(payloads, 'gzip', { reply: [gzipSync(`a ${SECRET}`)], headers: { 'content-encoding': 'gzip' } });
    await keep(payloads, 'br', { reply: [brotliCompressSync(`a ${SECRET}`)], headers: { 'content-encoding': 'br' } });
    await keep(payloads, 'bomb', { reply: [gzipSync(Buffer.alloc(1_000_000))], headers: { 'content-encoding': 'gzip' } });
    await keep(payloads, 'odd', { reply: [`a ${SECRET}`], headers: { 'content-encoding': 'odd' } });
    await keep(payloads, 'bytes', { reply: [Buffer.from([0xff, 0xfe, 0x00])] });

    const bodies = await Promise.all(['gzip', 'br', 'bomb', 'odd', 'bytes'].map(async (id) => (await readPayload(data, id))!.reply.body));
    assert.deepEqual(bodies, ['a [secret:main]', 'a [secret:main]', null, null, null]);
  });

  it('take headers as they go over the line, and the status of the row', async () => {
    const payloads = open();
    const recorder = payloads.begin('one')!;
    recorder.request(['Accept', '*/*', 'Authorization', 'Bearer x'], undefined);
    recorder.reply(gzipSync('packed'));
    recorder.end({ status: 201 });
    await payloads.flush();

    const { request, reply } = (await readPayload(data, 'one'))!;
    assert.deepEqual([request, reply.status, reply.body], [{ headers: { Accept: '*/*' }, body: '', bytes: 0, isCut: false }, 201, 'packed']);
  });

  it('lie where they belong whatever their id is, and are found again', async () => {
    await keep(open(), '../../../etc/passwd');

    assert.equal((await readPayload(data, '../../../etc/passwd'))!.id, '../../../etc/passwd');
    assert.equal(readdirSync(join(payloadFolder(data), '2026-11-22')).length, 1);
    assert.equal(await readPayload(data, 'another'), undefined);
  });

  it('say why one was not kept, and stand in nobody’s way', async () => {
    await writeFile(join(data, 'balancer'), 'a file');

    await keep(open(), 'one');

    assert.match(said.join(), /^The payload of request one was not kept: /);
  });

  describe('that are old', () => {
    let place: BooksPlace;
    beforeEach(async () => {
      place = await createBooksPlace();
      data = place.data;
    });
    afterEach(() => place.remove());

    it('go with their day, and beyond the room that there is the oldest of the others', async () => {
      for (const [index, days] of [9, 8, 2, 1, 0].entries()) await keep(open({}, AT_MS - days * DAY_MS), `day-${days}-${index}`, { request: 'x'.repeat(1000) });
      const bytes = statSync(join(payloadFolder(data), '2026-11-22', 'day-0-4.json')).size;
      const books = place.openBooks({ retention: { requestDays: 365, payloadDays: 7, payloadBytes: Math.floor(bytes * 2.5) }, now: () => AT_MS });

      const { removedPayloads } = await books.cleanUp();

      assert.equal(removedPayloads, 3);
      assert.deepEqual(readdirSync(payloadFolder(data)).sort(), ['2026-11-21', '2026-11-22']);
    });
  });
});
