import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { EXIT, PithError, toMessage } from '@pith/kernel';
import type { Address } from './address.ts';
import { classifyAddress } from './address-class.ts';
import type { Admission } from './admit.ts';
import type { HttpUrl } from './http-url.ts';

/** A proxy out of the environment. Its own address is the person's choice and is not checked. */
export interface Proxy { readonly secure: boolean; readonly host: string; readonly port: number; readonly authorization?: string }

/**
 * The proxy for a request, as curl chooses it: `https_proxy`, `http_proxy` (lower case only), `all_proxy`, unless
 * `no_proxy` names the host. Loopback is always reached directly.
 * @throws PithError NET_PROXY_INVALID
 */
export function findProxy({ url, addresses }: Admission, env: Readonly<Record<string, string | undefined>>): Proxy | undefined {
  // A web server hands a client's `Proxy` header to its programs as HTTP_PROXY, so that one is not believed.
  const [name, value] = [...url.scheme === 'https' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy'], 'all_proxy', 'ALL_PROXY'].map((key) => [key, env[key] ?? ''] as const).find(([, text]) => text !== '') ?? [];
  if (name === undefined || value === undefined) return undefined;
  if (addresses.some((address) => classifyAddress(address).kind === 'loopback') || isExcepted(url, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined;
  const proxy = URL.parse(value.includes('://') ? value : `http://${value}`);
  if (proxy === null || !/^https?:$/.test(proxy.protocol)) throw new PithError(`${name} is not the address of an http or https proxy`, { code: 'NET_PROXY_INVALID', exitCode: EXIT.usage, hint: `Set it to http://HOST:PORT, or take it away: unset ${name}` });
  const secure = proxy.protocol === 'https:';
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return {
    secure, host: proxy.hostname.replace(/^\[|\]$/g, ''), port: Number(proxy.port) || (secure ? 443 : 80),
    ...(user === ':' ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
  };
}

/** `no_proxy` is a list of hosts, each with its sub-domains, perhaps with a port; `*` is every host. */
function isExcepted({ name, port }: HttpUrl, list: string): boolean {
  return list.split(/[\s,]+/).filter((entry) => entry !== '').some((entry) => {
    const [, host = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase().replace(/^\[(.*)\]/, '$1'))!;
    if (entry.split(':').length > 2) return entry.toLowerCase().replace(/[[\]]/g, '') === name;
    const bare = host.replace(/^\*?\./, '');
    return host === '*' || ((only === undefined || Number(only) === port) && (name === bare || name.endsWith(`.${bare}`)));
  });
}

export interface TunnelOptions {
  address: Address;
  port: number;
  signal: AbortSignal;
  ready: (socket: Socket, event: 'connect' | 'secureConnect') => Promise<Socket>;
}

/** The proxy is told the checked address, never the name: looking it up again is what the check must not allow. */
export async function openTunnel(proxy: Proxy, { address, port, signal, ready }: TunnelOptions): Promise<Socket> {
  const { host } = proxy;
  const socket = await reach(proxy, ready).catch((error: unknown) => {
    signal.throwIfAborted();
    throw new PithError(`The proxy ${host} cannot be reached: ${toMessage(error)}`, { code: 'NET_FAILED', exitCode: EXIT.provider, cause: error, hint: 'Look at https_proxy and all_proxy, or name the host in no_proxy if it can be reached directly.' });
  });
  const target = `${address.family === 6 ? `[${address.text}]` : address.text}:${port}`;
  return new Promise((resolve, reject) => {
    const headers = { host: target, ...(proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization }) };
    // An import of it would also load the web sockets that it exports, for everybody who only asks whether there is a proxy.
    const outgoing = process.getBuiltinModule('node:http').request({ method: 'CONNECT', path: target, headers, createConnection: () => socket, signal });
    const refuse = (status: number | undefined): void => {
      socket.destroy();
      reject(new PithError(`The proxy ${host} did not open a connection to ${target}; it answered ${status}`, { code: 'NET_FAILED', exitCode: EXIT.provider, hint: 'Allow it in the proxy, or name the host in no_proxy if it can be reached directly.' }));
    };
    outgoing.once('connect', ({ statusCode }, tunnel, head) => {
      if (statusCode !== 200) return refuse(statusCode);
      if (head.length > 0) tunnel.unshift(head);
      resolve(tunnel as Socket);
    });
    outgoing.once('response', ({ statusCode }) => refuse(statusCode));
    outgoing.once('error', reject);
    outgoing.end();
  });
}

function reach({ host, port, secure }: Proxy, ready: TunnelOptions['ready']): Promise<Socket> {
  if (!secure) return ready(connectTcp({ host, port }), 'connect');
  return ready(connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) }), 'secureConnect');
}
