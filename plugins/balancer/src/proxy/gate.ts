import type { Family } from '../account/account.ts';
import type { RequestFacts } from './headers.ts';
import type { ClientKey, ClientKeys } from './parts.ts';
import type { Refusal } from './refusal.ts';
import { type Target, toTarget } from './target.ts';

/** A request that may be made, as far as its head tells. */
export interface Admitted { target: Target; family: Family; key: ClientKey | undefined }

export type Refused = { refusal: Refusal; family: Family | undefined };

export interface GateOptions {
  keys: ClientKeys | undefined;
  /** Whether the proxy may be asked by this name; see `toHostCheck`. */
  isOwnHost: (host: string) => boolean;
}

const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

/** Everything that can be said of a request before its body is looked at. */
export function checkRequest({ method = '', url = '', httpVersion = '1.1' }: { method?: string | undefined; url?: string | undefined; httpVersion?: string }, facts: RequestFacts, { keys, isOwnHost }: GateOptions): Admitted | Refused | 'outside' {
  const target = toTarget(url);
  const family = typeof target === 'string' ? undefined : target.family ?? (facts.isAnthropic || facts.keyHeader === 'x-api-key' ? 'anthropic' : 'openai');
  const refuse = (refusal: Refusal): Refused => ({ refusal, family });
  if (facts.fault !== undefined) return refuse(invalid(`The request cannot be passed on: ${facts.fault}`));
  if (httpVersion !== '1.1' && httpVersion !== '1.0') return refuse(invalid('The request is of another version of HTTP than it is written in; this is HTTP/1.1'));
  if (facts.isChunked && httpVersion === '1.0') return refuse(invalid('The request comes in chunks, which HTTP/1.0 does not have'));
  if (facts.host !== undefined && !isOwnHost(facts.host)) return refuse(forbidden(`This proxy is not asked by the name ${JSON.stringify(facts.host.slice(0, 100))}; use the address that it printed, or start it with --allow-host`));
  if (isForeign(facts)) return refuse(forbidden('A web page of another place asks; a proxy with accounts behind it does not answer pages'));
  if (target === 'outside') return 'outside';
  if (target === 'invalid' || family === undefined) return refuse(invalid('The address of the request has more than one reading, so it is passed on in none'));
  const allowed = target.method === 'any' ? METHODS.has(method) : method === target.method;
  if (!allowed) {
    const allow = target.method === 'any' ? [...METHODS].join(', ') : target.method;
    return refuse({ status: 405, type: 'invalid_request_error', message: `${target.name} is asked with ${allow}, not with ${method}`, headers: { allow } });
  }
  if (keys?.isRequired !== true) return { target, family, key: undefined };
  const key = facts.key === undefined ? undefined : keys.check(facts.key);
  if (key !== undefined) return { target, family, key };
  const found = facts.key === undefined ? 'The request has no key' : keys.explain?.(facts.key) ?? 'The key of the request is not one of this proxy';
  return refuse({ status: 401, type: 'authentication_error', code: 'invalid_api_key', message: `${found}; make one with: pith proxy keys add`, headers: { 'www-authenticate': 'Bearer' } });
}

/** What has two readings ends its connection: what follows may be a part of one of them. */
const invalid = (message: string): Refusal => ({ status: 400, type: 'invalid_request_error', message, headers: { connection: 'close' } });
const forbidden = (message: string): Refusal => ({ status: 403, type: 'permission_error', message });

/** A page may send requests to this machine without being able to read the answers, and each would cost money. */
function isForeign({ origin, site, host }: RequestFacts): boolean {
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`;
}

const LOOPBACK = /^(?:localhost|[\w.-]+\.localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/i;

export const isLoopback = (host: string): boolean => LOOPBACK.test(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);

/**
 * By which names a proxy answers. One that only this machine reaches knows its own; a page that has its name lead here
 * (DNS rebinding) asks by another. One that others reach asks for keys instead.
 */
export function toHostCheck(listensOn: string, more: readonly string[]): (host: string) => boolean {
  if (!isLoopback(listensOn)) return () => true;
  const named = new Set(more.map((name) => name.toLowerCase()));
  const known = new Map<string, boolean>(); // Programs ask by one name or two, again and again.
  return (host) => {
    let own = known.get(host);
    if (own === undefined) {
      const name = host.replace(/:\d+$/, '').toLowerCase();
      own = LOOPBACK.test(name) || named.has(name) || named.has(host.toLowerCase());
      if (known.size < 64) known.set(host, own);
    }
    return own;
  };
}
