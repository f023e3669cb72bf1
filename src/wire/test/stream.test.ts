import assert from 'node:assert/strict';
import type { ModelEvent } from '@pith/kernel';
import { readReply } from '@pith/wire';
import { AnthropicReader } from '@pith/wire/anthropic';
import { ChatReader } from '@pith/wire/openai-chat';
import { dataEvents, namedEvents } from '@pith/wire/testing';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const say = (content: string) => ({ id: 'c', choices: [{ index: 0, delta: { content } }] });

async function collect(body: ReadableStream<Uint8Array>, signal?: AbortSignal): Promise<ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of readReply(body, new ChatReader(), signal === undefined ? {} : { signal })) events.push(event);
  return events;
}

/** Gives its chunks, then breaks. */
function breaking(chunks: readonly string[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[next++];
      if (chunk === undefined) controller.error(new Error('socket hang up'));
      else controller.enqueue(bytes(chunk));
    },
  });
}

describe('the body of a response', () => {
  it('that breaks after something came is an end without the final event', async () => {
    const events = await collect(breaking([dataEvents(say('Hel')), dataEvents(say('lo'))]));

    const end = events.at(-1);
    assert.equal(end?.type === 'end' && end.reply.status, 'truncated');
    assert.deepEqual(end?.type === 'end' && end.reply.blocks, [{ type: 'text', text: 'Hello' }]);
  });

  it('that breaks before anything came is an error that another attempt may cure', async () => {
    await assert.rejects(collect(breaking([])), { code: 'PROVIDER_UNREACHABLE', origin: 'provider' });
  });

  it('that breaks because it was given up ends with the reason', async () => {
    const reason = new Error('the user stopped');
    await assert.rejects(collect(breaking([dataEvents(say('Hel'))]), AbortSignal.abort(reason)), reason);
  });

  it('that is a web page is said to be one', async () => {
    await assert.rejects(collect(ReadableStream.from([bytes('\n<!doctype html><title>Log in</title>')])), {
      code: 'PROVIDER_PROTOCOL', message: 'The provider’s address answered with a web page (“Log in”) instead of a reply',
    });
  });

  it('that is JSON but no reply is said to be so', async () => {
    await assert.rejects(collect(ReadableStream.from([bytes('{"detail":"hello"}')])), { code: 'PROVIDER_PROTOCOL', message: 'The provider answered with JSON that is no reply; its keys are "detail"' });
  });

  it('that holds an event which is no JSON is an error, and what was shown stays', async () => {
    const events: ModelEvent[] = [];
    await assert.rejects(async () => {
      for await (const event of readReply(ReadableStream.from([bytes(dataEvents(say('Hello'))), bytes('data: {"id": oops}\n\n')]), new ChatReader())) events.push(event);
    }, { code: 'PROVIDER_PROTOCOL', message: 'The provider sent an event that is not JSON: "{\\"id\\": oops}"' });

    assert.deepEqual(events.map(({ type }) => type), ['start', 'text-delta']);
  });

  it('that says at once that the context is too long is thrown, so that room can be made', async () => {
    const refused = { error: { message: 'Your input exceeds the context window of this model.', type: 'invalid_request_error', code: 'context_length_exceeded' } };
    await assert.rejects(collect(ReadableStream.from([bytes(dataEvents(refused))])), { code: 'CONTEXT_TOO_LONG', origin: 'provider' });

    const events = await collect(ReadableStream.from([bytes(dataEvents(say('Hello'), refused))]));
    const end = events.at(-1);
    assert.equal(end?.type === 'end' && end.reply.status, 'error');
  });

  it('that ends with an error which repeats a key shows no key', async () => {
    const body = ReadableStream.from([bytes(dataEvents({ error: { message: 'Key abcd-efgh is wrong', type: 'auth' } }))]);
    const events: ModelEvent[] = [];
    for await (const event of readReply(body, new ChatReader(), { secrets: ['abcd-efgh'] })) events.push(event);

    const end = events.at(-1);
    assert.deepEqual(end?.type === 'end' && end.reply.error, { type: 'auth', message: 'Key [secret:key] is wrong' });
  });

  it('hands on deltas that came together as one', async () => {
    const events = await collect(ReadableStream.from([bytes(dataEvents(...['a', 'b', 'c'].map(say))), bytes(dataEvents(say('d'), '[DONE]'))]));

    assert.deepEqual(events.filter(({ type }) => type === 'text-delta').map((event) => event.type === 'text-delta' && event.text), ['abc', 'd']);
  });

  it('tells of bytes that mean nothing yet, once a second', async () => {
    let nowMs = 0;
    const ping = bytes(': OPENROUTER PROCESSING\n\n');
    const types: string[] = [];
    const now = (): number => { nowMs += 200; return nowMs; };
    for await (const event of readReply(ReadableStream.from([ping, ping, ping, ping, ping, ping, bytes(dataEvents(say('Hello'), '[DONE]'))]), new ChatReader(), { now })) types.push(event.type);

    assert.deepEqual(types, ['alive', 'start', 'text-delta', 'block', 'end']);
  });

  it('is read to its end after the final event, so that the connection can be used again', async () => {
    let cancelled = false;
    const pulled: string[] = [];
    const chunks = [dataEvents(say('Hello'), '[DONE]'), ': trailing\n\n', ': more\n\n'];
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        const chunk = chunks[pulled.length];
        if (chunk === undefined) return controller.close();
        pulled.push(chunk);
        controller.enqueue(bytes(chunk));
      },
      cancel() { cancelled = true; },
    }, { highWaterMark: 0 });

    await collect(body);
    while (pulled.length < chunks.length) await new Promise((resolve) => setImmediate(resolve));

    assert.equal(cancelled, false);
  });

  it('is let go at once when its reader stops early', async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({ pull(controller) { controller.enqueue(bytes(dataEvents(say('x')))); }, cancel() { cancelled = true; } });

    for await (const event of readReply(body, new ChatReader())) if (event.type === 'text-delta') break;

    assert.equal(cancelled, true);
  });

  it('of 1.2 million characters in one delta, and of 20 000 deltas, costs no more than what it holds', async function test() {
    this.timeout(10_000);
    const start = { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } };
    const delta = (text: string) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
    const giant = bytes(namedEvents(start, delta('é'.repeat(1_200_000)), { type: 'message_stop' }));
    const many = Array.from({ length: 20_000 }, (_, index) => bytes(namedEvents(delta(`token ${index} `))));
    const pieces = Array.from({ length: Math.ceil(giant.length / 4096) }, (_, index) => giant.subarray(index * 4096, (index + 1) * 4096));
    const read = async (chunks: readonly Uint8Array[]): Promise<number> => {
      let length = 0;
      for await (const event of readReply(ReadableStream.from(chunks), new AnthropicReader())) if (event.type === 'end') length = event.reply.blocks[0]?.type === 'text' ? event.reply.blocks[0].text.length : 0;
      return length;
    };

    const before = process.memoryUsage().heapUsed;
    assert.equal(await read(pieces), 1_200_000);
    assert.equal(await read([bytes(namedEvents(start)), ...many, bytes(namedEvents({ type: 'message_stop' }))]), many.reduce((sum, _, index) => sum + `token ${index} `.length, 0));
    assert.ok(process.memoryUsage().heapUsed - before < 300e6); // Of what other tests hold nothing counts.
  });
});
