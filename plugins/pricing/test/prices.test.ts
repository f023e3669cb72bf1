import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { Usage } from '@pith/kernel';
import { cellsAt, costMicroUsd, toModelPrices, toPrices } from '../src/prices.ts';

const tokens = fc.integer({ min: 0, max: 2_000_000 });
const usages = fc.record({ input: tokens, output: tokens, cacheRead: tokens, cacheWrite: tokens });
/** Thousandths of a dollar per million tokens, so that the test can reckon in whole numbers. */
const milliUsd = fc.integer({ min: 0, max: 200_000 });

describe('the cost of a call', () => {
  it('is tokens times price, the whole rounded up once', () => {
    fc.assert(fc.property(usages, fc.tuple(milliUsd, milliUsd, milliUsd, milliUsd), (usage, [input, output, read, write]) => {
      const thousandths = BigInt(usage.input) * BigInt(input) + BigInt(usage.output) * BigInt(output) + BigInt(usage.cacheRead) * BigInt(read) + BigInt(usage.cacheWrite) * BigInt(write);

      const expected = thousandths / 1000n + (thousandths % 1000n === 0n ? 0n : 1n);
      assert.equal(costMicroUsd(toPrices([input / 1000, output / 1000, read / 1000, write / 1000]), usage), Number(expected));
    }), { numRuns: 2000 });
  });

  it('is never more for two calls in one than for both, and at most one millionth less', () => {
    fc.assert(fc.property(usages, usages, fc.tuple(milliUsd, milliUsd), (a, b, [input, output]) => {
      const prices = toPrices([input / 1000, output / 1000]);
      const sum: Usage = { input: a.input + b.input, output: a.output + b.output, cacheRead: a.cacheRead + b.cacheRead, cacheWrite: a.cacheWrite + b.cacheWrite };

      const saved = costMicroUsd(prices, a)! + costMicroUsd(prices, b)! - costMicroUsd(prices, sum)!;
      assert.ok(saved === 0 || saved === 1, String(saved));
    }));
  });

  it('takes all tokens at the tier that the whole input reaches, cache included', () => {
    const prices = toPrices([[3, 200_000, 6], [15, 200_000, 22.5], [0.3, 200_000, 0.6], [3.75, 200_000, 7.5]]);

    assert.equal(costMicroUsd(prices, { input: 200_000, output: 1000 }), 200_000 * 3 + 1000 * 15);
    assert.equal(costMicroUsd(prices, { input: 200_001, output: 1000 }), 200_001 * 6 + 22_500);
    assert.equal(costMicroUsd(prices, { input: 1, output: 1000, cacheRead: 100_000, cacheWrite: 100_000 }), 6 + 22_500 + 60_000 + 750_000);
    assert.equal(costMicroUsd(prices, { input: 1_000_000, output: 1_000_000 }), 28_500_000);
  });

  it('takes the highest of several tiers that is reached', () => {
    const prices = toPrices([[1, 10, 2, 20, 3], 0]);

    assert.deepEqual([10, 11, 20, 21].map((input) => costMicroUsd(prices, { input, output: 0 })), [10, 22, 40, 63]);
  });

  it('bills a cache without a price of its own as input', () => {
    assert.equal(costMicroUsd(toPrices([2, 10]), { input: 100, output: 0, cacheRead: 50, cacheWrite: 30 }), 360);
    assert.equal(costMicroUsd(toPrices([2, 10, 0.2]), { input: 100, output: 0, cacheRead: 50, cacheWrite: 30 }), 270);
  });

  it('adds what each call costs by itself', () => {
    assert.equal(costMicroUsd(toPrices([1, 1, null, null, 12]), { input: 5, output: 5 }), 12_010);
  });

  it('is not known where tokens have no price', () => {
    assert.equal(costMicroUsd({}, { input: 1, output: 0 }), null);
    assert.equal(costMicroUsd(toPrices([2]), { input: 1, output: 1 }), null);
    assert.equal(costMicroUsd(toPrices([2]), { input: 1, output: 0 }), 2);
    assert.equal(costMicroUsd(toPrices([null, 2, 1, 1]), { input: 1, output: 0 }), null);
    assert.equal(costMicroUsd(toPrices([null, 2, 1, 1]), { input: 0, output: 1, cacheRead: 1 }), 3);
  });

  it('is not known where a count makes no sense', () => {
    for (const usage of [{ input: -1, output: 0 }, { input: 1.5, output: 0 }, { input: NaN, output: 0 }, { input: 0, output: Infinity }, { input: 0, output: 0, cacheRead: -1 }, { input: 2 ** 53, output: 0 }]) {
      assert.equal(costMicroUsd(toPrices([2, 2]), usage), null);
    }
  });

  it('is nothing for a price of nothing, since that is a price', () => {
    assert.equal(costMicroUsd(toPrices([0, 0]), { input: 10, output: 10 }), 0);
  });
});

describe('prices that change', () => {
  const at = (text: string): number => Date.parse(text);
  const peak = { '': [2], '2026-08-17': [3], '01:00-04:00': [6], '22:30-00:30': [9] } as const;

  for (const [time, price] of [
    ['2026-08-16T23:59:59Z', 9], ['2026-08-16T12:00:00Z', 2], ['2026-08-17T00:00:00Z', 9], ['2026-08-17T00:30:00Z', 3], ['2026-08-17T00:59:59Z', 3], ['2026-08-17T01:00:00Z', 6],
    ['2026-08-17T03:59:59Z', 6], ['2026-08-17T04:00:00Z', 3], ['2026-08-17T22:29:59Z', 3], ['2026-08-17T22:30:00Z', 9], ['2026-08-18T02:00:00Z', 6], ['2027-01-01T12:00:00Z', 3],
  ] as const) {
    it(`are ${price} at ${time}`, () => assert.deepEqual(cellsAt(peak, at(time)), [price]));
  }

  it('are the first where no constraint holds yet', () => {
    assert.deepEqual(cellsAt({ '2026-08-17': [3], '2026-09-17': [4] }, at('2026-01-01')), [3]);
  });

  it('are always the same where there is no constraint', () => {
    assert.deepEqual(cellsAt([3, 4], at('2026-01-01')), [3, 4]);
  });
});

describe('prices for people and programs', () => {
  it('are exact decimals, with what is above each tier', () => {
    assert.deepEqual(toModelPrices(toPrices([[3, 200_000, 6], [15, 200_000, 22.5], 0.3, null, 12])), {
      input: '3', output: '15', cacheRead: '0.3', calls: '12', tiers: [{ aboveInputTokens: 200_000, input: '6', output: '22.5', cacheRead: '0.3' }],
    });
  });

  it('are null where they are not known', () => {
    assert.deepEqual(toModelPrices(toPrices([0.02])), { input: '0.02', output: null });
  });
});
