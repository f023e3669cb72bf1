import { withDefaultModel } from '../agents/default-model.ts';
import { balancerError } from '../errors.ts';
import type { Balancer } from '../service.ts';
import { isLoopback } from './gate.ts';
import type { ClientKeys, ProxyParts } from './parts.ts';
import { type Proxy, startProxy } from './server.ts';

export interface Listening { port: number; host: string; allowHosts?: readonly string[] }

/** Everything that a proxy needs of the balancer, and the proxy on it. @throws PithError PROXY_NEEDS_KEYS, PROXY_NOT_LISTENING */
export async function openProxy(balancer: Balancer, { port, host, allowHosts = [] }: Listening, more: Partial<ProxyParts> = {}): Promise<Proxy> {
  const keys = more.keys ?? await balancer.keys();
  if (!isLoopback(host) && !keys.isRequired) {
    throw balancerError('PROXY_NEEDS_KEYS', `Others can reach ${host}, and without keys everybody who does could use the accounts`, { hint: 'Make a key with: pith proxy keys add NAME. Or listen on 127.0.0.1 only.' });
  }
  const [engine, { books, payloads }, log, agents, translator] = await Promise.all([balancer.engine(), balancer.books(), balancer.log(), balancer.agents(), balancer.translator()]);
  const { proxy: limits } = balancer.options;
  try {
    const proxy = await startProxy({ engine, books, payloads, keys: isLoopback(host) ? keys : alwaysRequired(keys), agents: withDefaultModel(agents, () => balancer.settings.values.defaultAgentModel), translator, limits, hosts: [...limits.allowHosts ?? [], ...allowHosts], env: process.env, log: (line) => log.info(line), ...more }, { port, host });
    log.info(`The proxy listens on ${proxy.url}`);
    // What a proxy before it had left when it was killed. Requests do not wait for it.
    books.takeUp().catch((error: Error) => log.warn(`Requests of processes that have ended cannot be brought into the database now: ${error.message}`));
    return proxy;
  } catch (error) {
    throw notListening(error as NodeJS.ErrnoException, { port, host });
  }
}

/** Where others reach it, a proxy whose last key is removed lets nobody in. */
function alwaysRequired(keys: ClientKeys): ClientKeys {
  return { isRequired: true, check: (key) => keys.check(key), explain: (key) => keys.explain?.(key) };
}

function notListening(error: NodeJS.ErrnoException, { port, host }: Listening): Error {
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') return error;
  const isHost = error.syscall === 'getaddrinfo' || error.code === 'EADDRNOTAVAIL';
  const why = isHost ? 'this machine has no such address' : error.code === 'EADDRINUSE' ? 'another program listens there already' : error.code === 'EACCES' ? 'this user may not use that port' : error.message;
  return balancerError('PROXY_NOT_LISTENING', `The proxy cannot listen on ${host}:${port}: ${why}`, { cause: error, hint: isHost ? 'Take one of its own with --host, or leave it out.' : 'Take another port with --port, or 0 for any.' });
}

/** Hears when somebody ends the process: once, and again in earnest. Between the two there is no moment in which a signal would kill it; a third one does. */
export function hearStop(): { once: Promise<void>; again: Promise<void> } {
  const heard: (() => void)[] = [];
  const once = new Promise<void>((resolve) => heard.push(resolve));
  const again = new Promise<void>((resolve) => heard.push(resolve));
  const hear = (): void => {
    heard.shift()!();
    if (heard.length === 0) process.off('SIGINT', hear).off('SIGTERM', hear);
  };
  process.on('SIGINT', hear).on('SIGTERM', hear);
  return { once, again };
}
