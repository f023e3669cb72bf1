import type { IncomingMessage, Server as HttpServer, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Asked, toAsked } from './asked.ts';
import { Bag } from './bag.ts';
import { type BodyFault, discardBody, isTooLarge, receiveBody } from './body.ts';
import { BodyRoom } from './body-room.ts';
import { Connections } from './connections.ts';
import type { Core } from './core.ts';
import { Exchange } from './exchange.ts';
import { type Admitted, checkRequest, type GateOptions, toHostCheck } from './gate.ts';
import { readHeaders, type RequestFacts } from './headers.ts';
import { PROXY_LIMITS } from './limits.ts';
import type { ProxyParts } from './parts.ts';
import { badBody, noSuchAddress, type Refusal, toErrorBody } from './refusal.ts';
import { Turn } from './turn.ts';
import { Watch } from './watch.ts';

/** A running data plane. */
export interface Proxy {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly port: number;
  /** How many requests are under way. */
  readonly active: number;
  /** No new connections; requests under way go on for as long as they have, and their rows are written. */
  close(): Promise<void>;
  /** Whoever closes it waits no longer: requests under way are cut off, and their rows are written before this returns. */
  cutOff(): void;
}

/**
 * Listens, and passes requests on.
 * @throws Error of the system where the port is taken or may not be used
 */
export async function startProxy(parts: ProxyParts, { port, host }: { port: number; host: string }): Promise<Proxy> {
  const limits = { ...PROXY_LIMITS, ...parts.limits };
  const core: Core = {
    parts, limits, connections: new Connections(limits, parts), watch: new Watch(), room: new BodyRoom(limits.bodiesMaxBytes), turn: new Turn(parts.books), exchanges: new Bag(), now: parts.now ?? Date.now, log: parts.log ?? (() => undefined),
  };
  const gate: GateOptions = { keys: parts.keys, isOwnHost: toHostCheck(host, parts.hosts ?? []) };
  // An import of it would also load the web sockets that it exports, which takes longer than all the rest of this.
  const server = process.getBuiltinModule('node:http').createServer({
    maxHeaderSize: limits.headMaxBytes, headersTimeout: limits.headMs, keepAliveTimeout: limits.keepAliveMs, noDelay: true, connectionsCheckingInterval: 5_000,
    requestTimeout: 0, // A long body takes its time; one that stands still is ended by `clientIdleMs`.
  }, (request, response) => receive(core, gate, request, response));
  server.maxConnections = limits.connections;
  server.maxHeadersCount = 0; // The size of the head is the limit. What is beyond a number would be left out without a word, the length of the body, too.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => receive(core, gate, request, response, true));
  server.on('connect', (_request: IncomingMessage, socket: Socket) => socket.on('error', () => undefined).end(`HTTP/1.1 405 Method Not Allowed\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => answerFault(core, error, socket));
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, host, 2048, resolve); });
  const address = server.address() as AddressInfo;
  return {
    port: address.port, url: `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`,
    get active() { return core.exchanges.size; },
    close: () => close(server, core), cutOff: () => cutOff(server, core),
  };
}

function receive(core: Core, gate: GateOptions, request: IncomingMessage, response: ServerResponse, expectsContinue = false): void {
  const startMs = core.now();
  const headers = readHeaders(request.rawHeaders);
  const admitted = checkRequest(request, headers, gate);
  if (admitted === 'outside') return core.parts.other === undefined ? answer(response, noSuchAddress(request.url ?? '')) : core.parts.other(request, response);
  if ('refusal' in admitted) {
    answer(response, admitted.refusal, admitted.family);
    return discardBody(request, core);
  }
  // Of a body that is too large nothing is asked for.
  if (expectsContinue && !isTooLarge(request, core)) response.writeContinue();
  receiveBody(request, core, (body) => {
    if (typeof body === 'string') {
      giveUp(body, response, admitted);
      return body === 'no-room' ? discardBody(request, core) : undefined;
    }
    const asked = toAsked(request.method!, admitted, { headers, body, limits: core.limits, parts: core.parts });
    const fault = asked === 'unreadable' ? unreadable(headers) : takeMade(asked, core) ? undefined : badBody('no-room');
    if (fault === undefined) return new Exchange(core, asked as Asked, response, startMs).start();
    core.room.give(body.takenBytes ?? 0);
    answer(response, fault, admitted.family);
    if (body.rest !== undefined) discardBody(body.rest, core);
  });
}

/** What was made of a body takes room, too: a little that was compressed may be much, and a translation is another body. */
function takeMade({ body, plain, translation }: Asked, { room }: Core): boolean {
  if (plain === body.bytes && translation === undefined) return true;
  const before = body.takenBytes ?? 0;
  const taken = room.take(before + (plain === body.bytes ? 0 : plain?.length ?? 0) + (translation?.body.length ?? 0), before);
  if (taken !== undefined) body.takenBytes = taken;
  return taken !== undefined;
}

function giveUp(fault: BodyFault, response: ServerResponse, { family }: Admitted): void {
  if (fault === 'broken') return void response.destroy();
  answer(response, badBody(fault), family);
}

const unreadable = ({ encoding = '' }: RequestFacts): Refusal => ({ status: 415, type: 'invalid_request_error', message: `The request is compressed as ${JSON.stringify(encoding.slice(0, 40))}, which cannot be read; gzip, deflate, br and zstd can` });

/** An answer without an exchange: nothing was asked of any account. */
function answer(response: ServerResponse, refusal: Refusal, family?: Admitted['family']): void {
  if (response.headersSent || response.destroyed) return;
  const body = toErrorBody(family, refusal);
  response.writeHead(refusal.status, { 'content-type': 'application/json', 'content-length': body.length, ...refusal.headers }).end(body);
}

/** Something came that is no HTTP, or too much of it, or too slowly. */
function answerFault(core: Core, error: NodeJS.ErrnoException, socket: Socket): void {
  const isAnswering = [...core.exchanges].some((exchange) => exchange.isOn(socket));
  if (isAnswering || !socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, message] = error.code === 'HPE_HEADER_OVERFLOW' ? ['431 Request Header Fields Too Large', 'The head of the request is too large']
    : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? ['408 Request Timeout', 'The request did not come whole in time']
    : ['400 Bad Request', 'The request is not written as HTTP says, so it is passed on in no reading'];
  const body = toErrorBody(undefined, { status: 400, type: 'invalid_request_error', message });
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body.toString('utf8')}`);
}

async function close(server: HttpServer, core: Core): Promise<void> {
  const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
  const timer = setTimeout(() => cutOff(server, core), core.limits.graceMs);
  // A connection that is kept alive after its last reply would hold everything up.
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearTimeout(timer);
  clearInterval(idle);
  core.watch.close();
  await core.connections.close();
}

function cutOff(server: HttpServer, core: Core): void {
  for (const exchange of core.exchanges) exchange.stop();
  server.closeAllConnections();
}
