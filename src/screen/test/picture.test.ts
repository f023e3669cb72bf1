import assert from 'node:assert/strict';
import type { ImageBlock } from '@pith/kernel';
import { describeImage, isNamed, type PictureRoom, toPicture, toTerminalFacts } from '../index.ts';

/** A PNG of this size, as far as anybody here reads it. */
const png = (width: number, height: number, more = 0): ImageBlock => {
  const head = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000', 'hex');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return image(Buffer.concat([head, Buffer.alloc(more, 7)]).toString('base64'));
};
const image = (data: string): ImageBlock => ({ type: 'image', source: { kind: 'base64', mediaType: 'image/png', data } });
const room = { columns: 80, rows: 16 };
const draw = (block: ImageBlock, images: PictureRoom['images'] = 'kitty', more: Partial<PictureRoom> = {}) => toPicture(block, { ...room, images, ...more });

describe('A picture', () => {
  it('stands above the cursor, which stays where it is, in pieces that kitty takes, and in one for the others', () => {
    const block = png(640, 100, 9000);
    const data = block.source.kind === 'base64' ? block.source.data : '';
    const { rows, sequence } = draw(block)!;
    assert.equal(rows, 5);
    assert.match(sequence, /^\u001b7\u001b\[5A\u001b_Ga=T,f=100,t=d,C=1,r=5,q=2,m=1;[^]*\u001b\\\u001b8$/); // oxlint-disable-line no-control-regex
    const pieces = [...sequence.matchAll(/\u001b_G([^;]*);([^\u001b]*)\u001b\\/g)]; // oxlint-disable-line no-control-regex
    assert.equal(pieces.map(([, , part]) => part).join(''), data);
    assert.deepEqual(pieces.map(([, keys]) => keys!.slice(-3)), ['m=1', 'm=1', 'm=0']);
    assert.ok(pieces.every(([, , part]) => part!.length <= 4096));
    assert.equal(draw(block, 'iterm')!.sequence, `\u001b7\u001b[5A\u001b]1337;File=inline=1;size=9024;width=auto;height=5;preserveAspectRatio=1:${data}\u0007\u001b8`);
  });

  it('finds room in any window, however it is shaped, or is not drawn', () => {
    for (const [width, height] of [[1, 1], [5000, 10], [10, 5000], [1920, 1080]] as const) {
      for (const columns of [10, 36, 80, 200]) {
        const rows = draw(png(width, height), 'kitty', { columns })?.rows;
        if (rows !== undefined) assert.ok(rows >= 1 && rows <= 16 && rows * 2.5 * width / height <= columns, `${width}×${height} in ${columns}: ${rows}`);
      }
    }
    assert.equal(draw(png(1920, 1080))!.rows, 16);
    assert.equal(draw(png(16, 16))!.rows, 1);
    assert.equal(draw(png(5000, 10), 'kitty', { columns: 40 }), undefined);
    assert.equal(draw(png(640, 480), 'kitty', { rows: 0 }), undefined);
  });

  it('is none of what cannot be drawn, is too large, or could end the sequence that it stands in', () => {
    const data = (png(10, 10).source as { data: string }).data;
    for (const bad of [`${data}\u001b\\\u001b[2J`, `${data}\u0007`, `${data}=a`, `${data} `, `${data}\n`, 'R0lGODlhAQABAAAAACw=', 'JVBERi0=', '']) assert.equal(draw(image(bad)), undefined, JSON.stringify(bad));
    assert.ok(draw(image('R0lGODlhCgAKAAAAACw='), 'iterm'));
    assert.deepEqual([png(10_001, 1), png(9000, 9000), png(0, 10), png(10, 10, 2_000_000)].map((block) => draw(block)), [undefined, undefined, undefined, undefined]);
    assert.equal(draw({ type: 'image', source: { kind: 'url', url: 'https://example.org/a.png' } }), undefined);
  });

  it('is told in words with its type and its pixels', () => {
    const url: ImageBlock = { type: 'image', source: { kind: 'url', url: 'https://example.org/a.png' } };
    assert.deepEqual([png(640, 480), image('AAAA'), url].map((block) => describeImage(block, { unicode: true })), ['image/png 640×480', 'image/png', 'image at https://example.org/a.png']);
    assert.equal(describeImage(png(640, 480), { unicode: false }), 'image/png 640x480');
  });

  it('is drawn by the terminal itself alone, and by none that was started from it', () => {
    for (const [term, answer] of [['xterm-kitty', 'kitty(0.36.4)'], ['xterm-ghostty', 'ghostty 1.1.0'], ['wezterm', 'WezTerm 20240203-110809'], ['mintty', 'mintty 3.7.1']] as const) {
      const { name, images } = toTerminalFacts({ TERM: term }, { platform: 'linux' });
      assert.ok(images !== undefined && isNamed(name, answer), term);
      assert.ok(!isNamed(name, 'tmux 3.5a') && !isNamed(name, 'xterm.js(6.0.0)') && !isNamed(name, ''), term);
    }
    for (const env of [{ TERM: 'xterm-kitty', TMUX: 'x' }, { TERM: 'screen', TERM_PROGRAM: 'iTerm.app' }, { TERM: 'xterm-256color' }]) assert.equal(toTerminalFacts(env, { platform: 'linux' }).images, undefined);
    assert.ok(!isNamed('tmux', 'kitty(0.36.4)'));
  });
});
