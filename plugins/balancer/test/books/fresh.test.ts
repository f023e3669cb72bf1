import assert from 'node:assert/strict';
import { COLUMNS, type Line } from '../../src/books/columns.ts';
import { Fresh } from '../../src/books/fresh.ts';

const LENGTH = 10;
const toLine = (index: number): Line => COLUMNS.map((_, column) => (column === 0 ? `row-${index}` : index));

describe('lines that were written last', () => {
  let fresh: Fresh;
  let written: number;

  beforeEach(() => { [fresh, written] = [new Fresh(), 0]; });

  const write = (count: number): void => {
    for (let index = 0; index < count; index++) {
      fresh.add(toLine(written), { fromBytes: written * LENGTH, endBytes: (written + 1) * LENGTH });
      written++;
    }
  };

  it('are given as they were, from any line on, however often some were written and some folded', () => {
    let folded = 0;
    for (let round = 0; round < 75; round++) {
      write(97 + round);
      const from = folded + round % 7;
      const known = fresh.from(from * LENGTH, 50);
      assert.deepEqual(known, { lines: Array.from({ length: 50 }, (_, index) => toLine(from + index)), endBytes: (from + 50) * LENGTH });
      folded += 90 + round;
      fresh.forget(folded * LENGTH);
    }
    assert.ok(folded > 2 * 4096, 'they have gone all the way round');
    assert.deepEqual(fresh.from(folded * LENGTH, 1_000_000)?.lines.length, written - folded);
  });

  it('are not known within a line, behind the last, or before those that are kept', () => {
    write(10);
    fresh.forget(4 * LENGTH);
    for (const atBytes of [3 * LENGTH, 5 * LENGTH + 1, 10 * LENGTH, 11 * LENGTH]) assert.equal(fresh.from(atBytes, 5), undefined);
    assert.equal(fresh.from(4 * LENGTH, 5)?.endBytes, 9 * LENGTH);
  });

  it('are dropped where nobody folds them, and known again from then on', () => {
    write(4096 + 5);
    assert.equal(fresh.from(0, 5), undefined);
    assert.deepEqual(fresh.from(4096 * LENGTH, 10)?.lines.map(([id]) => id), [0, 1, 2, 3, 4].map((index) => `row-${4096 + index}`));
  });
});
