import assert from 'node:assert/strict';
import { isPithError } from '@pith/kernel';
import { toMediaBlock } from '@pith/files/media';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const pdf = (text: string): Buffer => Buffer.from(`%PDF-1.7\n${text}\n%%EOF`);

describe('an image or a document on the command line', () => {
  for (const [name, bytes, type] of [
    ['a.png', PNG, 'image/png'], ['a.jpg', Buffer.from('ffd8ffe0', 'hex'), 'image/jpeg'], ['a.gif', Buffer.from('GIF89a'), 'image/gif'], ['a.webp', Buffer.from('RIFF0000WEBP'), 'image/webp'],
    ['a.pdf', pdf('<< /Type /Pages /Kids [] /Count 100 >>'), 'application/pdf'], ['b.pdf', pdf('<< /Count 7000 /Type /Outlines >>'), 'application/pdf'],
  ] as const) {
    it(`is known by its first bytes: ${name}`, () => {
      const block = toMediaBlock(bytes, name);

      assert.ok(block?.type === 'image' || block?.type === 'document');
      assert.deepEqual([block.source.kind === 'base64' && block.source.mediaType, block.label], [type, { owner: 'pith', name }]);
    });
  }

  it('is nothing else', () => {
    for (const text of ['', 'hello', '\u0089PNG', 'RIFF0000WAVE', 'a %PDF-1.7']) assert.equal(toMediaBlock(Buffer.from(text), 'x'), undefined);
  });

  for (const [what, name, bytes, said] of [
    ['an image of 4 MB', 'large.png', Buffer.concat([PNG, Buffer.alloc(4_000_000)]), /^large\.png is an image of 4\.0 MB; at most 3\.9 MB are taken$/],
    ['a document of 11 MB', 'large.pdf', Buffer.concat([pdf(''), Buffer.alloc(11_000_000)]), /^large\.pdf is a PDF document of 11\.0 MB; at most 10\.0 MB/],
    ['a document of 250 pages', 'long.pdf', pdf('<</Type/Pages/Kids[1 0 R]/Count 50>> <</Count 250/Kids[2 0 R]/Type/Pages>>'), /^long\.pdf is a PDF document of 250 pages; at most 100 are taken$/],
  ] as const) {
    it(`is refused where vendors would: ${what}`, () => {
      assert.throws(() => toMediaBlock(bytes, name), (error) => isPithError(error) && error.code === 'INPUT_TOO_LARGE' && said.test(error.message));
    });
  }

  it('is looked through in little time, whatever it holds', () => {
    assert.ok(toMediaBlock(pdf(`${'/Count 1 '.repeat(500_000)}${'/Type/Pages '.repeat(100_000)}`), 'odd.pdf'));
  });
});
