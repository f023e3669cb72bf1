import assert from 'node:assert/strict';
import { createTheme, layoutAnswer, textOf, widthOf } from '../index.ts';

const theme = createTheme({ level: 0, background: 'dark', words: false, unicode: true, links: false });
const rows = (text: string, width: number): string[] => layoutAnswer(text, { width, theme }).map(textOf);

describe('The answer of a command', () => {
  it('keeps its lines, and wraps between words what is longer than a row', () => {
    assert.deepEqual(rows('one two three four\n\n-rw-  *x*\n', 10), ['one two ', 'three four', '', '-rw-  *x*']);
    assert.deepEqual(rows('one two three four', 80), ['one two three four']);
  });

  it('goes on below the beginning of an indented line, and further in behind a name', () => {
    assert.deepEqual(rows('  one two three four', 12), ['  one two ', '  three four']);
    assert.deepEqual(rows('/undo  takes back the last', 16), ['/undo  takes ', '    back the ', '    last']);
  });

  it('is as wide as the window at most, however narrow that is, and steers nothing', () => {
    for (let width = 2; width < 60; width++) {
      for (const row of rows(`      deep ${'word '.repeat(10)}\n/name  what it is\u001b[2J 你好你好`, width)) assert.ok(widthOf(row) <= width && !row.includes('\u001b'), `${width}: ${row}`);
    }
  });
});
