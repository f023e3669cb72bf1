import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { cutMiddle } from '@pith/kernel';
import { limitContent } from '../../src/kernel/tool/result-limit.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 60 });
const limit = fc.integer({ min: 0, max: 80 });

describe('cutMiddle', () => {
  it('leaves a text alone that fits', () => {
    fc.assert(fc.property(text, (given) => assert.equal(cutMiddle(given, given.length), given)));
  });

  it('keeps head and tail, counts what is missing, and never halves a character', () => {
    fc.assert(fc.property(text, limit, (given, most) => {
      const cut = cutMiddle(given, most);
      if (given.length <= most) return;
      const [, head, missing, of, tail] = /^([\s\S]*)\n… (\d+) of (\d+) characters left out …\n([\s\S]*)$/.exec(cut)!;
      assert.ok(given.startsWith(head!) && given.endsWith(tail!));
      assert.equal(head!.length + Number(missing) + tail!.length, given.length);
      assert.equal(Number(of), given.length);
      assert.ok(head!.length + tail!.length <= most);
      assert.equal(cut.isWellFormed(), given.isWellFormed());
    }));
  });
});

describe('limitContent', () => {
  it('keeps every image, and no more text than the limit besides its own notes', () => {
    const image = fc.constant({ type: 'image' as const, source: { kind: 'url' as const, url: 'https://example.com/a.png' } });
    const blocks = fc.array(fc.oneof(text.map((given) => ({ type: 'text' as const, text: given })), image), { maxLength: 20 });
    fc.assert(fc.property(blocks, limit, (content, most) => {
      const kept = limitContent(content, most);
      assert.equal(kept.filter(({ type }) => type === 'image').length, content.filter(({ type }) => type === 'image').length);
      const shown = kept.reduce((sum, block) => sum + (block.type === 'text' ? block.text.replace(/\n?… .* left out …\n?/, '').length : 0), 0);
      assert.ok(shown <= most);
    }));
  });
});
