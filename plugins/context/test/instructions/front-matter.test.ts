import assert from 'node:assert/strict';
import { readRuleHead } from '../../src/instructions/front-matter.ts';

const head = (...lines: string[]): string => `---\n${lines.join('\n')}\n---\nthe rule`;

describe('the head of a rule', () => {
  for (const [what, text, paths] of [
    ['a list below', head('paths:', '  - src/**', '  - "lib/*.ts"', "- '**/*.md' # all"), ['src/**', 'lib/*.ts', '**/*.md']],
    ['a list in brackets', head('paths: ["a/**", b, \'c,d\', "{e,f}/*"]'), ['a/**', 'b', 'c,d', '{e,f}/*']],
    ['a list with commas', head('paths: src/**/*.{ts,tsx}, lib/**'), ['src/**/*.{ts,tsx}', 'lib/**']],
    ['a star that strict YAML would take for an alias', head('paths: **/*.ts'), ['**/*.ts']],
    ['other keys around it', head('title: x', 'paths:', '  - a', '', '  # no', '  - b', 'globs: c'), ['a', 'b']],
    ['quotes and braces that nothing closes', head('paths: {d,e}f, a{b, "c'), ['{d,e}f', 'a{b', '"c']],
    ['no paths', head('title: x'), undefined],
  ] as const) {
    it(`holds ${what}`, () => assert.deepEqual(readRuleHead(text), { body: 'the rule', ...(paths === undefined ? {} : { paths }) }));
  }

  it('may be missing', () => assert.deepEqual(readRuleHead('the rule\n---\n'), { body: 'the rule\n---\n' }));

  for (const [what, text, trouble] of [
    ['does not end', '---\npaths: a\nthe rule', /no other --- ends/],
    ['has no list', head('title: x', 'paths:', '  src: a'), /its paths \(line 3\) are no list of patterns; write them as - "src\/\*\*\/\*\.ts"/],
    ['has an open bracket', head('paths: [a, b'), /its paths \(line 2\) are no list/],
    ['has an empty list', head('paths: []'), /no list of patterns/],
    ['has too many', head(`paths: ${Array.from({ length: 101 }, () => 'a').join(',')}`), /it has 101 paths; at most 100/],
  ] as const) {
    it(`says what is wrong where it ${what}`, () => assert.match(readRuleHead(text).trouble ?? '', trouble));
  }

  it('is read in one go where it was made to be slow', () => {
    const spaces = ' '.repeat(200_000);
    for (const [line, paths] of [[`paths:${spaces}x`, 1], [`paths:\n- a${spaces}x`, 1], [`paths: ${'{'.repeat(200_000)}`, 1], [`paths: ${'{,'.repeat(100)}${'{'.repeat(200_000)}`, 101]] as const) {
      const { paths: found, trouble } = readRuleHead(head(line));
      assert.equal(found?.length ?? Number(/it has (\d+) paths/.exec(trouble!)?.[1]), paths);
    }
  });
});
