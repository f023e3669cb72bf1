import type { ServerResponse } from 'node:http';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';
import { dataEvents, namedEvents } from '@pith/wire/testing';

/** How one vendor says things in a stream. */
export interface Dialect {
  open: readonly object[];
  text(piece: string, index: number): readonly object[];
  call(json: string, index: number): readonly object[];
  /** The first half of a call, which never gets its other one. */
  halfCall(json: string, index: number): readonly object[];
  close(reason: 'end' | 'call'): readonly (object | string)[];
  error(type: 'overloaded' | 'limit', message: string): object;
  toStream(events: readonly (object | string)[]): string;
}

const start = (index: number, block: object): object => ({ type: 'content_block_start', index, content_block: block });
const delta = (index: number, part: object): object => ({ type: 'content_block_delta', index, delta: part });
const stop = (index: number): object => ({ type: 'content_block_stop', index });

export const ANTHROPIC: Dialect = {
  open: [{ type: 'message_start', message: { id: 'msg_1', model: 'claude-test', usage: { input_tokens: 3, output_tokens: 1 } } }, { type: 'ping' }],
  text: (piece, index) => [start(index, { type: 'text', text: '' }), ...pieces(piece).map((text) => delta(index, { type: 'text_delta', text })), stop(index)],
  call: (json, index) => [start(index, { type: 'tool_use', id: `toolu_${json.length}`, name: 'note', input: {} }), ...pieces(json).map((part) => delta(index, { type: 'input_json_delta', partial_json: part })), stop(index)],
  halfCall: (json, index) => [start(index, { type: 'tool_use', id: 'toolu_half', name: 'note', input: {} }), delta(index, { type: 'input_json_delta', partial_json: json })],
  close: (reason) => [{ type: 'message_delta', delta: { stop_reason: reason === 'end' ? 'end_turn' : 'tool_use' }, usage: { output_tokens: 5 } }, { type: 'message_stop' }],
  error: (type, message) => ({ type: 'error', error: { type: type === 'overloaded' ? 'overloaded_error' : 'rate_limit_error', message } }),
  toStream: (events) => namedEvents(...events as { type: string }[]),
};

const chunk = (part: object, finish: string | null = null): object => ({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-test', choices: [{ index: 0, delta: part, logprobs: null, finish_reason: finish }], usage: null });
const toolPart = (json: string, more: object = {}): object => chunk({ tool_calls: [{ index: 0, ...more, function: { arguments: json, ...('id' in more ? { name: 'note' } : {}) } }] });

export const CHAT: Dialect = {
  open: [chunk({ role: 'assistant', content: '' })],
  text: (piece) => pieces(piece).map((content) => chunk({ content })),
  call: (json) => [toolPart('', { id: `call_${json.length}`, type: 'function' }), ...pieces(json).map((part) => toolPart(part))],
  halfCall: (json) => [toolPart('', { id: 'call_half', type: 'function' }), toolPart(json)],
  close: (reason) => [chunk({}, reason === 'end' ? 'stop' : 'tool_calls'), '[DONE]'],
  error: (type, message) => ({ error: { message, type: type === 'overloaded' ? 'server_error' : 'rate_limit_exceeded', code: null } }),
  toStream: (events) => dataEvents(...events),
};

function pieces(text: string): string[] {
  return text.match(/[\s\S]{1,7}/g) ?? [];
}

/** What the model means to say at one request. */
export interface Said { text: string; call?: string }

type Fault = (response: ServerResponse, to: { dialect: Dialect; said: Said }) => void;

const json = (status: number, type: 'overloaded' | 'limit', headers: Record<string, string> = {}): Fault => (response, { dialect }) =>
  void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(dialect.error(type, 'not now')));

/** A stream that says the beginning, and then ends so. */
const stream = (events: (dialect: Dialect, said: Said) => readonly (object | string)[], end: (response: ServerResponse) => void = (response) => response.end()): Fault => (response, { dialect, said }) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(dialect.toStream(events(dialect, said)), () => end(response));
};

const half = (dialect: Dialect, { text }: Said): readonly object[] => [...dialect.open, ...dialect.text(text, 0).slice(0, -2)];
const reset = (response: ServerResponse): void => void response.socket?.resetAndDestroy();

/** The ways in which a request fails, by name. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  'a 429 with a time to wait': json(429, 'limit', { 'retry-after': '2' }),
  'a 429 without headers': json(429, 'limit'),
  'a 500': json(500, 'overloaded'),
  'a 503': (response) => void response.writeHead(503).end(),
  'a 529': json(529, 'overloaded', { 'x-should-retry': 'true' }),
  'an error before the first text': stream((dialect) => [...dialect.open, dialect.error('overloaded', 'not now')]),
  'an error after the first text': stream((dialect, said) => [...half(dialect, said), dialect.error('overloaded', 'not now')]),
  'a reset before an answer': (response) => reset(response),
  'a reset in the midst': stream(half, reset),
  'silence after the headers': (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': wait\n\n'),
  'JSON that is cut': (response, { dialect, said }) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(dialect.toStream([...dialect.open, ...dialect.text(said.text, 0)]).slice(0, -40)),
  'an empty 200': (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
  'a web page': (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Maintenance</title>'),
  'another content type': (response, { dialect }) => void response.writeHead(200, { 'content-type': 'text/plain' }).end(JSON.stringify(dialect.error('limit', 'not now'))),
  'half a tool call': stream((dialect) => [...dialect.open, ...dialect.halfCall('{"text":"HALF', 0)], reset),
};

export interface ChaosServer extends LoopbackServer {
  /** How often each fault happened. */
  faults: Record<string, number>;
}

/** A vendor that answers what `say` means to say, and fails in a share of the requests, each time in a way by chance. */
export async function startChaos({ dialect, say, share, random }: { dialect: Dialect; say: (body: string) => Said; share: number; random: () => number }): Promise<ChaosServer> {
  const names = Object.keys(FAULTS);
  const faults: Record<string, number> = {};
  const server = await startServer((request, response) => {
    const said = say(request.text);
    if (random() < share) {
      const name = names[Math.floor(random() * names.length)]!;
      faults[name] = (faults[name] ?? 0) + 1;
      return FAULTS[name]!(response, { dialect, said });
    }
    const events = [...dialect.open, ...dialect.text(said.text, 0), ...(said.call === undefined ? [] : dialect.call(said.call, 1)), ...dialect.close(said.call === undefined ? 'end' : 'call')];
    response.writeHead(200, { 'content-type': 'text/event-stream' }).end(dialect.toStream(events));
  });
  return { ...server, faults };
}
