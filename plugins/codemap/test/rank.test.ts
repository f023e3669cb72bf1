import assert from 'node:assert/strict';
import type { Entry } from '../src/entry.ts';
import { MAX_CALLERS, rank } from '../src/rank.ts';

function file(path: string, lines: number, symbols: readonly string[], calls: Readonly<Record<string, number>> = {}): Entry {
  return {
    path, lines, stamp: '', hash: '',
    symbols: symbols.map((name, index) => ({ name, kind: 'function', line: index + 1 })),
    calls: Object.entries(calls).map(([name, count], index) => ({ name, count, line: index + 10 })),
  };
}

describe('the rank of a symbol', () => {
  it('is 0.8 to the depth of its file, times the root of its lines over its symbols and one, where nobody calls it', () => {
    const ranked = rank([file('a.ts', 100, ['one', 'two', 'three']), file('src/deep/b.ts', 50, ['other'])]);

    assert.deepEqual(ranked.map(({ name, score }) => [name, score]), [['one', 5], ['two', 5], ['three', 5], ['other', 3.2]]);
  });

  it('grows with the logarithm of its calls in other files, and is rounded to three decimals', () => {
    const [one] = rank([file('a.ts', 100, ['one', 'two', 'three'], { one: 50 }), file('b.ts', 1, [], { one: 3 }), file('c.ts', 1, [], { one: 1 })]);

    assert.equal(one!.score, Math.round(5 * (1 + Math.log(5)) * 1000) / 1000);
    assert.deepEqual(one!.callers, [{ path: 'b.ts', line: 10 }, { path: 'c.ts', line: 10 }]);
  });

  it('gives the callers of a name in several files to the heaviest of them, and counts no call in any of these', () => {
    const ranked = rank([file('light.ts', 1, ['run'], { run: 9 }), file('heavy.ts', 400, ['run']), file('main.ts', 5, [], { run: 1 })]);

    assert.deepEqual(ranked.map(({ path, callers }) => [path, callers.map((caller) => caller.path)]), [['light.ts', []], ['heavy.ts', ['main.ts']]]);
    assert.deepEqual(ranked.map(({ score }) => score), [1.197, 23.945]);
  });

  it(`names ${MAX_CALLERS} callers at most, and counts all of them`, () => {
    const callers = Array.from({ length: 40 }, (_, index) => file(`c${index}.ts`, 1, [], { one: 1 }));

    const [one] = rank([file('a.ts', 2, ['one']), ...callers]);

    assert.equal(one!.callers.length, MAX_CALLERS);
    assert.equal(one!.score, Math.round((1 + Math.log(41)) * 1000) / 1000);
  });

  it('leaves out of account who calls what every class has', () => {
    for (const name of ['__init__', '__post_init__', '__call__', 'constructor']) {
      const [one] = rank([file('a.py', 2, [name]), file('b.py', 1, [], { [name]: 5 })]);

      assert.deepEqual([one!.score, one!.callers], [1, []]);
    }
  });

  it('holds names that objects have by themselves apart', () => {
    const [one] = rank([file('a.ts', 2, ['toString']), file('__proto__/b.ts', 1, ['__proto__'], { toString: 1, hasOwnProperty: 2 })]);

    assert.deepEqual(one!.callers, [{ path: '__proto__/b.ts', line: 10 }]);
  });
});
