import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

export interface Listener { port: number; close(): Promise<void> }

/** What no server of ours does: an old version, a refusal of those who do not encrypt, a certificate that nobody has signed. */
export type Manner = { version: string } | { refusal: string } | { tls: { key: string; cert: string } } | { plain: true };

const SSL_REQUEST = 80_877_103;

/** As much of PostgreSQL's protocol as it takes to be turned away. */
export async function startFake(manner: Manner): Promise<Listener> {
  const sockets = new Set<Socket>();
  const secure = createTlsServer('tls' in manner ? manner.tls : {});
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', (bytes) => {
      if (bytes.readInt32BE(4) === SSL_REQUEST) {
        socket.write('tls' in manner ? 'S' : 'N');
        if ('tls' in manner) secure.emit('connection', socket);
        return;
      }
      if ('refusal' in manner) return void socket.end(message('E', fields({ S: 'FATAL', C: '28000', M: manner.refusal })));
      socket.write(Buffer.concat([message('R', int32(0)), READY]));
      socket.on('data', () => socket.write(Buffer.concat([message('T', Buffer.concat([int16(1), cstring('server_version_num'), Buffer.alloc(18)])), message('D', row('version' in manner ? manner.version : '')), message('C', cstring('SHOW')), READY])));
    });
  });
  secure.on('tlsClientError', () => undefined);
  return listen(server, sockets);
}

/** A way to a server on which all may be lost without a word, as behind a firewall that forgets. */
export async function startWay(to: number): Promise<Listener & { freeze(): void; thaw(): void }> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((socket) => {
    const onward = connect(to, '127.0.0.1');
    for (const [from, into] of [[socket, onward], [onward, socket]] as const) {
      sockets.add(from);
      from.on('error', () => undefined).on('close', () => into.destroy()).on('data', (bytes) => { if (!isFrozen) into.write(bytes); });
    }
  });
  return { ...await listen(server, sockets), freeze: () => { isFrozen = true; }, thaw: () => { isFrozen = false; } };
}

async function listen(server: ReturnType<typeof createServer>, sockets: ReadonlySet<Socket>): Promise<Listener> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const int16 = (value: number): Buffer => { const bytes = Buffer.alloc(2); bytes.writeInt16BE(value); return bytes; };
const int32 = (value: number): Buffer => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(value); return bytes; };
const cstring = (text: string): Buffer => Buffer.from(`${text}\0`);
const message = (type: string, body: Buffer): Buffer => Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
const fields = (named: Readonly<Record<string, string>>): Buffer => Buffer.concat([...Object.entries(named).map(([name, text]) => cstring(`${name}${text}`)), Buffer.alloc(1)]);
const row = (text: string): Buffer => Buffer.concat([int16(1), int32(text.length), Buffer.from(text)]);
const READY = message('Z', Buffer.from('I'));
