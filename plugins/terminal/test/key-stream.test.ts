import assert from 'node:assert/strict';
import { KeyStream } from '../src/ink/key-stream.ts';
import { KeyReader } from '../src/pager/key-reader.ts';

const [START, END] = ['\u001b[200~', '\u001b[201~'];
/** What terminals say when they are asked, or of themselves: attributes, places, modes, colours, the clipboard, a title, versions, pictures, focus, a mouse. */
const ANSWERS = [
  '\u001b[?62;1;6c', '\u001b[>41;354;0c', '\u001b[?24;80;1R', '\u001b[?2026;2$y', '\u001b[?997;1n', '\u001b[?1u', '\u001b[I', '\u001b[O', '\u001b[<0;10;12M',
  '\u001b]11;rgb:1a1a/1b1b/2626\u0007', '\u001b]11;rgba:1a1a/1b1b/2626/ffff\u001b\\', '\u001b]4;1;rgb:1a/1b/26\u001b\\', '\u001b]52;c;aGVsbG8=\u001b\\', '\u001b]lqy\u001b\\',
  '\u001bP>|kitty(0.31)\u001b\\', '\u001bP1+r544e=1b5b\u001b\\', '\u001bP!|00000000\u001b\\', '\u001b_Gi=31;OK\u001b\\',
];

describe('terminal: what comes from the keyboard', () => {
  it('is without what the terminal says, wherever that is cut', () => {
    for (const answer of ANSWERS) {
      for (let cut = 0; cut <= answer.length; cut++) {
        const heard: string[] = [];
        const keys = new KeyStream((each) => heard.push(each));
        const typed = keys.push(`a${answer.slice(0, cut)}`, 0) + keys.push(`${answer.slice(cut)}b`, 25);
        assert.deepEqual([typed, heard, keys.waitMs], ['ab', [answer], undefined], JSON.stringify([answer, cut]));
        const reader = new KeyReader();
        assert.deepEqual([...reader.push(`a${answer.slice(0, cut)}`), ...reader.push(`${answer.slice(cut)}b`)], ['a', 'b'], JSON.stringify([answer, cut]));
      }
    }
  });

  it('is a key where nothing follows it, and no key where nobody types what has begun', () => {
    const keys = new KeyStream(() => undefined);
    assert.deepEqual([keys.push('\u001b', 0), keys.waitMs, keys.flush(30), keys.waitMs], ['', 30, '\u001b', undefined]);
    assert.deepEqual([keys.push('\u001b_', 0), keys.flush(30)], ['', '\u001b_']);
    assert.equal(keys.push('\u001b[A\u001bb\u001b[27;5;9~', 0), '\u001b[A\u001bb\u001b[27;5;9~');
    const reader = new KeyReader();
    assert.deepEqual([reader.push('\u001b]11;rgb:1a'), reader.waitMs, reader.flush()], [[], 1000, []]);
  });

  it('holds pasted text whole, up to the last mark of its end, however it is cut', () => {
    const text = `one${END}\rtwo${START}\r${END}${'\r'.repeat(40)}${'\u001b[20'}${END}1~three`;
    const given = START + text + END;
    for (let cut = 1; cut < given.length; cut++) {
      const keys = new KeyStream(() => undefined);
      const all = keys.push(`a${given.slice(0, cut)}`, 0) + keys.push(given.slice(cut), 5) + (keys.waitMs === undefined ? '' : keys.flush(200));
      const outside = all.split(START).map((part) => part.slice(part.lastIndexOf(END) + 1 && part.lastIndexOf(END) + END.length)).join('');
      assert.equal(outside.includes('\r'), given.slice(0, cut).endsWith(`${END}\r`), `no Enter but one that came by itself: ${JSON.stringify([cut, all])}`);
    }
  });

  it('takes an Enter behind a pasted text for one, and what goes on at once for more of it', () => {
    const keys = new KeyStream(() => undefined);
    assert.equal(keys.push(`${START}x${END}\r`, 0), `${START}x${END}\r`);
    assert.equal(keys.push('\r'.repeat(4000), 10), '', 'nobody types so fast');
    assert.deepEqual([keys.waitMs, keys.flush(110)], [100, `${START}${'\r'.repeat(4000)}${END}`]);
    assert.equal(keys.push(`${START}x${END}\u001b]11;rgb:1a1a/1b1b/26`, 400) + keys.push('26\u001b\\', 420), `${START}x${END}`, 'an answer right behind it');
    assert.equal(keys.push(`a long line that was sent by a program\r`, 500), 'a long line that was sent by a program\r');
    assert.equal(keys.push(`${START}${END}`, 1000), `${START}${END}`, 'an image');
  });

  it('gives the keys back where the end of a pasted text never comes', () => {
    const keys = new KeyStream(() => undefined);
    assert.deepEqual([keys.push(`${START}x\ry`, 0), keys.waitMs, keys.flush(1000)], ['', 1000, `${START}x\ry${END}`]);
    assert.equal(keys.push('\u0003', 2000), '\u0003');
    assert.deepEqual([keys.push('the rest, over a slow line\r', 3000), keys.push(`z${END}`, 3500)], ['', `${START}the rest, over a slow line\rz${END}`]);
  });
});
