import { EXIT, PithError } from '@pith/kernel';
import type { Address } from './address.ts';
import { classifyAddress } from './address-class.ts';
import { type HttpUrl, parseHttpUrl } from './http-url.ts';
import { parseHost } from './host.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';

/** What a person opened. Without any of it: https to public addresses. */
export interface NetPolicy {
  /** Loopback addresses too, and to them plain http. */
  allowLoopback?: boolean;
  /** Plain http wherever https may go. */
  allowHttp?: boolean;
  /** Hosts that may be in private space (RFC 1918, fc00::/7): exact names or addresses. Never metadata services. */
  allowHosts?: readonly string[];
}

/** Names that mean this machine, whatever a resolver says (RFC 6761). */
export function isLocalhost(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost');
}

/**
 * Everything that can be said before a name is looked up.
 * @throws PithError NET_POLICY_INVALID, also where the mistake would not matter yet
 */
export function judgeUrl(text: string, policy: NetPolicy): HttpUrl | Refusal {
  toHostNames(policy);
  const url = parseHttpUrl(text);
  if (isRefusal(url)) return url;
  if (url.scheme === 'http' && !policy.allowHttp && !policy.allowLoopback) return refuse('scheme', 'the scheme http: is not allowed, only https:');
  if (isLocalhost(url.name) && !policy.allowLoopback) return refuse('address', `${url.name} is this machine; only public addresses are allowed`);
  return url;
}

/** All of the addresses must be good: whichever is connected to, it is one of them. */
export function judgeAddresses(url: HttpUrl, addresses: readonly Address[], policy: NetPolicy): Refusal | undefined {
  const named = toHostNames(policy).includes(url.name);
  for (const address of addresses) {
    const refusal = judgeAddress(url, address, policy, named);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

function judgeAddress(url: HttpUrl, address: Address, policy: NetPolicy, named: boolean): Refusal | undefined {
  const { kind, name } = classifyAddress(address);
  const about = url.address === undefined ? `${url.name} leads to ${address.text}, which is` : `${address.text} is`;
  const isOpen = kind === 'public' || (kind === 'loopback' && policy.allowLoopback === true) || (kind === 'private' && named);
  if (!isOpen) return refuse('address', `${about} ${article(name)} ${name} address; only public addresses are allowed`);
  if (isLocalhost(url.name) && kind !== 'loopback') return refuse('address', `${about} not this machine, though its name says so`);
  if (url.scheme === 'http' && !policy.allowHttp && kind !== 'loopback') return refuse('scheme', `${about} ${article(name)} ${name} address; plain http is allowed to loopback only`);
  return undefined;
}

function toHostNames({ allowHosts = [] }: NetPolicy): string[] {
  return allowHosts.map((entry) => {
    const host = parseHost(entry.includes(':') && !entry.startsWith('[') ? `[${entry}]` : entry);
    if (!isRefusal(host)) return host.name;
    throw new PithError(`allow_hosts holds ${JSON.stringify(entry)}, which is no host: ${host.reason}`, {
      code: 'NET_POLICY_INVALID', exitCode: EXIT.usage, hint: 'Name each host exactly, without scheme and port, for example: hooks.corp.example',
    });
  });
}

const article = (name: string): string => (/^[aeiou]/.test(name) ? 'an' : 'a');
