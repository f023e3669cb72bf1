import type { ModelAccess } from '@pith/kernel';
import { namesPayer } from './payer.ts';
import { parseBaseUrl } from './transport.ts';

type Headers = Readonly<Record<string, string>>;

/** Names of headers that may hold a key. */
const CREDENTIAL = /auth|key|token|secret|cookie/i;

/** What of a person's headers may go to an account that brings its own key: none that may hold another, or name another's payer. */
export function withoutCredentials(headers: Headers): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !CREDENTIAL.test(name) && !namesPayer(name.toLowerCase())));
}

/** The headers that an official client reads from this variable by itself, each taken away: whom they are meant for, nobody knows here. */
export function withoutLines(text: string | undefined): Record<string, null> {
  const lines = text?.split('\n').filter((line) => line.includes(':')) ?? [];
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).trim().toLowerCase(), null]));
}

/** What an error says of the key and the address of an account. */
export function placesOf({ account }: ModelAccess): { keyPlace: string; from: string } {
  return { keyPlace: `account ${account} (pith accounts show ${account})`, from: `the address of account ${account}` };
}

/**
 * Where requests of an account go, without the API's version.
 * @param vendorUrl where the vendor is, for accounts that name no address
 * @throws PithError PROVIDER_ADDRESS_INVALID
 */
export function accountUrl(access: ModelAccess, vendorUrl: string): URL {
  const url = parseBaseUrl(access.baseUrl ?? vendorUrl, placesOf(access).from);
  url.pathname = url.pathname.replace(/\/v1$/, '');
  return url;
}
