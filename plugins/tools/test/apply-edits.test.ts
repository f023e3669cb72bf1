import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { applyEdits } from '../src/apply-edits.ts';

const line = fc.string({ unit: fc.constantFrom('a', 'b', '“', '"', '–', '-', ' ', '{', '}', 'é', '👋'), maxLength: 12 });
const end = fc.constantFrom('\n', '\r\n');
const lines = fc.array(fc.tuple(line, end), { minLength: 1, maxLength: 12 });

describe('applyEdits', () => {
  it('changes exactly the place it was told, whatever stands around it', () => {
    fc.assert(fc.property(lines, lines, line, (before, after, replacement) => {
      const head = before.flat().join('');
      const tail = after.flat().join('');
      fc.pre(replacement !== 'UNIQUE');

      const { text } = applyEdits(`${head}UNIQUE${tail}`, [{ old: 'UNIQUE', new: replacement }], 'a.txt');

      assert.equal(text, `${head}${replacement}${tail}`);
    }));
  });

  it('keeps every byte outside of a tolerant match, and of the lines in it that do not change', () => {
    const trail = fc.constantFrom('', ' ', '\t', '  ');
    const indent = fc.constantFrom('', '  ', '\t', '      ');
    fc.assert(fc.property(lines, lines, indent, fc.array(fc.tuple(trail, end), { minLength: 3, maxLength: 3 }), (before, after, deep, ends) => {
      const head = before.flat().join('');
      const tail = after.flat().join('');
      const [first, second, third] = ['FIRST“x”', 'SECOND', 'THIRD–y'].map((body, index) => `${deep}${body}${ends[index]!.join('')}`);

      const { text } = applyEdits(`${head}\n${first!}${second!}${third!}${tail}`, [{ old: 'FIRST"x"\nSECOND\nTHIRD-y\n', new: 'FIRST"x"\nCHANGED\nTHIRD-y\n' }], 'a.txt');

      assert.equal(text, `${head}\n${first!}${second!.replace('SECOND', 'CHANGED')}${third!}${tail}`);
    }));
  });

  it('finds its place in a text of 200 000 lines, exactly and tolerantly', () => {
    const text = Array.from({ length: 200_000 }, (_, index) => `  line ${index} {  \r\n`).join('');

    assert.equal(applyEdits(text, [{ old: 'line 150000 {', new: 'x' }], 'a').applied[0]?.line, 150_001);
    assert.equal(applyEdits(text, [{ old: '\tline 150000 {\n\tline 150001 {', new: 'x' }], 'a').applied[0]?.level, 'indentation');
    assert.throws(() => applyEdits(text, [{ old: 'line', new: 'x' }], 'a'), /1000 or more places/);
  });
});
