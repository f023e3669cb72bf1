import { admit, isRefusal, judgeUrl, type HttpUrl, type NetPolicy, type Refusal } from '@pith/net';
import { balancerError } from '../errors.ts';

/** A name is looked up for so long; whoever adds an account may be offline. */
const LOOK_UP_MS = 3000;

export interface BaseUrlQuestion {
  /** A person has said that it may be this machine. */
  allowLoopback: boolean;
  /** Hosts in private space that a person has named. */
  allowHosts: readonly string[];
  /** Asks a person at the terminal; no where there is none. */
  confirm: (question: string) => Promise<boolean>;
}

/**
 * The address of an account, up to and without the API's version. Where it is not public a person must say that it is meant: then
 * every request of this account, with its key, goes there.
 * @returns `allowHost`: in private space, and meant
 * @throws PithError ACCOUNT_ADDRESS_REFUSED
 */
export async function checkBaseUrl(text: string, { allowLoopback, allowHosts, confirm }: BaseUrlQuestion): Promise<{ baseUrl: string; allowHost?: string }> {
  const given: NetPolicy = { allowLoopback, allowHosts };
  const refusal = await judge(text, given);
  if (refusal === undefined) return toBaseUrl(text, allowHosts);
  const host = URL.parse(text)?.hostname ?? '';
  if (await judge(text, { ...given, allowLoopback: true }) === undefined) {
    if (await confirm(`${host} is this machine. Shall the requests of this account, with its key, go there?`)) return toBaseUrl(text, allowHosts);
    throw refused(`${host} is this machine`, 'Where it is meant, say so: --allow-loopback');
  }
  if (host !== '' && refusal.refused === 'address' && await judge(text, { ...given, allowHosts: [...allowHosts, host] }) === undefined) {
    if (await confirm(`${host} is in a private network. Shall the requests of this account, with its key, go there?`)) return toBaseUrl(text, [...allowHosts, host]);
    throw refused(`${host} is in a private network`, `Where it is meant, say so: --allow-host ${host}`);
  }
  throw refused(refusal.reason, 'The address of an account is like https://api.example.com, without the /v1 of its API.');
}

async function judge(text: string, policy: NetPolicy): Promise<Refusal | undefined> {
  const url = judgeUrl(text, policy);
  if (isRefusal(url)) return url;
  if (url.href.includes('?') || text.includes('#')) return { refused: 'text', reason: 'the address of an account has no query and no fragment' };
  const admission = await admitSoon(text, policy);
  // Nobody knows that name now; before a request goes anywhere it is looked up again.
  return isRefusal(admission) && admission.refused !== 'resolver' ? admission : undefined;
}

async function admitSoon(text: string, policy: NetPolicy): Promise<object> {
  const signal = AbortSignal.timeout(LOOK_UP_MS);
  try {
    return await admit(text, { policy, signal });
  } catch (error) {
    if (signal.aborted) return { refused: 'resolver' };
    throw error;
  }
}

function toBaseUrl(text: string, allowHosts: readonly string[]): { baseUrl: string; allowHost?: string } {
  const url = judgeUrl(text, { allowLoopback: true }) as HttpUrl;
  const baseUrl = url.href.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, '');
  const { name } = url;
  return { baseUrl, ...(allowHosts.some((host) => host.toLowerCase() === name || `[${name}]` === host) ? { allowHost: name } : {}) };
}

function refused(reason: string, hint: string): Error {
  return balancerError('ACCOUNT_ADDRESS_REFUSED', `The address of the account is refused: ${reason}`, { hint });
}
