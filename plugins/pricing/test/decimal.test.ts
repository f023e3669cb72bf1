import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { formatDecimal, parseDecimal, sumRoundedUp } from '../src/decimal.ts';

describe('an exact decimal', () => {
  for (const [given, text] of [['2', '2'], ['0.25', '0.25'], ['2.50', '2.5'], ['0', '0'], ['0.0', '0'], ['075', '75'], [75, '75'], [1e-7, '0.0000001'], [1.5e21, '1500000000000000000000'], ['1E2', '100'], [0.1, '0.1'], ['0.30000000000000004', '0.30000000000000004']] as const) {
    it(`reads ${JSON.stringify(given)} as ${text}`, () => assert.equal(formatDecimal(parseDecimal(given)!), text));
  }

  for (const given of ['', '-1', '+1', '1.', '.5', '1,5', '1 ', '0x10', 'Infinity', 'NaN', '1e', '1e400', NaN, Infinity, -0.5, '1'.repeat(31)]) {
    it(`does not read ${JSON.stringify(given)} (${String(given).slice(0, 10)})`, () => assert.equal(parseDecimal(given), undefined));
  }

  it('reads back every number that it writes', () => {
    fc.assert(fc.property(fc.oneof(fc.constant(0), fc.double({ min: 1e-12, max: 1e9, noNaN: true })), (value) => {
      assert.equal(Number(formatDecimal(parseDecimal(value)!)), value);
    }));
  });
});

describe('a sum of prices', () => {
  const price = (text: string) => parseDecimal(text)!;

  it('is rounded up once, not once a term', () => {
    // Three times a third of a millionth is 1 and not 3.
    assert.equal(sumRoundedUp([{ count: 1, price: price('0.3') }, { count: 1, price: price('0.3') }, { count: 1, price: price('0.4') }]), 1n);
    assert.equal(sumRoundedUp([{ count: 1, price: price('0.3') }, { count: 1, price: price('0.3') }, { count: 1, price: price('0.401') }]), 2n);
  });

  it('is nothing for nothing', () => {
    assert.equal(sumRoundedUp([]), 0n);
    assert.equal(sumRoundedUp([{ count: 0, price: price('3') }]), 0n);
  });

  it('is exact where floating point is not', () => {
    // 0.1 × 3 is 0.30000000000000004 there; ten million times that would be one millionth too much.
    assert.equal(sumRoundedUp([{ count: 30_000_000, price: price('0.1') }]), 3_000_000n);
    assert.equal(sumRoundedUp([{ count: 9_007_199_254_740_991, price: price('0.000001') }]), 9_007_199_255n);
  });
});
