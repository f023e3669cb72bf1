import type { Family } from '../account/account.ts';
import type { AllOut } from '../engine.ts';
import { toReasonWords } from '../limit/words.ts';
import type { BodyFault } from './body.ts';

/** An answer of the proxy itself. */
export interface Refusal {
  status: number;
  /** In the words of the vendors' errors. */
  type: 'invalid_request_error' | 'authentication_error' | 'permission_error' | 'not_found_error' | 'request_too_large' | 'rate_limit_error' | 'api_error' | 'overloaded_error' | 'timeout_error';
  /** A sentence: what was found, and what to do. */
  message: string;
  code?: string;
  headers?: Readonly<Record<string, string>>;
}

/** The body of an error as the programs of that family read it. */
export function toErrorBody(family: Family | undefined, { type, message, code }: Refusal, more: object = {}): Buffer {
  const body = family === 'openai'
    ? { error: { message, type, param: null, code: code ?? null, ...more } }
    : { type: 'error', error: { type, message, ...more } };
  return Buffer.from(JSON.stringify(body));
}

/**
 * Nobody is left to ask.
 * @param isTold whoever asks may know the accounts by name: nobody does who needs a key. `accounts` says of each why, as a code; the message says it in words
 */
export function toAllOut({ retryAtMs, reasons, isEmpty }: AllOut, { family, nowMs, isTold }: { family: Family; nowMs: number; isTold: boolean }): { refusal: Refusal; more: { accounts?: AllOut['reasons'] } } {
  const more = isTold ? { accounts: reasons } : {};
  if (isEmpty) return { more, refusal: { status: 503, type: 'api_error', code: 'no_account', message: `pith has no account for requests of the ${family} kind. Add one with: pith accounts add` } };
  const told = isTold ? ` (${reasons.map(({ account, reason }) => `${account}: ${toReasonWords(reason)}`).join('; ')})` : '';
  if (retryAtMs === null) return { more, refusal: { status: 503, type: 'api_error', code: 'all_accounts_out', message: `No account of pith can take this request, and none comes back by itself${told}. See: pith accounts` } };
  // In full seconds, and never so early that the wait was for nothing.
  const seconds = Math.max(1, Math.ceil((retryAtMs - nowMs) / 1000));
  return { more, refusal: { status: 429, type: 'rate_limit_error', code: 'rate_limit_exceeded', headers: { 'retry-after': String(seconds) }, message: `All accounts of pith are at their limits; the first is back in ${seconds} s${told}` } };
}

const tooLarge: Refusal = { status: 413, type: 'request_too_large', message: 'The request is larger than this proxy takes', headers: { connection: 'close' } };
const tooSlow: Refusal = { status: 408, type: 'timeout_error', message: 'The rest of the request did not come', headers: { connection: 'close' } };

const noRoom: Refusal = { status: 503, type: 'overloaded_error', message: 'The proxy holds as many long requests as it may; try again in a moment, or let it hold more (proxy.bodiesMaxBytes in the settings)', headers: { 'retry-after': '1', connection: 'close' } };

export const badBody = (fault: Exclude<BodyFault, 'broken'>): Refusal => (fault === 'too-large' ? tooLarge : fault === 'no-room' ? noRoom : tooSlow);
export const elsewhere = (account: string, status: number): Refusal => ({ status: 502, type: 'api_error', code: 'upstream_redirects', message: `The server of account ${account} sends its requests to another address (${status}), which pith does not follow; give the account the right address` });
export const noSuchAddress = (path: string): Refusal => ({ status: 404, type: 'not_found_error', message: `There is nothing at ${path.slice(0, 200)}; pith proxy serves what is below /v1/` });
export const unreachable = (why: string): Refusal => ({ status: 502, type: 'api_error', code: 'upstream_unreachable', message: `No account's server could be reached: ${why}` });
