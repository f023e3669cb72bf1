import assert from 'node:assert/strict';
import { array, assert as assertProperty, property, string } from 'fast-check';
import { GrowingBytes } from '../growing-bytes.ts';

describe('bytes that grow', () => {
  it('are those of the texts together, whatever was written before', () => {
    assertProperty(property(array(array(string({ unit: 'grapheme' }))), (writes) => {
      const bytes = new GrowingBytes();
      for (const texts of writes) assert.equal(Buffer.from(bytes.write(texts)).toString(), Buffer.from(texts.join('')).toString());
    }));
  });

  it('stay as they were handed out while others are written', () => {
    const bytes = new GrowingBytes();
    const first = bytes.write(['head', 'one']);
    bytes.write(['head', 'another', 'and more']);

    assert.equal(Buffer.from(first).toString(), 'headone');
  });

  it('may be more than any buffer that was there', () => {
    const long = 'é'.repeat(200_000);
    const bytes = new GrowingBytes();
    bytes.write(['a']);

    assert.equal(Buffer.from(bytes.write(['a', long, 'b'])).toString(), `a${long}b`);
  });
});
