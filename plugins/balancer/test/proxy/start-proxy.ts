import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { RequestRow } from '../../src/books/row.ts';
import type { ProxyParts } from '../../src/proxy/parts.ts';
import { type Proxy, startProxy } from '../../src/proxy/server.ts';
import { startUpstream, type Upstream } from '../upstream.ts';
import { type FakeAccount, type FakeEngine, fakeEngine } from './fake-engine.ts';

export interface TestProxy {
  url: string;
  port: number;
  proxy: Proxy;
  upstream: Upstream;
  engine: FakeEngine;
  rows: RequestRow[];
  /** The row of the request at hand, when it is written. */
  row(): Promise<RequestRow>;
  close(): Promise<void>;
}

type Setting = Partial<ProxyParts> & { accounts?: readonly (string | Omit<FakeAccount, 'baseUrl'>)[]; upstream?: Upstream; benchedMs?: number | null; basePath?: string };

/** A proxy before a fake vendor, with these accounts in this order. */
export async function testProxy({ accounts = ['key-of-a-very-long-kind'], upstream: given, benchedMs = null, basePath = '', ...parts }: Setting = {}): Promise<TestProxy> {
  const upstream = given ?? await startUpstream();
  const engine = fakeEngine(accounts.map((account) => ({ baseUrl: `${upstream.url}${basePath}`, ...(typeof account === 'string' ? { key: account } : account) })), { benchedMs });
  const rows: RequestRow[] = [];
  const waiting: ((row: RequestRow) => void)[] = [];
  let seen = 0;
  const books = {
    write: (...written: readonly RequestRow[]) => {
      for (const row of written) {
        rows.push(row);
        const heard = waiting.shift();
        if (heard === undefined) continue;
        seen++;
        heard(row);
      }
    },
    started: () => undefined,
    onRow: () => () => undefined,
    flush: async () => undefined,
    close: async () => undefined,
  };
  const proxy = await startProxy({ engine, books, ...parts }, { port: 0, host: '127.0.0.1' });
  return {
    url: proxy.url, port: proxy.port, proxy, upstream, engine, rows,
    row: () => (seen < rows.length ? Promise.resolve(rows[seen++]!) : new Promise((resolve) => { waiting.push(resolve); })),
    close: async () => {
      await proxy.close();
      if (given === undefined) await upstream.close();
    },
  };
}

export interface Asking { path?: string; method?: string; headers?: Record<string, string | string[]>; body?: string | Buffer | object }

export interface Answered { status: number; headers: IncomingMessage['headers']; body: Buffer; text: string; json: unknown; complete: boolean }

const WHOLE: object = { model: 'test-model', max_tokens: 10, messages: [{ role: 'user', content: 'Hi' }] };

/** Asks, and takes the answer as it comes. An answer that breaks is not complete. */
export async function ask(at: { port: number }, { path = '/v1/messages', method = 'POST', headers = {}, body = WHOLE }: Asking = {}): Promise<Answered> {
  const bytes = method === 'GET' ? undefined : typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const { response } = await open(at, { path, method, headers }, bytes);
  const parts: Buffer[] = [];
  response.on('data', (part: Buffer) => parts.push(part));
  await new Promise<void>((resolve) => { response.on('close', resolve).on('error', () => undefined); });
  const whole = Buffer.concat(parts);
  return { status: response.statusCode!, headers: response.headers, body: whole, text: whole.toString('utf8'), get json() { return JSON.parse(whole.toString('utf8')) as unknown; }, complete: response.complete };
}

/** Asks, and gives the answer when its head is there. */
export function open({ port }: { port: number }, { path = '/v1/messages', method = 'POST', headers = {} }: Omit<Asking, 'body'>, body: string | Buffer | undefined = JSON.stringify({ ...WHOLE, stream: true })): Promise<{ outgoing: ClientRequest; response: IncomingMessage }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', path, method, agent: false, headers: { 'content-type': 'application/json', ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }), ...headers } });
    outgoing.on('response', (response) => resolve({ outgoing, response })).on('error', reject).end(body);
  });
}
