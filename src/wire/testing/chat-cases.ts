import type { Reply } from '@pith/kernel';
import { dataEvents as events, reply as replyWith, type StreamCase } from './case.ts';

const reply = (facts: Partial<Reply>): Reply => replyWith(facts, { id: 'chatcmpl-1', model: 'gpt-test', stop: 'stop' });

const chunk = (delta: object, finish: string | null = null, more: object = {}): object => ({
  id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-test', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null, ...more,
});
const say = (...texts: string[]): object[] => texts.map((content) => chunk({ content }));
const first = chunk({ role: 'assistant', content: '' });
const call = (index: number | undefined, id: string | undefined, name: string | undefined, json: string | undefined): object => chunk({
  tool_calls: [{ ...(index === undefined ? {} : { index }), ...(id === undefined ? {} : { id, type: 'function' }), function: { ...(name === undefined ? {} : { name }), ...(json === undefined ? {} : { arguments: json }) } }],
});
const end = (reason = 'stop'): object => chunk({}, reason);
const usage = (counts: object): object => ({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-test', choices: [], usage: counts });
const DONE = '[DONE]';

const HELLO = [{ type: 'text', text: 'Hello' }] as const;
const CALL = { type: 'tool-call', id: 'call_1', name: 'read', input: { path: 'a.txt' }, complete: true } as const;
const CALL_2 = { type: 'tool-call', id: 'call_2', name: 'read', input: { path: 'é.txt' }, complete: true } as const;

/** Streams of Chat Completions, of OpenAI and of the servers that follow it more or less. */
export const CHAT_CASES: readonly StreamCase[] = [
  { name: 'text in pieces', stream: events(first, ...say('He', 'llo'), end(), DONE), reply: reply({ blocks: HELLO }) },
  { name: 'characters of several bytes', stream: events(first, ...say('漢', '字👍🏽'), end(), DONE), reply: reply({ blocks: [{ type: 'text', text: '漢字👍🏽' }] }) },
  { name: 'comments, as routers send them', stream: `: OPENROUTER PROCESSING\n\n${events(first)}: OPENROUTER PROCESSING\n\n${events(...say('Hello'), end(), DONE)}`, reply: reply({ blocks: HELLO }) },
  { name: 'lines that end in CR LF', stream: events(first, ...say('Hello'), end(), DONE).replaceAll('\n', '\r\n'), reply: reply({ blocks: HELLO }) },
  { name: 'no blank line at the end', stream: events(first, ...say('Hello'), end(), DONE).trimEnd(), reply: reply({ blocks: HELLO }) },
  { name: 'no space after the colons', stream: events(first, ...say('Hello'), end(), DONE).replaceAll('data: ', 'data:'), reply: reply({ blocks: HELLO }) },
  { name: 'usage in a chunk of its own', stream: events(first, ...say('Hello'), end(), usage({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }), DONE), reply: reply({ blocks: HELLO, usage: { input: 10, output: 5 } }) },
  { name: 'tokens read from the cache and written to it', stream: events(first, ...say('Hello'), end(), usage({ prompt_tokens: 1000, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 700, cache_write_tokens: 200 }, completion_tokens_details: { reasoning_tokens: 3 } }), DONE), reply: reply({ blocks: HELLO, usage: { input: 100, output: 5, cacheRead: 700, cacheWrite: 200 } }) },
  { name: 'usage in every chunk, each in the place of the one before', stream: events(chunk({ content: 'Hel' }, null, { usage: { prompt_tokens: 10, completion_tokens: 1 } }), chunk({ content: 'lo' }, 'stop', { usage: { prompt_tokens: 10, completion_tokens: 2 } }), DONE), reply: reply({ blocks: HELLO, usage: { input: 10, output: 2 } }) },
  { name: 'cache hits as DeepSeek counts them', stream: events(...say('Hello'), end(), usage({ prompt_tokens: 100, completion_tokens: 2, prompt_cache_hit_tokens: 64, prompt_cache_miss_tokens: 36 }), DONE), reply: reply({ blocks: HELLO, usage: { input: 36, output: 2, cacheRead: 64 } }) },
  { name: 'a tool call in pieces', stream: events(first, call(0, 'call_1', 'read', ''), call(0, undefined, undefined, '{"pa'), call(0, undefined, undefined, 'th":"a.txt"}'), end('tool_calls'), DONE), reply: reply({ stop: 'tool_calls', blocks: [CALL] }) },
  { name: 'parallel tool calls whose pieces come in turns', stream: events(first, call(0, 'call_1', 'read', '{"path":'), call(1, 'call_2', 'read', '{"pa'), call(0, undefined, undefined, '"a.txt"}'), call(1, undefined, undefined, 'th":"é.txt"}'), end('tool_calls'), DONE), reply: reply({ stop: 'tool_calls', blocks: [CALL, CALL_2] }) },
  { name: 'text and then a tool call', stream: events(first, ...say('Hello'), call(0, 'call_1', 'read', '{"path":"a.txt"}'), end('tool_calls'), DONE), reply: reply({ stop: 'tool_calls', blocks: [...HELLO, CALL] }) },
  { name: 'parallel tool calls that all say they are the first', stream: events(call(0, 'call_1', 'read', '{"path":"a.txt"}'), call(0, 'call_2', 'read', '{"path":"é.txt"}'), end('stop'), DONE), reply: reply({ blocks: [CALL, CALL_2] }) },
  { name: 'tool calls without an index', stream: events(call(undefined, 'call_1', 'read', '{"path":'), call(undefined, undefined, undefined, '"a.txt"}'), call(undefined, 'call_2', 'read', '{"path":"é.txt"}'), end('tool_calls'), DONE), reply: reply({ stop: 'tool_calls', blocks: [CALL, CALL_2] }) },
  { name: 'tool calls without an id', stream: events(call(0, undefined, 'read', '{"path":"a.txt"}'), call(0, undefined, 'read', '{"path":"é.txt"}'), end('tool_calls'), DONE), reply: reply({ stop: 'tool_calls', blocks: [{ ...CALL, id: 'new-1' }, { ...CALL_2, id: 'new-2' }] }) },
  { name: 'the name of a tool again with every piece', stream: events(call(0, 'call_1', 'read', '{"path":'), call(0, 'call_1', 'read', '"a.txt"}'), end('tool_calls'), DONE), reply: reply({ stop: 'tool_calls', blocks: [CALL] }) },
  { name: 'a tool call without arguments', stream: events(call(0, 'call_1', 'list', ''), end('tool_calls'), DONE), reply: reply({ stop: 'tool_calls', blocks: [{ type: 'tool-call', id: 'call_1', name: 'list', input: {}, complete: true }] }) },
  { name: 'arguments that are an object already', stream: events(chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'read', arguments: { path: 'a.txt' } } }] }), end('tool_calls'), DONE), reply: reply({ stop: 'tool_calls', blocks: [CALL] }) },
  { name: 'a number that no double holds', stream: events(call(0, 'call_1', 'get', '{"id": 12345678901234567890}'), end('tool_calls'), DONE), reply: reply({ stop: 'tool_calls', blocks: [{ type: 'tool-call', id: 'call_1', name: 'get', input: { id: 12345678901234567000 }, complete: true, vendor: { provider: 'openai-chat', raw: '{"id": 12345678901234567890}' } }] }) },
  { name: 'a tool call cut by the token limit', stream: events(call(0, 'call_1', 'write', '{"path":"a'), end('length'), DONE), reply: reply({ stop: 'length', blocks: [{ type: 'tool-call', id: 'call_1', name: 'write', input: undefined, complete: false, raw: '{"path":"a' }] }) },
  { name: 'a tool call cut by the token limit before its arguments', stream: events(call(0, 'call_1', 'write', ''), end('length'), DONE), reply: reply({ stop: 'length', blocks: [{ type: 'tool-call', id: 'call_1', name: 'write', input: undefined, complete: false, raw: '' }] }) },
  { name: 'a refusal', stream: events(first, chunk({ refusal: 'I can' }), chunk({ refusal: 'not.' }), end(), DONE), reply: reply({ stop: 'refusal', blocks: [{ type: 'refusal', text: 'I cannot.' }] }) },
  { name: 'a content filter', stream: events(first, ...say('Hello'), end('content_filter'), DONE), reply: reply({ stop: 'content_filter', blocks: HELLO }) },
  { name: 'a finish reason that nobody knows', stream: events(...say('Hello'), end('tired'), DONE), reply: reply({ stop: 'tired', blocks: HELLO }) },
  { name: 'thinking as DeepSeek and vLLM give it', stream: events(chunk({ reasoning_content: 'Let ' }), chunk({ reasoning_content: 'me' }), ...say('Hello'), end(), DONE), reply: reply({ blocks: [{ type: 'thinking', text: 'Let me', vendor: { provider: 'openai-chat', raw: 'reasoning_content' } }, ...HELLO] }) },
  { name: 'thinking as OpenRouter gives it', stream: events(chunk({ content: '', reasoning: 'Let ', reasoning_details: [{ type: 'reasoning.text', text: 'Let ', index: 0, format: 'anthropic-claude-v1' }] }), chunk({ content: '', reasoning: 'me', reasoning_details: [{ type: 'reasoning.text', text: 'me', index: 0, signature: 'sig' }] }), chunk({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'xyz', index: 1 }] }), ...say('Hello'), end(), DONE), reply: reply({ blocks: [{ type: 'thinking', text: 'Let me', vendor: { provider: 'openai-chat', raw: { reasoning_details: [{ type: 'reasoning.text', text: 'Let me', index: 0, format: 'anthropic-claude-v1', signature: 'sig' }, { type: 'reasoning.encrypted', data: 'xyz', index: 1 }] } } }, ...HELLO] }) },
  { name: 'content as a list of parts, as Mistral gives it', stream: events(chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Let me' }] }] }), chunk({ content: [{ type: 'text', text: 'Hello' }] }), end(), DONE), reply: reply({ blocks: [{ type: 'thinking', text: 'Let me', vendor: { provider: 'openai-chat', raw: null } }, ...HELLO] }) },
  { name: 'citations', stream: events(...say('Hello'), chunk({ annotations: [{ type: 'url_citation', url_citation: { url: 'https://example.com', start_index: 0, end_index: 5, title: 'x' } }] }), end(), DONE), reply: reply({ blocks: [{ type: 'text', text: 'Hello', citations: [{ type: 'url_citation', url_citation: { url: 'https://example.com', start_index: 0, end_index: 5, title: 'x' } }], vendor: { provider: 'openai-chat', raw: null } }] }) },
  { name: 'fields and choices that nobody asked for', stream: events(chunk({ content: 'Hello', audio: { id: 'a' }, sparkle: 1 }, null, { obfuscation: 'xx', choices: [{ index: 1, delta: { content: 'other' } }, { index: 0, delta: { content: 'Hello' } }] }), end(), DONE), reply: reply({ blocks: HELLO }) },
  { name: 'a finish reason without [DONE]', stream: events(first, ...say('Hello'), end()), reply: reply({ blocks: HELLO }) },
  { name: '[DONE] without a finish reason', stream: events(first, ...say('Hello'), DONE), reply: reply({ stop: null, blocks: HELLO }) },
  { name: 'neither a finish reason nor [DONE]', stream: events(first, ...say('Hello')), reply: reply({ status: 'truncated', stop: null, blocks: HELLO }) },
  { name: 'an end within an event', stream: events(first, ...say('Hello', ' there')).slice(0, -40), reply: reply({ status: 'truncated', stop: null, blocks: HELLO }) },
  { name: 'an end within [DONE]', stream: events(first, ...say('Hello'), DONE).slice(0, -4), reply: reply({ status: 'truncated', stop: null, blocks: HELLO }) },
  { name: 'an end within a tool call', stream: events(call(0, 'call_1', 'read', '{"pa'), call(0, undefined, undefined, 'th":')), reply: reply({ status: 'truncated', stop: null, blocks: [{ type: 'tool-call', id: 'call_1', name: 'read', input: undefined, complete: false, raw: '{"path":' }] }) },
  { name: 'an end after a tool call whose arguments are whole', stream: events(call(0, 'call_1', 'read', '{"path":"a.txt"}')), reply: reply({ status: 'truncated', stop: null, blocks: [CALL] }) },
  { name: 'nothing at all', stream: ': nothing\n\n', reply: { status: 'truncated', id: null, model: null, stop: null, blocks: [], usage: null } },
  { name: 'an error in mid-stream', stream: events(first, ...say('Hello'), { error: { message: 'The server had an error', type: 'server_error', param: null, code: null } }), reply: reply({ status: 'error', stop: null, blocks: HELLO, error: { type: 'server_error', message: 'The server had an error' } }) },
  { name: 'an error in mid-stream as OpenRouter gives it', stream: events(first, ...say('Hello'), { ...chunk({ content: '' }, 'error'), error: { code: 502, message: 'Provider disconnected' } }), reply: reply({ status: 'error', stop: 'error', blocks: HELLO, error: { type: '502', message: 'Provider disconnected' } }) },
  { name: 'an error that is only a text', stream: events(...say('Hello'), { error: 'model runner has unexpectedly stopped' }), reply: reply({ status: 'error', stop: null, blocks: HELLO, error: { type: 'error', message: 'model runner has unexpectedly stopped' } }) },
  { name: 'an error that says how long to wait', stream: events({ error: { message: 'Rate limit reached. Please try again in 1m2.5s.', type: 'tokens', code: 'rate_limit_exceeded' } }), reply: { status: 'error', id: null, model: null, stop: null, blocks: [], usage: null, error: { type: 'tokens', message: 'Rate limit reached. Please try again in 1m2.5s.' }, retryAfterS: 62.5 } },
  { name: 'an error event', stream: `${events(...say('Hello'))}event: error\ndata: {"message":"gone","type":"upstream"}\n\n`, reply: reply({ status: 'error', stop: null, blocks: HELLO, error: { type: 'upstream', message: 'gone' } }) },
  { name: 'a whole JSON reply in the place of a stream', stream: JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion', model: 'gpt-test', choices: [{ index: 0, message: { role: 'assistant', content: 'Hello', refusal: null, tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'read', arguments: '{"path":"a.txt"}' } }] }, finish_reason: 'tool_calls' }], usage: { prompt_tokens: 10, completion_tokens: 5 } }), reply: reply({ stop: 'tool_calls', blocks: [...HELLO, CALL], usage: { input: 10, output: 5 } }) },
  { name: 'a JSON error in the place of a stream', stream: JSON.stringify({ error: { message: 'no', type: 'invalid_request_error' } }), reply: { status: 'error', id: null, model: null, stop: null, blocks: [], usage: null, error: { type: 'invalid_request_error', message: 'no' } } },
];
