import { guardedFetch, type NetPolicy } from '@pith/net';
import type { CustomFetch } from 'openid-client';

const MAX_BYTES = 256 * 1024;
/** No token lives longer than ten years. */
const LIFE_MAX_S = 10 * 366 * 86_400;

export interface IssuerFetchOptions {
  policy: NetPolicy;
  /** For one request in all. */
  limitMs: number;
  env?: Readonly<Record<string, string | undefined>>;
  ca?: string;
}

/**
 * Requests to an issuer, to checked addresses only. An answer that holds a token is read with a kind eye: where the issuer has
 * already made the old one worthless, a small fault of form must not lose the new one.
 */
export function createIssuerFetch({ policy, limitMs, env, ca }: IssuerFetchOptions): CustomFetch {
  return async (url, { method, headers, body, signal }) => {
    const reply = await guardedFetch(url, {
      method, headers, policy, maxBytes: MAX_BYTES, timeoutMs: limitMs, idleMs: limitMs, ...(signal === undefined ? {} : { signal }),
      ...(env === undefined ? {} : { env }), ...(ca === undefined ? {} : { ca }), ...(body === undefined || body === null ? {} : { body: toText(body) }),
    });
    const retryAfter = reply.headers['retry-after'];
    // Without what it says of ways to sign in, which would hide the error in the body.
    const said = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    const json = toJson(reply.text());
    if (json === undefined) return new Response(Buffer.from(reply.body), { status: reply.status, headers: { 'content-type': reply.mediaType ?? 'text/plain', ...said } });
    return Response.json(reply.status === 200 && method === 'POST' ? toTokenAnswer(json) : json, { status: reply.status, headers: said });
  };
}

/** Of an answer with a token what is of use. Who has signed in does not matter here, so what it says of them is left out. */
function toTokenAnswer(json: Record<string, unknown>): Record<string, unknown> {
  const { access_token: access, token_type: type, refresh_token: refresh, expires_in: seconds } = json;
  if (typeof access !== 'string' || access === '') return json;
  const expiresIn = toSeconds(seconds);
  return {
    access_token: access, token_type: typeof type === 'string' ? type : 'bearer',
    ...(typeof refresh === 'string' && refresh !== '' ? { refresh_token: refresh } : {}), ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
  };
}

function toSeconds(given: unknown): number | undefined {
  const seconds = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  return typeof seconds === 'number' && seconds > 0 ? Math.min(seconds, LIFE_MAX_S) : undefined;
}

function toJson(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? json as Record<string, unknown> : undefined;
  } catch {
    return undefined; // A page of a gateway, say; whoever asked says so.
  }
}

function toText(body: unknown): string {
  if (typeof body === 'string' || body instanceof URLSearchParams) return body.toString();
  throw new TypeError('The body of a request to an issuer is a form');
}
