import assert from 'node:assert/strict';
import { toLengthText, toTimeText, toUntilText } from '../../src/account/time-text.ts';

describe('a time, for a person', () => {
  for (const [ms, text, rough] of [
    [0, '1 s', '1 s'], [999, '1 s', '1 s'], [59_499, '59 s', '59 s'], [59_500, '1 min', '1 min'], [90_000, '1 min 30 s', '1 min'], [3_600_000, '1 h', '1 h'], [7_260_000, '2 h 1 min', '2 h'], [86_400_000, '1 d', '1 d'], [93_600_000, '1 d 2 h', '1 d'], [-5, '1 s', '1 s'],
  ] as const) {
    it(`is ${text} for ${ms} ms, and roughly ${rough}`, () => {
      assert.deepEqual([toLengthText(ms), toLengthText(ms, { isRough: true })], [text, rough]);
    });
  }

  it('is that of the day where the person is, with its date on another day', () => {
    const noon = new Date(2026, 10, 22, 12, 5, 9).getTime();

    assert.equal(toTimeText(noon, noon + 60_000), '12:05:09');
    assert.equal(toTimeText(noon, noon + 86_400_000), '2026-11-22 12:05:09');
    assert.equal(toUntilText(noon, noon - 60_000), '12:05:09, in 1 min');
  });
});
