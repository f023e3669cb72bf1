import { toMessage } from '@pith/kernel';
import { type Address, parseAddress } from './address.ts';
import { unmap } from './address-class.ts';
import type { HttpUrl } from './http-url.ts';
import { isLocalhost, judgeAddresses, judgeUrl, type NetPolicy } from './policy.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';
import { type Resolve, systemResolve } from './resolve.ts';

/** A request that may be made: to these addresses and to no other, in this order. */
export interface Admission {
  readonly url: HttpUrl;
  /** Checked, at least one. */
  readonly addresses: readonly Address[];
}

export interface AdmitOptions {
  policy?: NetPolicy;
  resolve?: Resolve;
  signal?: AbortSignal;
}

/**
 * The whole check of one attempt: text, name, addresses. The name is looked up once; what is connected to must come out
 * of the admission, and another attempt needs another one, since the answer may have changed.
 * @throws the signal's reason; PithError NET_POLICY_INVALID
 */
export async function admit(text: string, { policy = {}, resolve = systemResolve, signal = new AbortController().signal }: AdmitOptions = {}): Promise<Admission | Refusal> {
  const url = judgeUrl(text, policy);
  if (isRefusal(url)) return url;
  const addresses = url.address === undefined ? await lookUp(url.name, resolve, signal) : [unmap(url.address)];
  if ('refused' in addresses) return addresses;
  return judgeAddresses(url, addresses, policy) ?? { url, addresses };
}

async function lookUp(name: string, resolve: Resolve, signal: AbortSignal): Promise<readonly Address[] | Refusal> {
  let answers: readonly string[];
  try {
    answers = await resolve(name, signal);
  } catch (error) {
    signal.throwIfAborted();
    // Not every resolver knows the names under localhost; there is only one thing they can mean.
    if (!isLocalhost(name)) return refuse('resolver', `${name} cannot be looked up: ${(error as NodeJS.ErrnoException).code ?? toMessage(error)}`);
    answers = ['127.0.0.1', '::1'];
  }
  if (answers.length === 0) return refuse('resolver', `${name} has no address`);
  const addresses: Address[] = [];
  for (const answer of answers) {
    const address = parseAddress(answer);
    if (address === undefined) return refuse('resolver', `${name} was answered with ${JSON.stringify(answer.slice(0, 80))}, which is no address`);
    addresses.push(unmap(address));
  }
  return addresses;
}
