import assert from 'node:assert/strict';
import { findImports, withoutImports } from '../../src/instructions/imports.ts';
import { readProse } from '../../src/instructions/markdown.ts';

const importsOf = (markdown: string): string[] => findImports(readProse(markdown).prose).map(({ path }) => path);

describe('the text of instructions', () => {
  for (const [what, markdown, text] of [
    ['a comment in a line', 'one <!-- hidden --> two', 'one  two'],
    ['a comment that has its lines to itself', 'one\n<!-- hidden\n\nstill -->\ntwo\n', 'one\ntwo\n'],
    ['a comment around a fence', '<!--\n```\ncode\n```\n-->\ntwo', 'two'],
    ['no comment without its end', 'one <!-- two', 'one <!-- two'],
    ['no comment in a span', '`<!-- shown -->` <!-- not -->', '`<!-- shown -->` '],
    ['no comment in a fence', '```html\n<!-- shown -->\n```\n', '```html\n<!-- shown -->\n```\n'],
    ['no comment in a fence of tildes, without an end', '~~~\n<!-- shown -->', '~~~\n<!-- shown -->'],
    ['no escaped comment', '\\<!-- shown -->', '\\<!-- shown -->'],
  ] as const) it(`loses ${what}`, () => assert.equal(readProse(markdown).text, text));

  for (const [what, markdown, expected] of [
    ['a path behind white space', 'See @docs/a.md and\n@b.md', ['docs/a.md', 'b.md']],
    ['without the sentence around it', '(see @a.md), **@b.md**, "@c.md". (@d.md)', ['a.md', 'd.md']],
    ['from home, from above, from the root', '@~/a.md @../b.md @/c.md @./d', ['~/a.md', '../b.md', '/c.md', './d']],
    ['with an escaped space', '@my\\ notes.md', ['my notes.md']],
    ['once', '@a.md @a.md', ['a.md']],
    ['not in an address of mail', 'me@example.md', []],
    ['not in a span', '`@a.md` and `` ` @b.md `` @c.md', ['c.md']],
    ['not in a span over two lines', '`one\n@a.md`', []],
    ['behind a backtick that begins nothing', '` @a.md\n\n`', ['a.md']],
    ['not in a fence', '```\n@a.md\n```\n@b.md', ['b.md']],
    ['not in a fence in a fence', '````\n```\n@a.md\n```\n````\n@b.md', ['b.md']],
    ['not in a block that is indented', 'text\n\n    @a.md\n    @b.md\n\n@c.md', ['c.md']],
    ['in a list that is indented', '- one\n\n    @a.md', ['a.md']],
    ['not in a comment', '<!-- @a.md --> @b.md', ['b.md']],
    ['with line ends in it as they are', '@a.md\n@b.md\n', ['a.md', 'b.md']],
  ] as const) it(`imports ${what}`, () => assert.deepEqual(importsOf(markdown), expected));

  it('knows a text that says nothing but imports', () => {
    assert.equal(withoutImports('\n- @a.md\n* @b.md\n> @c.md\n'), '');
    assert.notEqual(withoutImports('@a.md says more'), '');
  });

  it('imports at most 100 files of one', () => {
    assert.equal(importsOf(Array.from({ length: 200 }, (_, index) => `@${index}.md`).join('\n')).length, 100);
  });

  it('imports what stands in front of any number of dots, looked at once', () => {
    assert.deepEqual(importsOf(`@a.md${'.'.repeat(200_000)} @${'.'.repeat(200_000)}b`).map((path) => path.length), [4, 200_001]);
  });

  it('reads a text made to be slow in one go', () => {
    for (const text of ['`'.repeat(3).concat(' a ``').repeat(10_000), '<!-'.repeat(20_000), '<!--'.repeat(20_000), Array.from({ length: 300 }, (_, index) => '`'.repeat(index + 1)).join(' '), '` '.repeat(40_001), '\n    a'.repeat(10_000), `${'`'.repeat(200_000)}x\``]) {
      assert.equal(readProse(text).prose.length, readProse(text).text.length);
    }
  });
});
