import { type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { admit, type Admission } from './admit.ts';
import { readBody, toFetchBody, type FetchBody } from './body.ts';
import { connect } from './connect.ts';
import { idleTooLong, redirected, refused, toFetchError, tookTooLong } from './fetch-error.ts';
import type { NetPolicy } from './policy.ts';
import { findProxy } from './proxy.ts';
import { isRedirect } from './redirect.ts';
import { isRefusal } from './refusal.ts';
import type { Resolve } from './resolve.ts';
import { checkRequest, toRequestHeaders } from './request-headers.ts';

export interface FetchOptions {
  policy?: NetPolicy;
  /** Default `GET`. */
  method?: string;
  /** Host, length, encoding and everything about the connection are set here and refused in `headers`. */
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  signal?: AbortSignal;
  /** The body is cut here, counted after decompression. Default 1 048 576. */
  maxBytes?: number;
  /** For everything together: look-up, connection, answer. Default 30 000. */
  timeoutMs?: number;
  /** How long the peer may be silent. Default 10 000. */
  idleMs?: number;
  /** Default: the system's. */
  resolve?: Resolve;
  /** Certificates (PEM) to trust instead of the machine's own. */
  ca?: string | readonly string[];
  /** Where proxies are looked for. Default `process.env`. */
  env?: Readonly<Record<string, string | undefined>>;
}

export interface FetchReply extends FetchBody {
  /** Never a redirect. */
  status: number;
  /** Lower-case names; several of one name joined by a comma, `set-cookie` by a line end. */
  headers: Readonly<Record<string, string>>;
  /** Without fragment. */
  url: string;
  /** What was connected to. */
  address: string;
}

const MAX_HEADER_BYTES = 32 * 1024;

/**
 * One request to a checked address, over a connection of its own. Any status but a redirect is a reply.
 * @throws PithError NET_REFUSED, NET_REDIRECTED (with `details.location`), NET_TIMEOUT, NET_FAILED, NET_TLS_FAILED,
 * NET_REPLY_INVALID, NET_REQUEST_INVALID, NET_POLICY_INVALID; or the reason of the caller's signal
 */
export async function guardedFetch(text: string, options: FetchOptions = {}): Promise<FetchReply> {
  const { policy = {}, maxBytes = 1_048_576, timeoutMs = 30_000, idleMs = 10_000, env = process.env } = options;
  checkRequest(options);
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(tookTooLong(timeoutMs)), timeoutMs);
  const giveUp = (): void => stop.abort(options.signal!.reason);
  if (options.signal?.aborted) giveUp();
  else options.signal?.addEventListener('abort', giveUp, { once: true });
  let socket: Socket | undefined;
  let host: string | undefined;
  try {
    stop.signal.throwIfAborted();
    const admission = await admit(text, { policy, signal: stop.signal, ...(options.resolve === undefined ? {} : { resolve: options.resolve }) });
    if (isRefusal(admission)) throw refused(admission);
    const { url } = admission;
    host = url.name;
    const proxy = findProxy(admission, env);
    const connection = await connect(admission, { signal: stop.signal, idleMs, onIdle: () => stop.abort(idleTooLong(url.name, idleMs)), ...(options.ca === undefined ? {} : { ca: options.ca }), ...(proxy === undefined ? {} : { proxy }) });
    socket = connection.socket;
    const response = await send(admission, socket, options, stop.signal);
    const status = response.statusCode!;
    if (isRedirect(status)) throw redirected(url, status, response.headers.location);
    const read = await readBody(response, { maxBytes, signal: stop.signal });
    return { status, url: url.href, address: connection.address.text, headers: toHeaders(response), ...toFetchBody(read, response.headers['content-type']) };
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : toFetchError(error, host);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', giveUp);
    socket?.destroy();
  }
}

function send({ url }: Admission, socket: Socket, { method = 'GET', headers = {}, body }: FetchOptions, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ method, path: url.path, headers: toRequestHeaders(url, headers), createConnection: () => socket, maxHeaderSize: MAX_HEADER_BYTES, insecureHTTPParser: false, signal });
    outgoing.once('response', resolve);
    outgoing.on('error', reject); // One that comes after the response is seen by whoever reads the body.
    outgoing.end(body);
  });
}

function toHeaders({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join('\n') : value ?? '']));
}
