import { domainToASCII, domainToUnicode } from 'node:url';
import { type Address, parseIPv4, parseIPv6 } from './address.ts';
import { refuse, type Refusal } from './refusal.ts';

export interface Host {
  /** A name in lower-case ASCII without a final dot, or the canonical text of an address, without brackets. */
  readonly name: string;
  /** Set when the host is an address and no name. */
  readonly address?: Address;
}

const ENCODED = /(^|\.)xn--/;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * The host of an address, if all parsers read it alike: a name, IPv4 as four decimal numbers, or IPv6 in brackets.
 * Everything else that some parser takes for an IP address (octal, hex, short, percent, unicode digits) is refused,
 * wherever it leads.
 */
export function parseHost(text: string): Host | Refusal {
  if (text.startsWith('[')) return parseBracketed(text);
  if (text.includes('%')) return refuse('text', `the host ${quote(text)} holds a percent sign; write the host in plain letters`);
  const name = toAscii(text);
  if (typeof name !== 'string') return name;
  const bare = name.endsWith('.') ? name.slice(0, -1) : name;
  if (/(^|\.)([0-9]+|0x[0-9a-f]*)$/.test(bare)) {
    const address = bare === name ? parseIPv4(name) : undefined;
    return address === undefined
      ? refuse('text', `the host ${quote(text)} ends in a number but is no plain IPv4 address; write it as four decimal numbers from 0 to 255`)
      : { name, address };
  }
  if (bare.length > 253 || !bare.split('.').every((label) => LABEL.test(label))) return refuse('text', `the host ${quote(text)} is no valid name; labels are 1 to 63 letters, digits, - and _`);
  return { name: bare };
}

function parseBracketed(text: string): Host | Refusal {
  const inside = text.endsWith(']') ? text.slice(1, -1) : '';
  if (inside.includes('%')) return refuse('text', `the host ${quote(text)} names a network interface; leave the part from % away`);
  const address = parseIPv6(inside);
  return address === undefined ? refuse('text', `the host ${quote(text)} is no IPv6 address`) : { name: address.text, address };
}

/**
 * Parsers differ in which unicode they map onto ASCII, or onto other unicode (UTS 46, IDNA 2003 and 2008). What none of
 * them changes passes, as its xn-- form; the rest has to be written in that form.
 */
function toAscii(text: string): string | Refusal {
  const lower = text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
  if (!/\P{ASCII}/u.test(lower)) return isRoundTrip(lower) ? lower : refuse('text', `the host ${quote(text)} has an xn-- part that stands for nothing`);
  // ß and ς are letters of their own in one version and ss and σ in another; digits of other scripts are numbers to some.
  const isPlain = /^[\p{L}\p{M}a-z0-9._-]*$/u.test(lower) && !/[ßς]/.test(lower);
  const ascii = isPlain ? domainToASCII(lower) : '';
  if (ascii === '' || domainToUnicode(ascii) !== lower) return refuse('text', `parsers disagree on the host ${quote(text)}; write it in its xn-- form`);
  return ascii;
}

/** What an xn-- label decodes to must encode to that label again; one that cannot be decoded comes back as it is. */
function isRoundTrip(name: string): boolean {
  if (!ENCODED.test(name)) return true;
  const decoded = domainToUnicode(name);
  return !ENCODED.test(decoded) && domainToASCII(decoded) === name;
}

const quote = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}…` : text);
