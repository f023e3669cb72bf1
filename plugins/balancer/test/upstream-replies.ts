import type { Answer, UpstreamRequest } from './upstream.ts';

/** Tokens that a good answer names. */
export const USAGE = { input: 25, output: 12, cacheRead: 7, cacheWrite: 3, reasoning: 4 };

/** What a healthy account answers, in the family and the form that the request asks for. */
export function goodAnswer({ path, body }: Pick<UpstreamRequest, 'path' | 'body'>): Pick<Answer, 'body' | 'pieces'> {
  const { model = 'test-model', stream = false } = readRequest(body);
  const [at] = path.split('?');
  if (at!.endsWith('/count_tokens')) return { body: { input_tokens: USAGE.input } };
  if (at!.endsWith('/messages')) return stream ? { pieces: messagesStream({ model }) } : { body: messagesReply({ model }) };
  if (at!.endsWith('/chat/completions')) return stream ? { pieces: chatStream({ model }) } : { body: chatReply({ model }) };
  if (at!.endsWith('/responses')) return stream ? { pieces: responsesStream({ model }) } : { body: responsesReply({ model }) };
  if (at!.endsWith('/embeddings')) return { body: { object: 'list', model, data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }], usage: { prompt_tokens: USAGE.input, total_tokens: USAGE.input } } };
  return { body: { object: 'list', data: [{ id: 'test-model', object: 'model' }] } };
}

function readRequest(body: Buffer): { model?: string; stream?: boolean } {
  try {
    return JSON.parse(body.toString('utf8')) as { model?: string; stream?: boolean };
  } catch {
    return {}; // A request without a body, or with one that is no JSON, is asked for nothing in particular.
  }
}

export interface ReplyOptions { model?: string; text?: string; usage?: typeof USAGE }

/** One event of a stream, as it goes over the line. */
export const toEvent = (data: { type: string } & Record<string, unknown>): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const toData = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

const messagesUsage = ({ input, cacheRead, cacheWrite }: typeof USAGE, output: number): object => ({ input_tokens: input, cache_creation_input_tokens: cacheWrite, cache_read_input_tokens: cacheRead, output_tokens: output });
const chatUsage = ({ input, output, cacheRead, reasoning }: typeof USAGE): object => ({
  prompt_tokens: input, completion_tokens: output, total_tokens: input + output, prompt_tokens_details: { cached_tokens: cacheRead }, completion_tokens_details: { reasoning_tokens: reasoning },
});
const responsesUsage = ({ input, output, cacheRead, reasoning }: typeof USAGE): object => ({
  input_tokens: input, output_tokens: output, total_tokens: input + output, input_tokens_details: { cached_tokens: cacheRead }, output_tokens_details: { reasoning_tokens: reasoning },
});

export function messagesReply({ model = 'test-model', text = 'Hello', usage = USAGE }: ReplyOptions = {}): object {
  return { id: 'msg_1', type: 'message', role: 'assistant', model, content: [{ type: 'text', text }], stop_reason: 'end_turn', stop_sequence: null, usage: messagesUsage(usage, usage.output) };
}

/** Each word is an event of its own. */
export function messagesStream({ model = 'test-model', text = 'Hello there', usage = USAGE }: ReplyOptions = {}): string[] {
  return [
    toEvent({ type: 'message_start', message: { id: 'msg_1', type: 'message', role: 'assistant', model, content: [], stop_reason: null, stop_sequence: null, usage: messagesUsage(usage, 1) } }),
    toEvent({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    ...words(text).map((word) => toEvent({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: word } })),
    toEvent({ type: 'content_block_stop', index: 0 }),
    toEvent({ type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: usage.output } }),
    toEvent({ type: 'message_stop' }),
  ];
}

/** An error in the form of the Messages API, as a body or as the event of a stream. */
export const messagesError = (type: string, message = `this is ${type}`): { type: 'error'; error: { type: string; message: string } } => ({ type: 'error', error: { type, message } });

export function chatReply({ model = 'test-model', text = 'Hello', usage = USAGE }: ReplyOptions = {}): object {
  return { id: 'chatcmpl-1', object: 'chat.completion', created: 1_700_000_000, model, choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }], usage: chatUsage(usage) };
}

/** With the last chunk that `include_usage` asks for. */
export function chatStream({ model = 'test-model', text = 'Hello there', usage = USAGE }: ReplyOptions = {}): string[] {
  const chunk = (more: object): string => toData({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1_700_000_000, model, ...more });
  return [
    chunk({ choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }], usage: null }),
    ...words(text).map((content) => chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }], usage: null })),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null }),
    chunk({ choices: [], usage: chatUsage(usage) }),
    'data: [DONE]\n\n',
  ];
}

/** An error in the form of the OpenAI APIs. */
export const openaiError = (type: string, code: string | null = null): { error: { message: string; type: string; param: null; code: string | null } } => ({ error: { message: `this is ${type}`, type, param: null, code } });

export function responsesReply({ model = 'test-model', text = 'Hello', usage = USAGE }: ReplyOptions = {}): object {
  return {
    id: 'resp_1', object: 'response', created_at: 1_700_000_000, status: 'completed', model, error: null,
    output: [{ id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [{ type: 'output_text', text, annotations: [] }] }], usage: responsesUsage(usage),
  };
}

export function responsesStream({ model = 'test-model', text = 'Hello there', usage = USAGE }: ReplyOptions = {}): string[] {
  const response = responsesReply({ model, text, usage });
  const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] };
  return [
    toEvent({ type: 'response.created', sequence_number: 0, response: { ...response, status: 'in_progress', output: [], usage: null } }),
    toEvent({ type: 'response.output_item.added', sequence_number: 1, output_index: 0, item }),
    ...words(text).map((delta, index) => toEvent({ type: 'response.output_text.delta', sequence_number: 2 + index, item_id: 'msg_1', output_index: 0, content_index: 0, delta })),
    toEvent({ type: 'response.completed', sequence_number: 99, response }),
  ];
}

const words = (text: string): string[] => text.match(/\S+\s*/g) ?? [];

/** The same bytes in pieces of this size, cut wherever that falls. */
export function cutInto(pieces: readonly string[], size: number): Buffer[] {
  const whole = Buffer.from(pieces.join(''));
  return Array.from({ length: Math.ceil(whole.length / size) }, (_, index) => whole.subarray(index * size, (index + 1) * size));
}
