import assert from 'node:assert/strict';
import { widthOf } from '@pith/screen';
import * as fc from 'fast-check';
import { layoutText, moveVertically, scrollTo, type Show } from '../src/input/layout.ts';

const plain: Show = () => undefined;
const rowsOf = (text: string, width: number, show = plain): string[] => layoutText(text, { cursor: 0, width, show }).rows.map(({ cells }) => cells.map(({ shown }) => shown).join(''));

describe('terminal: the rows of the input', () => {
  it('breaks behind spaces, and in the middle of what has none', () => {
    assert.deepEqual(rowsOf('one two three', 9), ['one two ', 'three']);
    assert.deepEqual(rowsOf('one two three', 8), ['one two', 'three']);
    assert.deepEqual(rowsOf('one two   three', 8), ['one two', '  three']);
    assert.deepEqual(rowsOf('abcdefghij', 5), ['abcd', 'efgh', 'ij']);
    assert.deepEqual(rowsOf('a\n\nb\n', 20), ['a', '', 'b', '']);
    assert.deepEqual(rowsOf('漢字漢字', 6), ['漢字', '漢字']);
  });

  it('puts the cursor where the next character will stand', () => {
    const at = (cursor: number) => { const { row, column } = layoutText('one two three\nx', { cursor, width: 9, show: plain }); return [row, column]; };

    assert.deepEqual([at(0), at(7), at(8), at(13), at(14), at(15)], [[0, 0], [0, 7], [1, 0], [1, 5], [2, 0], [2, 1]]);
  });

  it('loses no character, goes past no edge, and always has a place for the cursor', () => {
    const text = fc.array(fc.constantFrom('a', 'bc', ' ', '   ', '\n', '\t', '漢', '👩‍👩‍👧', 'e\u0301', 'longer-word', '\u001b', '\udc00')).map((parts) => parts.join(''));
    const show: Show = (character) => (character === '\u001b' ? '^[' : character === '\udc00' ? '[pasted text #1, 240 lines]' : undefined);
    fc.assert(fc.property(text, fc.integer({ min: 8, max: 40 }), fc.nat(), (given, width, at) => {
      const places = layoutText(given, { cursor: 0, width, show }).rows.flatMap(({ cells, from, start }) => [from, ...cells.map((cell) => start + cell.from)]).concat(given.length);
      const cursor = places[at % places.length]!;
      const { rows, row, column } = layoutText(given, { cursor, width, show });

      assert.equal(rows.map(({ from, to }, index) => given.slice(from, to) + (given[to] === '\n' && rows[index + 1] !== undefined ? '\n' : '')).join(''), given);
      for (const { cells } of rows) assert.ok(widthOf(cells.map(({ shown }) => shown).join('')) < width);
      assert.ok(column < width);
      assert.ok(rows[row]!.from <= cursor && cursor <= rows[row]!.to);
    }), { numRuns: 300 });
  });

  it('keeps the column over shorter rows, wrapped ones too', () => {
    const text = 'one two three\nx\nlonger line';
    const down = (cursor: number, keep?: number) => moveVertically(layoutText(text, { cursor, width: 9, show: plain }), { by: 1, keep });

    const first = down(6)!; // in “two”
    const second = down(first.at, first.column)!;
    const third = down(second.at, second.column)!;
    assert.deepEqual([first, second, third], [{ at: 13, column: 6 }, { at: 15, column: 6 }, { at: 22, column: 6 }]);
    assert.equal(down(text.length), undefined);
  });

  it('stays in a row that goes on in the next one', () => {
    const layout = layoutText('abcdefgh\nlonger', { cursor: 15, width: 5, show: plain });

    assert.deepEqual(moveVertically(layoutText('abcd efgh', { cursor: 9, width: 6, show: plain }), { by: -1, keep: 5 }), { at: 4, column: 5 });
    assert.equal(layout.rows.length, 4);
  });

  it('scrolls no further than it must', () => {
    const layout = (cursor: number) => layoutText('0\n1\n2\n3\n4\n5', { cursor, width: 9, show: plain });

    assert.deepEqual([scrollTo(layout(11), { height: 3, top: 0 }), scrollTo(layout(8), { height: 3, top: 3 }), scrollTo(layout(2), { height: 3, top: 3 }), scrollTo(layout(0), { height: 9, top: 3 })], [3, 3, 1, 0]);
  });
});
