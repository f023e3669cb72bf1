import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { isPithError } from '@pith/kernel';
import { applyHunks } from '../src/apply-hunks.ts';
import { diffLines } from '../src/line-diff.ts';
import { parsePatch, type PatchPart } from '../src/parse-patch.ts';

/** Few different lines, so that most stand in several places. */
const line = fc.constantFrom('a', 'b', '  a', '\tb', '', '}', 'a  ');
const lines = fc.array(line, { minLength: 1, maxLength: 14 });

/** A patch from one text to the other, as a model would write it: with some lines of context around each change. */
function toPatch(before: readonly string[], after: readonly string[], context: number): string {
  const hunks = diffLines(before, after).map(({ aStart, aEnd, bStart, bEnd }, index, all) => [
    '@@',
    ...before.slice(Math.max(all[index - 1]?.aEnd ?? 0, aStart - context), aStart).map((text) => ` ${text}`),
    ...before.slice(aStart, aEnd).map((text) => `-${text}`),
    ...after.slice(bStart, bEnd).map((text) => `+${text}`),
    ...before.slice(aEnd, Math.min(all[index + 1]?.aStart ?? Infinity, aEnd + context)).map((text) => ` ${text}`),
  ].join('\n'));
  return `*** Begin Patch\n*** Update File: f\n${hunks.join('\n')}\n*** End Patch\n`;
}

describe('applyHunks', () => {
  it('makes exactly the new text of the old one, or says that it cannot tell the place', () => {
    let made = 0;
    fc.assert(fc.property(lines, lines, fc.integer({ min: 0, max: 3 }), fc.constantFrom('\n', '\r\n'), (before, after, context, end) => {
      fc.pre(before.join() !== after.join());
      const [part] = parsePatch(toPatch(before, after, context)) as [Extract<PatchPart, { kind: 'update' }>];
      const toText = (all: readonly string[]): string => all.map((one) => one + end).join('');
      try {
        assert.equal(applyHunks(toText(before), part.hunks, 'f').text, toText(after));
        made++;
      } catch (error) {
        if (!isPithError(error)) throw error;
        assert.ok(error.code === 'EDIT_AMBIGUOUS' || /but not where/.test(error.message), error.message);
      }
    }), { numRuns: 2000 });
    assert.ok(made > 300, `${made} of 2000`);
  });
});
