import assert from 'node:assert/strict';
import Anthropic, { BadRequestError as AnthropicBadRequest } from '@anthropic-ai/sdk';
import { after, before, beforeEach } from 'mocha';
import OpenAI, { BadRequestError as OpenAIBadRequest } from 'openai';
import { createTranslator } from '../../src/translate/translator.ts';
import { ask, testProxy, type TestProxy } from '../proxy/start-proxy.ts';
import { toEvent, USAGE } from '../upstream-replies.ts';

const CLAUDE = 'key-of-claude-account';
const GPT = 'key-of-openai-account';
const TOOL = { type: 'object' as const, properties: { path: { type: 'string' } }, required: ['path'] };

const chunk = (delta: object, finish: string | null = null): string => `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-5', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const CHAT_CALLS = [
  chunk({ role: 'assistant', content: 'Let me ' }), chunk({ content: 'look 👀' }),
  chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'read', arguments: '' } }] }), chunk({ tool_calls: [{ index: 0, function: { arguments: '{"path":' } }] }), chunk({ tool_calls: [{ index: 0, function: { arguments: '"a.txt"}' } }] }),
  chunk({ tool_calls: [{ index: 1, id: 'call_2', type: 'function', function: { name: 'read', arguments: '{"path":"b.txt"}' } }] }), chunk({}, 'tool_calls'),
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-5', choices: [], usage: { prompt_tokens: 30, completion_tokens: 9, total_tokens: 39, prompt_tokens_details: { cached_tokens: 10 } } })}\n\n`, 'data: [DONE]\n\n',
];
const CLAUDE_CALLS = [
  toEvent({ type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model: 'claude-x', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 20, cache_read_input_tokens: 10, output_tokens: 1 } } }),
  toEvent({ type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }), toEvent({ type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Hm 🤔' } }), toEvent({ type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'EqQB==' } }), toEvent({ type: 'content_block_stop', index: 0 }),
  toEvent({ type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } }), toEvent({ type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Let me look' } }), toEvent({ type: 'content_block_stop', index: 1 }),
  toEvent({ type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id: 'toolu_1', name: 'read', input: {} } }), toEvent({ type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"path":' } }), toEvent({ type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '"a.txt"}' } }), toEvent({ type: 'content_block_stop', index: 2 }),
  toEvent({ type: 'content_block_start', index: 3, content_block: { type: 'tool_use', id: 'toolu_2', name: 'list', input: {} } }), toEvent({ type: 'content_block_stop', index: 3 }),
  toEvent({ type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 9 } }), toEvent({ type: 'message_stop' }),
];

describe('Programs of one family that ask for a model of the other', () => {
  let proxy: TestProxy;
  let anthropic: Anthropic;
  let openai: OpenAI;
  before(async () => {
    proxy = await testProxy({ accounts: [{ key: CLAUDE }, { key: GPT, family: 'openai', bearer: true }], translator: createTranslator({ accounts: () => [{ family: 'anthropic', models: {} }, { family: 'openai', models: {} }] }) });
    anthropic = new Anthropic({ apiKey: 'of-the-client', baseURL: proxy.url, maxRetries: 0 });
    openai = new OpenAI({ apiKey: 'of-the-client', baseURL: `${proxy.url}/v1`, maxRetries: 0 });
  });
  after(() => proxy.close());
  beforeEach(() => {
    proxy.upstream.script(CLAUDE, {});
    proxy.upstream.script(GPT, {});
  });
  const sent = (): { path: string; body: Record<string, unknown>; headers: Record<string, unknown> } => {
    const { path, body, headers } = proxy.upstream.requests.at(-1)!;
    return { path, body: JSON.parse(body.toString('utf8')) as Record<string, unknown>, headers };
  };

  it('Messages get an answer of Chat Completions, in one piece', async () => {
    const message = await anthropic.messages.create({ model: 'gpt-5', max_tokens: 100, system: 'Be short.', messages: [{ role: 'user', content: 'Hi' }] });

    assert.deepEqual(message.content, [{ type: 'text', text: 'Hello' }]);
    assert.deepEqual([message.stop_reason, message.model, message.type, message.role], ['end_turn', 'gpt-5', 'message', 'assistant']);
    assert.deepEqual({ ...message.usage }, { input_tokens: USAGE.input - USAGE.cacheRead, cache_creation_input_tokens: 0, cache_read_input_tokens: USAGE.cacheRead, output_tokens: USAGE.output });
    assert.deepEqual([sent().path, sent().body], ['/v1/chat/completions', { model: 'gpt-5', stream: false, max_completion_tokens: 100, messages: [{ role: 'system', content: 'Be short.' }, { role: 'user', content: 'Hi' }] }]);
    assert.equal(sent().headers['anthropic-version'], undefined);
    assert.equal(proxy.upstream.requests.at(-1)!.account, GPT);
    assert.deepEqual([proxy.rows.at(-1)!.family, proxy.rows.at(-1)!.outputTokens, proxy.rows.at(-1)!.end], ['openai', USAGE.output, 'complete']);
  });

  it('Messages get a stream of Chat Completions, with text and parallel calls', async () => {
    proxy.upstream.script(GPT, { pieces: CHAT_CALLS });
    const stream = anthropic.messages.stream({ model: 'gpt-5', max_tokens: 100, tools: [{ name: 'read', description: 'Reads.', input_schema: TOOL }], tool_choice: { type: 'any', disable_parallel_tool_use: true }, messages: [{ role: 'user', content: 'Look' }] });
    const texts: string[] = [];
    stream.on('text', (text) => texts.push(text));
    const message = await stream.finalMessage();

    assert.deepEqual(texts, ['Let me ', 'look 👀']);
    assert.deepEqual(message.content, [{ type: 'text', text: 'Let me look 👀' }, { type: 'tool_use', id: 'call_1', name: 'read', input: { path: 'a.txt' } }, { type: 'tool_use', id: 'call_2', name: 'read', input: { path: 'b.txt' } }]);
    assert.deepEqual([message.stop_reason, message.usage.input_tokens, message.usage.cache_read_input_tokens, message.usage.output_tokens], ['tool_use', 20, 10, 9]);
    assert.deepEqual([sent().body['tool_choice'], sent().body['parallel_tool_calls'], sent().body['stream_options']], ['required', false, { include_usage: true }]);
    assert.deepEqual(sent().body['tools'], [{ type: 'function', function: { name: 'read', description: 'Reads.', parameters: TOOL } }]);
  });

  it('Messages go to the Responses API where a model is served by nothing else, and its sealed thoughts come back to it', async () => {
    const reasoning = { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }], encrypted_content: 'sealed' };
    proxy.upstream.script(GPT, { body: { id: 'resp_1', object: 'response', status: 'completed', model: 'gpt-5-codex', output: [reasoning, { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'read', arguments: '{"path":"a.txt"}', status: 'completed' }], usage: { input_tokens: 5, output_tokens: 6 } } });
    const tools: Anthropic.Tool[] = [{ name: 'read', input_schema: TOOL }];
    const first = await anthropic.messages.create({ model: 'gpt-5-codex', max_tokens: 100, tools, messages: [{ role: 'user', content: 'Look' }] });
    assert.equal(sent().path, '/v1/responses');
    await anthropic.messages.create({ model: 'gpt-5-codex', max_tokens: 100, tools, messages: [{ role: 'user', content: 'Look' }, { role: 'assistant', content: first.content }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'text', is_error: true }] }] });

    assert.equal(first.stop_reason, 'tool_use');
    assert.deepEqual((sent().body['input'] as object[]).slice(1), [
      reasoning, { type: 'function_call', call_id: 'call_1', name: 'read', arguments: '{"path":"a.txt"}' }, { type: 'function_call_output', call_id: 'call_1', output: 'The call failed:\n\ntext' },
    ]);
  });

  it('Chat Completions get an answer of Claude, in one piece', async () => {
    const completion = await openai.chat.completions.create({ model: 'claude-sonnet-4-6', messages: [{ role: 'developer', content: 'Be short.' }, { role: 'user', content: [{ type: 'text', text: 'What is it?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }], stop: ['END'], user: 'u1', temperature: 0.5 });

    assert.deepEqual([completion.choices[0]!.message.content, completion.choices[0]!.finish_reason, completion.object], ['Hello', 'stop', 'chat.completion']);
    assert.deepEqual([completion.usage!.prompt_tokens, completion.usage!.prompt_tokens_details!.cached_tokens, completion.usage!.completion_tokens], [USAGE.input + USAGE.cacheRead + USAGE.cacheWrite, USAGE.cacheRead, USAGE.output]);
    const { path, body, headers } = sent();
    assert.equal(path, '/v1/messages');
    assert.deepEqual([body['stop_sequences'], body['metadata'], body['temperature'], body['max_tokens'], body['stream']], [['END'], { user_id: 'u1' }, 0.5, 32_000, false]);
    assert.equal(headers['anthropic-version'], '2023-06-01');
    assert.equal(JSON.stringify(headers).includes('of-the-client'), false);
    assert.equal(proxy.upstream.requests.at(-1)!.account, CLAUDE);
  });

  it('Chat Completions get a stream of Claude, and give its signed thought back with the next request', async () => {
    proxy.upstream.script(CLAUDE, { pieces: CLAUDE_CALLS });
    const tools = [{ type: 'function' as const, function: { name: 'read', parameters: TOOL } }, { type: 'function' as const, function: { name: 'list' } }];
    const stream = openai.chat.completions.stream({ model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'Look' }], tools, parallel_tool_calls: false, stream_options: { include_usage: true } });
    const completion = await stream.finalChatCompletion();
    const { message, finish_reason: finish } = completion.choices[0]!;

    assert.deepEqual([message.content, finish], ['Let me look', 'tool_calls']);
    assert.deepEqual(message.tool_calls!.map((call) => (call.type === 'function' ? [call.id, call.function.name, call.function.arguments] : [])), [['toolu_1', 'read', '{"path":"a.txt"}'], ['toolu_2', 'list', '{}']]);
    assert.deepEqual([completion.usage!.prompt_tokens, completion.usage!.completion_tokens], [30, 9]);
    assert.deepEqual(sent().body['tool_choice'], { type: 'auto', disable_parallel_tool_use: true });

    const details = [{ type: 'reasoning.text', text: 'Hm 🤔', signature: 'EqQB==', format: 'anthropic-claude-v1', index: 0 }];
    const back = { role: 'assistant' as const, content: message.content, tool_calls: message.tool_calls!, reasoning_details: details };
    await ask(proxy, { path: '/v1/chat/completions', body: { model: 'claude-sonnet-4-6', tools, messages: [{ role: 'user', content: 'Look' }, back, { role: 'tool', tool_call_id: 'toolu_1', content: 'A' }, { role: 'tool', tool_call_id: 'toolu_2', content: 'B' }] } });
    assert.deepEqual((sent().body['messages'] as { content: { type: string }[] }[])[1]!.content[0], { type: 'thinking', thinking: 'Hm 🤔', signature: 'EqQB==' });
  });

  it('Responses get a stream of Claude, and give its signed thought back with the next request', async () => {
    proxy.upstream.script(CLAUDE, { pieces: CLAUDE_CALLS });
    const tools: OpenAI.Responses.Tool[] = [{ type: 'function', name: 'read', parameters: TOOL, strict: true }];
    const response = await openai.responses.stream({ model: 'claude-sonnet-4-6', instructions: 'Be short.', input: 'Look', tools, reasoning: { effort: 'high', summary: 'auto' }, store: false, include: ['reasoning.encrypted_content'] }).finalResponse();

    assert.deepEqual([response.status, response.output_text], ['completed', 'Let me look']);
    assert.deepEqual(response.output.map((item) => item.type), ['reasoning', 'message', 'function_call', 'function_call']);
    assert.deepEqual([response.usage!.input_tokens, response.usage!.output_tokens], [30, 9]);
    const { body } = sent();
    assert.deepEqual([body['thinking'], body['output_config'], (body['tools'] as { strict?: boolean }[])[0]!.strict], [{ type: 'adaptive', display: 'summarized' }, { effort: 'high' }, true]);

    await openai.responses.create({ model: 'claude-sonnet-4-6', input: [{ role: 'user', content: 'Look' }, ...response.output as OpenAI.Responses.ResponseInputItem[], { type: 'function_call_output', call_id: 'toolu_1', output: 'A' }, { type: 'function_call_output', call_id: 'toolu_2', output: 'B' }], store: false });
    assert.deepEqual((sent().body['messages'] as { content: object[] }[])[1]!.content, [
      { type: 'thinking', thinking: 'Hm 🤔', signature: 'EqQB==' }, { type: 'text', text: 'Let me look' },
      { type: 'tool_use', id: 'toolu_1', name: 'read', input: { path: 'a.txt' } }, { type: 'tool_use', id: 'toolu_2', name: 'list', input: {} },
    ]);
  });

  it('Responses get an answer of Claude in one piece', async () => {
    const response = await openai.responses.create({ model: 'claude-sonnet-4-6', input: 'Hi', store: false });

    assert.deepEqual([response.output_text, response.status, response.object], ['Hello', 'completed', 'response']);
  });

  it('structured answers are asked for in the other family’s words', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
    await openai.chat.completions.create({ model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'Hi' }], response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } });
    assert.deepEqual(sent().body['output_config'], { format: { type: 'json_schema', schema } });

    await ask(proxy, { body: { model: 'gpt-5', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }], output_config: { format: { type: 'json_schema', schema } } } });
    assert.deepEqual(sent().body['response_format'], { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } });
  });

  it('errors are those that a client of its own family knows', async () => {
    proxy.upstream.script(GPT, { status: 400, body: { error: { message: 'too long', type: 'invalid_request_error', param: null, code: 'context_length_exceeded' } } });
    await assert.rejects(anthropic.messages.create({ model: 'gpt-5', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] }), (error) => error instanceof AnthropicBadRequest && error.message.includes('"type":"invalid_request_error","message":"too long"'));
    proxy.upstream.script(CLAUDE, { status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message: 'no' } } });
    await assert.rejects(openai.chat.completions.create({ model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'Hi' }] }), (error) => error instanceof OpenAIBadRequest && error.type === 'invalid_request_error' && error.message === '400 no');
  });

  it('limits, waits and ids of requests are said in headers of its own family, on errors and on answers', async () => {
    const reset = new Date(Date.now() + 60_000).toISOString();
    proxy.upstream.script(CLAUDE, { status: 400, body: { type: 'error', error: { type: 'invalid_request_error', message: 'no' } }, headers: { 'retry-after': '7', 'x-should-retry': 'false', 'request-id': 'req_1', 'anthropic-ratelimit-requests-limit': '50', 'anthropic-ratelimit-requests-remaining': '49', 'anthropic-ratelimit-requests-reset': reset, 'anthropic-ratelimit-input-tokens-limit': '9', 'anthropic-organization-id': 'org' } });
    const refused = await ask(proxy, { path: '/v1/chat/completions', body: { model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'Hi' }] } });
    const { headers } = refused;
    assert.deepEqual([refused.status, headers['retry-after'], headers['x-should-retry'], headers['x-request-id'], headers['x-ratelimit-limit-requests'], headers['x-ratelimit-remaining-requests']], [400, '7', 'false', 'req_1', '50', '49']);
    assert.match(headers['x-ratelimit-reset-requests'] as string, /^(?:5\d|60)s$/);
    assert.deepEqual(Object.keys(headers).filter((name) => name.startsWith('anthropic') || name === 'request-id' || name.includes('tokens')), []);

    for (const stream of [false, true]) {
      proxy.upstream.script(GPT, { ...(stream ? { pieces: CHAT_CALLS } : {}), headers: { 'x-request-id': 'req_2', 'x-ratelimit-limit-tokens': '1000', 'x-ratelimit-remaining-tokens': '10', 'x-ratelimit-reset-tokens': '6m0s' } });
      const good = await ask(proxy, { body: { model: 'gpt-5', max_tokens: 10, stream, messages: [{ role: 'user', content: 'Hi' }] } });
      assert.deepEqual([good.status, good.headers['request-id'], good.headers['anthropic-ratelimit-tokens-limit'], good.headers['anthropic-ratelimit-tokens-remaining']], [200, 'req_2', '1000', '10']);
      const inMs = Date.parse(good.headers['anthropic-ratelimit-tokens-reset'] as string) - Date.now();
      assert.ok(inMs > 300_000 && inMs <= 361_000, String(inMs));
    }
  });

  it('an error in a stream is one, and a stream that breaks off has no end', async () => {
    proxy.upstream.script(CLAUDE, { pieces: [...CLAUDE_CALLS.slice(0, 3), toEvent({ type: 'error', error: { type: 'overloaded_error', message: 'busy' } })] });
    const failing = openai.chat.completions.stream({ model: 'claude-sonnet-4-6', messages: [{ role: 'user', content: 'Hi' }] });
    await assert.rejects(failing.finalChatCompletion(), /busy/);

    proxy.upstream.script(CLAUDE, { pieces: CLAUDE_CALLS.slice(0, 7) });
    const cut = await ask(proxy, { path: '/v1/chat/completions', body: { model: 'claude-sonnet-4-6', stream: true, messages: [{ role: 'user', content: 'Hi' }] } });
    assert.match(cut.text, /"reasoning_content":"Hm 🤔"/);
    assert.doesNotMatch(cut.text, /\[DONE\]|finish_reason":"/);
    assert.equal(proxy.rows.at(-1)!.end, 'truncated');
  });

  it('what cannot be said is refused by name, before any account is asked', async () => {
    const before = proxy.upstream.requests.length;
    const messages = [{ role: 'user', content: 'Hi' }];
    const chat = async (more: object): Promise<string> => (await ask(proxy, { path: '/v1/chat/completions', body: { model: 'claude-sonnet-4-6', messages, ...more } })).text;
    const claude = async (more: object): Promise<string> => (await ask(proxy, { body: { model: 'gpt-5', max_tokens: 10, messages, ...more } })).text;

    assert.equal(await chat({ n: 2 }), '{"error":{"message":"n is 2, which a model of the other family cannot be asked for. The request asks \\"claude-sonnet-4-6\\", a model of the anthropic kind, by /v1/chat/completions","type":"invalid_request_error","param":null,"code":null}}');
    for (const [more, place] of [[{ seed: 1 }, 'seed'], [{ logprobs: true }, 'logprobs'], [{ future: 1 }, 'future'], [{ temperature: 1.5 }, 'temperature'], [{ response_format: { type: 'json_object' } }, 'response_format.type'],
      [{ tools: [{ type: 'custom', custom: { name: 'x' } }] }, 'tools.0'], [{ tool_choice: { type: 'allowed_tools' } }, 'tool_choice'], [{ messages: [...messages, { role: 'system', content: 'x' }] }, 'messages.1'],
      [{ messages: [{ role: 'user', content: [{ type: 'input_audio' }] }] }, 'messages.0.content.0'], [{ messages: [...messages, { role: 'assistant', tool_calls: [{ id: 'a', type: 'function', function: { name: 'x', arguments: '[1' } }] }] }, 'messages.1.tool_calls.0.function.arguments']] as const) {
      assert.ok((await chat(more)).startsWith(`{"error":{"message":"${place} `), `${place}: ${await chat(more)}`);
    }
    for (const [more, place] of [[{ top_k: 1 }, 'top_k'], [{ mcp_servers: [{}] }, 'mcp_servers'], [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools.0'], [{ messages: [...messages, { role: 'assistant', content: 'I' }] }, 'messages.1'],
      [{ messages: [{ role: 'user', content: [{ type: 'search_result' }] }] }, 'messages.0.content.0'], [{ messages: [{ role: 'user', content: [{ type: 'document', source: { type: 'url', url: 'https://x.y/z.pdf' } }] }] }, 'messages.0'],
      [{ metadata: { other: 1 } }, 'metadata.other'], [{ stop_sequences: ['1', '2', '3', '4', '5'] }, 'stop_sequences']] as const) {
      assert.ok((await claude(more)).startsWith(`{"type":"error","error":{"type":"invalid_request_error","message":"${place} `), `${place}: ${await claude(more)}`);
    }
    const responses = await ask(proxy, { path: '/v1/responses', body: { model: 'claude-sonnet-4-6', input: 'Hi', previous_response_id: 'resp_1' } });
    assert.match(responses.text, /"message":"previous_response_id /);
    assert.equal(proxy.upstream.requests.length, before);
    assert.equal(proxy.rows.at(-1)!.end, 'refused');
  });

  it('tokens of a model of the other family are estimated', async () => {
    const { input_tokens: tokens } = await anthropic.messages.countTokens({ model: 'gpt-5', messages: [{ role: 'user', content: 'Hello there, how are you today?' }] });

    assert.ok(tokens > 4 && tokens < 40, String(tokens));
  });
});
