import assert from 'node:assert/strict';
import { cutMap } from '../src/cut.ts';
import { findSymbols, describeSymbol } from '../src/focus.ts';
import type { RankedSymbol } from '../src/rank.ts';

function symbol(path: string, name: string, score: number, line = 1): RankedSymbol {
  return { path, name, kind: 'function', line, score, callers: [{ path: 'main.ts', line: 7 }] };
}

const FILES = ['README.md', 'assets/logo.png', 'package-lock.json', 'src/a.ts', 'src/deep/b.ts'];
const SYMBOLS = [symbol('src/a.ts', 'start', 9, 12), symbol('src/a.ts', 'begin', 1, 3), symbol('src/deep/b.ts', 'stop', 4)];

/** A repository of 2000 files in folders of 20, three symbols each. */
const MANY = Array.from({ length: 2000 }, (_, index) => `packages/p${index % 10}/src/f${Math.floor(index / 20)}/file-number-${index}.ts`);
const MANY_SYMBOLS = MANY.flatMap((path, index) => [0, 1, 2].map((number) => symbol(path, `function${index}x${number}`, index + number, number + 1)));

describe('a map cut to a number of tokens', () => {
  it('is whole where it fits: each file with its symbols in the order of their lines', () => {
    const { text, cut } = cutMap(FILES, SYMBOLS, 1000);

    assert.equal(cut, 'nothing');
    assert.equal(text, 'assets/\n logo.png\nsrc/\n deep/\n  b.ts  stop:1\n a.ts  begin:3 start:12\nREADME.md\npackage-lock.json');
  });

  it('first loses the files that say little', () => {
    const { text, cut } = cutMap(FILES, SYMBOLS, 25);

    assert.equal(cut, 'unimportant files');
    assert.equal(text, 'src/\n deep/\n  b.ts  stop:1\n a.ts  begin:3 start:12\nREADME.md');
  });

  it('then the symbols of lowest score', () => {
    const { text, cut } = cutMap(FILES, SYMBOLS, 18);

    assert.equal(cut, 'symbols');
    assert.equal(text, 'src/\n deep/\n  b.ts  stop:1\n a.ts  start:12\nREADME.md');
  });

  it('then the files: folders to the depth that fits, and the most used symbols in the rest of the room', () => {
    const { text, cut, symbols } = cutMap(MANY, MANY_SYMBOLS, 500);

    assert.equal(cut, 'files');
    assert.match(text, /^packages\/ \(2000\)\n p0\/ \(200\)\n  src\/ \(200\)\n/);
    assert.match(text, /file-number-1999\.ts {2}function1999x0:1 function1999x1:2 function1999x2:3/);
    assert.ok(symbols > 5);
    assert.doesNotMatch(text, /file-number-5\.ts/);
  });

  it('is never more than its budget, whatever that is', () => {
    for (const budget of [100, 150, 333, 1000, 4000, 20_000, 60_000]) {
      const { text, tokens } = cutMap(MANY, MANY_SYMBOLS, budget);

      assert.ok(tokens <= budget, `${tokens} of ${budget}`);
      assert.ok(text.length > 0);
    }
    const flat = Array.from({ length: 5000 }, (_, index) => `folder-${index}/a.ts`);
    assert.ok(cutMap(flat, [], 100).tokens <= 100);
  });

  it('shows control characters of names, and does not let them act', () => {
    const { text } = cutMap(['a\u001b[2J/b\n.ts'], [], 100);

    assert.equal(text.includes('\u001b') || text.includes('b\n.ts'), false);
  });
});

describe('symbols that fit a focus', () => {
  it('are the exact name first, then parts of names, then parts of paths, each by score', () => {
    const symbols = [symbol('src/turn/x.ts', 'other', 50), symbol('a.ts', 'runTurns', 1), symbol('a.ts', 'runTurn', 1), symbol('b.ts', 'endTurn', 9), symbol('c.ts', 'none', 99)];

    assert.deepEqual(findSymbols(symbols, 'runturn').map(({ name }) => name), ['runTurn', 'runTurns']);
    assert.deepEqual(findSymbols(symbols, 'Where is the turn?').map(({ name }) => name), ['endTurn', 'runTurns', 'runTurn', 'other']);
  });

  it('are told with who calls them', () => {
    assert.equal(describeSymbol(SYMBOLS[0]!), 'function start  src/a.ts:12  ← main.ts:7');
  });
});
