import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Secrets } from '@pith/kernel';
import { type BodyLimits, hasBody, readJson } from './body.ts';
import { check, toQuery } from './check.ts';
import { createGate, type GateOptions } from './gate.ts';
import { type DocumentInfo, documentRoute } from './openapi.ts';
import { type Refusal, refuse, toLogText, toRefusal, toResponse } from './refusal.ts';
import { type HostedRoute, loadBody, type Matched, Router } from './router.ts';
import { readBearer, type TokenCheck } from './token.ts';
import { writeResponse } from './write.ts';

export interface HostLimits extends BodyLimits {
  /** Requests at once, event streams among them. */
  requests: number;
  /** Until a handler has an answer. */
  answerMs: number;
  /** How long a reader may take nothing of its answer. */
  stallMs: number;
}

export const HOST_LIMITS: HostLimits = { bodyMaxBytes: 1024 * 1024, bodyMs: 30_000, requests: 128, answerMs: 120_000, stallMs: 30_000 };

export interface HostOptions extends GateOptions {
  routes: readonly HostedRoute[];
  token: TokenCheck;
  /** Where a person finds the token, for whoever asks without. */
  tokenHint: string;
  document: DocumentInfo;
  secrets: Pick<Secrets, 'redact'>;
  limits?: Partial<HostLimits>;
  /** Of failures that are told nobody else. */
  log?: (text: string) => void;
}

/** Routes of plugins, ready to be put on a server. */
export interface RouteHost {
  /** Whether an address is for these routes, and not for what else the server has. */
  handles(url: string): boolean;
  readonly listener: RequestListener;
  /** Requests under way. */
  readonly active: number;
  /** Ends what is under way. */
  close(): void;
}

/** Checks before any work: the name that the server is asked by, the page that asks, the token; then the route and what it is asked with. */
export function createRouteHost({ routes, token, tokenHint, document, secrets, limits: given, log = () => undefined, ...gateOptions }: HostOptions): RouteHost {
  const limits = { ...HOST_LIMITS, ...given };
  const gate = createGate(gateOptions);
  const router = new Router([...routes, documentRoute(routes, document)]);
  const open = new Set<ServerResponse>();

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '';
    const refused = gate({ url, rawHeaders: request.rawHeaders });
    if (refused !== undefined) return send(refused);
    const found = router.find(request.method ?? '', url);
    const bearer = readBearer(request.headers.authorization);
    const hasToken = bearer !== undefined && await token(bearer);
    const isOpen = found !== undefined && 'hosted' in found && found.hosted.route.access === 'open';
    if (!hasToken && (!isOpen || request.headers.authorization !== undefined)) return send(noToken(request.headers.authorization, tokenHint));
    if (found === undefined) return send({ status: 404, code: 'ROUTE_NOT_FOUND', message: `There is nothing at ${JSON.stringify(url.slice(0, 200))}`, hint: 'All routes: GET /api/openapi.json' });
    if ('allowed' in found) return request.method === 'OPTIONS' ? write(new Response(null, { status: 204, headers: { allow: found.allowed.join(', ') } })) : send(wrongMethod(request.method ?? '', found.allowed));
    if (open.size > limits.requests) return send({ status: 503, code: 'SERVER_BUSY', message: `There are ${limits.requests} requests under way, which is the most`, headers: { 'retry-after': '1' } });
    await write(await handle(request, response, { found, hasToken, limits }));

    function send(refusal: Refusal): Promise<void> { return write(toResponse(refusal)); }
    function write(answer: Response): Promise<void> {
      // What is left of a body that nobody has read would be read as the next request.
      if (!request.complete && hasBody(request)) answer.headers.set('connection', 'close');
      return writeResponse(response, answer, { isHead: request.method === 'HEAD', stallMs: limits.stallMs });
    }
  };

  return {
    handles: (url) => router.handles(url),
    get active() { return open.size; },
    listener: (request, response) => {
      open.add(response);
      response.once('close', () => open.delete(response)).on('error', () => undefined);
      serve(request, response).catch((error: unknown) => {
        const refusal = toRefusal(error);
        if (refusal.status >= 500) log(secrets.redact(`${request.method} ${request.url}: ${toLogText(error)}`));
        if (response.headersSent || response.destroyed) return void response.destroy();
        if (!request.complete && hasBody(request)) refusal.headers = { ...refusal.headers, connection: 'close' };
        void writeResponse(response, toResponse({ ...refusal, message: secrets.redact(refusal.message) }), { isHead: request.method === 'HEAD', stallMs: limits.stallMs }).catch(() => response.destroy());
      });
    },
    close: () => { for (const response of open) response.destroy(); },
  };
}

async function handle(request: IncomingMessage, response: ServerResponse, { found: { hosted: { route, context }, params }, hasToken, limits }: { found: Matched; hasToken: boolean; limits: HostLimits }): Promise<Response> {
  const route_ = await loadBody(route);
  const query = route_.query === undefined ? toQuery(request.url!) : await check(route_.query, toQuery(request.url!), 'query');
  if (route_.body === undefined && hasBody(request)) throw refuse({ status: 400, code: 'BODY_UNEXPECTED', message: `${route.method} ${route.path} takes no body` });
  const body = route_.body === undefined ? undefined : await check(route_.body, await readJson(request, limits, () => { if (request.headers.expect !== undefined) response.writeContinue(); }), 'body');
  const leaving = new AbortController();
  response.once('close', () => leaving.abort(new Error('The client has left')));
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(refuse({ status: 504, code: 'ANSWER_TIMEOUT', message: `There was no answer within ${limits.answerMs / 1000} s` }));
    leaving.abort(new Error('It took too long'));
  }, limits.answerMs);
  try {
    return await Promise.race([route_.handle(toRequest(request, leaving.signal), context, { params, query, body, hasToken }), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Without the token, which is no business of handlers, and without the body, which they get checked. */
function toRequest(request: IncomingMessage, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) if (value !== undefined && name !== 'authorization') headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  return new Request(new URL(request.url!, `http://${request.headers.host}`), { method: request.method!, headers, signal });
}

function noToken(authorization: string | undefined, hint: string): Refusal {
  const given = authorization !== undefined;
  return {
    status: 401, code: given ? 'TOKEN_INVALID' : 'TOKEN_MISSING', message: given ? 'The token of the request is not that of this server' : 'The request has no token', hint,
    headers: { 'www-authenticate': `Bearer realm="pith"${given ? ', error="invalid_token"' : ''}` },
  };
}

function wrongMethod(method: string, allowed: readonly string[]): Refusal {
  return { status: 405, code: 'METHOD_NOT_ALLOWED', message: `This is asked with ${allowed.join(', ')}, not with ${method}`, headers: { allow: allowed.join(', ') } };
}
