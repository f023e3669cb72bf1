/** What every vendor's format shares. The formats themselves are `@pith/wire/anthropic`, `/openai-chat`, `/openai-responses`. */
export { MAX_EVENT_BYTES, SseReader, type SseEvent } from './sse.ts';
export { readReply, type ReadOptions } from './stream.ts';
export type { ReplyReader } from './reader.ts';
export { readLimits } from './limits.ts';
export { pick, readCount } from './count.ts';
export { redact } from './redact.ts';
export type { BodyWriter } from './body.ts';
export type { ReadRequest } from './read-request.ts';
export { isContextTooLong, toProviderError, type ProviderErrorContext } from './provider-error.ts';
export { accountUrl, placesOf, withoutCredentials, withoutLines } from './access.ts';
export { checkKey, mergeHeaders, secretsOf } from './headers.ts';
export { readStoredKey, storedKeyPlace } from './stored-key.ts';
export { createTransport, parseBaseUrl, proxyOf, type Fetch, type Undici } from './transport.ts';
export { asList, asRecord, asText, isRecord, type Json } from './json.ts';
