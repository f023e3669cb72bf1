import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { expandBraces } from '../src/search/braces.ts';
import { protectNewlines, spansLines, toOneMatchALine } from '../src/search/pattern.ts';

describe('expandBraces', () => {
  for (const [glob, expected] of [
    ['a', ['a']], ['{a,b}c', ['ac', 'bc']], ['x{a,b}y{1..3}', ['xay1', 'xay2', 'xay3', 'xby1', 'xby2', 'xby3']], ['{a,{b,c}d}', ['a', 'bd', 'cd']], ['{,a}', ['', 'a']],
    ['{3..1}', ['1', '2', '3']], ['{a}', ['{a}']], ['{a,b', ['{a,b']], ['a,b}', ['a,b}']], ['\\{a,b}', ['\\{a,b}']], ['{a\\,b,c}', ['a\\,b', 'c']], ['{{a,b}}', ['{a}', '{b}']], ['{x{a,b}{c,d}', ['{xac', '{xad', '{xbc', '{xbd']], ['{{a,b},c}', ['a', 'b', 'c']],
  ] as const) it(`takes ${glob} for ${expected.length === 1 ? expected[0] : expected.join(' and ')}`, () => assert.deepEqual(expandBraces(glob, 100), expected));

  it('gives up at its limit, however the braces stand', () => {
    for (const glob of ['{a,b}'.repeat(7), '{1..101}', `${'{a,'.repeat(101)}b${'}'.repeat(101)}`, '{1..9}{1..9}{1..9}', '{{a,b}}'.repeat(7), `{${','.repeat(100)}}`]) assert.equal(expandBraces(glob, 100), undefined, glob);
  });

  it('gives at most as many as its limit for any text', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('{', '}', ',', 'a', '\\', '1', '.'), maxLength: 40 }), fc.integer({ min: 1, max: 50 }), (glob, limit) => (expandBraces(glob, limit)?.length ?? 0) <= limit));
  });
});

describe('a regular expression on its way to ripgrep', () => {
  it('keeps its meaning where a class holds a line end', () => {
    assert.equal(protectNewlines('a[^\\n]b\\n'), 'a[^\\x0A]b\\n');
    assert.equal(protectNewlines('[\\]\\n]\n'), '[\\]\\x0A]\n');
    assert.equal(protectNewlines('\\\\n[a]'), '\\\\n[a]');
  });

  it('is known to span lines where a line end stands outside of its classes', () => {
    for (const [pattern, spans] of [['a\\nb', true], ['a\nb', true], ['a[^\\n]b', false], ['a\\\\nb', false], ['ab', false]] as const) assert.equal(spansLines(pattern), spans, pattern);
  });

  it('gets the rest of the line behind it only where that cannot change what it means', () => {
    for (const pattern of ['a', 'a|b', '(a)|[(]', '(?i)a', '\\(', '']) assert.equal(toOneMatchALine(pattern), `(?:${pattern}).*`);
    for (const pattern of ['a)(b', '(a', 'a)', '(?x) a # b', '(?ix)a', '\\Qa', 'a\\Kb', '(*UTF)a']) assert.equal(toOneMatchALine(pattern), undefined, pattern);
  });
});
