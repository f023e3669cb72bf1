import assert from 'node:assert/strict';
import { findMentions, MAX_CANDIDATES } from '../src/mentions/find-mentions.ts';
import { looksLikePackage, looksLikePath, toSymbol, toUrl, variantsOf } from '../src/mentions/variants.ts';

const plain = (name: string) => ({ name, isQuoted: false, suffix: '' });
const quoted = (name: string, suffix = '') => ({ name, isQuoted: true, suffix });

describe('a mention', () => {
  for (const [text, names] of [
    ['look at @src/a.ts please', ['src/a.ts']],
    ['@a.ts', ['a.ts']],
    ['(@a.ts) [@b.ts] {@c.ts}', ['a.ts)', 'b.ts]', 'c.ts}']],
    ['@a.ts,@b.ts', ['a.ts', 'b.ts']],
    ['@a\\ b.txt', ['a b.txt']],
    ['@"a b.txt" and @"c d"', ['a b.txt', 'c d']],
    ["@it's", ['it']],
    ['twice @a.ts and @a.ts', ['a.ts']],
    ['@https://example.org/a?b=c.', ['https://example.org/a?b=c.']],
    ['two\n@a.ts\n\t@b.ts', ['a.ts', 'b.ts']],
    ['@ada @types/node', ['ada', 'types/node']],
  ] as const) {
    it(`stands in ${JSON.stringify(text)}`, () => assert.deepEqual(findMentions(text).map(({ name }) => name), names));
  }

  for (const text of [
    'ada@example.org', 'mailto:ada@example.org', '@', '@ a', 'a@b', '\\@a.ts', '"@a.ts"', "import x from '@scope/package';", 'require("@scope/package/file.js")',
    '`@a.ts`', 'run `cat @a.ts` now', '```\n@a.ts\n```', '````md\n```\n@a.ts\n```\n````', '```ts\n@Component\nclass A {}', '<@a.ts', '=@a.ts', '@"" x', '@\u200b',
  ]) {
    it(`stands not in ${JSON.stringify(text)}`, () => assert.deepEqual(findMentions(text), []));
  }

  it('is found behind code, and the text of a person may be long', () => {
    assert.deepEqual(findMentions('`x` @a.ts ```y``` @b.ts\n```\n@no\n```\n@c.ts').map(({ name }) => name), ['a.ts', 'b.ts', 'c.ts']);
    assert.equal(findMentions('@a'.repeat(100_000) + Array.from({ length: 5000 }, (_, index) => ` @f${index}`).join('')).length, MAX_CANDIDATES);
  });

  it('names lines in several ways, and what ends a sentence may not be its own', () => {
    assert.deepEqual(variantsOf(plain('a.ts:10-20')), [{ path: 'a.ts:10-20', shown: '@a.ts:10-20' }, { path: 'a.ts', shown: '@a.ts:10-20', lines: { first: 10, last: 20 } }]);
    for (const [name, first, last] of [['a.ts:7', 7, 7], ['a.ts#L7', 7, 7], ['a.ts#L7-9', 7, 9], ['a.ts#L7-L9', 7, 9], ['a.ts:7:3', 7, 7]] as const) {
      assert.deepEqual(variantsOf(plain(name)).at(-1)?.lines, { first, last }, name);
    }
    assert.deepEqual(variantsOf(plain('a.ts).')).map(({ path }) => path), ['a.ts).', 'a.ts)', 'a.ts']);
    assert.deepEqual(variantsOf(plain('a.ts:5!')).at(-1), { path: 'a.ts', shown: '@a.ts:5', lines: { first: 5, last: 5 } });
    assert.deepEqual(variantsOf(quoted('a b.ts', ':5-6')), [{ path: 'a b.ts', shown: '@"a b.ts":5-6', lines: { first: 5, last: 6 } }]);
    assert.deepEqual(variantsOf(quoted('a b.ts')), [{ path: 'a b.ts', shown: '@"a b.ts"' }]);
  });

  for (const [name, url] of [
    ['https://example.org/a.', 'https://example.org/a'], ['http://x.org/(a)', 'http://x.org/(a)'], ['https://x.org/a).', 'https://x.org/a'], ['HTTPS://x.org', 'HTTPS://x.org'],
    ['file:///etc/passwd', undefined], ['ftp://x.org', undefined], ['javascript:x', undefined], ['x.org', undefined],
  ] as const) {
    it(`is ${url === undefined ? 'no address' : `the address ${url}`}: ${name}`, () => assert.equal(toUrl(plain(name)), url));
  }

  for (const name of ['./x', '../x', '/x/y', '~/x', 'src/a.ts', 'a.ts', 'README.md', 'a.ts:5', 'a.ts,', 'folder/', 'C:\\x', 'a/b.weird:5']) {
    it(`was surely meant as a path: @${name}`, () => assert.equal(looksLikePath(plain(name)), true));
  }

  for (const name of ['ada', 'types/node', 'angular/core', 'media', 'param', 'Component({', 'jane.doe', 'example.com', 'v1.2', 'deprecated.', 'x/y', '2x']) {
    it(`may be something else than a path: @${name}`, () => assert.equal(looksLikePath(plain(name)), false));
  }

  for (const [name, isPackage] of [
    ['babel/core/lib/index.js:10:5', true], ['types/chart.js', true], ['scope/name/dist/a.d.ts).', true], ['src/app.ts', false], ['docs/api/gone.md', false], ['./a/b/c.js', false], ['a.js', false],
  ] as const) {
    it(`${isPackage ? 'may be a file inside a package' : 'is no file inside a package'}: @${name}`, () => assert.equal(looksLikePackage(plain(name)), isPackage));
  }

  it('in quotes is a path', () => assert.equal(looksLikePath(quoted('anything at all')), true));

  for (const [name, symbol] of [
    ['runTurn', 'runTurn'], ['Turn.run', 'Turn.run'], ['a::b', 'a::b'], ['A#b', 'A#b'], ['runTurn()', 'runTurn'], ['runTurn().', 'runTurn'], ['runTurn,', 'runTurn'], ['Straße', 'Straße'],
    ['x', undefined], ['a/b', undefined], ['1a', undefined], ['a-b', undefined], ['a b', undefined],
  ] as const) {
    it(`is ${symbol === undefined ? 'no name in code' : `the name ${symbol}`}: @${name}`, () => assert.equal(toSymbol(plain(name)), symbol));
  }
});
