import assert from 'node:assert/strict';
import { formatTable, wrap } from '../index.ts';

const HEAD = ['NAME', 'COUNT', 'WHAT IT DOES'];
const ROWS = [['alpha', '3', 'reads a file of the project, and says what is in it'], ['a-longer-name', '120', 'writes']];

describe('a table', () => {
  it('aligns its columns, numbers to the right, and cuts the last cell where the screen ends', () => {
    assert.equal(formatTable(HEAD, ROWS, 48), [
      'NAME           COUNT  WHAT IT DOES',
      'alpha              3  reads a file of the proje…',
      'a-longer-name    120  writes',
    ].join('\n'));
  });

  it('shows each row as a block where the screen is too narrow, and loses nothing', () => {
    assert.equal(formatTable(HEAD, ROWS, 36), [
      'alpha',
      '  COUNT         3',
      '  WHAT IT DOES  reads a file of the',
      '                project, and says',
      '                what is in it',
      'a-longer-name',
      '  COUNT         120',
      '  WHAT IT DOES  writes',
    ].join('\n'));
  });

  it('stays within its width at any size, down to a phone', () => {
    for (let width = 40; width <= 140; width++) {
      for (const line of formatTable(HEAD, [...ROWS, ['x'.repeat(90), '1', 'y'.repeat(90)]], width).split('\n')) assert.ok(line.length <= width, `${width}: ${line}`);
    }
  });

  it('writes out control characters, so that a row stays a row', () => {
    assert.equal(formatTable(['A', 'B'], [['a\nb', '\u001b[2J']], 80), 'A     B\na\\nb  \\x1b[2J');
  });

  it('counts columns, not characters: what is wide takes two, a mark none', () => {
    assert.equal(formatTable(['A', 'B'], [['你好', 'x'], ['e\u0301', 'y'], ['abc', '你'.repeat(20)]], 23), `A     B\n你好  x\ne\u0301     y\nabc   ${'你'.repeat(8)}…`);
  });

  it('leaves out the cells of a block that are empty, and has no rows without rows', () => {
    assert.equal(formatTable(['A', 'B', 'C'], [['first', '', 'x'.repeat(30)]], 24), `first\n  C  ${'x'.repeat(19)}\n     ${'x'.repeat(11)}`);
    assert.equal(formatTable(['A', 'B'], [], 10), 'A  B');
  });
});

describe('wrap', () => {
  it('breaks between words, and inside those that are longer than a line', () => {
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrap('a verylongword b', 5), ['a', 'veryl', 'ongwo', 'rd b']);
    assert.deepEqual(wrap('', 5), ['']);
  });
});
