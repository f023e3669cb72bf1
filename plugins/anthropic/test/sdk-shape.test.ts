import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import type { Message, ModelRequest } from '@pith/kernel';
import { createAnthropicWriter } from '@pith/wire/anthropic';
import { assistant, call, modelRequest, namedEvents, READ_TOOL, result, startProvider, user } from '@pith/wire/testing';

/** What the official client sends for a request that is written in its own words, which its types check. */
async function sentByClient(params: Anthropic.MessageCreateParamsStreaming): Promise<string> {
  const server = await startProvider(namedEvents({ type: 'message_stop' }));
  const client = new Anthropic({ apiKey: 'k', baseURL: server.url, maxRetries: 0 });
  for await (const _ of await client.messages.create(params));
  await server.close();
  return server.requests[0]!.body;
}

const SYSTEM = [{ id: 's', owner: 'test', stability: 'stable' as const, text: 'You are pith. Ünïcödé “quotes”.', cache: true }];
const HISTORY: Message[] = [
  user('read a.txt', { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aGk=' } }, { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' }),
  assistant({ type: 'thinking', text: 'Let me see', signature: 'EqQB' }, { type: 'redacted-thinking', data: 'EmwK' }, 'Reading.', call('toolu_1'), call('toolu_2', { path: 'b.txt' })),
  user(result('toolu_1', 'one\n'), { type: 'tool-result', toolCallId: 'toolu_2', isError: true, content: [{ type: 'text', text: 'no such file' }], cache: true }),
];

describe('a request to Anthropic', () => {
  it('is, byte by byte, what the official client sends for the same', async () => {
    const request: ModelRequest = modelRequest({
      model: 'claude-sonnet-5-5', system: SYSTEM, tools: [READ_TOOL], messages: HISTORY,
      options: { maxOutputTokens: 2000, effort: 'high', thinkingTokens: 1000, stopSequences: ['###'], toolChoice: 'auto', schema: { type: 'object', properties: {}, additionalProperties: false } },
    });

    const official = await sentByClient({
      model: 'claude-sonnet-5-5', max_tokens: 2000, stream: true, thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object', properties: {}, additionalProperties: false } } }, stop_sequences: ['###'], tool_choice: { type: 'auto' },
      tools: [{ name: 'read', description: 'Reads a file.', input_schema: { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] } }],
      system: [{ type: 'text', text: 'You are pith. Ünïcödé “quotes”.', cache_control: { type: 'ephemeral' } }],
      messages: [
        { role: 'user', content: [
          { type: 'text', text: 'read a.txt' }, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' },
        ] },
        { role: 'assistant', content: [
          { type: 'thinking', thinking: 'Let me see', signature: 'EqQB' }, { type: 'redacted_thinking', data: 'EmwK' }, { type: 'text', text: 'Reading.' },
          { type: 'tool_use', id: 'toolu_1', name: 'read', input: { path: 'a.txt' } }, { type: 'tool_use', id: 'toolu_2', name: 'read', input: { path: 'b.txt' } },
        ] },
        { role: 'user', content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'one\n' }] },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: [{ type: 'text', text: 'no such file' }], is_error: true, cache_control: { type: 'ephemeral' } },
        ] },
      ],
    });

    assert.equal(Buffer.from(createAnthropicWriter().toBodyBytes(request)).toString(), official);
  });
});
