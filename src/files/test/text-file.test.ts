import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decodeText, encodeText, isBinary } from '../text-file.ts';

describe('decodeText', () => {
  it('loses no byte of anything that it takes for text', () => {
    const bytes = fc.array(fc.oneof(fc.integer({ min: 9, max: 255 }), fc.constantFrom(0x0a, 0x20, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x91, 0x8b, 0xed, 0xa0, 0x80, 0xff, 0xfe, 0xef, 0xbb, 0xbf)), { maxLength: 60 });
    fc.assert(fc.property(bytes, (values) => {
      const given = Buffer.from(values);
      const file = decodeText(given);
      if (!isBinary(file)) assert.deepEqual(encodeText(file), given);
    }), { numRuns: 3000 });
  });

  it('counts exactly the bytes that a strict decoder does not take', () => {
    const file = decodeText(Buffer.from('a\x80b\xc3(\xe2\x82c\xf4\x90\x80\x80', 'latin1'));

    assert.ok(!isBinary(file));
    assert.equal(file.strayBytes, 8);
    assert.equal(file.text.toWellFormed(), 'a\ufffdb\ufffd(\ufffd\ufffdc\ufffd\ufffd\ufffd\ufffd');
  });

  it('takes text in an old 8-bit encoding for text, and data for data', () => {
    assert.ok(!isBinary(decodeText(Buffer.from('\xf0\xd2\xc9\xd7\xc5\xd4, \xcd\xc9\xd2!\n', 'latin1'))));
    assert.ok(isBinary(decodeText(Buffer.from('\x1f\x8b\x08\x04\x05\xff', 'latin1'))));
    assert.deepEqual(decodeText(Buffer.from('\xff\xfe\0\0a\0\0\0', 'latin1')), { kind: 'UTF-32 text' });
  });
});
