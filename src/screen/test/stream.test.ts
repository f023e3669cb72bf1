import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { type Highlighter, layoutMarkdown, type Lex, loadHighlighter, loadLexer, type Look, MarkdownStream } from '../index.ts';
import { painted, shown, themeFor } from './looks.ts';

/** Blocks of every kind, some long enough to be finished in parts. */
const BLOCKS = [
  '# Heading *one*', 'Title\n===', 'A paragraph with **bold _both_**, `code` and\na [link](https://a.example/x) in two lines.', '- a\n- b **c**\n  - nested\n\n    more\n- [x] done\n- [ ] open',
  '1. one\n2. two\n\n   second paragraph\n3. three\n4. four', '> quote\n> - in it\n>\n> end', '```ts\nconst x = `a\n\nb`; // c\n/* long\n\ncomment */ f(1);\n```', '~~~~\n```\nnot the end\n~~~~', '    indented\n    code',
  '| a | b |\n|---|--:|\n| one | 2 |\n| `x` | **y** |', '---', '<div>\nhtml\n</div>', '1990 was a year. 2 * 3 * 4 = 24, snake_case_name, a | b', '* * *', 'line  \nbreak', '你好 👩‍👩‍👧 ❤️',
  `| n | v |\n|---|---|\n${Array.from({ length: 150 }, (_, row) => `| ${row} | value ${row} |`).join('\n')}`, `\`\`\`js\n${'function f(a) {\n  return a + "text"; // why\n}\n\n'.repeat(120)}\`\`\``, Array.from({ length: 80 }, (_, item) => `${item + 1}. item **${item}**`).join('\n'),
  'word '.repeat(4000).trim(), `\`\`\`\n${'x'.repeat(20_000)}\n\`\`\``,
];

describe('Markdown that grows', () => {
  let lex: Lex;
  let highlight: Highlighter;
  let look: Look;
  before(async () => {
    [lex, highlight] = await Promise.all([loadLexer(), loadHighlighter()]);
    look = { width: 40, theme: themeFor(), highlighter: () => highlight };
  });
  const grow = (...texts: string[]): MarkdownStream => {
    const stream = new MarkdownStream(lex, look);
    for (const text of texts) stream.push(text);
    return stream;
  };
  const open = (text: string): string[] => painted([...grow(text).finished, ...grow(text).open]);
  const whole = (text: string): string[] => painted(layoutMarkdown(text, lex, look));

  it('never changes a finished line, and ends the same however it was cut', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom(...BLOCKS), { minLength: 1, maxLength: 6 }), fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 40 }), fc.boolean(), (blocks, sizes, isWindows) => {
      const text = isWindows ? blocks.join('\n\n').replaceAll('\n', '\r\n') : blocks.join('\n\n');
      const stream = new MarkdownStream(lex, look);
      let finished: string[] = [];
      for (let at = 0, index = 0; at < text.length; index++) {
        const size = Math.max(sizes[index % sizes.length]!, Math.ceil(text.length / 200));
        stream.push(text.slice(at, at + size));
        at += size;
        const now = painted(stream.finished.slice(0, finished.length));
        assert.deepEqual(now, finished);
        finished = [...finished, ...painted(stream.finished.slice(finished.length))];
        assert.ok(stream.open.every((line) => Array.isArray(line)));
      }
      stream.end();
      assert.deepEqual(painted(stream.finished), whole(text));
    }), { numRuns: 15 });
  });

  it('shows what is unfinished as it will look', () => {
    for (const [unfinished, done] of [
      ['so **bol', 'so **bol**'], ['so **bold', 'so **bold**'], ['so **bold*', 'so **bold**'], ['so *a **b', 'so *a **b***'], ['run `npm te', 'run `npm te`'], ['a ~~b', 'a ~~b~~'], ['see [text](https://a.exam', 'see [text](https://a.exam)'], ['see `', 'see'],
      ['text:\n-', 'text:'], ['text\n\n#', 'text'], ['text\n=', 'text'], ['- one\n- two **th', '- one\n- two **th**'], ['| a | b |', '| a | b |\n|---|---|'], ['| a | b |\n|--', '| a | b |\n|---|---|'], ['```ts\nconst a\n``', '```ts\nconst a\n```'], ['> so **b', '> so **b**'],
      ['2 * 3', '2 * 3'], ['a snake_case', 'a snake_case'], ['```ts\nlet a = "**', '```ts\nlet a = "**\n```'],
    ] as const) assert.deepEqual(open(unfinished), whole(done), unfinished);
  });

  it('numbers the items of a long list through, though the first are finished', () => {
    const stream = grow('1. a\n1. b\n', '1. c\n\n1. d\n');

    assert.deepEqual([shown(stream.finished), shown(stream.open)], [['1. a', '2. b', '3. c'], ['4. d']]);
  });

  it('finishes the parts of a block while the block goes on: lines of code, items, rows, a long paragraph', () => {
    for (const text of [`\`\`\`js\n${'let a = 1;\n'.repeat(500)}`, '- item\n'.repeat(300), `| a |\n|---|\n${'| b |\n'.repeat(300)}`, 'word '.repeat(4000)]) {
      const stream = grow(text);
      const rows = stream.finished.length;
      assert.ok(rows > stream.open.length, `${rows} finished, ${stream.open.length} open: ${text.slice(0, 20)}`);
    }
  });

  it('closes what is open while it is written, and leaves as it is what is open in each other by the dozen', () => {
    const openOf = (text: string): string => shown(grow(text).open).join(' ');

    assert.equal(openOf('a **b _c'), 'a b c');
    assert.equal(openOf('*a '.repeat(40)).replaceAll(/\s+/g, ' ').trim(), '*a '.repeat(40).trim());
  });

  it('takes a line of 200 KB, marks that never end and quotes in quotes by the thousand', () => {
    for (const text of ['y'.repeat(200_000), `\`\`\`\n${'z'.repeat(200_000)}`, '['.repeat(20_000), '*a '.repeat(10_000), '`a '.repeat(10_000), '>'.repeat(5000), `${'- '.repeat(3000)}x`, '<a '.repeat(8000), '![a]('.repeat(4000), '_a __b '.repeat(4000), '|'.repeat(10_000), '\n'.repeat(50_000), '&#0;'.repeat(5000)]) {
      const stream = grow(text.slice(0, 9000), text.slice(9000));
      assert.ok(Array.isArray(stream.open));
      stream.end();
      const letters = [...shown(stream.finished).join('').matchAll(/[yz]/g)].length;
      if (/[yz]{9}/.test(text)) assert.equal(letters, 200_000);
    }
  }).timeout(60_000);

  it('reads no line that begins sixty blocks in each other, nor a thousand marks of one kind', () => {
    const typesOf = (text: string): string[] => lex(text, {}).map(({ type }) => type);
    assert.deepEqual([typesOf(`${'> '.repeat(59)}x`), typesOf(`${'> '.repeat(60)}x`), typesOf(`${'- '.repeat(60)}x`), typesOf(`${'1. '.repeat(60)}x`)], [['blockquote'], ['paragraph'], ['paragraph'], ['paragraph']]);
    assert.deepEqual([typesOf(`${'- '.repeat(59)}x`), typesOf('~'.repeat(1000))], [['list'], ['paragraph']], 'and there is one way to look at it, however near it comes');
  });

  it('looks for the end of emphasis only so often, and keeps every word of what has none', () => {
    const typesIn = (text: string): string[] => lex(text, {}).flatMap((token) => (token.type === 'paragraph' ? token.tokens.map(({ type }) => type) : []));
    assert.ok(typesIn(`${'snake_case 2 * 3 **a '.repeat(100)}**b**`).includes('strong'));
    assert.deepEqual(new Set(typesIn(`${'**a '.repeat(2000)}**b**`)), new Set(['text']));
    for (const sign of ['**', '*', '_', '~~']) {
      const text = `${sign}a `.repeat(20_000);
      const stream = grow(...text.match(/[^]{1,4001}/g)!);
      stream.end();
      assert.equal(shown(stream.finished).join('').replaceAll(/\s/g, ''), text.replaceAll(' ', ''));
    }
  });

  it('reads the rows of a long table only a few times', () => {
    const text = `| n | v |\n|---|---|\n${Array.from({ length: 5000 }, (_, row) => `| ${row} | value |\n`).join('')}`;
    let read = 0;
    const stream = new MarkdownStream((part, links) => { read += part.length; return lex(part, links); }, look);
    stream.push(text);
    stream.end();

    assert.equal(shown(stream.finished).filter((row) => row.includes('value')).length, 5000);
    assert.ok(read < 4 * text.length, `${read} characters of ${text.length}`);
  });

  it('breaks a very long line of code and not the text below it, however it arrives', () => {
    const text = `\`\`\`\n${'x'.repeat(8192)}\`\`\`\n\`\`\`\n\n${'word '.repeat(4000)}`;
    const [atOnce, inParts] = [grow(text), grow(...text.match(/[^]{1,997}/g)!)];
    for (const stream of [atOnce, inParts]) stream.end();

    assert.deepEqual(shown(inParts.finished), shown(atOnce.finished));
    const rows = shown(atOnce.finished).filter((row) => row.includes('o'));
    assert.deepEqual(rows.filter((row) => !/^(word ?)+$/.test(row)), []);
    assert.ok(shown(atOnce.finished).includes('  ```'), 'marks within a line close nothing');
  });

  it('gives what is defined further up to a link, and the title of a link nobody', () => {
    assert.deepEqual(shown(grow('[here]: https://a.example/b "T"\n\n', 'see [here]').open), ['see here (https://a.example/b)']);
  });
});
