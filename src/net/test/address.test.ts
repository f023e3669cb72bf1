import assert from 'node:assert/strict';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import * as fc from 'fast-check';
import { parseAddress, toIPv6 } from '../address.ts';
import { classifyAddress } from '../address-class.ts';
import { IPV4_RANGES, IPV6_RANGES, type Range } from '../ranges.ts';

const ipv4 = fc.ipV4();
const ipv6 = fc.ipV6();

describe('reading an IP address', () => {
  it('reads every IPv4 address that node reads, and nothing that it does not', () => {
    const odd = fc.stringMatching(/^[0-9ax.]{0,16}$/);
    fc.assert(fc.property(fc.oneof(ipv4, odd), (text) => {
      assert.equal(parseAddress(text) !== undefined, isIPv4(text), text);
    }), { numRuns: 2000 });
  });

  it('reads every IPv6 address that node reads, apart from those with a zone', () => {
    const odd = fc.stringMatching(/^[0-9a-f:.]{0,20}$/).filter((text) => text.includes(':'));
    fc.assert(fc.property(fc.oneof(ipv6, odd), (text) => {
      assert.equal(parseAddress(text) !== undefined, isIPv6(text), text);
    }), { numRuns: 5000 });
  });

  it('writes IPv6 as the URL class does, whatever the spelling', () => {
    fc.assert(fc.property(ipv6, (text) => {
      assert.equal(`[${parseAddress(text)!.text}]`, new URL(`http://[${text}]/`).hostname);
    }), { numRuns: 2000 });
  });

  it('reads back what it writes', () => {
    fc.assert(fc.property(fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }), (value) => {
      assert.equal(parseAddress(toIPv6(value).text)!.value, value);
    }));
  });

  for (const text of ['', '1', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.04', '256.1.1.1', '1.2.3.-4', '1.2.3.4 ', '0x1.2.3.4', '1e0.2.3.4', '１.2.3.4', '::1%lo', 'fe80::1%25eth0', ':::', '1::2::3', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '::12345', '::g', '::1.2.3', '::1.2.3.256', '::01.2.3.4', '1.2.3.4::']) {
    it(`takes ${JSON.stringify(text)} for no address`, () => assert.equal(parseAddress(text), undefined));
  }
});

describe('what an address is for', () => {
  it('is public exactly where node’s own block list holds none of the special ranges', () => {
    const special = blockListOf(IPV4_RANGES, 'ipv4');
    fc.assert(fc.property(fc.oneof(ipv4, near(IPV4_RANGES)), (text) => {
      assert.equal(classifyAddress(parseAddress(text)!).kind === 'public', !special.check(text, 'ipv4'), text);
    }), { numRuns: 5000 });
  });

  it('is never public in IPv6 outside of 2000::/3, unless it carries a public IPv4 address', () => {
    const special = blockListOf(IPV6_RANGES.filter(([, kind]) => kind !== 'public'), 'ipv6');
    const global = blockListOf([['2000::/3', 'public', '']], 'ipv6');
    fc.assert(fc.property(fc.oneof(ipv6, near(IPV6_RANGES)), (text) => {
      const address = parseAddress(text)!;
      fc.pre(!/^(::ffff:[^:]+:[^:]+$|64:ff9b::)|5efe/.test(address.text));
      assert.equal(classifyAddress(address).kind === 'public', global.check(text, 'ipv6') && !special.check(text, 'ipv6'), text);
    }), { numRuns: 5000 });
  });

  for (const [text, kind, name] of [
    ['::ffff:8.8.8.8', 'public', 'public'], ['::ffff:127.0.0.1', 'loopback', 'loopback'], ['64:ff9b::8.8.8.8', 'public', 'public'], ['64:ff9b::10.0.0.1', 'reserved', 'reserved (NAT64 of 10.0.0.1, private)'],
    ['64:ff9b::169.254.169.254', 'metadata', 'reserved (NAT64 of 169.254.169.254, cloud metadata)'], ['2600::5efe:a00:1', 'reserved', 'reserved (ISATAP of 10.0.0.1, private)'], ['fd00::1', 'private', 'private (unique local)'], ['4000::1', 'reserved', 'reserved (not given out)'],
  ] as const) {
    it(`is said for ${text}: ${name}`, () => assert.deepEqual(classifyAddress(parseAddress(text)!), { kind, name }));
  }

  it('knows the range of every row by its first and last address', () => {
    for (const [cidr, kind] of [...IPV4_RANGES, ...IPV6_RANGES]) {
      const [base, bits] = cidr.split('/') as [string, string];
      const first = parseAddress(base)!;
      const held = new Set([first.value, first.value | (1n << BigInt((first.family === 4 ? 32 : 128) - Number(bits))) - 1n]);
      const kinds = [...held].map((value) => classifyAddress({ ...first, value }).kind);
      // A narrower row within may decide for one of the ends, but never make it public.
      if (kind === 'public') continue;
      assert.ok(kinds.every((found) => found !== 'public') && kinds.includes(kind), `${cidr}: ${kinds.join(', ')}`);
    }
  });
});

/** Addresses within the ranges and just outside, where a wrong bound would show. */
function near(ranges: readonly Range[]): fc.Arbitrary<string> {
  return fc.tuple(fc.constantFrom(...ranges), fc.bigInt({ min: -2n, max: 1n }), fc.boolean()).map(([[cidr], offset, atEnd]) => {
    const [base, bits] = cidr.split('/') as [string, string];
    const { family, value } = parseAddress(base)!;
    const width = family === 4 ? 32n : 128n;
    const moved = value + (atEnd ? 1n << width - BigInt(bits) : 0n) + offset & (1n << width) - 1n;
    return family === 6 ? toIPv6(moved).text : [24n, 16n, 8n, 0n].map((shift) => moved >> shift & 0xffn).join('.');
  });
}

function blockListOf(ranges: readonly Range[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [cidr] of ranges) {
    const [base, bits] = cidr.split('/') as [string, string];
    list.addSubnet(base, Number(bits), family);
  }
  return list;
}
