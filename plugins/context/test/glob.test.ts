import assert from 'node:assert/strict';
import { expandBraces, matchesGlob } from '../src/glob.ts';

describe('patterns of paths', () => {
  for (const [pattern, matching, others] of [
    ['src/**/*.ts', ['src/a.ts', 'src/a/b/c.ts'], ['a.ts', 'src/a.js', 'lib/src/a.ts']],
    ['**/*.md', ['a.md', 'x/y/a.md', '.hidden/a.md'], ['a.mdx']],
    ['*.md', ['a.md', '.md'], ['docs/a.md']],
    ['src/**', ['src/a', 'src/a/b', 'src'], ['srcs/a']],
    ['**', ['a', 'a/b'], []],
    ['./src/?.ts', ['src/a.ts'], ['src/ab.ts', 'src/.ts']],
    ['src/*.{ts,tsx}', ['src/a.ts', 'src/a.tsx'], ['src/a.js']],
    ['{src,lib}/**/*.{a,b}', ['src/x.a', 'lib/y/x.b'], ['bin/x.a', 'src/x.c']],
    ['a{b,{c,d}}', ['ab', 'ac', 'ad'], ['a', 'abc']],
    ['[a-c]?[!0-9].x', ['abc.x', 'b1z.x'], ['dbc.x', 'ab1.x']],
    ['a\\*b', ['a*b'], ['axb']],
    ['Überall/*.md', ['Überall/ä.md'], ['uberall/a.md']],
    ['a/**/b/**/c', ['a/b/c', 'a/x/b/y/z/c'], ['a/c', 'a/b']],
    ['', [], ['a']],
    ['a.ts', ['a.ts'], ['axts', 'a.ts/b']],
  ] as const) {
    it(`${JSON.stringify(pattern)} means ${matching.join(', ') || 'nothing'}`, () => {
      for (const path of matching) assert.ok(matchesGlob(path, pattern), path);
      for (const path of others) assert.ok(!matchesGlob(path, pattern), path);
    });
  }

  it('takes no pattern of more alternatives than it could look at, nor one of a book’s length', () => {
    assert.equal(expandBraces('{a,b}'.repeat(6)).length, 64);
    assert.deepEqual(expandBraces('{a,b}'.repeat(7)), []);
    assert.deepEqual(expandBraces('a'.repeat(501)), []);
  });

  it('answers for patterns on which a search that goes back would never end', () => {
    assert.ok(!matchesGlob('a'.repeat(200), `${'*a'.repeat(100)}*b`));
    assert.ok(!matchesGlob('a/'.repeat(200), `${'**/a/'.repeat(99)}b`));
  });
});
