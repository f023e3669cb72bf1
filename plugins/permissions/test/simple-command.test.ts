import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { array, constantFrom, sample } from 'fast-check';
import { parseSimpleCommand } from '../src/simple-command.ts';
import { unwrap } from '../src/wrapper.ts';

/** The words that bash itself makes of each text, as arguments of a function; nothing is run. */
function bashWords(texts: readonly string[]): string[][] {
  const script = ['p() { printf "%s\\0" "$#" "$@" >&3; }', ...texts.map((text) => `p ${text.replace(/^[ \n]+/, '')}`)].join('\n');
  const { output, status, stderr } = spawnSync('bash', ['-c', script], { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: { LC_ALL: 'C.UTF-8' }, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const fields = output[3]!.split('\0').slice(0, -1);
  const words: string[][] = [];
  while (fields.length > 0) words.push(fields.splice(0, Number(fields.shift())));
  return words;
}

describe('a simple command', () => {
  const plain: [text: string, words: string[], assignments?: string[]][] = [
    ['make lint', ['make', 'lint']],
    ['  make   lint \n', ['make', 'lint']],
    ['m"ak"e \'li\'nt', ['make', 'lint']],
    ['git commit -m "a & b; c | d"', ['git', 'commit', '-m', 'a & b; c | d']],
    ['git commit -m \'it costs $5 `now`\'', ['git', 'commit', '-m', 'it costs $5 `now`']],
    ['echo "a \\"b\\" \\$c \\\\ \\d"', ['echo', 'a "b" $c \\ \\d']],
    ['git diff HEAD~1', ['git', 'diff', 'HEAD~1']],
    ['echo \'\' ""', ['echo', '', '']],
    ['cargo check 2>/dev/null', ['cargo', 'check']],
    ['cargo check 2>&1 > /dev/null', ['cargo', 'check']],
    ['cargo check &>/dev/null < /dev/null', ['cargo', 'check']],
    ['CI=1 NO_COLOR="yes" npm test', ['npm', 'test'], ['CI=1', 'NO_COLOR=yes']],
    ['\'CI=1\' npm test', ['CI=1', 'npm', 'test']],
    ['cat größe.txt', ['cat', 'größe.txt']],
  ];
  for (const [text, words, assignments = []] of plain) {
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseSimpleCommand(text), { assignments, words }));
  }

  for (const text of [
    '', '   ', 'CI=1', 'a; b', 'a && b', 'a | b', 'a &', '(a)', '{ a; }', 'a $(b)', 'a `b`', 'a $b', 'a "$b"', 'a "`b`"', '! a', 'a *', 'a b?', 'a [b]', 'a {b,c}', 'a ~', 'a ~/x',
    'a=~ b', 'CI=~ b', 'a # b', 'a \\b', 'a\nb', 'a\rb', 'a\tb', 'a > b', 'a < b', 'a >> /dev/null/x', 'a > /dev/nullx', 'a 2>&12', 'a2>&1x', 'a <(b)', 'a <<< b', 'a "b', 'a \'b', 'a\u00a0b', 'a \u200bb',
    'a\u202eb', 'a \u3164b', 'a \ud800', 'a \u0007', 'if a', 'time; a', 'PATH+=x a', 'x[0]=1 a', 'a \'b\nc\'', 'make\r', '$\'a\'', 'a ^b^c', 'a b~$c',
  ]) {
    it(`is not certain of ${JSON.stringify(text)}`, () => assert.equal(parseSimpleCommand(text), undefined));
  }

  it('has the words that bash makes of it, whatever the text', () => {
    const piece = constantFrom('a', 'b', 'git', ' ', '  ', '\'', '"', '\\', '~', '=', ':', '-', '/', '.', '%', '@', '+', ',', 'é', '🙂', '2>&1', '>/dev/null', '$', '*', '#', '!', 'x=1', '{', '}', '`', '\n', '^', 'HEAD~2');
    const texts = sample(array(piece, { minLength: 1, maxLength: 9 }).map((parts) => parts.join('')), { numRuns: 20_000, seed: 7 })
      .filter((text) => parseSimpleCommand(text) !== undefined);

    const fromBash = bashWords(texts);

    assert.ok(texts.length > 2000, `only ${texts.length} of the texts are simple`);
    for (const [index, text] of texts.entries()) {
      const { assignments, words } = parseSimpleCommand(text)!;
      assert.deepEqual([...assignments, ...words], fromBash[index], JSON.stringify(text));
    }
  });

  for (const [text, inner] of [
    ['time make lint', 'make lint'], ['time -p make', 'make'], ['timeout 5 make', 'make'], ['timeout 1.5m make', 'make'], ['nice make', 'make'], ['nice -n 5 make', 'make'],
    ['time timeout 5 nice -n -3 make lint', 'make lint'], ['timeout -k 1 5 make', 'timeout -k 1 5 make'], ['timeout x make', 'timeout x make'], ['nice -5 make', 'nice -5 make'],
    ['nohup make', 'nohup make'], ['timeout 5', 'timeout 5'],
  ] as const) {
    it(`looks at ${JSON.stringify(text)} as ${JSON.stringify(inner)}`, () => assert.equal(unwrap(parseSimpleCommand(text)!.words).join(' '), inner));
  }
});
