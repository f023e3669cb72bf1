import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTick } from 'node:timers/promises';
import { type LoopbackServer, startServer } from '@pith/kernel/testing';

/** What a server answers with: a stream, an error, or whatever a function does. */
export type Answer =
  | string
  | { chunks: readonly Uint8Array[] }
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | ((request: IncomingMessage & { text: string }, response: ServerResponse) => void | Promise<void>);

/** A provider on 127.0.0.1 that gives one answer after the other, and the last one again and again. */
export function startProvider(...answers: readonly Answer[]): Promise<LoopbackServer> {
  let next = 0;
  return startServer(async (request, response) => {
    const answer = answers[Math.min(next++, answers.length - 1)] ?? '';
    if (typeof answer === 'function') return answer(request, response);
    if (typeof answer === 'string') return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answer);
    if ('chunks' in answer) return writeChunks(response, answer.chunks);
    const { status, body, headers } = answer;
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json', ...headers }).end(text);
  });
}

/** Each chunk leaves by itself. */
async function writeChunks(response: ServerResponse, chunks: readonly Uint8Array[]): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.socket?.setNoDelay(true);
  for (const chunk of chunks) {
    if (response.destroyed) return;
    response.write(chunk);
    await nextTick();
  }
  response.end();
}
