import type { NetPolicy } from '@pith/net';

/** Where requests to an address that a person has given may go: to this machine where the address itself names it, and else to what is public, or named. */
export function policyOf(url: string, allowHosts: readonly string[] = []): NetPolicy {
  return { ...(isLoopback(url) ? { allowLoopback: true } : {}), ...(allowHosts.length === 0 ? {} : { allowHosts }) };
}

export function isLoopback(url: string): boolean {
  return /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(URL.parse(url)?.hostname ?? '');
}
