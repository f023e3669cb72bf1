import assert from 'node:assert/strict';
import { type Arbitrary, array, assert as assertProperty, constantFrom, dictionary, jsonValue, oneof, property, record, string, tuple } from 'fast-check';
import type { Block, Message, ModelRequest } from '@pith/kernel';
import type { BodyWriter } from '@pith/wire';
import { createAnthropicWriter } from '@pith/wire/anthropic';
import { createChatWriter } from '@pith/wire/openai-chat';
import { createResponsesWriter } from '@pith/wire/openai-responses';
import { assistant, call, modelRequest, READ_TOOL, result, user } from '@pith/wire/testing';

const FORMATS: readonly { name: string; writer: () => BodyWriter }[] = [
  { name: 'Anthropic Messages', writer: () => createAnthropicWriter() },
  { name: 'Anthropic Messages without automatic breakpoints', writer: () => createAnthropicWriter({ autoCache: false }) },
  { name: 'OpenAI Chat Completions', writer: () => createChatWriter() },
  { name: 'OpenAI Responses', writer: () => createResponsesWriter() },
];

/** Texts with everything that JSON must escape, halves of characters among it. */
const text = string({ unit: 'binary' });
const anyText = oneof(text, constantFrom('', ' ', '\ud83d', 'a\udc00b', '"\\\n\u2028', '漢字👍'));
const block = oneof(
  record({ type: constantFrom('text'), text: anyText, cache: constantFrom(true, false) }),
  record({ type: constantFrom('thinking'), text: anyText, signature: anyText }),
  record({ type: constantFrom('refusal'), text: anyText }),
  record({ type: constantFrom('redacted-thinking'), data: anyText }),
  tuple(constantFrom('a', 'b', 'c.d'), dictionary(anyText, jsonValue())).map(([id, input]) => call(id, input)),
  tuple(constantFrom('a', 'b', 'c.d'), anyText, constantFrom(true, false)).map(([id, said, isError]) => ({ ...result(id, said), isError })),
  constantFrom({ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aGk=' } }),
  anyText.map((rawType) => ({ type: 'unknown', rawType, raw: { type: rawType }, vendor: { provider: 'anthropic', raw: null } })),
) as Arbitrary<Block>;

const message: Arbitrary<Message> = record({ role: constantFrom('user', 'assistant'), content: array(block, { maxLength: 4 }) });
const request = record({
  messages: array(message, { maxLength: 8 }), tools: constantFrom([], [READ_TOOL]),
  system: array(record({ id: text, owner: constantFrom('test'), stability: constantFrom('stable'), text: anyText, cache: constantFrom(true, false) }), { maxLength: 3 }),
  options: constantFrom({}, { temperature: 0.5, body: { metadata: { user: 'ü' } } }, { body: { tools: [{ type: 'web' }], system: 'mine', instructions: 'mine' } }),
}).map((facts) => modelRequest(facts as Partial<ModelRequest>));

const textOf = (toBodyBytes: (request: ModelRequest) => Uint8Array) => (made: ModelRequest): string => Buffer.from(toBodyBytes(made)).toString();

for (const { name, writer } of FORMATS) {
  describe(`the body of a request to ${name}`, () => {
    it('is, as text, what JSON.stringify makes of it', () => {
      assertProperty(property(request, (made) => {
        const { toBody, toBodyBytes } = writer();
        const toBodyText = textOf(toBodyBytes);
        const expected = JSON.stringify(toBody(made));

        assert.equal(toBodyText(made), expected);
        assert.equal(toBodyText(made), expected, 'written from what was kept');
        assert.ok(expected.isWellFormed() && !/\\ud[89a-f]/i.test(expected.replaceAll('\\\\', '')), 'no half of a character');
      }), { numRuns: 300 });
    });

    it('begins with the whole of the request before, but for breakpoints and closing brackets', () => {
      const toBodyText = textOf(writer().toBodyBytes);
      const system = [{ id: 's', owner: 'test', stability: 'stable' as const, text: 'You are pith.', cache: true }];
      const messages: Message[] = [user('read a.txt, please')];
      let before = '';
      for (let step = 1; step <= 12; step++) {
        const now = toBodyText(modelRequest({ system, messages: [...messages], tools: [READ_TOOL] })).replaceAll(',"cache_control":{"type":"ephemeral"}', '');
        assert.ok(now.startsWith(before.replace(/[\]}]+$/, '')), `request ${step}`);
        before = now;
        messages.push(assistant(`step ${step}`, call(`call_${step}`, { path: `${step}.txt` })), user(result(`call_${step}`, `contents ${step}`)));
      }
    });

    it('costs only the messages that are new', () => {
      const toBodyText = textOf(writer().toBodyBytes);
      let reads = 0;
      const counted = (said: string): Block => Object.defineProperty({ type: 'text', text: '' } as Block, 'text', { enumerable: true, get: () => { reads++; return said; } });
      const messages = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? user : assistant)(counted(`message ${index}`)));
      toBodyText(modelRequest({ messages }));
      const all = reads;
      reads = 0;

      const body = toBodyText(modelRequest({ messages: [...messages, user(counted('the new one'))] }));

      assert.match(body, /message 42.*the new one/s);
      // The markers moved, so the two that bear or bore one are written again.
      assert.ok(reads * 20 < all, `read ${reads} texts after ${all}`);
    });

    it('has options.body merged in last, and in the place of a large field where it names one', () => {
      const { toBody } = writer();
      const made = toBody(modelRequest({ messages: [user('hi')], tools: [READ_TOOL], options: { temperature: 1, body: { temperature: 0, extra: { a: 1 }, tools: [{ type: 'web_search' }] } } }));

      assert.equal(made['temperature'], 0);
      assert.deepEqual(made['extra'], { a: 1 });
      assert.deepEqual(made['tools'], [{ type: 'web_search' }]);
    });
  });
}
