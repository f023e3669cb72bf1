import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { admit, classifyAddress, isRefusal, parseAddress } from '../index.ts';
import { IPV4_RANGES, IPV6_RANGES, type Range } from '../ranges.ts';

const noLookUp = async (): Promise<never> => { throw new Error('an address was looked up as if it were a name'); };

async function isAllowed(host: string): Promise<boolean> {
  const admission = await admit(`https://${host}/`, { resolve: noLookUp });
  assert.ok(!isRefusal(admission) || admission.refused === 'text' || admission.refused === 'address', `${host}: ${isRefusal(admission) ? admission.reason : ''}`);
  return !isRefusal(admission);
}

describe('every spelling of an address that is refused', () => {
  it('is refused in IPv4, whatever base, length, padding, digits and dots it is written with', async () => {
    await fc.assert(fc.asyncProperty(within(IPV4_RANGES, 4), spelling(), async (value, spell) => {
      const host = spell(value);
      assert.equal(await isAllowed(host), false, host);
    }), { numRuns: 3000 });
  });

  it('is refused in IPv6, whatever groups are padded, shortened, in capitals or written as IPv4', async () => {
    const ranges = IPV6_RANGES.filter(([, kind]) => kind !== 'public');
    await fc.assert(fc.asyncProperty(within(ranges, 6), groups(), async (value, spell) => {
      const host = spell(value);
      assert.notEqual(parseAddress(host.slice(1, -1)), undefined, host);
      assert.equal(await isAllowed(host), false, host);
    }), { numRuns: 2000 });
  });

  it('is refused when an IPv6 form carries it', async () => {
    await fc.assert(fc.asyncProperty(within(IPV4_RANGES, 4), wrapping(), groups(), async (inside, wrap, spell) => {
      const host = spell(wrap(inside));
      assert.equal(await isAllowed(host), false, host);
    }), { numRuns: 2000 });
  });
});

describe('every public address', () => {
  it('is allowed in IPv4, in its plain spelling', async () => {
    const isPublic = (text: string): boolean => classifyAddress(parseAddress(text)!).kind === 'public';
    await fc.assert(fc.asyncProperty(fc.ipV4().filter(isPublic), async (host) => {
      assert.equal(await isAllowed(host), true, host);
    }), { numRuns: 2000 });
  });

  it('is refused in IPv4 in any other spelling, since not all parsers read it alike', async () => {
    await fc.assert(fc.asyncProperty(fc.bigInt({ min: 0x0100_0000n, max: 0xdfff_ffffn }), oddSpelling(), async (value, spell) => {
      const host = spell(value);
      assert.equal(await isAllowed(host), false, host);
    }), { numRuns: 2000 });
  });

  it('is allowed in IPv6, in any valid spelling', async () => {
    // Allocated to the regional registries, and far from all special ranges.
    const start = fc.constantFrom(0x2400n, 0x2600n, 0x2800n, 0x2a00n, 0x2c00n);
    await fc.assert(fc.asyncProperty(start, fc.bigInt({ min: 0n, max: (1n << 108n) - 1n }), groups(), async (prefix, rest, spell) => {
      const value = prefix << 112n | rest;
      fc.pre((value >> 32n & 0xfdff_ffffn) !== 0x5efen);
      const host = spell(value);
      assert.equal(await isAllowed(host), true, host);
    }), { numRuns: 2000 });
  });
});

type Spell = (value: bigint) => string;

/** Any 32 or 128 bits of one of the ranges. */
function within(ranges: readonly Range[], family: 4 | 6): fc.Arbitrary<bigint> {
  return fc.tuple(fc.constantFrom(...ranges), fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })).map(([[cidr], noise]) => {
    const [base, bits] = cidr.split('/') as [string, string];
    const free = BigInt((family === 4 ? 32 : 128) - Number(bits));
    return parseAddress(base)!.value | noise & (1n << free) - 1n;
  });
}

function spelling(): fc.Arbitrary<Spell> {
  return fc.oneof(fc.constant(plain), oddSpelling());
}

const plain: Spell = (value) => [24n, 16n, 8n, 0n].map((shift) => String(value >> shift & 0xffn)).join('.');

/** inet_aton takes one to four parts, each in base 8, 10 or 16; browsers also map unicode digits, dots and percents. */
function oddSpelling(): fc.Arbitrary<Spell> {
  const bases = fc.array(fc.constantFrom('decimal', 'octal', 'hex', 'HEX', 'padded'), { minLength: 4, maxLength: 4 });
  const numbers = fc.tuple(fc.integer({ min: 1, max: 4 }), bases).filter(([count, [a, b, c, d]]) => count < 4 || [a, b, c, d].some((base) => base !== 'decimal')).map(([count, chosen]): Spell => (value) => partsOf(value, count).map((part, index) => inBase(part, chosen[index]!)).join('.'));
  const digits = fc.constantFrom('０１２３４５６７８９', '⓪①②③④⑤⑥⑦⑧⑨', '٠١٢٣٤٥٦٧٨٩', '०१२३४५६७८९', '⁰¹²³⁴⁵⁶⁷⁸⁹').map((set): Spell => (value) => plain(value).replaceAll(/\d/g, (digit) => [...set][Number(digit)]!));
  const dots = fc.constantFrom('。', '．', '｡', '%2e', '%2E', '..', '.\u200b', '.%00').map((dot): Spell => (value) => plain(value).replaceAll('.', dot));
  const around = fc.constantFrom(['', '.'], ['', '..'], ['', '%2e'], ['', '%00'], ['', '\u0000'], ['', '\t'], [' ', ''], ['', '\\'], ['[', ']'], ['\u200e', ''], ['', '\u00ad'], ['0', ''], ['', '.0']).map(([before, after]): Spell => (value) => `${before}${plain(value).replace(/^0/, before === '0' ? '00' : '0')}${after}`);
  const percent = fc.integer({ min: 0, max: 6 }).map((at): Spell => (value) => { const text = plain(value); return `${text.slice(0, at)}%${text.charCodeAt(at).toString(16)}${text.slice(at + 1)}`; });
  return fc.oneof(numbers, digits, dots, around, percent);
}

/** The last part takes what is left: 127.1, 10.0.257, 2130706433. */
function partsOf(value: bigint, count: number): bigint[] {
  const shifts = [24n, 16n, 8n].slice(0, count - 1);
  return [...shifts.map((shift) => value >> shift & 0xffn), value & (1n << BigInt(32 - 8 * (count - 1))) - 1n];
}

function inBase(part: bigint, base: string): string {
  switch (base) {
    case 'octal': return `0${part.toString(8)}`;
    case 'hex': return `0x${part.toString(16)}`;
    case 'HEX': return `0X${part.toString(16).toUpperCase()}`;
    case 'padded': return `000${part}`;
    default: return String(part);
  }
}

/** An IPv6 literal: each group padded or not, in capitals or not, zeros shortened or not, the tail as IPv4 or not. */
function groups(): fc.Arbitrary<Spell> {
  return fc.tuple(fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }), fc.boolean(), fc.boolean(), fc.boolean()).map(([padded, capitals, shortened, dotted]): Spell => (value) => {
    const all = Array.from({ length: 8 }, (_, index) => (value >> BigInt(112 - 16 * index) & 0xffffn).toString(16).padStart(padded[index] ? 4 : 1, '0'));
    const tail = dotted ? [plain(value & 0xffff_ffffn)] : all.slice(6);
    const text = [...all.slice(0, 6), ...tail].join(':');
    const short = shortened ? text.replace(/(^|:)0+(:0+)+(:|$)/, '::') : text;
    return `[${capitals ? short.toUpperCase() : short}]`;
  });
}

/** The forms of IPv6 that carry an IPv4 address somewhere. */
function wrapping(): fc.Arbitrary<(inside: bigint) => bigint> {
  const prefix = fc.bigInt({ min: 0n, max: 0xffff_ffffn }).map((low) => 0x2600n << 112n | low << 64n);
  return fc.oneof(
    fc.constant((inside: bigint) => 0xffffn << 32n | inside), // mapped
    fc.constant((inside: bigint) => inside), // compatible
    fc.constant((inside: bigint) => 0xffffn << 48n | inside), // translated
    fc.constant((inside: bigint) => 0x64_ff9bn << 96n | inside), // NAT64
    fc.constant((inside: bigint) => 0x64_ff9b_0001n << 80n | inside), // local NAT64
    fc.constant((inside: bigint) => 0x2002n << 112n | inside << 80n | 1n), // 6to4
    fc.constant((inside: bigint) => 0x2001n << 112n | inside << 64n | inside ^ 0xffff_ffffn), // Teredo, as server and as client
    prefix.map((high) => (inside: bigint) => high | 0x5efen << 32n | inside), // ISATAP
    prefix.map((high) => (inside: bigint) => high | 0x0200_5efen << 32n | inside),
  );
}
