import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { toMessage } from '@pith/kernel';
import { admit, isRefusal } from '@pith/net';
import { findRule, type HostRule, isThisMachine } from './hosts.ts';

const CONNECT_MS = 15_000;
const HEADERS_MS = 30_000;
const CONNECTIONS_MAX = 256;
const REFUSALS_MAX = 8;
/** Of one connection only, so they are not handed on. */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

interface Destination { host: string; port: number }
interface Gate { rules: readonly HostRule[]; refuse: (error: unknown) => string }

export interface Proxy {
  /** Where it listens on 127.0.0.1; nothing for one in the file system. */
  port: number | undefined;
  /** What was refused since it was last asked: one sentence each. */
  takeRefusals(): string[];
  close(): Promise<void>;
}

/**
 * What leads out of the sandbox: to the hosts of the list, at an address that was checked, and nowhere else.
 * @param at a socket in the file system, or a port of 127.0.0.1 (0: a free one)
 */
export async function startProxy(at: string | number, rules: readonly HostRule[]): Promise<Proxy> {
  const refusals = new Set<string>();
  const refuse = (error: unknown): string => {
    const reason = toMessage(error);
    if (refusals.size < REFUSALS_MAX) refusals.add(reason);
    return `${reason}\n`;
  };
  const open = new Set<Duplex>();
  const keep = <T extends Duplex>(stream: T): T => {
    open.add(stream);
    stream.once('close', () => open.delete(stream));
    stream.on('error', () => stream.destroy()); // One peer that goes away ends its own connection.
    return stream;
  };
  const server: Server = createServer({ headersTimeout: HEADERS_MS, requestTimeout: 0 }, (incoming, response) => void forward(incoming, { response, rules, refuse }));
  server.maxConnections = CONNECTIONS_MAX;
  server.on('connection', (stream: Socket) => keep(stream));
  server.on('connect', (incoming: IncomingMessage, stream: Duplex, head: Buffer) => void tunnel(incoming, { stream, head, rules, keep, refuse }));
  if (typeof at === 'string') server.listen(at);
  else server.listen(at, '127.0.0.1');
  await once(server, 'listening');
  const listening = server.address();
  return {
    port: typeof listening === 'object' ? listening?.port : undefined,
    takeRefusals: () => {
      const taken = [...refusals];
      refusals.clear();
      return taken;
    },
    close: async () => {
      server.close();
      for (const stream of open) stream.destroy();
      server.closeAllConnections();
    },
  };
}

async function tunnel(incoming: IncomingMessage, { stream, head, rules, keep, refuse }: Gate & { stream: Duplex; head: Buffer; keep: <T extends Duplex>(stream: T) => T }): Promise<void> {
  try {
    const target = keep(await reach(toDestination(`http://${incoming.url ?? ''}`, incoming.url), rules));
    stream.write('HTTP/1.1 200 Connection established\r\n\r\n');
    if (head.length > 0) target.write(head);
    stream.pipe(target).pipe(stream);
    stream.once('close', () => target.destroy());
    target.once('close', () => stream.destroy());
  } catch (error) {
    const text = refuse(error);
    stream.end(`HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`);
  }
}

async function forward(incoming: IncomingMessage, { response, rules, refuse }: Gate & { response: ServerResponse }): Promise<void> {
  try {
    const url = URL.parse(incoming.url ?? '');
    if (url === null || url.protocol !== 'http:') throw new Error('Only http addresses can be forwarded; others need CONNECT');
    const socket = await reach(toDestination(url.href, url.host), rules);
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !HOP_BY_HOP.has(name)));
    const outgoing = request({ createConnection: () => socket, method: incoming.method, path: `${url.pathname}${url.search}`, headers: { ...headers, host: url.host, connection: 'close' } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !HOP_BY_HOP.has(name))));
      answer.pipe(response);
    });
    outgoing.once('error', () => response.destroy());
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  } catch (error) {
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' }).end(refuse(error));
  }
}

function toDestination(href: string, shown = ''): Destination {
  const url = URL.parse(href);
  if (url === null || url.hostname === '') throw new Error(`${JSON.stringify(shown)} is no host and port`);
  return { host: url.hostname, port: Number(url.port) || 80 };
}

/** @throws where the host is not listed, or leads to an address that is not allowed */
async function reach({ host, port }: Destination, rules: readonly HostRule[]): Promise<Socket> {
  const rule = findRule({ host, port }, rules);
  if (rule === undefined) throw new Error(`${host}:${port} is not in the sandbox’s list of hosts (network.hosts)`);
  // Whoever lists a private host, or this machine, by its name means it. Any other name that leads there is somebody else's doing.
  const policy = { allowLoopback: !rule.subdomains && isThisMachine(rule.name), allowHosts: rule.subdomains ? [] : [host] };
  const admission = await admit(`https://${host}:${port}/`, { policy, signal: AbortSignal.timeout(CONNECT_MS) });
  if (isRefusal(admission)) throw new Error(`${host}:${port} is refused: ${admission.reason}`);
  let failure: unknown;
  for (const { text } of admission.addresses) {
    const socket = connect({ host: text, port, timeout: CONNECT_MS });
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_MS) });
      socket.setTimeout(0);
      return socket;
    } catch (error) {
      failure = error;
      socket.destroy();
    }
  }
  throw new Error(`${host}:${port} cannot be reached: ${toMessage(failure)}`);
}
