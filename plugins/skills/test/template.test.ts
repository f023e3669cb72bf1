import assert from 'node:assert/strict';
import { array, assert as check, constantFrom, property, string } from 'fast-check';
import { createFiller, parseArguments, takesArguments } from '../src/arguments.ts';
import { fillParts, parseTemplate, type Part } from '../src/template.ts';

const fill = (template: string, typed: string, names: readonly string[] = []): string => createFiller(parseArguments(typed), names)(template);

describe('arguments', () => {
  for (const [template, typed, expected] of [
    ['$ARGUMENTS', 'a "b c" d', 'a "b c" d'],
    ['$1|$2|$3', 'a "b c" d', 'a|b c|d'],
    ['$1|$2', "it's 'x y'", "it's|x y"],
    ['$1|$2|$3', 'a "b c', 'a|"b|c'],
    ['$2-$9', 'one', '-'],
    ['\\$1 costs \\$5, $1', 'x', '$1 costs $5, x'],
    ['$10 $0 $ $$ ${1} $-', 'x', '$10 $0 $ $$ ${1} $-'],
    ['$ARGUMENTS[0] and $ARGUMENTS[1], not $ARGUMENTSX', 'a b', 'a and b, not $ARGUMENTSX'],
    ['$1', '$2 $ARGUMENTS \\$1', '$2'],
    ['$1 $2', '"" x', ' x'],
    ['$1', '  padded  ', 'padded'],
    ['$1 $2', 'a\nb', 'a b'],
    ['$1', '$& $` $$', '$&'],
    ['$file on $branch, $HOME', 'a.ts main', 'a.ts on main, $HOME'],
  ] as const) {
    it(`${JSON.stringify(typed)} in ${JSON.stringify(template)} are ${JSON.stringify(expected)}`, () => assert.equal(fill(template, typed, ['file', 'branch']), expected));
  }

  it('of any kind are never looked at again', () => {
    check(property(string(), (typed) => { assert.equal(createFiller({ text: typed, words: [] })('<$ARGUMENTS>'), `<${typed}>`); }), { numRuns: 200 });
  });

  it('that fill a text beyond what anybody reads are refused', () => {
    assert.throws(() => fillParts(parseTemplate('$1\n'.repeat(10_000)), parseArguments('x'.repeat(100_000)), []), { code: 'COMMAND_INVALID', message: 'The arguments come to more than 4000000 characters in its text' });
  });

  it('stand behind a text that has no place for them', () => {
    const textOf = (template: string, typed: string): string => fillParts(parseTemplate(template), parseArguments(typed), ['file']).map((part) => ('text' in part ? part.text : '')).join('');

    assert.equal(textOf('Review it.', 'all of it'), 'Review it.\n\nArguments: all of it');
    assert.equal(textOf('Review it for \\$1.', 'all'), 'Review it for $1.\n\nArguments: all');
    assert.equal(textOf('Review it.', ''), 'Review it.');
    assert.ok(takesArguments('$file', ['file']) && !takesArguments('$file') && takesArguments('$3') && !takesArguments('\\$1 $HOME'));
  });
});

describe('a text that a person calls', () => {
  const special = (text: string): Part[] => parseTemplate(text).filter(({ kind }) => kind !== 'text');

  for (const [text, parts] of [
    ['!`git status`', [{ kind: 'shell', line: 'git status', at: 1 }]],
    ['a\nb: !`git log -1` and !`ls`', [{ kind: 'shell', line: 'git log -1', at: 2 }, { kind: 'shell', line: 'ls', at: 2 }]],
    ['x!`no` (!`no`) \\!`no`', []],
    ['```\n!`no` @no.md\n```\n!`yes`', [{ kind: 'shell', line: 'yes', at: 4 }]],
    ['~~~~\n```\n!`no`\n~~~\n@no\n~~~~\n@yes.md', [{ kind: 'file', path: 'yes.md' }]],
    ['`!`no and `@no.md` and ``a ` @no``', []],
    ['See @src/a.ts, @~/b.md and (@./c). @../d.', [{ kind: 'file', path: 'src/a.ts' }, { kind: 'file', path: '~/b.md' }, { kind: 'file', path: './c' }, { kind: 'file', path: '../d' }]],
    ['me@example.com @ @. @@x', []],
    ['@$1', [{ kind: 'file', path: '$1' }]],
  ] as const) {
    it(`${JSON.stringify(text)} has ${parts.length === 0 ? 'nothing to expand' : JSON.stringify(parts)}`, () => assert.deepEqual(special(text), parts));
  }

  it('is still the same text when its parts are put together', () => {
    const piece = constantFrom('!`ls`', '@a.ts', '`', '```', '\n', ' ', 'word', '(', '.', '$1', '~~~', '!', '@');
    check(property(array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const joined = parseTemplate(text).map((part) => (part.kind === 'text' ? part.text : part.kind === 'file' ? `@${part.path}` : `!\`${part.line}\``)).join('');
      assert.equal(joined, text);
    }), { numRuns: 500 });
  });

  it('gets no command line and no file from what a person passes', () => {
    const parts = fillParts(parseTemplate('Look at $1 and $ARGUMENTS'), parseArguments('!`rm` @secret'), []);

    assert.deepEqual(parts.map(({ kind }) => kind), ['text']);
  });

  it('may have a line of a hundred thousand characters', () => {
    for (const text of ['`'.repeat(100_000), '@'.repeat(100_000), '!`'.repeat(50_000), '@a '.repeat(30_000), '``x`'.repeat(25_000), ' !`'.repeat(30_000)]) assert.ok(parseTemplate(text).length > 0);
  });
});
