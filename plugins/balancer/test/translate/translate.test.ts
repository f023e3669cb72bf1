import assert from 'node:assert/strict';
import { ANTHROPIC_CASES, awkwardCuts, CHAT_CASES, RESPONSES_CASES, type StreamCase } from '@pith/wire/testing';
import { AnthropicReader } from '@pith/wire/anthropic';
import { ChatReader } from '@pith/wire/openai-chat';
import { ResponsesReader } from '@pith/wire/openai-responses';
import { type ReplyReader, SseReader, type SseEvent } from '@pith/wire';
import type { ModelEvent, Reply } from '@pith/kernel';
import { createBack } from '../../src/translate/back.ts';
import { familyOfModel, needsResponses, targetFamily } from '../../src/translate/family.ts';
import { translateRequest, type Wire } from '../../src/translate/request.ts';
import { createTranslator } from '../../src/translate/translator.ts';

const CASES: Readonly<Record<Wire, readonly StreamCase[]>> = { messages: ANTHROPIC_CASES, chat: CHAT_CASES, responses: RESPONSES_CASES };
const WAYS: readonly { from: Wire; to: Wire }[] = [{ from: 'messages', to: 'chat' }, { from: 'messages', to: 'responses' }, { from: 'chat', to: 'messages' }, { from: 'responses', to: 'messages' }];
const READERS: Readonly<Record<Wire, () => ReplyReader>> = { messages: () => new AnthropicReader(), chat: () => new ChatReader(), responses: () => new ResponsesReader() };

function translate(chunks: readonly Uint8Array[], { from, to }: { from: Wire; to: Wire }): string {
  let ids = 0;
  const back = createBack({ from, to, isStream: true, newId: () => `new-${++ids}`, model: 'asked', nowMs: 1_700_000_000_000, includeUsage: true }, { status: 200, isStream: true });
  const parts = chunks.map((each) => back.push(Buffer.from(each)));
  return Buffer.concat([...parts, back.end()].filter((part) => part !== undefined)).toString('utf8');
}

/** What a client of that wire understands. */
function read(text: string, wire: Wire): Reply {
  const sse = new SseReader();
  const reader = READERS[wire]();
  const events: SseEvent[] = [];
  const out: ModelEvent[] = [];
  sse.push(Buffer.from(text), events);
  sse.end(events);
  for (const event of events) reader.take(event, out);
  reader.close(out);
  return (out.find(({ type }) => type === 'end') as ModelEvent & { type: 'end' }).reply;
}

/** Of a reply that which every wire can say. */
function gist({ status, blocks, error }: Reply): object {
  const text = blocks.flatMap((block) => (block.type === 'text' || block.type === 'refusal' ? [block.text] : [])).join('');
  return {
    status, isError: error !== undefined, text,
    calls: blocks.flatMap((block) => (block.type === 'tool-call' ? [[block.id, block.name, block.complete ? JSON.stringify(block.input) : block.raw]] : [])),
  };
}

const sort = (text: string): string => [...text].sort().join('');

describe('A reply on its way back', () => {
  for (const way of WAYS) {
    it(`from ${way.to} to a client of ${way.from} says what the vendor said, in every stream there is`, () => {
      for (const { name, stream, reply } of CASES[way.to]) {
        const text = translate([Buffer.from(stream)], way);
        if (name.startsWith('JSON') || !stream.includes('data')) continue;
        const understood = read(text, way.from);
        const [told, expected] = [gist(understood), gist(reply)] as { status: string; text: string; calls: unknown[] }[];

        assert.equal(told!.status, expected!.status, `${name}: status\n${text}`);
        // Blocks that come at the same time stand in the order in which they came, where a wire has only one text.
        const isMixed = name.includes('in turns') || name.includes('beyond all reason');
        assert.equal(isMixed ? sort(told!.text) : told!.text, isMixed ? sort(expected!.text) : expected!.text, `${name}: text`);
        if (expected!.status === 'complete') assert.deepEqual(told!.calls, expected!.calls, `${name}: calls`);
        if (expected!.status === 'complete' && reply.usage !== null) assert.deepEqual(understood.usage, reply.usage, `${name}: usage`);
      }
    });

    it(`from ${way.to} to a client of ${way.from} is the same however the stream is cut`, () => {
      for (const { name, stream } of CASES[way.to]) {
        const whole = translate([Buffer.from(stream)], way);
        for (const { name: cut, chunks } of awkwardCuts(Buffer.from(stream))) assert.equal(translate(chunks, way), whole, `${name}, ${cut}`);
      }
    });

    it(`from ${way.to} to a client of ${way.from} that stops anywhere has no end`, () => {
      const { stream } = CASES[way.to].find(({ name }) => name.includes('parallel'))!;
      const bytes = Buffer.from(stream);
      const end = way.to === 'chat' ? bytes.indexOf('finish_reason":"') : bytes.indexOf(way.to === 'messages' ? 'message_stop' : 'response.completed');
      for (let length = 0; length < end; length += 7) {
        const { status } = read(translate([bytes.subarray(0, length)], way), way.from);
        assert.equal(status, 'truncated', String(length));
      }
    });
  }

  it('that is no reply at all is an error, in a stream as in one piece', () => {
    const make = (wantsStream: boolean, isStream: boolean) => createBack({ from: 'messages', to: 'chat', isStream: wantsStream, model: 'm', nowMs: 0 }, { status: 200, isStream });
    const whole = make(false, false);
    whole.push(Buffer.from('<html>'));
    const piece = whole.end()!.toString('utf8');
    const streamed = make(true, true).push(Buffer.from('data: nonsense\n\n'))!.toString('utf8');

    assert.deepEqual([whole.status, (JSON.parse(piece) as { type: string }).type], [502, 'error']);
    assert.match(streamed, /^event: error\ndata: {"type":"error"/);
  });

  it('may come in one piece to a client that wants a stream, and the other way round', () => {
    const body = JSON.stringify({ id: 'x', model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }] });
    const toStream = createBack({ from: 'messages', to: 'chat', isStream: true, model: 'm', nowMs: 0 }, { status: 200, isStream: false });
    toStream.push(Buffer.from(body));
    const toWhole = createBack({ from: 'messages', to: 'chat', isStream: false, model: 'm', nowMs: 0 }, { status: 200, isStream: true });
    const [stream] = CHAT_CASES;
    toWhole.push(Buffer.from(stream!.stream.split('data: [DONE]')[0]!));

    assert.equal((gist(read(toStream.end()!.toString('utf8'), 'messages')) as { text: string }).text, 'Hi');
    assert.equal((JSON.parse(toWhole.end()!.toString('utf8')) as { type: string }).type, 'message');
  });

  it('that the vendor has refused by a status of its own has one that the client knows', () => {
    const back = createBack({ from: 'chat', to: 'messages', isStream: true, model: 'm', nowMs: 0 }, { status: 529, isStream: false });
    back.push(Buffer.from('{"type":"error","error":{"type":"overloaded_error","message":"busy"}}'));

    assert.equal(back.status, 503);
    assert.deepEqual(JSON.parse(back.end()!.toString('utf8')), { error: { message: 'busy', type: 'overloaded_error', param: null, code: null } });
  });
});

const IMAGE = 'iVBORw0KGgo=';
const ANTHROPIC_BODY = {
  model: 'm', max_tokens: 100, stream: true, system: [{ type: 'text', text: 'One.' }, { type: 'text', text: 'Two.', cache_control: { type: 'ephemeral' } }], temperature: 0.3, stop_sequences: ['X'], top_p: 0.9,
  tools: [{ name: 'read', description: 'Reads.', input_schema: { type: 'object', properties: {} } }], tool_choice: { type: 'tool', name: 'read' },
  messages: [
    { role: 'user', content: [{ type: 'text', text: 'Look' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: IMAGE } }, { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' } }] },
    { role: 'assistant', content: [{ type: 'text', text: 'I look' }, { type: 'tool_use', id: 'toolu_1', name: 'read', input: { a: [1, { b: '“' }] } }, { type: 'tool_use', id: 'toolu_2', name: 'read', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'A' }] }, { type: 'tool_result', tool_use_id: 'toolu_2', content: [{ type: 'text', text: 'B' }] }, { type: 'text', text: 'Go on' }] },
  ],
};

describe('A request', () => {
  it('of Messages is the same after Chat Completions, but for what only Messages say', () => {
    const { body } = translateRequest(ANTHROPIC_BODY, { from: 'messages', to: 'chat', model: 'm' });
    const { body: back } = translateRequest(body, { from: 'chat', to: 'messages', model: 'm' });
    const marked = JSON.parse(JSON.stringify(back, (key, value: unknown) => (key === 'cache_control' ? undefined : value))) as object;

    // Texts of the system are one there.
    assert.deepEqual(marked, { ...ANTHROPIC_BODY, system: [{ type: 'text', text: 'One.\n\nTwo.' }] });
  });

  it('of Messages is the same after Responses', () => {
    const { stop_sequences: _, ...given } = ANTHROPIC_BODY;
    const { body } = translateRequest(given, { from: 'messages', to: 'responses', model: 'm' });
    const { body: back } = translateRequest(body, { from: 'responses', to: 'messages', model: 'm' });
    const marked = JSON.parse(JSON.stringify(back, (key, value: unknown) => (key === 'cache_control' ? undefined : value))) as object;

    assert.deepEqual(marked, { ...given, system: [{ type: 'text', text: 'One.\n\nTwo.' }] });
  });

  it('says how hard to think in the words of each model', () => {
    const chat = (effort: string, model: string): unknown => {
      const { thinking, output_config: output } = translateRequest({ messages: [{ role: 'user', content: 'Hi' }], reasoning_effort: effort }, { from: 'chat', to: 'messages', model }).body;
      return [thinking, output];
    };
    const claude = (thinking: object, model: string): unknown => translateRequest({ max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], thinking }, { from: 'messages', to: 'chat', model }).body['reasoning_effort'];

    assert.deepEqual(chat('high', 'claude-sonnet-4-5'), [{ type: 'enabled', budget_tokens: 24_576 }, undefined]);
    assert.deepEqual(chat('xhigh', 'claude-opus-4-6'), [{ type: 'adaptive', display: 'summarized' }, { effort: 'max' }]);
    assert.deepEqual(chat('none', 'claude-opus-4-6'), [{ type: 'disabled' }, undefined]);
    assert.throws(() => chat('extreme', 'claude-opus-4-6'), /^Error: reasoning_effort is "extreme"/);
    assert.deepEqual([claude({ type: 'enabled', budget_tokens: 10_000 }, 'gpt-5'), claude({ type: 'disabled' }, 'gpt-4o'), claude({ type: 'disabled' }, 'gpt-5.1'), claude({ type: 'adaptive' }, 'gpt-5')], ['medium', undefined, 'none', undefined]);
  });

  it('goes to the family whose model it names, where that has an account', () => {
    const both: Parameters<typeof targetFamily>[1] = [{ family: 'anthropic', models: {} }, { family: 'openai', models: { 'llama-*': 'llama3', 'claude-router': 'x' } }];

    assert.deepEqual(['claude-opus-4-6', 'gpt-5', 'o3', 'llama-70b', 'claude-router', 'mystery', 'anthropic/claude-x'].map((model) => [targetFamily({ asked: 'anthropic', model }, both), targetFamily({ asked: 'openai', model }, both)].join()), [
      'anthropic,anthropic', 'openai,openai', 'openai,openai', 'openai,openai', 'openai,openai', 'anthropic,openai', 'anthropic,openai',
    ]);
    assert.equal(targetFamily({ asked: 'openai', model: 'claude-x' }, [both[1]!]), 'openai');
    assert.deepEqual(['claude-3', 'gpt-4o', 'claude', 'claudette', 'o1-mini', 'opus'].map(familyOfModel), ['anthropic', 'openai', 'anthropic', undefined, 'openai', undefined]);
    assert.deepEqual(['gpt-5-codex', 'gpt-5-pro', 'o3-pro', 'gpt-5'].map(needsResponses), [true, true, true, false]);
  });

  it('of its own family, of another address, or without a model is left alone', () => {
    const { translate: translateOne } = createTranslator({ accounts: () => [{ family: 'anthropic', models: {} }, { family: 'openai', models: {} }] });
    const body = Buffer.from('{}');

    assert.equal(translateOne({ endpoint: 'messages', model: 'claude-x', body }), undefined);
    assert.equal(translateOne({ endpoint: 'embeddings', model: 'claude-x', body }), undefined);
    assert.equal(translateOne({ endpoint: 'messages', model: null, body }), undefined);
    assert.deepEqual(translateOne({ endpoint: 'messages', model: 'gpt-5', body: Buffer.from('[') }), { kind: 'instead', status: 400, message: 'The request is no JSON object, so it cannot be said to a model of the other family' });
  });
});
