/** An address out of text that has only one reading. */
export interface Address {
  readonly family: 4 | 6;
  /** 32 or 128 bits. */
  readonly value: bigint;
  /** Canonical: plain decimal parts, or RFC 5952 without a dotted tail. */
  readonly text: string;
}

/** Reads the one plain spelling of IPv4 and every valid one of IPv6, without a zone. Anything else is no address. */
export function parseAddress(text: string): Address | undefined {
  return text.includes(':') ? parseIPv6(text) : parseIPv4(text);
}

/** Four decimal numbers from 0 to 255 without leading zeros, and nothing else. */
export function parseIPv4(text: string): Address | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value << 8n | BigInt(part);
  }
  return { family: 4, value, text };
}

export function parseIPv6(text: string): Address | undefined {
  if (!/^[0-9a-f:.]{2,45}$/i.test(text)) return undefined;
  const halves = withHexTail(text)?.split('::');
  if (halves === undefined || halves.length > 2) return undefined;
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const given = [...head!, ...tail ?? []];
  if (!given.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  if (tail === undefined ? given.length !== 8 : given.length > 7) return undefined;
  const groups = [...head!, ...Array<string>(8 - given.length).fill('0'), ...tail ?? []];
  return toIPv6(groups.reduce((value, group) => value << 16n | BigInt(`0x${group}`), 0n));
}

/** `::ffff:1.2.3.4` as `::ffff:102:304`; nothing when the tail is not plain IPv4. */
function withHexTail(text: string): string | undefined {
  if (!text.includes('.')) return text;
  const start = text.lastIndexOf(':') + 1;
  const tail = parseIPv4(text.slice(start));
  return tail === undefined ? undefined : `${text.slice(0, start)}${(tail.value >> 16n).toString(16)}:${(tail.value & 0xffffn).toString(16)}`;
}

export function toIPv4(value: bigint): Address {
  return { family: 4, value, text: [24n, 16n, 8n, 0n].map((shift) => value >> shift & 0xffn).join('.') };
}

export function toIPv6(value: bigint): Address {
  const groups = Array.from({ length: 8 }, (_, index) => value >> BigInt(112 - 16 * index) & 0xffffn);
  let [start, length] = [0, 1];
  for (let at = 0; at < 8; at++) {
    let run = 0;
    while (groups[at + run] === 0n) run++;
    if (run > length) [start, length] = [at, run];
  }
  const hex = (part: readonly bigint[]): string => part.map((group) => group.toString(16)).join(':');
  return { family: 6, value, text: length === 1 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}` };
}
