import type { Socket } from 'node:net';
import { admit, isRefusal, type NetPolicy } from '@pith/net';
import { connect, findProxy } from '@pith/net/connect';
import type { Pool } from 'undici';
import ConnectionPool from 'undici/lib/dispatcher/pool.js';
import type { Account } from '../account/account.ts';
import { policyOf } from '../account/net-policy.ts';
import { balancerError } from '../errors.ts';
import type { ProxyLimits } from './limits.ts';
import type { ProxyParts } from './parts.ts';

/** A server that accounts are on: its connections, and what stands before the path of every request. */
export interface Server { pool: Pool; prefix: string; host: string }

/** Connections to the vendors, kept as long as they are used. Each is made to an address that was checked for it. */
export class Connections {
  /** By address and by where that may lead: what one account may reach is not open to another. */
  readonly #servers = new Map<string, Server>();
  readonly #ofAccount = new WeakMap<Account, Server>();
  readonly #limits: ProxyLimits;
  readonly #parts: Pick<ProxyParts, 'env' | 'ca' | 'policyOf'>;
  /** Of a connection that broke, when it was made. */
  readonly #madeMs = new WeakMap<Error, number>();

  constructor(limits: ProxyLimits, parts: Pick<ProxyParts, 'env' | 'ca' | 'policyOf'>) {
    this.#limits = limits;
    this.#parts = parts;
  }

  /** @throws PithError PROXY_ACCOUNT_ADDRESS */
  of(account: Account): Server {
    const known = this.#ofAccount.get(account);
    if (known !== undefined) return known;
    const url = URL.parse(account.baseUrl);
    if (url === null || !/^https?:$/.test(url.protocol)) throw balancerError('PROXY_ACCOUNT_ADDRESS', `The address of account ${account.name} is no http or https address`, { hint: 'Change it with: pith accounts add' });
    const policy = this.#parts.policyOf?.(account) ?? policyOf(account.baseUrl, account.allowHost === undefined ? [] : [account.allowHost]);
    const key = `${account.baseUrl} ${JSON.stringify(policy)}`;
    const server = this.#servers.get(key) ?? this.#open(url, { baseUrl: account.baseUrl, policy });
    this.#servers.set(key, server);
    this.#ofAccount.set(account, server);
    return server;
  }

  /** Whether a request failed because its connection was there before it: the server may just have closed it, and it goes again on another. */
  isStale(error: Error, sentMs: number): boolean {
    const madeMs = this.#madeMs.get(error);
    return madeMs !== undefined && madeMs < sentMs;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map(({ pool }) => pool.destroy()));
  }

  #open(url: URL, { baseUrl, policy }: { baseUrl: string; policy: NetPolicy }): Server {
    const { upstreamConnections, replyHeadMs, replyIdleMs, keepAliveMs } = this.#limits;
    const pool = new ConnectionPool(url.origin, {
      connections: upstreamConnections, headersTimeout: replyHeadMs, bodyTimeout: replyIdleMs, keepAliveTimeout: keepAliveMs, keepAliveMaxTimeout: keepAliveMs, maxHeaderSize: 64 * 1024,
      connect: (_options, done) => { this.#connect(baseUrl, policy).then((socket) => done(null, socket), (error: Error) => done(error, null)); },
    });
    return { pool, prefix: url.pathname.replace(/\/+$/, ''), host: url.host };
  }

  async #connect(baseUrl: string, policy: NetPolicy): Promise<Socket> {
    const { connectMs } = this.#limits;
    const { env = {}, ca } = this.#parts;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(connectTimeout(baseUrl, connectMs)), connectMs);
    try {
      const admission = await admit(baseUrl, { policy, signal: stop.signal });
      if (isRefusal(admission)) throw balancerError('PROXY_ADDRESS_REFUSED', admission.reason, { hint: 'The address of an account is public, or names loopback itself.' });
      const proxy = findProxy(admission, env);
      const { socket } = await connect(admission, { signal: stop.signal, idleMs: connectMs, onIdle: () => stop.abort(connectTimeout(baseUrl, connectMs)), ...(proxy === undefined ? {} : { proxy }), ...(ca === undefined ? {} : { ca }) });
      // From now on its silence is what the reply's limits are for.
      socket.setTimeout(0).removeAllListeners('timeout');
      socket.setNoDelay(true).setKeepAlive(true, 60_000);
      const madeMs = performance.now();
      socket.on('error', (error) => this.#madeMs.set(error, madeMs));
      return socket;
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      clearTimeout(timer);
    }
  }
}

function connectTimeout(baseUrl: string, connectMs: number): Error {
  return balancerError('PROXY_CONNECT_TIMEOUT', `${new URL(baseUrl).host} could not be connected to within ${connectMs / 1000} s`);
}
