import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { isLoopback } from './gate.ts';
import type { RouteHost } from './host.ts';
import { refuse, toResponse } from './refusal.ts';
import { writeResponse } from './write.ts';

export interface ServeOptions {
  port: number;
  host: string;
  /** Whether there is a token: without one, nobody beyond this machine is listened to. */
  hasToken: boolean;
}

export interface RouteServer { readonly url: string; readonly port: number; close(): Promise<void> }

const LIMITS = { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 60_000, keepAliveTimeout: 10_000 };
const CONNECTIONS = 512;

/**
 * A server of its own for routes. Where another server is there already, its `listener` is put on that one instead.
 * @throws PithError LISTEN_REFUSED; Error of the system where the port is taken
 */
export async function serveRoutes(host: RouteHost, { port, host: address, hasToken }: ServeOptions): Promise<RouteServer> {
  checkListen({ host: address, hasToken });
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (host.handles(request.url ?? '')) return host.listener(request, response);
    void writeResponse(response, toResponse({ status: 404, code: 'ROUTE_NOT_FOUND', message: 'There is nothing at this address', headers: { connection: 'close' } }), { isHead: request.method === 'HEAD', stallMs: LIMITS.headersTimeout });
  };
  // An import of it would also load the web sockets that it exports, for everybody who only has routes.
  const server = process.getBuiltinModule('node:http').createServer(LIMITS, answer);
  server.maxConnections = CONNECTIONS;
  server.on('checkContinue', answer);
  server.on('upgrade', (_request: IncomingMessage, socket: Socket) => socket.destroy());
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
    socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  });
  await new Promise<void>((resolve, reject) => { server.once('error', reject).listen(port, address, resolve); });
  const bound = server.address() as AddressInfo;
  return {
    port: bound.port, url: `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => { server.close(() => resolve()); });
      host.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** @throws PithError LISTEN_REFUSED */
export function checkListen({ host, hasToken }: Pick<ServeOptions, 'host' | 'hasToken'>): void {
  if (hasToken || isLoopback(host)) return;
  throw refuse({ status: 500, code: 'LISTEN_REFUSED', message: `Without a token, nobody but this machine is listened to; found the address ${JSON.stringify(host)}`, hint: 'Make a token first, or listen on 127.0.0.1.' });
}
