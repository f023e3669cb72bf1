/** Hosts routes of plugins: web-standard handlers behind one gate, on a server of their own or beside another one. */
export { createRouteHost, HOST_LIMITS, type HostLimits, type HostOptions, type RouteHost } from './host.ts';
export { checkListen, type RouteServer, serveRoutes, type ServeOptions } from './serve.ts';
export { Feed, type FeedEvent, type FeedOptions } from './feed.ts';
export { createGate, type GateOptions, isLoopback } from './gate.ts';
export { createToken, fitsHash, hashToken, readBearer, TOKEN_LENGTH_MIN, type TokenCheck } from './token.ts';
export { DOCUMENT_PATH, type DocumentInfo, toDocument } from './openapi.ts';
export { type Refusal, refuse, toRefusal, toResponse } from './refusal.ts';
export type { HostedRoute } from './router.ts';
