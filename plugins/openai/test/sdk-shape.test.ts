import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { createChatWriter } from '@pith/wire/openai-chat';
import { createResponsesWriter } from '@pith/wire/openai-responses';
import { assistant, call, dataEvents, modelRequest, READ_TOOL, result, startProvider, user } from '@pith/wire/testing';

/** What the official client sends for a request that is written in its own words, which its types check. */
async function sentByClient(send: (client: OpenAI) => Promise<AsyncIterable<unknown>>): Promise<string> {
  const server = await startProvider(dataEvents('[DONE]'));
  const client = new OpenAI({ apiKey: 'k', baseURL: server.url, maxRetries: 0 });
  for await (const _ of await send(client));
  await server.close();
  return server.requests[0]!.body;
}

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const PARAMETERS = { type: 'object', properties: { path: { type: 'string' } }, required: ['path'] };
const request = modelRequest({
  model: 'gpt-6.1-sol', system: [{ id: 's', owner: 'test', stability: 'stable', text: 'You are pith. Ünïcödé “quotes”.' }], tools: [READ_TOOL],
  messages: [
    user('read a.txt', { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aGk=' } }, { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' }),
    assistant('Reading.', call('call_1'), call('call_2', { path: 'b.txt' })), user(result('call_1', 'one\n'), result('call_2', 'two'), 'and now?'),
  ],
  options: { maxOutputTokens: 2000, effort: 'high', temperature: 1, toolChoice: { name: 'read' }, schema: SCHEMA },
});

describe('a request to OpenAI', () => {
  it('by Chat Completions is, byte by byte, what the official client sends for the same', async () => {
    const official = await sentByClient((client) => client.chat.completions.create({
      model: 'gpt-6.1-sol', stream: true, stream_options: { include_usage: true }, max_completion_tokens: 2000, reasoning_effort: 'high', temperature: 1, tool_choice: { type: 'function', function: { name: 'read' } },
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: SCHEMA, strict: true } },
      tools: [{ type: 'function', function: { name: 'read', description: 'Reads a file.', parameters: PARAMETERS } }],
      messages: [
        { role: 'system', content: 'You are pith. Ünïcödé “quotes”.' },
        { role: 'user', content: [{ type: 'text', text: 'read a.txt' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } }, { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }] },
        { role: 'assistant', content: 'Reading.', tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'read', arguments: '{"path":"a.txt"}' } }, { id: 'call_2', type: 'function', function: { name: 'read', arguments: '{"path":"b.txt"}' } }] },
        { role: 'tool', tool_call_id: 'call_1', content: 'one\n' }, { role: 'tool', tool_call_id: 'call_2', content: 'two' }, { role: 'user', content: 'and now?' },
      ],
    }));

    assert.equal(Buffer.from(createChatWriter().toBodyBytes(request)).toString(), official);
  });

  it('by Responses is, byte by byte, what the official client sends for the same', async () => {
    const official = await sentByClient((client) => client.responses.create({
      model: 'gpt-6.1-sol', stream: true, store: false, max_output_tokens: 2000, reasoning: { effort: 'high' }, include: ['reasoning.encrypted_content'], temperature: 1, tool_choice: { type: 'function', name: 'read' },
      text: { format: { type: 'json_schema', name: 'answer', schema: SCHEMA, strict: true } },
      tools: [{ type: 'function', name: 'read', description: 'Reads a file.', parameters: PARAMETERS, strict: false }],
      instructions: 'You are pith. Ünïcödé “quotes”.',
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'read a.txt' }, { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'auto' }, { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' }] },
        // The client's types want an id of the vendor's, which there is none of; the API does not.
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Reading.', annotations: [] }] } as unknown as OpenAI.Responses.ResponseOutputMessage,
        { type: 'function_call', call_id: 'call_1', name: 'read', arguments: '{"path":"a.txt"}' }, { type: 'function_call', call_id: 'call_2', name: 'read', arguments: '{"path":"b.txt"}' },
        { type: 'function_call_output', call_id: 'call_1', output: 'one\n' }, { type: 'function_call_output', call_id: 'call_2', output: 'two' },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'and now?' }] },
      ],
    }));

    assert.equal(Buffer.from(createResponsesWriter().toBodyBytes(request)).toString(), official);
  });
});
