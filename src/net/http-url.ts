import { type Host, parseHost } from './host.ts';
import { isRefusal, refuse, type Refusal } from './refusal.ts';

/** An http or https address of which all parsers have one reading. */
export interface HttpUrl extends Host {
  readonly scheme: 'http' | 'https';
  /** 1 to 65535. Any is allowed: TLS and the address say whom we talk to. */
  readonly port: number;
  /** Path and query, as they are sent. */
  readonly path: string;
  /** The whole address without its fragment. */
  readonly href: string;
}

const MAX_LENGTH = 8192;

/**
 * Reads an address strictly, before any lenient parser sees it: those disagree on whitespace, backslashes, missing
 * slashes, credentials and half-written percents, and the difference between a check and a connection is the attack.
 * What passes is parsed by the URL class as well, and both must agree.
 */
export function parseHttpUrl(text: string): HttpUrl | Refusal {
  if (text.length > MAX_LENGTH) return refuse('text', `the address has ${text.length} characters; allowed are ${MAX_LENGTH}`);
  const hidden = /[\p{C}\p{Z}]/u.exec(text)?.[0];
  if (hidden !== undefined) return refuse('text', `the address holds the character U+${hidden.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}; whitespace, control and invisible characters are not allowed`);
  if (text.includes('\\')) return refuse('text', 'the address holds a backslash; write / or %5C');
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(.*)$/i.exec(text) ?? [];
  if (scheme === '') return refuse('text', 'the address has no scheme; it must begin with https://');
  if (!/^https?$/i.test(scheme)) return refuse('scheme', `the scheme ${scheme.slice(0, 20)}: is not allowed, only https:`);
  const [, authority, tail = ''] = /^\/\/([^/?#]+)(.*)$/.exec(rest) ?? [];
  if (authority === undefined) return refuse('text', `after ${scheme}: there must be two slashes and a host`);
  // Before RFC 3986 a host ended only at a slash: `https://a?@b/` was b.
  if (authority.includes('@') || /^[?#][^/]*@/.test(tail)) return refuse('credentials', 'the address holds credentials, or what a parser may take for them; leave out everything up to the @');
  if (/%(?![0-9a-f]{2})/i.test(text)) return refuse('text', 'the address holds a percent sign without two hex digits; write %25 for a percent sign');
  return withPort(text, scheme.toLowerCase() as HttpUrl['scheme'], authority);
}

function withPort(text: string, scheme: HttpUrl['scheme'], authority: string): HttpUrl | Refusal {
  const [, hostText, portText] = /^(\[[^[\]]*\]|[^:[\]]+)(?::([^:]*))?$/.exec(authority) ?? [];
  if (hostText === undefined) return refuse('text', 'the host and port cannot be told apart; write an IPv6 address in brackets');
  if (portText !== undefined && !(/^[1-9][0-9]{0,4}$/.test(portText) && Number(portText) <= 65_535)) return refuse('text', `the port ${JSON.stringify(portText.slice(0, 20))} is not a number from 1 to 65535`);
  const host = parseHost(hostText);
  if (isRefusal(host)) return host;
  const port = portText === undefined ? (scheme === 'https' ? 443 : 80) : Number(portText);
  return confirm(text, { ...host, scheme, port, path: '', href: '' });
}

/** The URL class must see the same scheme, host and port, and no credentials. */
function confirm(text: string, mine: HttpUrl): HttpUrl | Refusal {
  const url = URL.parse(text);
  if (url === null) return refuse('text', 'the address cannot be parsed');
  const host = mine.address?.family === 6 ? `[${mine.name}]` : mine.name;
  const port = url.port === '' ? (mine.scheme === 'https' ? 443 : 80) : Number(url.port);
  const same = url.protocol === `${mine.scheme}:` && url.hostname.replace(/\.$/, '') === host && port === mine.port && url.username === '' && url.password === '';
  if (!same) return refuse('text', 'parsers disagree on the host of the address; write it in plain letters');
  url.hash = '';
  return { ...mine, path: `${url.pathname}${url.search}`, href: url.href };
}
