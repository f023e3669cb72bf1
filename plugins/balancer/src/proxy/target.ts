import type { Family } from '../account/account.ts';

/** What an address is for. `other` is passed through as it is. */
export type Endpoint = 'messages' | 'count-tokens' | 'chat' | 'responses' | 'embeddings' | 'models' | 'other';

export interface Target {
  endpoint: Endpoint;
  /** Whose accounts serve it; nothing where the headers tell. */
  family?: Family;
  /** Below an account's base address, with the query as it was asked. */
  path: string;
  /** The path alone: what stands on the books. */
  name: string;
  method: 'POST' | 'GET' | 'any';
}

const KNOWN: Readonly<Record<string, Pick<Target, 'endpoint' | 'family' | 'method'>>> = {
  '/v1/messages': { endpoint: 'messages', family: 'anthropic', method: 'POST' },
  '/v1/messages/count_tokens': { endpoint: 'count-tokens', family: 'anthropic', method: 'POST' },
  '/v1/chat/completions': { endpoint: 'chat', family: 'openai', method: 'POST' },
  '/v1/responses': { endpoint: 'responses', family: 'openai', method: 'POST' },
  '/v1/embeddings': { endpoint: 'embeddings', family: 'openai', method: 'POST' },
  '/v1/models': { endpoint: 'models', method: 'GET' },
};

/** What only one of the families has. Addresses of both are told apart by the request's headers. */
const ANTHROPIC = /^\/v1\/(?:messages|complete|organizations|skills)(?:\/|$)/;
const BOTH = /^\/v1\/(?:models|files)(?:\/|$)/;

/** Segments that a server on the way may take for another path: empty ones, dots, and slashes or dots that are written as percents. */
const TRICK = /\/\/|\/\.{1,2}(?:[/;]|$)|%(?:2[5ef]|5c|00|0a|0d)|[\\#]|[^!-~]/i;

const MAX_LENGTH = 4096;

/**
 * The target of a request line.
 * @returns `outside` for what is not below `/v1/`, `invalid` for what has more than one reading
 */
export function toTarget(url: string): Target | 'outside' | 'invalid' {
  const plain = KNOWN[url];
  if (plain !== undefined) return { ...plain, path: url, name: url };
  if (url.length > MAX_LENGTH) return 'invalid';
  // A request through a proxy names the whole address (RFC 9112, 3.2.2); where it goes is never taken from there.
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '');
  const queryAt = path.indexOf('?');
  const name = queryAt === -1 ? path : path.slice(0, queryAt);
  if (!name.startsWith('/') || TRICK.test(name) || /[^!-~]|#/.test(path)) return 'invalid';
  if (!name.startsWith('/v1/') || name.length === '/v1/'.length) return 'outside';
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
  const sent = queryAt === -1 ? path : name + withoutKeys(path.slice(queryAt + 1));
  if (known !== undefined) return { ...known, path: sent, name };
  const family = BOTH.test(name) ? undefined : ANTHROPIC.test(name) ? 'anthropic' : 'openai';
  return { endpoint: 'other', path: sent, name, method: 'any', ...(family === undefined ? {} : { family }) };
}

const KEY_NAME = /^(?:x[-_])?(?:key|api[-_]?key|access[-_]?token|auth[-_]?token|token|auth|authorization|password|secret|client[-_]?secret)$/i;

/** Some vendors take a key in the query; the client's own is not for this one. What is left stands as it came. */
function withoutKeys(query: string): string {
  const kept = query.split('&').filter((pair) => !KEY_NAME.test(decode(pair.split('=', 1)[0]!)));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' ')).trim();
  } catch {
    return name; // No escape that anybody could read.
  }
}
