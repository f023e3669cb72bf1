import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Certificate } from './certificate.ts';

export interface TestServer {
  port: number;
  /** How many connections there were. */
  connections: number;
  requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
  close(): Promise<void>;
}

/** An HTTP server on loopback, or HTTPS with a certificate. */
export async function serve(handle: RequestListener, certificate?: Certificate): Promise<TestServer> {
  const requests: TestServer['requests'] = [];
  const listener: RequestListener = (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part)).on('end', () => {
      requests.push({ method: request.method!, url: request.url!, headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
      handle(request, response);
    });
  };
  return listen(certificate === undefined ? createHttpServer(listener) : createHttpsServer(certificate, listener), requests);
}

/** A server that speaks whatever bytes the test wants. */
export async function serveBytes(handle: (socket: Socket) => void): Promise<TestServer> {
  return listen(createTcpServer(handle), []);
}

async function listen(server: Server, requests: TestServer['requests']): Promise<TestServer> {
  const open = new Set<Socket>();
  const running: TestServer = {
    port: 0, connections: 0, requests,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    }),
  };
  server.on('connection', (socket: Socket) => {
    running.connections++;
    open.add(socket);
    socket.on('close', () => open.delete(socket)).on('error', () => undefined); // The client may leave at any time.
  });
  server.on('tlsClientError', () => undefined); // Some tests refuse the certificate on purpose.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  running.port = (server.address() as AddressInfo).port;
  return running;
}
