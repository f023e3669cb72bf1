import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the fake model says at one step. */
export type FakeStep = { text: string; deltas?: number } | { tool: string; input: Record<string, unknown> };

export interface FakeModel {
  url: string;
  /** Of the job that runs: when each request's first byte came and each reply's last byte left, on this process's clock. */
  requests: { firstByteMs: number; repliedMs: number; body: string }[];
  play(steps: readonly FakeStep[]): void;
  close(): Promise<void>;
}

/** A loopback server that speaks streamed Anthropic Messages and plays one job after the other. It answers step n of a job to its nth request. */
export async function startFakeModel(): Promise<FakeModel> {
  let steps: readonly FakeStep[] = [];
  const requests: FakeModel['requests'] = [];
  const server = createServer(async (request, response) => {
    const firstByteMs = performance.now();
    const body = await read(request);
    const entry = { firstByteMs, repliedMs: 0, body };
    requests.push(entry);
    reply(response, steps[requests.length - 1] ?? { text: 'done' }, requests.length);
    response.on('finish', () => { entry.repliedMs = performance.now(); });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests,
    play: (next) => { steps = next; requests.length = 0; },
    close: () => new Promise((resolve) => { server.close(() => resolve()); server.closeAllConnections(); }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

function reply(response: ServerResponse, step: FakeStep, number: number): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const send = (type: string, data: object): void => { response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`); };
  send('message_start', { message: { id: `msg_${number}`, type: 'message', role: 'assistant', model: 'claude-fake', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 10, output_tokens: 1 } } });
  if ('tool' in step) {
    send('content_block_start', { index: 0, content_block: { type: 'tool_use', id: `toolu_${number}`, name: step.tool, input: {} } });
    send('content_block_delta', { index: 0, delta: { type: 'input_json_delta', partial_json: JSON.stringify(step.input) } });
  } else {
    send('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
    const count = step.deltas ?? 1;
    for (let index = 0; index < count; index++) send('content_block_delta', { index: 0, delta: { type: 'text_delta', text: step.text } });
  }
  send('content_block_stop', { index: 0 });
  send('message_delta', { delta: { stop_reason: 'tool' in step ? 'tool_use' : 'end_turn', stop_sequence: null }, usage: { output_tokens: 20 } });
  send('message_stop', {});
  response.end();
}
