/** Where requests may go. Importing this loads no network module; `guardedFetch` does when it is first called. */
import type { FetchOptions, FetchReply } from './fetch.ts';

export { parseAddress, type Address } from './address.ts';
export { classifyAddress, type AddressClass } from './address-class.ts';
export type { AddressKind } from './ranges.ts';
export { parseHttpUrl, type HttpUrl } from './http-url.ts';
export { judgeAddresses, judgeUrl, type NetPolicy } from './policy.ts';
export { admit, type Admission, type AdmitOptions } from './admit.ts';
export { isRefusal, type Refusal, type RefusalKind } from './refusal.ts';
export { systemResolve, type Resolve } from './resolve.ts';
export type { FetchOptions, FetchReply };

/** @see fetch.ts */
export async function guardedFetch(url: string, options?: FetchOptions): Promise<FetchReply> {
  return (await import('./fetch.ts')).guardedFetch(url, options);
}
