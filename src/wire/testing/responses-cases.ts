import type { Reply } from '@pith/kernel';
import { namedEvents as events, reply as replyWith, type StreamCase } from './case.ts';

type Event = { type: string } & Record<string, unknown>;
const reply = (facts: Partial<Reply>): Reply => replyWith(facts, { id: 'resp_1', model: 'gpt-test', stop: 'completed', usage: { input: 10, output: 5 } });

const response = (more: object): object => ({ id: 'resp_1', object: 'response', model: 'gpt-test', status: 'in_progress', error: null, incomplete_details: null, output: [], usage: null, ...more });
const created: Event = { type: 'response.created', sequence_number: 0, response: response({}) };
const counted = { usage: { input_tokens: 10, input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 }, output_tokens: 5, output_tokens_details: { reasoning_tokens: 2 }, total_tokens: 15 } };
const completed = (output: object[] = [], more: object = {}): Event => ({ type: 'response.completed', response: response({ status: 'completed', output, ...counted, ...more }) });
const incomplete = (reason: string): Event => ({ type: 'response.incomplete', response: response({ status: 'incomplete', incomplete_details: { reason }, ...counted }) });
const failed = (error: object): Event => ({ type: 'response.failed', response: response({ status: 'failed', error }) });
const added = (at: number, item: object): Event => ({ type: 'response.output_item.added', output_index: at, item });
const finished = (at: number, item: object): Event => ({ type: 'response.output_item.done', output_index: at, item });
const part = (text: string, annotations: object[] = []): object => ({ type: 'output_text', text, annotations });
const message = (content: object[], more: object = {}): object => ({ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content, ...more });
const textDelta = (at: number, delta: string, content = 0): Event => ({ type: 'response.output_text.delta', item_id: 'msg_1', output_index: at, content_index: content, delta, logprobs: [] });
const text = (at: number, ...texts: string[]): Event[] => [
  added(at, message([], { status: 'in_progress' })), { type: 'response.content_part.added', output_index: at, content_index: 0, part: part('') },
  ...texts.map((each) => textDelta(at, each)),
  { type: 'response.output_text.done', output_index: at, content_index: 0, text: texts.join('') }, { type: 'response.content_part.done', output_index: at, content_index: 0, part: part(texts.join('')) },
  finished(at, message([part(texts.join(''))])),
];
const call = (id: string, json: string, more: object = {}): object => ({ id: `fc_${id}`, type: 'function_call', status: 'completed', call_id: `call_${id}`, name: 'read', arguments: json, ...more });
const json = (at: number, ...deltas: string[]): Event[] => deltas.map((delta) => ({ type: 'response.function_call_arguments.delta', output_index: at, item_id: 'fc_1', delta }));
const tool = (at: number, id: string, ...deltas: string[]): Event[] => [
  added(at, call(id, '', { status: 'in_progress' })), ...json(at, ...deltas), { type: 'response.function_call_arguments.done', output_index: at, arguments: deltas.join('') }, finished(at, call(id, deltas.join(''))),
];
const summary = (at: number, index: number, delta: string): Event => ({ type: 'response.reasoning_summary_text.delta', output_index: at, summary_index: index, delta });

const HELLO = [{ type: 'text', text: 'Hello' }] as const;
const CALL = { type: 'tool-call', id: 'call_1', name: 'read', input: { path: 'a.txt' }, complete: true } as const;
const REASONING = { id: 'rs_1', type: 'reasoning', summary: [{ type: 'summary_text', text: 'One' }, { type: 'summary_text', text: 'Two' }], encrypted_content: 'gAAA' };
const SEARCH = { id: 'ws_1', type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'pith' } };
const mark = (raw: unknown) => ({ vendor: { provider: 'openai-responses', raw } });

/** Streams of the Responses API. */
export const RESPONSES_CASES: readonly StreamCase[] = [
  { name: 'text in pieces', stream: events(created, ...text(0, 'He', 'llo'), completed([message([part('Hello')])])), reply: reply({ blocks: HELLO }) },
  { name: 'characters of several bytes', stream: events(created, ...text(0, '漢', '字🧑🏿‍🚀'), completed()), reply: reply({ blocks: [{ type: 'text', text: '漢字🧑🏿‍🚀' }] }) },
  { name: 'lines that end in CR LF', stream: events(created, ...text(0, 'Hello'), completed()).replaceAll('\n', '\r\n'), reply: reply({ blocks: HELLO }) },
  { name: 'data without event names, and [DONE]', stream: `${events(created, ...text(0, 'Hello'), completed()).replaceAll(/event: .*\n/g, '')}data: [DONE]\n\n`, reply: reply({ blocks: HELLO }) },
  { name: 'no blank line at the end', stream: events(created, ...text(0, 'Hello'), completed()).trimEnd(), reply: reply({ blocks: HELLO }) },
  { name: 'comments and events that nobody knows', stream: `: keep-alive\n\n${events(created, { type: 'response.in_progress', response: response({}) }, { type: 'response.sparkle', output_index: 0 }, { type: 'keepalive' }, ...text(0, 'Hello'), completed())}`, reply: reply({ blocks: HELLO }) },
  { name: 'several parts of one message', stream: events(created, added(0, message([])), textDelta(0, 'one', 0), textDelta(0, 'two', 1), finished(0, message([part('one'), part('two')])), completed()), reply: reply({ blocks: [{ type: 'text', text: 'one' }, { type: 'text', text: 'two' }] }) },
  { name: 'messages with their phase', stream: events(created, finished(0, message([part('Looking')], { phase: 'commentary' })), finished(1, message([part('Hello')], { phase: 'final_answer' })), completed()), reply: reply({ blocks: [{ type: 'text', text: 'Looking', ...mark({ phase: 'commentary' }) }, { type: 'text', text: 'Hello', ...mark({ phase: 'final_answer' }) }] }) },
  { name: 'citations', stream: events(created, added(0, message([])), textDelta(0, 'Hello'), { type: 'response.output_text.annotation.added', output_index: 0, annotation: { type: 'url_citation', url: 'https://example.com' } }, finished(0, message([part('Hello', [{ type: 'url_citation', url: 'https://example.com' }])])), completed()), reply: reply({ blocks: [{ type: 'text', text: 'Hello', citations: [{ type: 'url_citation', url: 'https://example.com' }], ...mark(null) }] }) },
  { name: 'a tool call in pieces', stream: events(created, ...tool(0, '1', '{"pa', 'th":"a.txt"}'), completed()), reply: reply({ blocks: [CALL] }) },
  { name: 'parallel tool calls after text', stream: events(created, ...text(0, 'Hello'), ...tool(1, '1', '{"path":"a.txt"}'), ...tool(2, '2', '{"path":', '"é.txt"}'), completed()), reply: reply({ blocks: [...HELLO, CALL, { ...CALL, id: 'call_2', input: { path: 'é.txt' } }] }) },
  { name: 'tool calls whose pieces come in turns', stream: events(created, added(0, call('1', '')), added(1, call('2', '')), ...json(0, '{"path":'), ...json(1, '{"path":"é'), ...json(0, '"a.txt"}'), ...json(1, '.txt"}'), finished(1, call('2', '{"path":"é.txt"}')), finished(0, call('1', '{"path":"a.txt"}')), completed()), reply: reply({ blocks: [CALL, { ...CALL, id: 'call_2', input: { path: 'é.txt' } }] }) },
  { name: 'a tool call without arguments', stream: events(created, finished(0, call('1', '')), completed()), reply: reply({ blocks: [{ ...CALL, input: {} }] }) },
  { name: 'a tool call that says more than we know', stream: events(created, finished(0, call('1', '{"path":"a.txt"}', { namespace: 'files' })), completed()), reply: reply({ blocks: [{ ...CALL, ...mark(call('1', '{"path":"a.txt"}', { namespace: 'files' })) }] }) },
  { name: 'a tool call cut by the token limit', stream: events(created, added(0, call('1', '')), ...json(0, '{"path":"a'), finished(0, call('1', '{"path":"a', { status: 'incomplete' })), incomplete('max_output_tokens')), reply: reply({ stop: 'max_output_tokens', blocks: [{ type: 'tool-call', id: 'call_1', name: 'read', input: undefined, complete: false, raw: '{"path":"a' }] }) },
  { name: 'a tool call cut before its arguments', stream: events(created, finished(0, call('1', '', { status: 'incomplete' })), incomplete('max_output_tokens')), reply: reply({ stop: 'max_output_tokens', blocks: [{ type: 'tool-call', id: 'call_1', name: 'read', input: undefined, complete: false, raw: '' }] }) },
  { name: 'reasoning with summaries, sealed', stream: events(created, added(0, { id: 'rs_1', type: 'reasoning', summary: [] }), summary(0, 0, 'On'), summary(0, 0, 'e'), summary(0, 1, 'Two'), finished(0, REASONING), ...text(1, 'Hello'), completed()), reply: reply({ blocks: [{ type: 'thinking', text: 'One\n\nTwo', signature: 'gAAA', ...mark(REASONING) }, ...HELLO] }) },
  { name: 'reasoning in the open', stream: events(created, { type: 'response.reasoning_text.delta', output_index: 0, content_index: 0, delta: 'Let me' }, finished(0, { id: 'rs_1', type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Let me' }] }), ...text(1, 'Hello'), completed()), reply: reply({ blocks: [{ type: 'thinking', text: 'Let me', ...mark({ id: 'rs_1', type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Let me' }] }) }, ...HELLO] }) },
  { name: 'a refusal', stream: events(created, added(0, message([])), { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'I can' }, { type: 'response.refusal.delta', output_index: 0, content_index: 0, delta: 'not.' }, finished(0, message([{ type: 'refusal', refusal: 'I cannot.' }])), completed()), reply: reply({ blocks: [{ type: 'refusal', text: 'I cannot.' }] }) },
  { name: 'a search by the vendor', stream: events(created, added(0, { ...SEARCH, status: 'in_progress' }), { type: 'response.web_search_call.searching', output_index: 0, item_id: 'ws_1' }, finished(0, SEARCH), ...text(1, 'Hello'), completed()), reply: reply({ blocks: [{ type: 'server-tool-call', id: 'ws_1', name: 'web_search', input: { type: 'search', query: 'pith' }, ...mark(SEARCH) }, ...HELLO] }) },
  { name: 'an item that nobody knows', stream: events(created, finished(0, { id: 'cmp_1', type: 'compaction', encrypted_content: 'abc' }), ...text(1, 'Hello'), completed()), reply: reply({ blocks: [{ type: 'unknown', rawType: 'compaction', raw: { id: 'cmp_1', type: 'compaction', encrypted_content: 'abc' }, ...mark(null) }, ...HELLO] }) },
  { name: 'items that only the final event holds', stream: events(created, completed([message([part('Hello')]), call('1', '{"path":"a.txt"}')])), reply: reply({ blocks: [...HELLO, CALL] }) },
  { name: 'tokens read from the cache and written to it', stream: events(created, ...text(0, 'Hello'), completed([], { usage: { input_tokens: 1000, input_tokens_details: { cached_tokens: 700, cache_write_tokens: 200 }, output_tokens: 50, output_tokens_details: { reasoning_tokens: 40 } } })), reply: reply({ blocks: HELLO, usage: { input: 100, output: 50, cacheRead: 700, cacheWrite: 200 } }) },
  { name: 'the token limit', stream: events(created, ...text(0, 'Hello'), incomplete('max_output_tokens')), reply: reply({ stop: 'max_output_tokens', blocks: HELLO }) },
  { name: 'a content filter', stream: events(created, ...text(0, 'Hello'), incomplete('content_filter')), reply: reply({ stop: 'content_filter', blocks: HELLO }) },
  { name: 'an end without a final event', stream: events(created, ...text(0, 'Hello')), reply: reply({ status: 'truncated', stop: null, usage: null, blocks: HELLO }) },
  { name: 'an end within a text', stream: events(created, added(0, message([])), textDelta(0, 'Hel'), textDelta(0, 'lo')), reply: reply({ status: 'truncated', stop: null, usage: null, blocks: HELLO }) },
  { name: 'an end within a tool call', stream: events(created, added(0, call('1', '')), ...json(0, '{"pa')), reply: reply({ status: 'truncated', stop: null, usage: null, blocks: [{ type: 'tool-call', id: 'call_1', name: 'read', input: undefined, complete: false, raw: '{"pa' }] }) },
  { name: 'an end within reasoning', stream: events(created, added(0, { id: 'rs_1', type: 'reasoning', summary: [] }), summary(0, 0, 'One')), reply: reply({ status: 'truncated', stop: null, usage: null, blocks: [{ type: 'thinking', text: 'One' }] }) },
  { name: 'an end within an event', stream: events(created, added(0, message([])), textDelta(0, 'Hello'), textDelta(0, ' there')).slice(0, -30), reply: reply({ status: 'truncated', stop: null, usage: null, blocks: HELLO }) },
  { name: 'a failure', stream: events(created, ...text(0, 'Hello'), failed({ code: 'server_error', message: 'The model failed' })), reply: reply({ status: 'error', stop: null, usage: null, blocks: HELLO, error: { type: 'server_error', message: 'The model failed' } }) },
  { name: 'a failure that says how long to wait', stream: events(created, failed({ code: 'rate_limit_exceeded', message: 'Rate limit reached. Please try again in 898ms.' })), reply: reply({ status: 'error', stop: null, usage: null, error: { type: 'rate_limit_exceeded', message: 'Rate limit reached. Please try again in 898ms.' }, retryAfterS: 0.898 }) },
  { name: 'an error event', stream: events(created, added(0, message([])), textDelta(0, 'Hello'), { type: 'error', code: 'server_error', message: 'gone', param: null }), reply: reply({ status: 'error', stop: null, usage: null, blocks: HELLO, error: { type: 'server_error', message: 'gone' } }) },
  { name: 'an error event with its facts nested', stream: events(created, { type: 'error', error: { type: 'invalid_request_error', code: 'context_length_exceeded', message: 'too long' } }), reply: reply({ status: 'error', stop: null, usage: null, error: { type: 'invalid_request_error', message: 'too long' } }) },
  { name: 'events after the final one', stream: events(created, ...text(0, 'Hello'), completed(), ...text(1, 'more')), reply: reply({ blocks: HELLO }) },
  { name: 'a whole JSON reply in the place of a stream', stream: JSON.stringify(response({ status: 'completed', output: [REASONING, message([part('Hello')]), call('1', '{"path":"a.txt"}')], ...counted })), reply: reply({ blocks: [{ type: 'thinking', text: 'One\n\nTwo', signature: 'gAAA', ...mark(REASONING) }, ...HELLO, CALL] }) },
  { name: 'a JSON failure in the place of a stream', stream: JSON.stringify(response({ status: 'failed', error: { code: 'server_error', message: 'no' } })), reply: reply({ status: 'error', stop: null, usage: null, error: { type: 'server_error', message: 'no' } }) },
];
