import assert from 'node:assert/strict';
import { retryDelayMs } from '../src/decide.ts';

describe('the wait before another attempt', () => {
  it('doubles from a second to a minute, with all of it left to chance', () => {
    const longest = (failed: number): number => retryDelayMs(failed, () => 0.999_999_999);
    assert.deepEqual([0, 1, 2, 5, 6, 7, 100, 2000].map(longest), [999, 1999, 3999, 31_999, 59_999, 59_999, 59_999, 59_999]);
    assert.deepEqual([0, 3, 9].map((failed) => retryDelayMs(failed, () => 0)), [0, 0, 0]);
    assert.equal(retryDelayMs(2, () => 0.25), 1000);
  });

  it('is refused for fewer attempts than none', () => {
    assert.throws(() => retryDelayMs(-1, Math.random), RangeError);
    assert.throws(() => retryDelayMs(Number.NaN, Math.random), RangeError);
  });
});
