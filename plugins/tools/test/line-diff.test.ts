import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { diffLines, unifiedDiff } from '../src/line-diff.ts';

const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });

describe('diffLines', () => {
  it('leads from one text to the other by the fewest changes', () => {
    fc.assert(fc.property(text, text, (a, b) => {
      const made: string[] = [];
      let at = 0;
      let changes = 0;
      for (const { aStart, aEnd, bStart, bEnd } of diffLines(a, b)) {
        made.push(...a.slice(at, aStart));
        assert.equal(made.length, bStart);
        made.push(...b.slice(bStart, bEnd));
        changes += aEnd - aStart + bEnd - bStart;
        at = aEnd;
      }
      made.push(...a.slice(at));

      assert.deepEqual(made, b);
      assert.equal(changes, a.length + b.length - 2 * commonLength(a, b));
    }), { numRuns: 500 });
  });

  it('takes texts that differ throughout as one change', () => {
    const [a, b] = ['a', 'b'].map((letter) => Array.from({ length: 5000 }, (_, index) => `${letter}${index}`)) as [string[], string[]];

    assert.deepEqual(diffLines(['same', ...a, 'end'], ['same', ...b, 'end']), [{ aStart: 1, aEnd: 5001, bStart: 1, bEnd: 5001 }]);
  });
});

describe('unifiedDiff', () => {
  it('shows changes that are near together as one piece, with lines around them', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\nm\nn\no\np\n';

    assert.equal(unifiedDiff(before, before.replace('d', 'D').replace('g', 'G').replace('p', 'P')),
      '@@ -1,10 +1,10 @@\n a\n b\n c\n-d\n+D\n e\n f\n-g\n+G\n h\n i\n j\n@@ -13,4 +13,4 @@\n m\n n\n o\n-p\n+P');
  });

  it('shows a missing last line end', () => {
    assert.equal(unifiedDiff('a\nb', 'a\nb\n'), '@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b');
    assert.equal(unifiedDiff('', 'a\n'), '@@ -0,0 +1 @@\n+a');
    assert.equal(unifiedDiff('a\n', 'a\n'), '');
  });
});

/** Length of the longest common subsequence, by the table. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = 1; i <= a.length; i++) for (let j = 1; j <= b.length; j++) table[i]![j] = a[i - 1] === b[j - 1] ? table[i - 1]![j - 1]! + 1 : Math.max(table[i - 1]![j]!, table[i]![j - 1]!);
  return table[a.length]![b.length]!;
}
