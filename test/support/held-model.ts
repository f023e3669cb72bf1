import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One reply in the making. What is said reaches pith at once; nothing more comes until the test says it. */
export interface HeldReply {
  /** The body of the request. */
  request: { messages: { role: string; content: unknown }[]; tools?: { name: string }[] };
  text(piece: string): void;
  thinking(piece: string): void;
  call(name: string, input: object): void;
  end(): void;
  /** The server says that it failed, in its own words. */
  fail(message: string): void;
  /** The server is gone in the midst. */
  breakOff(): void;
}

/** A model that says what the test says, when the test says it: a loopback server that speaks streamed Anthropic Messages. */
export interface HeldModel {
  /** For the process of pith, which calls the model `anthropic/claude-held`. */
  env: Record<string, string>;
  /** The next request, as soon as it comes. */
  next(): Promise<HeldReply>;
  close(): Promise<void>;
}

export async function startHeldModel(): Promise<HeldModel> {
  const came: HeldReply[] = [];
  const waiting: ((reply: HeldReply) => void)[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (!request.url!.endsWith('/messages')) return void response.writeHead(404).end('{}');
    const reply = toReply(response, JSON.parse(Buffer.concat(parts).toString('utf8')) as HeldReply['request']);
    const listener = waiting.shift();
    if (listener === undefined) came.push(reply);
    else listener(reply);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    env: { ANTHROPIC_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, ANTHROPIC_API_KEY: 'sk-held' },
    next: () => new Promise((resolve) => {
      const reply = came.shift();
      if (reply === undefined) waiting.push(resolve);
      else resolve(reply);
    }),
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function toReply(response: ServerResponse, request: HeldReply['request']): HeldReply {
  let [index, open]: [number, 'text' | 'thinking' | undefined] = [-1, undefined];
  let hasCalls = false;
  const send = (type: string, data: object): void => void response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  const close = (): void => {
    if (open !== undefined) send('content_block_stop', { index });
    open = undefined;
  };
  const begin = (kind: typeof open, block: object): void => {
    if (open === kind) return;
    close();
    send('content_block_start', { index: ++index, content_block: block });
    open = kind;
  };
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  send('message_start', { message: { id: 'msg_held', type: 'message', role: 'assistant', model: 'claude-held', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1200, output_tokens: 1 } } });
  return {
    request,
    text: (text) => {
      begin('text', { type: 'text', text: '' });
      send('content_block_delta', { index, delta: { type: 'text_delta', text } });
    },
    thinking: (thinking) => {
      begin('thinking', { type: 'thinking', thinking: '', signature: '' });
      send('content_block_delta', { index, delta: { type: 'thinking_delta', thinking } });
    },
    call: (name, input) => {
      close();
      hasCalls = true;
      send('content_block_start', { index: ++index, content_block: { type: 'tool_use', id: `toolu_${index}`, name, input: {} } });
      send('content_block_delta', { index, delta: { type: 'input_json_delta', partial_json: JSON.stringify(input) } });
      send('content_block_stop', { index });
    },
    end: () => {
      close();
      send('message_delta', { delta: { stop_reason: hasCalls ? 'tool_use' : 'end_turn', stop_sequence: null }, usage: { output_tokens: 40 } });
      send('message_stop', {});
      response.end();
    },
    fail: (message) => {
      send('error', { error: { type: 'invalid_request_error', message } });
      response.end();
    },
    breakOff: () => void response.socket?.resetAndDestroy(),
  };
}
