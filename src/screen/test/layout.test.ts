import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { cutLine, layoutCode, layoutDiff, layoutMarkdown, layoutText, type Lex, type Highlighter, loadHighlighter, loadLexer, paintLine, textOf, toHref, widthOf, wrapLine } from '../index.ts';
import { toCells } from '../width.ts';
import { painted, shown, themeFor } from './looks.ts';

describe('text on a screen', () => {
  let lex: Lex;
  let highlight: Highlighter;
  before(async () => { [lex, highlight] = await Promise.all([loadLexer(), loadHighlighter()]); });
  const plain = themeFor({ level: 0 });

  it('counts the most columns that any terminal takes', () => {
    assert.deepEqual(['abc', '你好', 'e\u0301', '👍', '👍🏽', '🇩🇪', '❤️', '각', ''].map(widthOf), [3, 4, 1, 2, 4, 2, 2, 2, 0]);
  });

  it('cuts text into what is seen as one character, quickly or not', () => {
    const segmenter = new Intl.Segmenter('en');
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom(...'aß…│你é✔★„“→ー가ก', '\u0301', '\u200d', '\ufe0f', '👩', '🇩', '\u309a', '\u20dd', '\u1160'), fc.string({ unit: 'binary', maxLength: 2 }))), (parts) => {
      const text = parts.join('');

      assert.deepEqual(toCells(text).map((cell) => cell.text), Array.from(segmenter.segment(text), ({ segment }) => segment));
    }), { numRuns: 200 });
  });

  it('breaks at spaces, keeps the looks of both halves, and cuts with a sign', () => {
    const line = [{ text: 'one two', roles: ['strong'] as const }, { text: ' three 你好' }];

    assert.deepEqual(shown(wrapLine(line, { width: 9 })), ['one two', 'three', '你好']);
    assert.deepEqual(wrapLine(line, { width: 5 })[1], [{ text: 'two', roles: ['strong'] }]);
    assert.deepEqual(shown([cutLine(line, { width: 8 }), cutLine(line, { width: 80 })]), ['one two…', 'one two three 你好']);
  });

  it('makes a table of what fits 40 columns, and records of what does not', () => {
    const table = '| name | value |\n|---|--:|\n| one | 2 |\n';
    const wide = '| a | b | c | d |\n|---|---|---|---|\n| a long first value | a long second one | a third one here | and a fourth |\n';

    assert.deepEqual(shown(layoutMarkdown(table, lex, { width: 40, theme: plain })), ['name │ value', '─────┼──────', 'one  │     2']);
    assert.deepEqual(shown(layoutMarkdown(wide, lex, { width: 40, theme: plain })), ['a: a long first value', 'b: a long second one', 'c: a third one here', 'd: and a fourth']);
  });

  it('leads a link to its address, and never lets a text pretend to be another one', () => {
    const links = themeFor({ links: true, level: 0 });
    const one = (text: string, theme = links): string => painted(layoutMarkdown(text, lex, { width: 200, theme }), theme).join('\n');

    assert.equal(one('[docs](https://a.example/x)'), '\u001b]8;;https://a.example/x\u001b\\docs\u001b]8;;\u001b\\');
    assert.match(one('[https://bank.example](https://evil.example)'), / \(https:\/\/evil\.example\)$/);
    assert.equal(one('[docs](https://a.example/x)', plain), 'docs (https://a.example/x)');
    assert.deepEqual(['javascript:alert(1)', 'file:///etc/passwd', 'https://a.example/\u001b]', 'https://a.example/ü'].map(toHref), [undefined, undefined, 'https://a.example/%1B%5D', 'https://a.example/%C3%BC']);
  });

  it('says in words what others see, for a screen reader', () => {
    const theme = themeFor({ words: true });
    const text = '## Plan\n\n- [x] read\n- [ ] write\n\n> so\n\n```sh\nls\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n';

    assert.deepEqual(painted(layoutMarkdown(text, lex, { width: 40, theme }), theme), ['Heading 2: Plan', '', 'Done: read', 'To do: write', '', 'Quote:', 'so', 'End of quote', '', 'Code, sh:', 'ls', 'End of code', '', 'a: 1', 'b: 2']);
    assert.deepEqual(painted(layoutDiff('@@ -1,1 +1,1 @@\n-a\n+b', { width: 40, theme }), theme), ['@@ -1,1 +1,1 @@', 'Removed line 1: a', 'Added line 1: b']);
  });

  it('uses ASCII signs where the locale is not UTF-8', () => {
    const theme = themeFor({ unicode: false, level: 0 });

    assert.deepEqual(painted(layoutMarkdown('- ü\n\n> q\n\n- [x] d', lex, { width: 40, theme }), theme), ['* \\u{fc}', '', '| q', '', '[x] d']);
  });

  it('colours the usual languages; a language nobody knows and what is past 100 KB is plain', () => {
    const look = { width: 80, theme: themeFor({ level: 1 }), highlighter: () => highlight };
    const isColored = (code: string, language: string): boolean => layoutCode(code, language, look).at(-1)!.some(({ roles }) => roles !== undefined);

    for (const [language, code] of Object.entries({ ts: 'const a = 1', py: 'def f(): pass', go: 'func f() {}', rust: 'fn f() {}', sh: 'if true; then', json: '{"a": 1}', yaml: 'a: 1', sql: 'SELECT 1', html: '<b>x</b>', toml: 'a = 1', java: 'class A {}', 'c++': 'int a = 1;' })) assert.ok(isColored(code, language), language);
    assert.equal(isColored('const a = 1', 'nonsense'), false);
    assert.equal(isColored('const a = 1;\n'.repeat(10_000), 'ts'), false);
  });

  it('shows a diff with numbers, the words that changed, and no more context than is asked for', () => {
    const diff = '--- a.ts\n+++ a.ts\n@@ -1,8 +1,8 @@\n 1\n 2\n 3\n 4\n 5\n-const old = 1;\n+const young = 1;\n--- sql\n+++ c\n';
    const look = { width: 40, theme: plain, contextLines: 2 };

    const lines = layoutDiff(diff, look);

    assert.deepEqual(shown(lines), ['--- a.ts', '+++ a.ts', '@@ -1,8 +1,8 @@', '… 3 unchanged lines', '4   4', '5   5', '6 - const old = 1;', '6 + const young = 1;', '7 - -- sql', '7 + ++ c']);
    assert.deepEqual(lines.flat().filter(({ roles }) => roles?.some((role) => role.endsWith('-word'))).map(({ text }) => text), ['old', 'young']);
  });

  it('shows the files of a git diff by their names, and what became of one that has no lines', () => {
    const diff = 'diff --git a/a.ts b/a.ts\nindex 1111111..2222222 100644\n--- a/a.ts\n+++ b/a.ts\n@@ -1 +1 @@\n-old\n+new\ndiff --git a/b.ts b/b.ts\ndeleted file mode 100644\nindex 2222222..0000000\n--- a/b.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\ndiff --git a/run b/run\nold mode 100644\nnew mode 100755\n';
    assert.deepEqual(layoutDiff(diff, { width: 60, theme: plain }).map(textOf), ['--- a/a.ts', '+++ b/a.ts', '@@ -1 +1 @@', '1 - old', '1 + new', '… deleted file mode 100644', '--- a/b.ts', '+++ /dev/null', '@@ -1 +0,0 @@', '1 - gone', '… diff --git a/run b/run', '… old mode 100644', '… new mode 100755']);
  });

  it('keeps the line ends and spaces of plain text, and wraps what is longer', () => {
    assert.deepEqual(layoutText('a\r\n  b\n\nfour words are here\n', { width: 10, theme: plain }).map(textOf), ['a', '  b', '', 'four ', 'words are ', 'here']);
  });

  it('bounds a huge diff and says what is missing', () => {
    const lines = shown(layoutDiff(`@@ -1,1 +1,90000 @@\n${'+line\n'.repeat(90_000)}`, { width: 80, theme: plain }));

    assert.ok(lines.length < 2010);
    assert.match(lines.at(-1)!, /8800\d more lines/);
  });

  it('writes the colours that the terminal has, and none without', () => {
    const line = [{ text: 'x', roles: ['keyword'] as const }];

    assert.deepEqual(([0, 1, 2, 3] as const).map((level) => paintLine(line, themeFor({ level }))), ['x', '\u001b[35mx\u001b[39m', '\u001b[38;5;183mx\u001b[39m', '\u001b[38;2;187;154;247mx\u001b[39m']);
    assert.notEqual(paintLine(line, themeFor({ background: 'light' })), paintLine(line, themeFor()));
  });
});
