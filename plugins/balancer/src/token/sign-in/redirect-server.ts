import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { timingSafeEqual } from 'node:crypto';
import { toMessage } from '@pith/kernel';
import { isRefusal, parseHttpUrl } from '@pith/net';
import { isLoopback } from '../../account/net-policy.ts';
import { balancerError } from '../../errors.ts';

export interface RedirectServer {
  /** With the port that it got. */
  url: string;
  /** Only an answer with this state counts; there is none before it is known. */
  expect(state: string): void;
  answer: Promise<URLSearchParams>;
  close(): Promise<void>;
}

const PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>pith</title><body style="font:16px system-ui;margin:15vh auto;max-width:32em"><h1>pith has the answer</h1><p>How it went is said in the terminal. This page may be closed.</p></body></html>';
const HEADERS = { 'cache-control': 'no-store', 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'", 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff', connection: 'close' };

/**
 * A server on loopback that waits for the one redirect of a sign-in. Whatever else comes is refused and ends nothing, so that no
 * other page or program can spoil it.
 * @param redirect as in the settings; without a port it gets a free one
 * @throws PithError ACCOUNT_ISSUER_INVALID, ACCOUNT_SIGN_IN_FAILED where the port is taken
 */
export async function waitForRedirect(redirect: string, signal: AbortSignal): Promise<RedirectServer> {
  const url = parseHttpUrl(redirect);
  if (isRefusal(url) || url.scheme !== 'http' || !isLoopback(redirect)) {
    throw balancerError('ACCOUNT_ISSUER_INVALID', 'The redirect of this issuer does not lead to this machine, so the browser cannot bring the answer', { hint: 'Sign in with --paste, or set a redirect as http://127.0.0.1/callback.' });
  }
  const { promise: answer, resolve, reject } = Promise.withResolvers<URLSearchParams>();
  answer.catch(() => undefined); // It may come when nobody waits any more.
  let expected: Buffer | undefined;
  const place = new URL(redirect);

  const server = createServer((request, response) => {
    const asked = URL.parse(request.url ?? '', place.origin);
    const state = Buffer.from(asked?.searchParams.get('state') ?? '');
    const isIt = request.method === 'GET' && isOwnHost(request, place) && asked?.pathname === place.pathname && expected !== undefined && state.length === expected.length && timingSafeEqual(state, expected);
    reply(response, isIt ? 200 : 404, isIt ? PAGE : '');
    if (isIt) resolve(asked.searchParams);
  });
  server.maxConnections = 32;
  server.requestTimeout = server.headersTimeout = 10_000;
  await new Promise<void>((listening, failed) => {
    server.once('error', (error) => failed(balancerError('ACCOUNT_SIGN_IN_FAILED', `Nothing can wait for the browser at ${place.host}: ${toMessage(error)}`, { hint: 'Sign in with --paste, or end what uses that port.', cause: error })));
    server.listen(place.port === '' ? 0 : Number(place.port), place.hostname === '[::1]' ? '::1' : '127.0.0.1', listening);
  });
  place.port = String((server.address() as AddressInfo).port);
  const leave = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', leave, { once: true });
  if (signal.aborted) leave();
  return {
    url: place.href, answer,
    expect: (state) => { expected = Buffer.from(state); },
    close: () => new Promise((closed) => {
      signal.removeEventListener('abort', leave);
      server.close(() => closed());
      server.closeIdleConnections();
    }),
  };
}

/** A name that leads here by a trick of the resolver is not this server's. */
function isOwnHost({ headers }: IncomingMessage, { host }: URL): boolean {
  return headers.host === host;
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': 'text/html; charset=utf-8', 'content-length': Buffer.byteLength(body) }).end(body);
}
