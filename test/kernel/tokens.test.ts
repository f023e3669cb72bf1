import assert from 'node:assert/strict';
import { definePlugin, estimateBlock, estimateRequest, estimateText, type Message, type ModelRequest, type TurnEvent, type Usage } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import samples from './token-samples.json' with { type: 'json' };

const say = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const words = (count: number, seed: number): string => Array.from({ length: count }, (_, index) => ['the', 'kernel', 'counts', 'what', 'was', 'sent', 'again'][(index * seed) % 7]).join(' ');

/** A vendor that makes 1.4 tokens of what is estimated as one, and puts 350 in front that nobody sees. */
const vendorCount = (request: ModelRequest): number => 350 + Math.round(1.4 * estimateRequest(request));
const counted = (request: ModelRequest): Usage => ({ input: 5, output: 20, cacheRead: vendorCount(request) - 5 });
const big = definePlugin({ name: 'big', tools: [{ name: 'big', description: 'Gives much.', effect: 'read', inputSchema: {}, execute: async (_, { callId }) => words(1500, 1 + callId.length % 5) }] });

async function countedSession(steps: number, count: (request: ModelRequest) => Usage = counted) {
  const seen: { expected: number; actual: number }[] = [];
  const model = testModel([...Array.from({ length: steps }, () => (request: ModelRequest) => ({ calls: [{ name: 'big' }], usage: count(request) })), (request: ModelRequest) => ({ text: 'done', usage: count(request) })]);
  const watch = definePlugin({ name: 'watch', setup({ hooks }) { hooks.context.tap('watch', (request, turn) => { seen.push({ expected: turn.countTokens(request), actual: vendorCount(request) }); }); } });
  const test = await createTestKernel({ plugins: [model.plugin, allowAll, big, watch] });
  await test.session.runTurn({ text: 'go' });
  await test.close();
  const ready = test.events.filter((event) => event.type === 'context-ready') as Extract<TurnEvent, { type: 'context-ready' }>[];
  return { seen, ready };
}

describe('the estimate of tokens', () => {
  for (const { kind, o200k, text } of samples) {
    it(`is within a fifth of what a tokenizer makes of ${kind}`, () => {
      const error = estimateText(text) / o200k - 1;
      assert.ok(Math.abs(error) < 0.2, `${(error * 100).toFixed(1)} %`);
    });
  }

  it('is off by less than a twelfth on average, and by less than a fiftieth of all of it together', () => {
    const errors = samples.map(({ o200k, text }) => Math.abs(estimateText(text) / o200k - 1));
    const [all, real] = samples.reduce(([a, b], { o200k, text }) => [a + estimateText(text), b + o200k], [0, 0]);
    assert.ok(errors.reduce((sum, error) => sum + error) / errors.length < 1 / 12);
    assert.ok(Math.abs(all / real - 1) < 0.02, `${all} of ${real}`);
  });

  it('takes what is odd for hardly more than a token a character, and for something', () => {
    for (const text of ['a', '\u0000', '😀'.repeat(50), '='.repeat(900), 'x'.repeat(900), '\n'.repeat(90), ' '.repeat(90), '\ud800', 'ﬀ', 'A1b2C3d4'.repeat(20)]) {
      const tokens = estimateText(text);
      assert.ok(tokens > 0 && tokens <= Math.max(2, 1.4 * text.length), `${tokens} of ${JSON.stringify(text.slice(0, 9))}`);
    }
    assert.equal(estimateText(''), 0);
  });

  it('takes an image for its size, which its first bytes say, and not for its bytes', () => {
    const image = (mediaType: string, bytes: Buffer) => estimateBlock({ type: 'image', source: { kind: 'base64', mediaType, data: Buffer.concat([bytes, Buffer.alloc(300_000, 7)]).toString('base64') } });
    const png = Buffer.alloc(24);
    png.writeUInt32BE(0x89504e47, 0); png.writeUInt32BE(750, 16); png.writeUInt32BE(400, 20);
    const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([0xee, 2, 0x90, 1])]);
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xff, 0xc0, 0, 11, 8, 1, 0x90, 2, 0xee, 1]);
    const webp = Buffer.concat([Buffer.from('RIFF....WEBPVP8X'), Buffer.alloc(8), Buffer.from([0xed, 2, 0, 0x8f, 1, 0])]);
    assert.deepEqual([image('image/png', png), image('image/gif', gif), image('image/jpeg', jpeg), image('image/webp', webp)], [400, 400, 400, 400]);
    assert.ok(image('image/png', Buffer.from('nothing')) < 1600);
  });

  it('of a text of millions of characters are those of its parts', () => {
    const part = 'const basket = [1, 22, 333]; // d\u00e9j\u00e0 vu\n'.repeat(1000);
    const parts = Array.from({ length: 50 }, () => part);

    const [whole, each] = [estimateText(parts.join('')), estimateText(part) * parts.length];

    assert.ok(Math.abs(whole - each) / each < 0.001, `${whole} ${each}`);
  });

  it('looks at a part once, however often it is counted', () => {
    let looks = 0;
    const block = Object.defineProperty({ type: 'text' as const, text: '' }, 'text', { get: () => { looks++; return 'some text'; }, enumerable: true });
    const messages: Message[] = [{ role: 'user', content: [block] }];

    const first = estimateRequest({ messages });
    const lookedAt = looks;
    for (let step = 0; step < 1000; step++) assert.equal(estimateRequest({ messages: [...messages] }), first);

    assert.equal(looks, lookedAt);
  });

  it('does not count what the model does not see: labels, marks', () => {
    const text = 'some text of a file';
    assert.equal(estimateRequest({ messages: [{ role: 'user', content: [{ type: 'text', text, cache: true, label: { owner: 'input', name: '@a-file-with-a-long-name.ts' } }] }] }), estimateRequest({ messages: [say(text)] }));
  });
});

describe('tokens counted in a session', () => {
  it('are those that the provider makes of an image, and pages of a document, whatever their bytes', async () => {
    const png = Buffer.alloc(200_000);
    png.writeUInt32BE(0x89504e47, 0); png.writeUInt32BE(640, 16); png.writeUInt32BE(480, 20);
    const pdf = Buffer.from(`%PDF-1.7\n${'<< /Type /Page /Parent 1 0 R >>\n'.repeat(3)}<< /Type /Pages /Count 3 >>\n${'x'.repeat(100_000)}`);
    const block = (type: 'image' | 'document', mediaType: string, bytes: Buffer) => ({ type, source: { kind: 'base64' as const, mediaType, data: bytes.toString('base64') } });
    const counts: number[] = [];
    const watch = definePlugin({ name: 'watch', setup({ hooks }) { hooks.context.tap('watch', ({ messages }, turn) => { counts.push(turn.countTokens({ messages })); }); } });
    const vendor = definePlugin({ name: 'vendor', providers: [{ name: 'seeing', models: ['s'], imageTokens: ({ width, height }) => width + height, load: async () => ({ async* stream() { yield { type: 'end' as const, reply: { status: 'complete' as const, id: null, model: null, stop: null, blocks: [{ type: 'text' as const, text: 'ok' }], usage: null } }; } }) }] });
    const test = await createTestKernel({ plugins: [vendor, watch], session: { provider: 'seeing', model: 's' } });
    await test.session.runTurn({ text: 'look', attachments: [block('image', 'image/png', png)] });
    await test.kernel.openSession({ cwd: test.folder, provider: 'seeing', model: 's' }).runTurn({ text: 'look', attachments: [block('document', 'application/pdf', pdf)] });
    await test.close();
    assert.ok(Math.abs(counts[0]! - (640 + 480)) < 10, String(counts));
    assert.ok(Math.abs(counts[1]! - 3 * 2200) < 10, String(counts));
  });

  it('are what the provider has counted of the last request, and an estimate of what is new', async () => {
    const { seen } = await countedSession(8);
    const errors = seen.map(({ expected, actual }) => Math.abs(expected - actual) / actual);
    assert.ok(errors[0]! > 0.25, 'nothing is known before the first reply');
    assert.ok(Math.max(...errors.slice(1)) < 0.25, String(errors));
    assert.ok(Math.max(...errors.slice(5)) < 0.02, `what it learns from each reply: ${String(errors)}`);
  });

  it('stand in context-ready, part by part, with the rate they are calibrated by', async () => {
    const { seen, ready } = await countedSession(5);
    for (const [index, { tokens, rate = 1 }] of ready.entries()) {
      const sum = tokens.system + tokens.tools + tokens.messages;
      assert.ok(Math.abs(sum - seen[index]!.expected) <= 3);
      assert.equal(index === 0, rate === 1);
    }
  });

  it('are not led astray by a provider that counts nothing, or nonsense', async () => {
    for (const input of [0, 10_000_000]) {
      const { seen, ready } = await countedSession(3, () => ({ input, output: 1 }));
      assert.ok(ready.every(({ rate }) => rate === undefined));
      assert.ok(seen.every(({ expected, actual }) => expected > 0.5 * actual - 350 && expected < actual));
    }
  });
});
