import { namesPayer } from '@pith/wire/payer';
import { toUtf8 } from './to-utf8.ts';

/** Headers as they go over the line: names and values in turn. */
export type RawHeaders = string[];

/** What belongs to one connection and not to the message (RFC 9110, 7.6.1), and what this side says for itself. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'proxy-authenticate', 'proxy-authorization', 'proxy-authentication-info', 'http2-settings'];
/** With what a client signs in here, and what its browser knows of it: nothing of that is the vendor's business. */
const CREDENTIALS = ['authorization', 'x-api-key', 'api-key', 'x-goog-api-key', 'cookie'];
/** Where the client is, and what other proxies on the way say of it. */
const TRACKS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

const NOT_UP = new Set([...HOP_BY_HOP, ...CREDENTIALS, ...TRACKS, 'host', 'content-length', 'expect', 'accept-encoding', 'origin', 'referer']);
const NOT_DOWN = new Set([...HOP_BY_HOP, ...CREDENTIALS, 'set-cookie', 'set-cookie2', 'alt-svc', 'strict-transport-security']);

/** Under other names, too, nobody sends a credential by mistake to a vendor that is not its own; nor what names the payer for another key. */
const SECRET_NAME = /(?:^|[-_])(?:api[-_]?key|auth[-_]?key|access[-_]?key|secret|token|authorization|authentication|password|cookie2?|session[-_]?id)$/;
const judged = new Map<string, boolean>(); // Programs send the same names again and again.

function isCredential(name: string): boolean {
  let isOne = judged.get(name);
  if (isOne === undefined) {
    isOne = SECRET_NAME.test(name) || namesPayer(name);
    if (judged.size < 256) judged.set(name, isOne);
  }
  return isOne;
}

/** Pith's own: they say something to this proxy. */
const OWN = 'x-pith-';

/** What the request says to this proxy, read in the one walk over its headers. */
export interface RequestFacts {
  headers: RawHeaders;
  /** The key that it came with, whichever header it is in. */
  key?: string;
  /** Some clients of one family can be told by how they sign in. */
  keyHeader?: 'authorization' | 'x-api-key';
  isAnthropic: boolean;
  isChunked: boolean;
  encoding?: string;
  acceptsEncoding: string;
  host?: string;
  origin?: string;
  /** What a browser says of the page that asks. */
  site?: string;
  own: Record<string, string>;
  /** Why it must not be passed on. */
  fault?: string;
}

/** Of a client's headers those that go up, in their order and spelling, and what the others say. */
export function readHeaders(raw: readonly string[]): RequestFacts {
  const facts: RequestFacts = { headers: [], isAnthropic: false, isChunked: false, acceptsEncoding: '', own: {} };
  let named: string[] | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]!.toLowerCase();
    const value = raw[index + 1]!;
    if (NOT_UP.has(name)) {
      if (name === 'connection') named = toNames(value, named);
      else take(facts, name, value);
    } else if (name.startsWith(OWN)) facts.own[name.slice(OWN.length)] = toUtf8(value);
    else {
      if (name === 'anthropic-version') facts.isAnthropic = true;
      else if (name === 'content-encoding') facts.encoding = facts.encoding === undefined ? value.trim().toLowerCase() : `${facts.encoding}, ${value.trim().toLowerCase()}`;
      else if (name === 'sec-fetch-site') facts.site = value;
      if (!isCredential(name)) facts.headers.push(name, value);
    }
  }
  if (named !== undefined) facts.headers = without(facts.headers, named);
  return facts;
}

function take(facts: RequestFacts, name: string, value: string): void {
  switch (name) {
    case 'host':
      if (facts.host !== undefined) facts.fault = 'it has two Host headers';
      facts.host = value;
      break;
    case 'x-api-key':
      facts.key ??= value;
      facts.keyHeader ??= name;
      break;
    case 'authorization': {
      const bearer = /^bearer +(\S+)$/i.exec(value)?.[1];
      if (bearer !== undefined) facts.key ??= bearer;
      facts.keyHeader ??= name;
      break;
    }
    case 'transfer-encoding':
      facts.isChunked = true;
      if (value.trim().toLowerCase() !== 'chunked') facts.fault = `its transfer-encoding is ${JSON.stringify(value.slice(0, 40))}; only chunked is understood`;
      break;
    case 'accept-encoding': facts.acceptsEncoding = value; break;
    case 'origin': facts.origin = value; break;
    default:
  }
}

/** Other names that a Connection header makes hop-by-hop. The usual words need no list. */
function toNames(value: string, before: string[] | undefined): string[] | undefined {
  const text = value.toLowerCase();
  if (text === 'keep-alive' || text === 'close') return before;
  return [...before ?? [], ...text.split(',').map((name) => name.trim()).filter((name) => name !== '')];
}

/** What frames the body or says what it is stays, whatever a Connection header names. */
const KEPT = new Set(['content-type', 'content-encoding', 'anthropic-version']);

function without(headers: RawHeaders, names: readonly string[]): RawHeaders {
  return headers.filter((_, index) => {
    const name = headers[index - (index % 2)]!;
    return KEPT.has(name) || !names.includes(name);
  });
}

/**
 * The client's headers with those of the account, which win. Feature names of both are kept.
 * @param isCoded the body is as the client has compressed it
 */
export function withAccount(headers: RawHeaders, account: Readonly<Record<string, string>>, isCoded: boolean): RawHeaders {
  const sent: RawHeaders = [];
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index]!;
    const own = account[name];
    if (!isCoded && name === 'content-encoding') continue;
    if (own === undefined) sent.push(name, headers[index + 1]!);
    else if (name === 'anthropic-beta') sent.push(name, join(headers[index + 1]!, own));
  }
  for (const name in account) if (name !== 'anthropic-beta' || !headers.includes(name)) sent.push(name, account[name]!);
  // Compressed, a reply could not be read on its way; see the plugin's README for what that costs.
  sent.push('accept-encoding', 'identity');
  return sent;
}

const join = (theirs: string, own: string): string => [...new Set(`${theirs},${own}`.split(',').map((name) => name.trim()))].join(',');

/** The headers of a vendor's answer that go down. Its names are in lower case. */
export function toReplyHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): RawHeaders {
  const passed: RawHeaders = [];
  const named = headers['connection'] === undefined ? undefined : toNames(String(headers['connection']), undefined);
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || NOT_DOWN.has(name) || (named !== undefined && named.includes(name) && !KEPT.has(name))) continue;
    if (typeof value === 'string') passed.push(name, value);
    else for (const each of value) passed.push(name, each);
  }
  return passed;
}
