import assert from 'node:assert/strict';
import type { Block, Message, ModelOptions, ModelRequest } from '@pith/kernel';
import { createAnthropicWriter, readAnthropicRequest, versionFor } from '@pith/wire/anthropic';
import { assistant, call, modelRequest, READ_TOOL, result, user } from '@pith/wire/testing';

const { toBody } = createAnthropicWriter({ autoCache: false });
const body = (facts: Partial<ModelRequest>) => toBody(modelRequest({ model: 'claude-sonnet-5-5', ...facts }));
const content = (...blocks: Block[]) => (body({ messages: [assistant(...blocks)] })['messages'] as { content: unknown }[])[0]?.content;
const asUser = (...blocks: Block[]) => (body({ messages: [user(...blocks)] })['messages'] as { content: unknown }[])[0]?.content;
const options = (given: ModelOptions, model = 'claude-sonnet-5-5') => {
  const { messages: _, stream: __, model: ___, ...rest } = body({ model, options: given });
  return rest;
};
const MARKER = { type: 'ephemeral' };

describe('a request to Anthropic', () => {
  it('holds model, limit, tools, system and messages, the conversation last', () => {
    const made = body({ system: [{ id: 's', owner: 'test', stability: 'stable', text: 'You are pith.' }], tools: [READ_TOOL], messages: [user('hi')] });

    assert.deepEqual(Object.keys(made), ['model', 'max_tokens', 'stream', 'tools', 'system', 'messages']);
    assert.deepEqual(made['system'], [{ type: 'text', text: 'You are pith.' }]);
    assert.deepEqual(made['tools'], [{ name: 'read', description: 'Reads a file.', input_schema: READ_TOOL.inputSchema }]);
  });

  it('turns options into the vendor’s words', () => {
    assert.deepEqual(options({ maxOutputTokens: 100, temperature: 0, effort: 'high', stopSequences: ['###'], schema: { type: 'object' } }), {
      max_tokens: 100, output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } }, temperature: 0, stop_sequences: ['###'],
    });
    assert.deepEqual(body({ tools: [READ_TOOL], options: { toolChoice: 'required' } })['tool_choice'], { type: 'any' });
    assert.deepEqual(body({ tools: [READ_TOOL], options: { toolChoice: { name: 'read' } } })['tool_choice'], { type: 'tool', name: 'read' });
    assert.equal(body({ options: { toolChoice: 'required' } })['tool_choice'], undefined);
  });

  it('asks a model to think in the form that its version takes', () => {
    assert.deepEqual(options({ thinkingTokens: 8000 })['thinking'], { type: 'adaptive', display: 'summarized' });
    assert.deepEqual(options({ thinkingTokens: 8000 }, 'claude-opus-4-6')['thinking'], { type: 'adaptive', display: 'summarized' });
    assert.deepEqual(options({ thinkingTokens: 8000 }, 'claude-opus-4-5-20251101')['thinking'], { type: 'enabled', budget_tokens: 8000 });
    assert.deepEqual(options({ thinkingTokens: 1 }, 'claude-3-7-sonnet-20250219')['thinking'], { type: 'enabled', budget_tokens: 1024 });
    assert.deepEqual(options({ thinkingTokens: 0 })['thinking'], { type: 'between_tools' });
    assert.deepEqual(options({ thinkingTokens: 0 }, 'claude-sonnet-5')['thinking'], { type: 'disabled' });
  });

  it('allows more output than thinking', () => {
    assert.equal(options({ thinkingTokens: 64_000, maxOutputTokens: 1000 }, 'claude-haiku-4-5')['max_tokens'], 65_000);
    assert.equal(options({ thinkingTokens: 4000, maxOutputTokens: 10_000 }, 'claude-haiku-4-5')['max_tokens'], 10_000);
  });

  it('limits the output of older models to what they take', () => {
    const limits = ['claude-3-haiku-20240307', 'claude-3-5-haiku-20241022', 'claude-3-7-sonnet-20250219', 'claude-opus-4-20250514', 'claude-next'].map((model) => options({}, model)['max_tokens']);
    assert.deepEqual(limits, [4096, 8192, 32_000, 32_000, 32_000]);
  });

  it('needs the older version where it samples', () => {
    assert.equal(versionFor(modelRequest()), undefined);
    assert.equal(versionFor(modelRequest({ options: { temperature: 0.3 } })), '2023-06-01');
    assert.equal(versionFor(modelRequest({ options: { body: { top_p: 0.3 } } })), '2023-06-01');
  });

  it('sends back thinking with its signature, and no other', () => {
    assert.deepEqual(content({ type: 'thinking', text: 'hm', signature: 'sig' }), [{ type: 'thinking', thinking: 'hm', signature: 'sig' }]);
    assert.equal(content({ type: 'thinking', text: 'cut off' }), undefined);
    assert.equal(content({ type: 'thinking', text: 'hm', signature: 'gAAA', vendor: { provider: 'openai-responses', raw: {} } }), undefined);
    assert.deepEqual(content({ type: 'redacted-thinking', data: 'abc' }), [{ type: 'redacted_thinking', data: 'abc' }]);
  });

  it('sends back its own blocks as they were, and none of another vendor', () => {
    const search: Block = { type: 'server-tool-call', id: 'srv_1', name: 'web_search', input: { query: 'x' } };
    const found = { type: 'web_search_tool_result', tool_use_id: 'srv_1', content: [] };
    assert.deepEqual(content(search, { type: 'server-tool-result', toolUseId: 'srv_1', rawType: found.type, raw: found, vendor: { provider: 'anthropic', raw: null } }), [
      { type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: { query: 'x' } }, found,
    ]);
    assert.equal(content({ ...search, vendor: { provider: 'openai-responses', raw: {} } }), undefined);
    assert.equal(content({ type: 'unknown', rawType: 'x', raw: { type: 'x' }, vendor: { provider: 'openai-responses', raw: null } }), undefined);
    assert.equal(content({ type: 'unknown', rawType: 'x', raw: { type: 'x' } }), undefined);
  });

  it('turns refusals to text, and drops citations of others and of users', () => {
    assert.deepEqual(content({ type: 'refusal', text: 'No.' }), [{ type: 'text', text: 'No.' }]);
    assert.deepEqual(content({ type: 'text', text: 'a', citations: [{ type: 'page_location' }] }), [{ type: 'text', text: 'a', citations: [{ type: 'page_location' }] }]);
    assert.deepEqual(content({ type: 'text', text: 'a', citations: [{}], vendor: { provider: 'openai-chat', raw: null } }), [{ type: 'text', text: 'a' }]);
    assert.deepEqual(asUser({ type: 'text', text: 'a', citations: [{}] }), [{ type: 'text', text: 'a' }]);
  });

  it('shows images and documents, also in results, and says what a model cannot read', () => {
    const pdf: Block = { type: 'document', source: { kind: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' };
    assert.deepEqual(asUser(pdf, { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } }, { type: 'document', source: { kind: 'base64', mediaType: 'text/markdown', data: Buffer.from('# é').toString('base64') } }), [
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' },
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: '# é' } },
    ]);
    assert.deepEqual(asUser({ type: 'document', source: { kind: 'base64', mediaType: 'application/zip', data: 'UEs=' }, title: 'a.zip' }), [{ type: 'text', text: '[a.zip of type application/zip is left out: the model cannot read it.]' }]);
    const messages: Message[] = [assistant(call('a')), user({ type: 'tool-result', toolCallId: 'a', isError: true, content: [{ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: 'aGk=' } }] })];
    assert.deepEqual((body({ messages })['messages'] as { content: unknown }[])[1]!.content, [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } }], is_error: true }]);
  });

  it('gives an empty result no content, and an empty error a word', () => {
    const empty = (isError: boolean): Block => ({ type: 'tool-result', toolCallId: 'a', content: [], isError });
    const results = (block: Block) => (body({ messages: [assistant(call('a')), user(block)] })['messages'] as { content: unknown }[])[1]!.content;
    assert.deepEqual(results(empty(false)), [{ type: 'tool_result', tool_use_id: 'a' }]);
    assert.deepEqual(results(empty(true)), [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: 'The call failed without saying why.' }], is_error: true }]);
  });
});

describe('the cache breakpoints of a request to Anthropic', () => {
  const marked = (text: string): Block => ({ type: 'text', text, cache: true });
  const texts = (made: Record<string, unknown>) => [...(made['system'] as { text: string; cache_control?: unknown }[] ?? []), ...(made['messages'] as { content: { text: string; cache_control?: unknown }[] }[]).flatMap((each) => each.content)]
    .filter(({ cache_control: marker }) => marker !== undefined).map(({ text }) => text);

  it('are the last four of those that are asked for', () => {
    const system = [{ id: 's', owner: 't', stability: 'stable' as const, text: 'system', cache: true }];
    const messages = [user(marked('one')), assistant(marked('two')), user(marked('three')), assistant('no'), user(marked('four'))];

    assert.deepEqual(texts(body({ system, messages })), ['one', 'two', 'three', 'four']);
    assert.deepEqual(texts(body({ system, messages: messages.slice(0, 2) })), ['system', 'one', 'two']);
  });

  it('move to the block before where a block cannot bear one', () => {
    const messages = [assistant('said', { type: 'thinking', text: 'hm', signature: 'sig', cache: true })];
    assert.deepEqual(texts(body({ messages })), ['said']);
    assert.deepEqual(body({ messages: [assistant({ type: 'thinking', text: 'hm', signature: 'sig', cache: true })] })['messages'], [{ role: 'assistant', content: [{ type: 'thinking', thinking: 'hm', signature: 'sig' }] }]);
  });

  it('are set at the ends of system and conversation where a turn asks for none', () => {
    const auto = createAnthropicWriter();
    const system = [{ id: 's', owner: 't', stability: 'stable' as const, text: 'system' }];
    const request = modelRequest({ system, messages: [user('one'), assistant('two'), user('three')] });

    assert.deepEqual(texts(auto.toBody(request)), ['system', 'three']);
    assert.deepEqual(texts(auto.toBody({ ...request, messages: [user('one'), assistant(marked('two')), user('three')] })), ['two']);
    assert.deepEqual(texts(auto.toBody({ ...request, system: [...system, { id: 'v', owner: 't', stability: 'volatile', text: 'now' }] })), ['system', 'three']);
    assert.deepEqual(texts(auto.toBody({ ...request, purpose: 'summary' })), []);
  });
});

describe('a request of a client of Anthropic', () => {
  it('says the same when it is read and written again', () => {
    const asked = {
      model: 'claude-sonnet-5-5', max_tokens: 100, stream: true, metadata: { user_id: 'u' }, stop_sequences: ['###'], temperature: 0.5,
      thinking: { type: 'enabled', budget_tokens: 2000 }, output_config: { effort: 'low', task_budget: { type: 'tokens', total: 5 } },
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      tools: [{ name: 'read', description: 'Reads.', input_schema: { type: 'object' } }],
      system: [{ type: 'text', text: 'You are.', cache_control: MARKER }],
      messages: [
        { role: 'user', content: [
          { type: 'text', text: 'hi', cache_control: { type: 'ephemeral', ttl: '1h' } },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' }, title: 'a.pdf' },
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'words' }, citations: { enabled: true } },
          { type: 'document', source: { type: 'file', file_id: 'file_1' } },
          { type: 'search_result', source: 'https://example.com', title: 't', content: [{ type: 'text', text: 'x' }] },
        ] },
        { role: 'assistant', content: [
          { type: 'thinking', thinking: 'hm', signature: 'sig' }, { type: 'redacted_thinking', data: 'abc' },
          { type: 'text', text: 'ok', citations: [{ type: 'char_location', cited_text: 'x' }] },
          { type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: { query: 'x' } },
          { type: 'web_search_tool_result', tool_use_id: 'srv_1', content: [{ type: 'web_search_result', encrypted_content: 'e' }] },
          { type: 'hologram', depth: 3 },
          { type: 'tool_use', id: 'toolu_1', name: 'read', input: { path: 'a' }, caller: { type: 'code_execution_20260120', tool_id: 'srv_2' } },
          { type: 'tool_use', id: 'toolu_2', name: 'read', input: {} },
        ] },
        { role: 'user', content: [
          { type: 'tool_result', tool_use_id: 'toolu_1', content: [{ type: 'text', text: 'A', }, { type: 'tool_reference', tool_name: 'x' }] },
          { type: 'tool_result', tool_use_id: 'toolu_2', content: [{ type: 'text', text: 'failed' }], is_error: true },
          { type: 'text', text: 'go on', cache_control: MARKER },
        ] },
      ],
    };
    const { stream, ...read } = readAnthropicRequest(asked, 'client');
    const again = createAnthropicWriter({ autoCache: false }).toBody(modelRequest({ ...read, model: 'claude-haiku-4-5' }));

    assert.equal(stream, true);
    // A limit must be greater than what is thought with.
    assert.deepEqual(again, { ...asked, model: 'claude-haiku-4-5', max_tokens: 2100 });
  });

  it('may use the short forms', () => {
    const read = readAnthropicRequest({ model: 'm', max_tokens: 5, system: 'You are.', messages: [{ role: 'user', content: 'hi' }, { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'read', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'A' }] }] }, 'client');

    assert.deepEqual(read.system.map(({ text }) => text), ['You are.']);
    assert.deepEqual(read.messages, [user('hi'), assistant(call('a', {})), user(result('a', 'A'))]);
    assert.equal(read.stream, false);
  });
});
