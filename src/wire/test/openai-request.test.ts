import assert from 'node:assert/strict';
import type { Block, ImageBlock, Message, ModelOptions, ModelRequest } from '@pith/kernel';
import { type ChatWriterOptions, createChatWriter, readChatRequest } from '@pith/wire/openai-chat';
import { createResponsesWriter, readResponsesRequest } from '@pith/wire/openai-responses';
import { assistant, call, modelRequest, READ_TOOL, result, user } from '@pith/wire/testing';

const SYSTEM = [{ id: 'a', owner: 't', stability: 'stable' as const, text: 'You are pith.', cache: true }, { id: 'b', owner: 't', stability: 'volatile' as const, text: 'Be brief.' }];
const PDF: Block = { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' };
const PICTURE: ImageBlock = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aGk=' } };
const NOTES: Block = { type: 'document', source: { kind: 'base64', mediaType: 'text/markdown', data: Buffer.from('# é').toString('base64') }, title: 'notes.md' };
const STRICT = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };

describe('a request to Chat Completions', () => {
  const body = (facts: Partial<ModelRequest>, options: ChatWriterOptions = {}) => createChatWriter(options).toBody(modelRequest({ model: 'gpt-test', ...facts }));
  const messages = (...given: Message[]) => body({ messages: given })['messages'] as Record<string, unknown>[];
  const options = (given: ModelOptions, more: ChatWriterOptions = {}) => {
    const { model: _, stream: __, stream_options: ___, messages: ____, ...rest } = body({ options: given }, more);
    return rest;
  };

  it('holds model, tools, one system message and the conversation, without cache markers', () => {
    assert.deepEqual(body({ system: SYSTEM, tools: [READ_TOOL], messages: [user({ type: 'text', text: 'hi', cache: true })] }), {
      model: 'gpt-test', stream: true, stream_options: { include_usage: true },
      tools: [{ type: 'function', function: { name: 'read', description: 'Reads a file.', parameters: READ_TOOL.inputSchema } }],
      messages: [{ role: 'system', content: 'You are pith.\n\nBe brief.' }, { role: 'user', content: 'hi' }],
    });
  });

  it('turns options into the vendor’s words', () => {
    assert.deepEqual(options({ maxOutputTokens: 100, temperature: 0, effort: 'high', stopSequences: ['###'], schema: STRICT }), {
      max_completion_tokens: 100, reasoning_effort: 'high', temperature: 0, stop: ['###'],
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: STRICT, strict: true } },
    });
    assert.deepEqual(options({}, { maxOutputTokens: 7, limitField: 'max_tokens' }), { max_tokens: 7 });
    assert.deepEqual(body({ tools: [READ_TOOL], options: { toolChoice: { name: 'read' } } })['tool_choice'], { type: 'function', function: { name: 'read' } });
    assert.deepEqual(body({ tools: [READ_TOOL], options: { toolChoice: 'required' } })['tool_choice'], 'required');
  });

  it('asks for thought in words, and OpenRouter in its own way', () => {
    assert.deepEqual([0, 1000, 10_000, 50_000].map((thinkingTokens) => options({ thinkingTokens })['reasoning_effort']), ['none', 'low', 'medium', 'high']);
    assert.deepEqual(options({ thinkingTokens: 2000 }, { reasoning: 'openrouter' }), { reasoning: { max_tokens: 2000 } });
    assert.deepEqual(options({ thinkingTokens: 0 }, { reasoning: 'openrouter' }), { reasoning: { enabled: false } });
    assert.deepEqual(options({ effort: 'low' }, { reasoning: 'openrouter' }), { reasoning: { effort: 'low' } });
  });

  it('wishes for a schema that is not strict instead of demanding it', () => {
    const loose = { type: 'object', properties: { a: { type: 'object', properties: { b: {} } } }, required: ['a'], additionalProperties: false };
    assert.equal((options({ schema: loose })['response_format'] as { json_schema: { strict: boolean } }).json_schema.strict, false);
  });

  it('shows pictures and files, and those of a tool after its message', () => {
    assert.deepEqual(messages(user('look', PICTURE, PDF, NOTES)), [{ role: 'user', content: [
      { type: 'text', text: 'look' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }, { type: 'text', text: 'notes.md:\n# é' },
    ] }]);
    const shot: Block = { type: 'tool-result', toolCallId: 'a', content: [{ type: 'text', text: 'a picture' }, PICTURE] };
    assert.deepEqual(messages(assistant(call('a'), call('b')), user(shot, result('b', 'B'))).slice(1), [
      { role: 'tool', tool_call_id: 'a', content: 'a picture' }, { role: 'tool', tool_call_id: 'b', content: 'B' },
      { role: 'user', content: [{ type: 'text', text: 'From the result of call a:' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } }] },
    ]);
  });

  it('sends thinking back to the vendor that gave it, in the field it came in', () => {
    const thought = (raw: unknown, provider = 'openai-chat'): Block => ({ type: 'thinking', text: 'hm', vendor: { provider, raw } });
    assert.deepEqual(messages(assistant(thought('reasoning_content'), 'ok')), [{ role: 'assistant', content: 'ok', reasoning_content: 'hm' }]);
    assert.deepEqual(messages(assistant(thought({ reasoning_details: [{ type: 'reasoning.text' }] }), 'ok')), [{ role: 'assistant', content: 'ok', reasoning_details: [{ type: 'reasoning.text' }] }]);
    assert.deepEqual(messages(assistant(thought('reasoning_content', 'openrouter-chat'), { type: 'thinking', text: 'hm', signature: 'sig' }, 'ok')), [{ role: 'assistant', content: 'ok' }]);
  });

  it('sends back refusals, calls and numbers as they were, and leaves out what it cannot say', () => {
    assert.deepEqual(messages(assistant({ type: 'refusal', text: 'No.' })), [{ role: 'assistant', content: null, refusal: 'No.' }]);
    const exact: Block = { type: 'tool-call', id: 'a', name: 'get', input: { id: 12345678901234567000 }, complete: true, vendor: { provider: 'openai-chat', raw: '{"id": 12345678901234567890}' } };
    assert.deepEqual(messages(assistant(exact))[0]!['tool_calls'], [{ id: 'a', type: 'function', function: { name: 'get', arguments: '{"id": 12345678901234567890}' } }]);
    assert.deepEqual(messages(assistant({ type: 'redacted-thinking', data: 'x' }, { type: 'unknown', rawType: 'x', raw: {}, vendor: { provider: 'anthropic', raw: null } })), []);
  });

  it('says the same when a client’s is read and written again', () => {
    const asked = {
      model: 'gpt-test', stream: true, stream_options: { include_usage: true }, max_completion_tokens: 5, reasoning_effort: 'low', temperature: 1, stop: ['###'], tool_choice: { type: 'function', function: { name: 'read' } },
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: STRICT, strict: true } }, seed: 7,
      tools: [{ type: 'function', function: { name: 'read', description: 'Reads.', parameters: { type: 'object' } } }],
      messages: [
        { role: 'system', content: 'You are.' },
        { role: 'user', content: [
          { type: 'text', text: 'hi' }, { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } }, { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } },
          { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }, { type: 'input_audio', input_audio: { data: 'aGk=', format: 'wav' } },
        ] },
        { role: 'assistant', content: 'ok', reasoning_content: 'hm', tool_calls: [{ id: 'a', type: 'function', function: { name: 'read', arguments: '{"path":"x"}' } }, { id: 'b', type: 'function', function: { name: 'read', arguments: '{}' } }] },
        { role: 'tool', tool_call_id: 'a', content: 'A' }, { role: 'tool', tool_call_id: 'b', content: 'B' }, { role: 'user', content: 'go on' },
        { role: 'assistant', content: null, refusal: 'No.' },
      ],
    };
    const { stream, ...read } = readChatRequest(asked, { owner: 'client' });

    assert.equal(stream, true);
    assert.deepEqual(createChatWriter().toBody(modelRequest(read)), asked);
  });
});

describe('a request to Responses', () => {
  const body = (facts: Partial<ModelRequest>) => createResponsesWriter().toBody(modelRequest({ model: 'gpt-test', ...facts }));
  const input = (...given: Message[]) => body({ messages: given })['input'];
  const options = (given: ModelOptions, model = 'gpt-test') => {
    const { model: _, stream: __, store: ___, input: ____, ...rest } = body({ model, options: given });
    return rest;
  };

  it('holds model, tools, instructions and the conversation, and keeps nothing at the vendor', () => {
    assert.deepEqual(body({ system: SYSTEM, tools: [READ_TOOL], messages: [user('hi')] }), {
      model: 'gpt-test', stream: true, store: false,
      tools: [{ type: 'function', name: 'read', description: 'Reads a file.', parameters: READ_TOOL.inputSchema, strict: false }],
      instructions: 'You are pith.\n\nBe brief.',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }] }],
    });
  });

  it('turns options into the vendor’s words', () => {
    assert.deepEqual(options({ maxOutputTokens: 100, temperature: 0, thinkingTokens: 10_000, stopSequences: ['###'], schema: STRICT }), {
      max_output_tokens: 100, reasoning: { effort: 'medium', summary: 'auto' }, temperature: 0, text: { format: { type: 'json_schema', name: 'answer', schema: STRICT, strict: true } },
    });
    assert.deepEqual(options({ effort: 'high' })['reasoning'], { effort: 'high' });
    assert.deepEqual(body({ tools: [READ_TOOL], options: { toolChoice: { name: 'read' } } })['tool_choice'], { type: 'function', name: 'read' });
  });

  it('asks for sealed reasoning of the models that reason', () => {
    const asks = ['gpt-6.1-sol', 'gpt-5-mini', 'o3', 'openai/o4-mini', 'gpt-5-chat-latest', 'gpt-4o', 'llama-3'].filter((model) => options({}, model)['include'] !== undefined);
    assert.deepEqual(asks, ['gpt-6.1-sol', 'gpt-5-mini', 'o3', 'openai/o4-mini']);
  });

  it('gives text, calls and results as items, and pictures within results', () => {
    const shot: Block = { type: 'tool-result', toolCallId: 'b', content: [{ type: 'text', text: 'see' }, PICTURE] };
    assert.deepEqual(input(user('hi', PICTURE, PDF), assistant('ok', call('a'), call('b')), user(result('a', 'A'), shot)), [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }, { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'auto' }, { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' }] },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ok', annotations: [] }] },
      { type: 'function_call', call_id: 'a', name: 'read', arguments: '{"path":"a.txt"}' }, { type: 'function_call', call_id: 'b', name: 'read', arguments: '{"path":"a.txt"}' },
      { type: 'function_call_output', call_id: 'a', output: 'A' },
      { type: 'function_call_output', call_id: 'b', output: [{ type: 'input_text', text: 'see' }, { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'auto' }] },
    ]);
  });

  it('sends back reasoning that is sealed or open, and none that the vendor would have had to keep', () => {
    const thought = (raw: object, provider = 'openai-responses'): Block => ({ type: 'thinking', text: 'hm', vendor: { provider, raw } });
    const sealed = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAA' };
    assert.deepEqual(input(assistant(thought(sealed))), [sealed]);
    assert.deepEqual(input(assistant(thought({ id: 'rs_1', type: 'reasoning', summary: [] }))), []);
    assert.deepEqual(input(assistant(thought(sealed, 'local-responses'), { type: 'thinking', text: 'hm', signature: 'sig' })), []);
  });

  it('sends back phases, refusals and the vendor’s own items', () => {
    const search = { id: 'ws_1', type: 'web_search_call', status: 'completed', action: { query: 'x' } };
    const phased = (text: string, phase: string): Block => ({ type: 'text', text, vendor: { provider: 'openai-responses', raw: { phase } } });
    assert.deepEqual(input(assistant(phased('a', 'commentary'), phased('b', 'commentary'), phased('c', 'final_answer'), { type: 'refusal', text: 'No.' }, { type: 'server-tool-call', id: 'ws_1', name: 'web_search', input: {}, vendor: { provider: 'openai-responses', raw: search } })), [
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'a', annotations: [] }, { type: 'output_text', text: 'b', annotations: [] }], phase: 'commentary' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'c', annotations: [] }], phase: 'final_answer' },
      { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
      search,
    ]);
  });

  it('says the same when a client’s is read and written again', () => {
    const asked = {
      model: 'gpt-6.1-sol', stream: true, store: false, max_output_tokens: 5, reasoning: { effort: 'low', summary: 'auto' }, include: ['reasoning.encrypted_content'], temperature: 1, tool_choice: 'auto',
      text: { format: { type: 'json_schema', name: 'answer', schema: STRICT, strict: true } }, prompt_cache_key: 'k',
      tools: [{ type: 'function', name: 'read', description: 'Reads.', parameters: { type: 'object' }, strict: false }],
      instructions: 'You are.',
      input: [
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'hi' }, { type: 'input_image', image_url: 'data:image/png;base64,aGk=', detail: 'auto' }, { type: 'input_file', file_id: 'file_1' }] },
        { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'One' }], encrypted_content: 'gAAA' },
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'ok', annotations: [{ type: 'url_citation', url: 'https://example.com' }] }], phase: 'commentary' },
        { type: 'function_call', call_id: 'a', name: 'read', arguments: '{"path":"x"}' },
        { id: 'fc_2', type: 'function_call', call_id: 'b', name: 'read', arguments: '{"n": 12345678901234567890}', namespace: 'files' },
        { id: 'ws_1', type: 'web_search_call', status: 'completed', action: { query: 'x' } },
        { id: 'cmp_1', type: 'compaction', encrypted_content: 'abc' },
        { type: 'function_call_output', call_id: 'a', output: 'A' },
        { type: 'function_call_output', call_id: 'b', output: [{ type: 'input_text', text: 'B' }, { type: 'input_image', image_url: 'https://example.com/a.png', detail: 'auto' }] },
        { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'go on' }] },
      ],
    };
    const { stream, ...read } = readResponsesRequest(asked, { owner: 'client' });

    assert.equal(stream, true);
    assert.deepEqual(createResponsesWriter().toBody(modelRequest(read)), asked);
  });
});
