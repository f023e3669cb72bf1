/** What an address is for. Requests go to `public`; the rest is refused unless the policy opens it by name. */
export type AddressKind = 'public' | 'loopback' | 'private' | 'link-local' | 'metadata' | 'shared' | 'documentation' | 'benchmark' | 'multicast' | 'reserved';

/** The range, its kind, and its name as a sentence can say it: "… is a private address". */
export type Range = readonly [cidr: string, kind: AddressKind, name: string];

/**
 * Special IPv4 ranges; the first row that holds an address decides, and no row means public.
 *
 * After the IANA IPv4 Special-Purpose Address Registry (RFC 6890 and its updates), every row that is not globally
 * reachable, with multicast (RFC 5771) and the clouds' metadata services in front. Globally reachable rows of the
 * registry (AS112, AMT, the PCP and TURN anycast addresses) are not special here, apart from those within 192.0.0.0/24.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry
 */
export const IPV4_RANGES: readonly Range[] = [
  // Most clouds answer on 169.254.169.254; these are the addresses beside it, one of them in public space.
  ['169.254.169.254/32', 'metadata', 'cloud metadata'],
  ['169.254.170.2/32', 'metadata', 'cloud metadata (AWS ECS)'],
  ['169.254.170.23/32', 'metadata', 'cloud metadata (AWS EKS)'],
  ['169.254.42.42/32', 'metadata', 'cloud metadata (Scaleway)'],
  ['169.254.0.23/32', 'metadata', 'cloud metadata (Tencent)'],
  ['168.63.129.16/32', 'metadata', 'cloud metadata (Azure)'],
  ['100.100.100.200/32', 'metadata', 'cloud metadata (Alibaba)'],
  ['192.0.0.192/32', 'metadata', 'cloud metadata (Oracle)'],
  ['0.0.0.0/8', 'reserved', 'reserved (this network)'],
  ['10.0.0.0/8', 'private', 'private'],
  ['100.64.0.0/10', 'shared', 'shared (carrier-grade NAT)'],
  ['127.0.0.0/8', 'loopback', 'loopback'],
  ['169.254.0.0/16', 'link-local', 'link-local'],
  ['172.16.0.0/12', 'private', 'private'],
  ['192.0.0.0/24', 'reserved', 'reserved (IETF protocols)'],
  ['192.0.2.0/24', 'documentation', 'documentation'],
  ['192.88.99.0/24', 'reserved', 'reserved (6to4 relay)'],
  ['192.168.0.0/16', 'private', 'private'],
  ['198.18.0.0/15', 'benchmark', 'benchmark'],
  ['198.51.100.0/24', 'documentation', 'documentation'],
  ['203.0.113.0/24', 'documentation', 'documentation'],
  ['224.0.0.0/4', 'multicast', 'multicast'],
  ['255.255.255.255/32', 'reserved', 'reserved (broadcast)'],
  ['240.0.0.0/4', 'reserved', 'reserved'],
];

/**
 * Special IPv6 ranges; the first row that holds an address decides, and no row means not public: only 2000::/3 is given
 * out, so a list of what is refused would let everything through that is assigned later.
 *
 * After the IANA IPv6 Special-Purpose Address Registry. Addresses that carry an IPv4 address are not here when they are
 * judged by it (IPv4-mapped, NAT64); tunnels that only look like a way around a range (6to4, Teredo) are refused whole.
 * @see https://www.iana.org/assignments/iana-ipv6-special-registry
 */
export const IPV6_RANGES: readonly Range[] = [
  ['fd00:ec2::/32', 'metadata', 'cloud metadata (AWS)'],
  ['fd20:ce::254/128', 'metadata', 'cloud metadata (Google)'],
  ['fd00:42::42/128', 'metadata', 'cloud metadata (Scaleway)'],
  ['fd00:c1::a9fe:a9fe/128', 'metadata', 'cloud metadata (Oracle)'],
  ['fe80::a9fe:a9fe/128', 'metadata', 'cloud metadata (OpenStack)'],
  ['::/128', 'reserved', 'reserved (unspecified)'],
  ['::1/128', 'loopback', 'loopback'],
  ['::ffff:0:0:0/96', 'reserved', 'reserved (IPv4-translated)'],
  ['::/96', 'reserved', 'reserved (IPv4-compatible)'],
  ['64:ff9b:1::/48', 'reserved', 'reserved (local NAT64)'],
  ['100::/64', 'reserved', 'reserved (discard)'],
  ['2001::/32', 'reserved', 'reserved (Teredo)'],
  ['2001:2::/48', 'benchmark', 'benchmark'],
  ['2001::/23', 'reserved', 'reserved (IETF protocols)'],
  ['2001:db8::/32', 'documentation', 'documentation'],
  ['2002::/16', 'reserved', 'reserved (6to4)'],
  ['3fff::/20', 'documentation', 'documentation'],
  ['fc00::/7', 'private', 'private (unique local)'],
  ['fe80::/10', 'link-local', 'link-local'],
  ['fec0::/10', 'reserved', 'reserved (site-local)'],
  ['ff00::/8', 'multicast', 'multicast'],
  ['2000::/3', 'public', 'public'],
];

/** The IPv4 address is the last 32 bits, and the packet goes there: judged as that address. */
export const IPV4_MAPPED = '::ffff:0:0/96';
/** As above, through a translator of the network. RFC 6052 forbids it for addresses that are not public. */
export const NAT64 = '64:ff9b::/96';
