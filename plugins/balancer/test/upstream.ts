import { createServer, type IncomingHttpHeaders, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { goodAnswer } from './upstream-replies.ts';

/** What an account of the fake upstream answers with. Without anything, a good answer of the family that was asked. */
export interface Answer {
  status?: number;
  /** As they are sent; a list sends the header more than once. */
  headers?: Readonly<Record<string, string | readonly string[]>>;
  /** A whole body: an object is sent as JSON. */
  body?: string | Uint8Array | object;
  /** A stream: each piece is one write. */
  pieces?: readonly (string | Uint8Array)[];
  /** Between two pieces. */
  gapMs?: number;
  /** Nothing is answered before this. */
  hold?: Promise<unknown>;
  /** Each piece but the first waits for its turn here: `await between(index)`. */
  between?: (index: number) => Promise<unknown> | void;
  /** After what is above: a good end (default), a connection that breaks, silence. */
  then?: 'end' | 'cut' | 'hang';
  /** The connection breaks, or is silent, before any byte of an answer. */
  instead?: 'cut' | 'hang';
}

export type Script = Answer | ((request: UpstreamRequest) => Answer);

export interface UpstreamRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Names and values as they came. */
  rawHeaders: readonly string[];
  body: Buffer;
  /** The key that it came with. */
  account: string | undefined;
  /** Which connection, from 0. */
  connection: number;
  /** When the client left before the answer was whole. */
  aborted: Promise<void>;
}

/** A vendor on 127.0.0.1 whose accounts answer by a script, in both families. */
export interface Upstream {
  url: string;
  port: number;
  requests: UpstreamRequest[];
  /** How many connections there were. */
  connections: number;
  /** Open at this moment. */
  readonly open: number;
  /** The account with this key gives one answer after the other, and the last one again and again. Without a key: all that have no script. */
  script(key: string | undefined, ...answers: readonly Script[]): void;
  /** Requests of one account. */
  of(key: string): UpstreamRequest[];
  /** Resolves with the next request that comes; its body has come whole. */
  next(): Promise<UpstreamRequest>;
  /** Breaks all idle and busy connections. */
  dropConnections(): void;
  close(): Promise<void>;
}

export async function startUpstream({ tls, keepAliveMs = 60_000 }: { tls?: { key: string; cert: string }; keepAliveMs?: number } = {}): Promise<Upstream> {
  const scripts = new Map<string | undefined, Script[]>();
  const waiting: ((request: UpstreamRequest) => void)[] = [];
  const sockets = new Map<Socket, number>();

  const listener: RequestListener = (message, response) => {
    const parts: Buffer[] = [];
    message.on('error', () => undefined); // The client has left; what came of it so far is no request.
    message.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      const request = toRequest(message, response, Buffer.concat(parts), sockets.get(message.socket) ?? -1);
      upstream.requests.push(request);
      for (const heard of waiting.splice(0)) heard(request);
      const script = scripts.get(request.account) ?? scripts.get(undefined);
      const next = script !== undefined && script.length > 1 ? script.shift()! : script?.[0] ?? {};
      void give(typeof next === 'function' ? next(request) : next, request, response);
    });
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.keepAliveTimeout = keepAliveMs;
  server.requestTimeout = 0;
  server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.set(socket, upstream.connections++);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined); // The client may break it at any time.
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', 2048, resolve); });
  const { port } = server.address() as AddressInfo;

  const upstream: Upstream = {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, requests: [], connections: 0,
    get open() { return sockets.size; },
    script: (key, ...answers) => { scripts.set(key, [...answers]); },
    of: (key) => upstream.requests.filter(({ account }) => account === key),
    next: () => new Promise((resolve) => { waiting.push(resolve); }),
    dropConnections: () => { for (const socket of sockets.keys()) socket.destroy(); },
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets.keys()) socket.destroy();
    }),
  };
  return upstream;
}

function toRequest(message: IncomingMessage, response: ServerResponse, body: Buffer, connection: number): UpstreamRequest {
  const { headers } = message;
  const bearer = /^Bearer (.*)$/i.exec(headers.authorization ?? '')?.[1];
  const key = headers['x-api-key'];
  return {
    method: message.method ?? '', path: message.url ?? '', headers, rawHeaders: message.rawHeaders, body, connection,
    account: typeof key === 'string' ? key : bearer,
    aborted: new Promise((resolve) => { response.on('close', () => { if (!response.writableFinished) resolve(); }); }),
  };
}

async function give(answer: Answer, request: UpstreamRequest, response: ServerResponse): Promise<void> {
  await answer.hold;
  if (answer.instead === 'cut') return void response.destroy();
  if (answer.instead === 'hang') return;
  const good = goodAnswer(request);
  const { status = 200, body, pieces } = answer.body === undefined && answer.pieces === undefined ? { ...good, status: answer.status } : answer;
  const type = pieces === undefined ? 'application/json' : 'text/event-stream; charset=utf-8';
  response.writeHead(status, { 'content-type': type, ...answer.headers as Record<string, string | string[]> });
  response.on('error', () => undefined); // The client has left in between; that is what some tests are about.
  if (pieces === undefined) response.write(typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body ?? {}));
  else await givePieces(pieces, answer, response);
  if (answer.then === 'cut') return void setImmediate(() => response.destroy());
  if (answer.then !== 'hang') response.end();
}

async function givePieces(pieces: readonly (string | Uint8Array)[], { gapMs, between }: Answer, response: ServerResponse): Promise<void> {
  response.socket?.setNoDelay(true);
  response.flushHeaders();
  for (const [index, piece] of pieces.entries()) {
    if (index > 0 && gapMs !== undefined) await sleep(gapMs);
    if (index > 0) await between?.(index);
    if (response.destroyed) return;
    const goesOn = response.write(piece);
    if (!goesOn && !response.destroyed) await drained(response);
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
