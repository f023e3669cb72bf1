import assert from 'node:assert/strict';
import { array, assert as assertProperty, asyncProperty, constantFrom, double } from 'fast-check';
import type { ModelEvent, Reply } from '@pith/kernel';
import { readReply, type ReplyReader } from '@pith/wire';
import { AnthropicReader } from '@pith/wire/anthropic';
import { ChatReader } from '@pith/wire/openai-chat';
import { ResponsesReader } from '@pith/wire/openai-responses';
import { ANTHROPIC_CASES, awkwardCuts, CHAT_CASES, RESPONSES_CASES, type StreamCase } from '@pith/wire/testing';

const FORMATS: readonly { name: string; cases: readonly StreamCase[]; reader: () => ReplyReader }[] = [
  { name: 'Anthropic Messages', cases: ANTHROPIC_CASES, reader: () => new AnthropicReader() },
  { name: 'OpenAI Chat Completions', cases: CHAT_CASES, reader: () => new ChatReader({ newId: countingIds() }) },
  { name: 'OpenAI Responses', cases: RESPONSES_CASES, reader: () => new ResponsesReader() },
];

function countingIds(): () => string {
  let count = 0;
  return () => `new-${++count}`;
}

async function read(chunks: readonly Uint8Array[], reader: ReplyReader): Promise<{ events: ModelEvent[]; reply: Reply }> {
  const events: ModelEvent[] = [];
  for await (const event of readReply(ReadableStream.from(chunks), reader)) events.push(event);
  const last = events.at(-1);
  assert.equal(last?.type, 'end');
  return { events, reply: last.reply };
}

/** What was shown, by block: however many deltas it came in. */
function shown(events: readonly ModelEvent[]): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const event of events) {
    if (event.type === 'text-delta' || event.type === 'thinking-delta') texts[`${event.type}-${event.index}`] = (texts[`${event.type}-${event.index}`] ?? '') + event.text;
    else if (event.type === 'tool-input-delta') texts[`${event.id}-${event.index}`] = (texts[`${event.id}-${event.index}`] ?? '') + event.json;
  }
  return texts;
}

describe('the streams of every format', () => {
  it('are eighty and more', () => {
    assert.ok(FORMATS.flatMap(({ cases }) => cases).length >= 80);
  });
});

for (const { name, cases, reader } of FORMATS) {
  describe(`a stream of ${name} with`, () => {
    for (const { name: title, stream, reply } of cases) {
      it(`${title} is understood exactly, however it is cut`, async () => {
        const bytes = new TextEncoder().encode(stream);
        const whole = await read([bytes], reader());

        assert.deepEqual(whole.reply, reply);
        for (const { name: cut, chunks } of awkwardCuts(bytes)) {
          const { reply: again, events } = await read(chunks, reader());
          assert.deepEqual(again, reply, `cut ${cut}`);
          assert.deepEqual(shown(events), shown(whole.events), `shown when cut ${cut}`);
        }
      });
    }

    it('any cuts at all gives the same reply', async () => {
      await assertProperty(asyncProperty(constantFrom(...cases), array(double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), async ({ stream, reply }, cuts) => {
        const bytes = new TextEncoder().encode(stream);
        const places = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)), bytes.length].sort((a, b) => a - b);
        const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end));

        assert.deepEqual((await read(chunks, reader())).reply, reply);
      }), { numRuns: 300 });
    });

    it('its end at any byte shows no more than was sent and ends once', async () => {
      await assertProperty(asyncProperty(constantFrom(...cases), double({ min: 0, max: 1, noNaN: true }), async ({ stream }, share) => {
        const bytes = new TextEncoder().encode(stream);
        const { events, reply } = await read([bytes.subarray(0, Math.floor(share * bytes.length))], reader());

        assert.equal(events.filter(({ type }) => type === 'end').length, 1);
        for (const block of reply.blocks) if (block.type === 'tool-call' && block.complete) assert.equal(typeof block.input, 'object');
      }), { numRuns: 300 });
    });
  });
}
