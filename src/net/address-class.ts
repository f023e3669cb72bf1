import { type Address, parseAddress, toIPv4 } from './address.ts';
import { type AddressKind, IPV4_MAPPED, IPV4_RANGES, IPV6_RANGES, NAT64, type Range } from './ranges.ts';

export interface AddressClass {
  readonly kind: AddressKind;
  /** For sentences: "private", "reserved (6to4)". */
  readonly name: string;
}

interface Row { class: AddressClass; holds: (address: Address) => boolean }

const PUBLIC: AddressClass = { kind: 'public', name: 'public' };
const NOT_GIVEN_OUT: AddressClass = { kind: 'reserved', name: 'reserved (not given out)' };
const IPV4_ROWS = IPV4_RANGES.map(toRow);
const IPV6_ROWS = IPV6_RANGES.map(toRow);
const isMapped = toTest(IPV4_MAPPED);
const isNat64 = toTest(NAT64);

/** What an address is for, judged by where its packets would really go. */
export function classifyAddress(address: Address): AddressClass {
  if (address.family === 4) return IPV4_ROWS.find(({ holds }) => holds(address))?.class ?? PUBLIC;
  if (isMapped(address)) return classifyAddress(unmap(address));
  if (isNat64(address)) return classifyWrapped(address, 'NAT64');
  const found = IPV6_ROWS.find(({ holds }) => holds(address))?.class ?? NOT_GIVEN_OUT;
  return found.kind === 'public' && isIsatap(address) ? classifyWrapped(address, 'ISATAP') : found;
}

/** An IPv4-mapped address is IPv4 in other clothes: what is connected to is the address inside. */
export function unmap(address: Address): Address {
  return isMapped(address) ? toIPv4(address.value & 0xffff_ffffn) : address;
}

/** The host part of any prefix may say that it wraps an IPv4 address (RFC 5214). */
function isIsatap({ value }: Address): boolean {
  const marker = value >> 32n & 0xffff_ffffn;
  return marker === 0x5efen || marker === 0x0200_5efen;
}

/** As good as what is wrapped; but no opt-in opens the wrapping of an address that is not public. */
function classifyWrapped({ value }: Address, form: string): AddressClass {
  const inside = toIPv4(value & 0xffff_ffffn);
  const { kind, name } = classifyAddress(inside);
  return kind === 'public' ? PUBLIC : { kind: kind === 'metadata' ? 'metadata' : 'reserved', name: `reserved (${form} of ${inside.text}, ${name})` };
}

function toRow([cidr, kind, name]: Range): Row {
  return { class: { kind, name }, holds: toTest(cidr) };
}

/** Whether an address of the range's family lies in it. */
function toTest(cidr: string): Row['holds'] {
  const [base, bits] = cidr.split('/') as [string, string];
  const { family, value } = parseAddress(base)!;
  const shift = BigInt((family === 4 ? 32 : 128) - Number(bits));
  return (address) => address.family === family && address.value >> shift === value >> shift;
}
