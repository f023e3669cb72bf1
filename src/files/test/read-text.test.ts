import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRefusal, readAt, readTextFile } from '../index.ts';

describe('readTextFile', () => {
  let root: string;
  let top: string;
  beforeEach(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'pith-files-')));
    await mkdir(root = join(top, 'root'));
  });
  afterEach(() => rm(top, { recursive: true }));
  const write = (path: string, content: string | Uint8Array): Promise<void> => writeFile(join(root, path), content);
  /** The text, or the reason why there is none. */
  const read = (path: string, limitBytes = 1000): string => {
    const answer = readTextFile(join(root, path), { roots: [root], limitBytes });
    return isRefusal(answer) ? `${answer.refused}: ${answer.what}` : answer.text;
  };

  it('gives the text without its mark, and where it lies', async () => {
    await write('a.md', '\ufeffgrüße\r\n');
    await symlink('a.md', join(root, 'b.md'));

    const answer = readTextFile(join(root, 'b.md'), { roots: [root] });

    assert.ok(!isRefusal(answer));
    assert.deepEqual([answer.text, answer.place, answer.sizeBytes, answer.strayBytes, answer.isCut], ['grüße\r\n', join(root, 'a.md'), 12, 0, false]);
  });

  it('reads UTF-16 by its mark, and counts bytes that are no UTF-8', async () => {
    await write('utf16.txt', Buffer.from('\ufeffhi 🎉', 'utf16le'));
    await write('latin1.txt', Buffer.from('caf\xe9 au lait', 'latin1'));

    const latin = readTextFile(join(root, 'latin1.txt'));

    assert.equal(read('utf16.txt'), 'hi 🎉');
    assert.ok(!isRefusal(latin));
    assert.deepEqual([latin.text, latin.strayBytes], ['caf\ufffd au lait', 1]);
  });

  it('follows links within the roots, also a root that is one, and no others', async () => {
    await writeFile(join(top, 'secret.txt'), 'secret');
    await write('a.txt', 'a');
    await symlink('../secret.txt', join(root, 'out.txt'));
    await symlink('..', join(root, 'up'));
    await symlink(root, join(top, 'name'));
    await symlink('circle', join(root, 'circle'));

    assert.equal(read('out.txt'), 'outside: leads out of the folders that may be read');
    assert.match(read('up/secret.txt'), /^outside/);
    assert.match(read('circle'), /^moved: leads in a circle/);
    assert.match(read('../secret.txt'), /^outside/);
    const named = readTextFile(join(top, 'name/a.txt'), { roots: [join(top, 'name')] });
    assert.ok(!isRefusal(named) && named.place === join(root, 'a.txt'));
  });

  it('says what it is that is no text: nothing, a folder, an image, a NUL', async () => {
    await write('a.png', Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1'));
    await write('file', 'x');

    assert.equal(read('none'), 'missing: is not there');
    assert.match(read('file/below'), /^missing: .*a part of it is a file/);
    assert.equal(read('.'), 'kind: is a folder, not a file');
    assert.equal(read('a.png'), 'binary: is a PNG image, not text');
    assert.equal(read('a\0b'), 'invalid: holds a NUL character');
    assert.match(read('x'.repeat(300)), /^invalid: holds a name that is too long/);
  });

  it('neither waits for a pipe nor opens a device', async function () {
    if (process.platform === 'win32') this.skip();
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await symlink('/dev/zero', join(root, 'zero'));

    assert.equal(read('pipe'), 'kind: is a pipe, not a file');
    assert.equal(isRefusal(readTextFile(join(root, 'zero'))) && 'refused', 'refused');
  });

  it('refuses what is larger than the limit by its size, and reads its beginning where that is wanted, never half a character', async () => {
    await write('huge.bin', '');
    await truncate(join(root, 'huge.bin'), 2 ** 31);
    await write('long.txt', 'ab€'.repeat(100));

    assert.equal(read('huge.bin'), 'large: is larger than 1000 bytes (2 GiB)');
    for (const [limitBytes, text] of [[7, 'ab€ab'], [8, 'ab€ab'], [9, 'ab€ab'], [10, 'ab€ab€']] as const) {
      const cut = readTextFile(join(root, 'long.txt'), { limitBytes, cut: true });
      assert.ok(!isRefusal(cut));
      assert.deepEqual([cut.text, cut.isCut, cut.strayBytes], [text, true, 0]);
    }
  });

  it('reads what the system makes up as it is read, to the limit', function () {
    if (process.platform !== 'linux') this.skip();
    const answer = readTextFile('/proc/self/status', { limitBytes: 100_000 });

    assert.ok(!isRefusal(answer) && answer.text.startsWith('Name:') && answer.sizeBytes === 0);
    assert.match(JSON.stringify(readTextFile('/proc/self/status', { limitBytes: 10 })), /"refused":"large"/);
  });

  it('opens just the place that was judged: a link that stands there by now is refused', async () => {
    await writeFile(join(top, 'secret.txt'), 'secret');
    await symlink('../secret.txt', join(root, 'link'));
    await symlink(top, join(root, 'up'));

    assert.match(JSON.stringify(readAt(join(root, 'link'), { limitBytes: 100 })), /"refused":"moved"/);
    assert.match(JSON.stringify(readAt(join(root, 'up/secret.txt'), { limitBytes: 100 })), /"refused":"moved"/);
  });
});
