import { type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { createSecrets, type Route } from '@pith/kernel';
import { createRouteHost, type HostOptions, type RouteHost, type RouteServer, serveRoutes } from '../index.ts';
import type { HostedRoute } from '../router.ts';

export const TOKEN = 'the-token-of-this-test-server';

export interface Started { host: RouteHost; server: RouteServer; port: number; logged: string[]; close(): Promise<void> }

/** A real server with these routes on loopback. */
export async function startHost(routes: readonly Route[], more: Partial<HostOptions> = {}): Promise<Started> {
  const logged: string[] = [];
  const hosted = routes.map((route) => ({ route, context: { options: undefined } as HostedRoute['context'] }));
  const host = createRouteHost({
    routes: hosted, token: (token) => token === TOKEN, tokenHint: 'Ask the test for it.', document: { title: 'a test', version: '1' }, secrets: createSecrets(), listensOn: '127.0.0.1', log: (text) => logged.push(text), ...more,
  });
  const server = await serveRoutes(host, { port: 0, host: '127.0.0.1', hasToken: true });
  return { host, server, port: server.port, logged, close: () => server.close() };
}

export interface Reply { status: number; headers: IncomingHttpHeaders; text: string; json: { error?: { code: string; message: string; hint?: string } } & Record<string, unknown> }

export interface Asked { method?: string; headers?: Record<string, string | string[]>; body?: unknown; token?: string | null }

/** Asks with the token, unless told otherwise. A body that is no text goes as JSON. */
export function ask({ port }: { port: number }, path: string, { method = 'GET', headers = {}, body, token = TOKEN }: Asked = {}): Promise<Reply> {
  const bytes = body === undefined ? undefined : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: '127.0.0.1', port, path, method, agent: false,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(bytes) }), ...headers },
    }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('error', reject)
        .on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text, get json() { return JSON.parse(text) as Reply['json']; } }));
    });
    outgoing.on('error', reject).end(bytes);
  });
}

export interface Line { socket: Socket; /** Until this has come. @returns all that has */ until(text: string): Promise<string>; closed: Promise<void> }

/** Of a long answer, the end is enough. */
const SEEN_MAX = 400_000;

/** Bytes as they are written, for what no client would send. */
export function say({ port }: { port: number }, text: string): Line {
  const socket = connect(port, '127.0.0.1');
  let seen = '';
  let wanted = '';
  let found: ((seen: string) => void) | undefined;
  const closed = new Promise<void>((resolve) => { socket.on('close', () => resolve()); });
  socket.on('error', () => undefined).on('data', (part: Buffer) => {
    const from = Math.max(0, Math.min(seen.length, SEEN_MAX - part.length) - wanted.length);
    seen = (seen + part.toString('latin1')).slice(-SEEN_MAX);
    if (wanted !== '' && seen.includes(wanted, from)) found?.(seen);
  });
  socket.write(text);
  return {
    socket, closed,
    until: (text) => (seen.includes(text) ? Promise.resolve(seen) : new Promise((resolve, reject) => {
      wanted = text;
      found = resolve;
      void closed.then(() => reject(new Error(`The connection ended before ${JSON.stringify(text)} came: ${JSON.stringify(seen)}`)));
    })),
  };
}
