import { cutMiddle, EXIT, isPithError, PithError } from '@pith/kernel';
import { asRecord, isRecord, type Json } from './json.ts';
import { readLimits, readRetryAfter } from './limits.ts';
import { toReplyError } from './reader.ts';
import { redact } from './redact.ts';

/** Whom an error is about, and what must not be said of it. */
export interface ProviderErrorContext {
  /** As people call it: `Anthropic`. */
  name: string;
  /** Where requests go, without credentials: `https://api.anthropic.com`. */
  origin: string;
  /** What to change when the key or the address is wrong: `ANTHROPIC_API_KEY`, or where else the key is from. */
  keyPlace: string;
  addressVariable: string;
  /** Values that may appear in no message. */
  secrets: readonly string[];
  signal: AbortSignal;
  now: () => number;
}

const LONG_CONTEXT = new RegExp([
  'prompt is too long', '(?:prompt|input|request) (?:is |was )?too (?:long|large)', 'maximum (?:context|prompt) length', 'exceeds? (?:the )?(?:context|model.s context|available context)',
  'context (?:window|length|size)[^.]{0,60}exceed', 'exceed[^.]{0,40}context', 'context_length_exceeded', 'exceed_context_size', 'input token count[^.]{0,40}exceed', 'too large for model with \\d+ maximum context',
].join('|'), 'i');

/** Whether a refusal says that the request does not fit the model's window, in any vendor's words. */
export function isContextTooLong({ type, message }: { type: string; message: string }): boolean {
  return LONG_CONTEXT.test(type) || LONG_CONTEXT.test(message);
}

/** Vendors have refusals of 400 and 429 for an account that is used up, which some of them tell only in the sentence. */
const SPENT = /insufficient_quota|billing_error|billing_hard_limit|billing_not_active|credit balance is too low|reached your (?:specified )?API usage limits?/i;

/** A limit for each minute that this request alone exceeds: no wait helps, less of a request does. */
const LARGER_THAN_A_MINUTE = /request too large|tokens must be reduced/i;

/** What an official client threw, as our error. An abort is handed on as the signal's reason. */
export function toProviderError(error: unknown, context: ProviderErrorContext): unknown {
  if (context.signal.aborted) return context.signal.reason;
  if (isPithError(error)) return error;
  const { status, headers } = asRecord(error);
  return typeof status === 'number' && headers instanceof Headers ? toHttpError(error as ClientError, context) : toConnectionError(error, context);
}

/** An error of an official client for an answer that is no success; `error` is the answer's JSON, or the `error` in it. */
interface ClientError { status: number; headers: Headers; error: unknown; message: string }

interface Verdict { code: string; says: string; hint: string; retryable: boolean }

function toHttpError(error: ClientError, context: ProviderErrorContext): PithError {
  const { status, headers } = error;
  const told = isRecord(error.error) || typeof error.error === 'string' ? toReplyError(error.error, `http_${status}`) : readPage(error);
  const type = told.error?.type ?? `http_${status}`;
  const vendorMessage = redact(cutMiddle((told.error?.message ?? '').replace(/\s+/g, ' ').trim(), 600), context.secrets);
  const retryAfterS = readRetryAfter(headers, context.now()) ?? told.retryAfterS;
  const { code, says, hint, retryable } = judge({ status, type: `${type} ${codeOf(error.error)}`, message: vendorMessage, retryAfterS, location: headers.get('location') }, context);
  const requestId = headers.get('request-id') ?? headers.get('x-request-id');
  const asked = headers.get('x-should-retry');
  const limits = readLimits(headers, { nowMs: context.now(), secrets: context.secrets }); // For whoever waits or balances.
  return new PithError(`${context.name} ${says} (${status})${vendorMessage === '' ? '' : `: ${vendorMessage}`}`, {
    code, origin: 'provider', exitCode: EXIT.provider, hint,
    details: {
      status, type, vendorMessage, retryable: asked === 'true' || (asked !== 'false' && retryable), ...(asked === null ? {} : { shouldRetry: asked === 'true' }),
      ...(requestId === null ? {} : { requestId }), ...(retryAfterS === undefined ? {} : { retryAfterS }),
      ...(limits === undefined ? {} : { limits }),
    },
  });
}

function codeOf(body: unknown): string {
  const code = asRecord(asRecord(body)['error'] ?? body)['code'];
  return typeof code === 'string' ? code : '';
}

/** A page, or some other text, where JSON was due; the client puts it behind the status. */
function readPage({ status, message }: ClientError): ReturnType<typeof toReplyError> {
  const text = message.replace(new RegExp(`^${status} `), '');
  const title = /<title[^>]*>([^<]+)/i.exec(text)?.[1];
  const said = /^\s*</.test(text) ? `it answered with a web page${title === undefined ? '' : ` (“${title.trim()}”)`} instead of JSON` : text === 'status code (no body)' ? '' : text;
  return toReplyError(said, `http_${status}`);
}

function judge({ status, type, message, retryAfterS, location }: { status: number; type: string; message: string; retryAfterS: number | undefined; location: string | null }, context: ProviderErrorContext): Verdict {
  const { keyPlace, addressVariable } = context;
  const wait = retryAfterS === undefined ? 'Wait a moment' : `Wait ${Math.ceil(retryAfterS)} s`;
  if ((status === 400 || status === 422) && isContextTooLong({ type, message })) {
    return { code: 'CONTEXT_TOO_LONG', says: 'says the request is too long for the model', hint: 'Start a new session, or give the model less to read.', retryable: false };
  }
  if (status === 429 && LARGER_THAN_A_MINUTE.test(message)) {
    return { code: 'CONTEXT_TOO_LONG', says: 'says the request alone is larger than what the account may send in a minute', hint: 'Start a new session, or give the model less to read.', retryable: false };
  }
  if (status === 413) return { code: 'CONTEXT_TOO_LONG', says: 'says the request is too large', hint: 'Start a new session, or attach less.', retryable: false };
  if (status === 402 || SPENT.test(type) || ((status === 400 || status === 403 || status === 429) && SPENT.test(message))) {
    return { code: 'PROVIDER_QUOTA', says: 'says the account has nothing left to spend', hint: 'Look at the account’s billing, or choose another provider with --provider.', retryable: false };
  }
  switch (true) {
    case status >= 300 && status < 400:
      return { code: 'PROVIDER_FAILED', says: `answered with a redirect${location === null ? '' : ` to ${originOf(location)}`}, which is not followed`, hint: `Set ${addressVariable} to the address that is meant.`, retryable: false };
    case status === 401: return { code: 'PROVIDER_AUTH', says: 'refused the key', hint: `Check the key in ${keyPlace}.`, retryable: false };
    case status === 403: return { code: 'PROVIDER_AUTH', says: 'does not allow this with the key', hint: `Check what the key in ${keyPlace} may use, or choose another model with --model.`, retryable: false };
    case status === 404: return { code: 'PROVIDER_NOT_FOUND', says: 'knows no such model or address', hint: `Check the model (--model) and the address (${addressVariable}).`, retryable: false };
    case status === 429: return { code: 'PROVIDER_RATE_LIMITED', says: 'asks to slow down', hint: `${wait} and try again, or choose another model with --model.`, retryable: true };
    case status === 529 || status === 503: return { code: 'PROVIDER_OVERLOADED', says: 'is overloaded', hint: `${wait} and try again, or choose another model with --model.`, retryable: true };
    case status === 408 || status === 409 || status >= 500: return { code: 'PROVIDER_FAILED', says: 'failed', hint: `${wait} and try again.`, retryable: true };
    default: return { code: 'PROVIDER_REFUSED_REQUEST', says: 'refused the request', hint: 'Change what the message names: an option, the model, or an attachment.', retryable: false };
  }
}

const NETWORK: Record<string, string> = {
  ENOTFOUND: 'the name is not known', EAI_AGAIN: 'the name could not be looked up', ECONNRESET: 'the connection was reset', EPIPE: 'the connection was reset',
  ETIMEDOUT: 'it did not answer in time', UND_ERR_CONNECT_TIMEOUT: 'it did not answer in time', UND_ERR_SOCKET: 'the connection was closed', EHOSTUNREACH: 'there is no way to it', ENETUNREACH: 'there is no network',
};
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS/;

function toConnectionError(error: unknown, { name, origin, addressVariable, secrets }: ProviderErrorContext): PithError {
  const causes = causesOf(error);
  const code = causes.map((cause) => cause['code']).find((each) => typeof each === 'string');
  const certificate = typeof code === 'string' && CERTIFICATE.test(code);
  const why = certificate ? `its certificate is not trusted (${code})`
    : code === 'ECONNREFUSED' ? `nothing listens ${placeOf(causes, origin)}`
    : NETWORK[String(code)] ?? redact(String(causes.at(-1)?.['message'] ?? error), secrets);
  return new PithError(`${name} cannot be reached at ${origin}: ${why}`, {
    code: 'PROVIDER_UNREACHABLE', origin: 'provider', exitCode: EXIT.provider, cause: error,
    hint: certificate ? 'Behind a proxy with a certificate of its own, set NODE_EXTRA_CA_CERTS to its file.' : `Check the network, the proxy (HTTPS_PROXY) and the address (${addressVariable}).`,
    details: { retryable: !certificate, ...(typeof code === 'string' ? { network: code } : {}) },
  });
}

/** An error and what it was caused by, at most eight deep. */
function causesOf(error: unknown): Json[] {
  const causes: Json[] = [];
  for (let at = error; typeof at === 'object' && at !== null && causes.length < 8; at = (at as { cause?: unknown }).cause) {
    const { code, message, address, port } = at as Json;
    causes.push({ code, message, address, port });
  }
  return causes;
}

/** It may have been a proxy that was not there. */
function placeOf(causes: readonly Json[], origin: string): string {
  const { address, port } = causes.find((cause) => typeof cause['address'] === 'string') ?? {};
  const place = `${String(address)}:${String(port)}`;
  return address === undefined || origin.endsWith(`//${place}`) ? 'there' : `at ${place}`;
}

function originOf(location: string): string {
  return URL.parse(location)?.origin ?? 'another place';
}
