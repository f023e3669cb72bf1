import { connect as connectTcp, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type Address, parseAddress } from './address.ts';
import { unmap } from './address-class.ts';
import type { Admission } from './admit.ts';
import { openTunnel, type Proxy } from './proxy.ts';

export { findProxy, type Proxy } from './proxy.ts';

export interface ConnectOptions {
  signal: AbortSignal;
  /** The connection is silent for this long: `onIdle` is told, and should fire the signal. */
  idleMs: number;
  onIdle: () => void;
  ca?: string | readonly string[];
  proxy?: Proxy;
}

export interface Connection {
  socket: Socket;
  /** The one that was reached; through a proxy, the one that it was told. */
  address: Address;
}

/**
 * A connection to one of the admitted addresses and to nothing else; with https, one whose certificate is that of the
 * name. It is ready, and destroyed when the signal fires.
 */
export async function connect(admission: Admission, options: ConnectOptions): Promise<Connection> {
  const { url, addresses } = admission;
  const { signal, idleMs, onIdle, proxy } = options;
  const isName = url.address === undefined;
  const host = isName ? url.name : addresses[0]!.text;
  const raw = proxy === undefined
    ? await ready(connectTcp({ host, port: url.port, lookup: handOut(addresses) }), 'connect', options)
    : await openTunnel(proxy, { address: addresses[0]!, port: url.port, signal, ready: (socket, event) => ready(socket, event, options) });
  const address = proxy === undefined ? findReached(raw, addresses) : addresses[0]!;
  if (url.scheme === 'http') return { socket: raw, address };
  raw.setTimeout(0);
  const socket = await ready(connectTls({
    socket: raw, host, rejectUnauthorized: true, ALPNProtocols: ['http/1.1'],
    ...(isName ? { servername: host } : {}), ...(options.ca === undefined ? {} : { ca: [options.ca].flat() }),
  }), 'secureConnect', { signal, idleMs, onIdle });
  return { socket, address };
}

/** Whatever happened between the check and the connection, it ends here if this is not one of the checked addresses. */
function findReached(socket: Socket, addresses: readonly Address[]): Address {
  const reached = parseAddress(socket.remoteAddress ?? '');
  const address = reached && addresses.find(({ text }) => text === unmap(reached).text);
  if (address !== undefined) return address;
  socket.destroy();
  throw new Error(reached === undefined ? 'the connection was closed' : `the connection led to ${reached.text}, which was not checked`);
}

/** What a socket gets instead of the name service. An address in place of a name never asks. */
function handOut(addresses: readonly Address[]): LookupFunction {
  const all = addresses.map(({ text, family }) => ({ address: text, family }));
  return (_name, { all: wantsAll }, done) => {
    if (wantsAll) done(null, all);
    else done(null, all[0]!.address, all[0]!.family);
  };
}

function ready(socket: Socket, event: 'connect' | 'secureConnect', { signal, idleMs, onIdle }: Pick<ConnectOptions, 'signal' | 'idleMs' | 'onIdle'>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const destroy = (): void => { socket.destroy(); reject(signal.reason as Error); };
    socket.setTimeout(idleMs, onIdle);
    socket.once(event, () => resolve(socket));
    socket.on('error', reject); // Stays: an error nobody listens to would end the process.
    socket.once('close', () => { signal.removeEventListener('abort', destroy); reject(new Error('the connection was closed')); });
    if (signal.aborted) destroy();
    else signal.addEventListener('abort', destroy, { once: true });
  });
}
