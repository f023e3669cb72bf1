import assert from 'node:assert/strict';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTools, type Tools } from './start-tools.ts';

describe('read', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  it('gives the exact text of a file and nothing else', async () => {
    await tools.put('a.txt', 'one\n\ttwo  \n\n“three”\n');

    const { content, status, verdict, details } = await tools.call('read', { path: 'a.txt' });

    assert.equal(status, 'done');
    assert.equal(verdict, 'allow');
    assert.deepEqual(content, [{ type: 'text', text: 'one\n\ttwo  \n\n“three”\n' }]);
    assert.deepEqual(details, { path: join(tools.folder, 'a.txt'), firstLine: 1, lastLine: 4, lines: 4, sizeBytes: 24 });
  });

  it('gives the lines that were asked for, and says how to read on', async () => {
    await tools.put('a.txt', 'one\ntwo\nthree\nfour\n');

    const { content } = await tools.call('read', { path: 'a.txt', offset: 2, limit: 2 });

    assert.deepEqual(content, [{ type: 'text', text: 'two\nthree\n' }, { type: 'text', text: '[lines 2-3 of 4; read on with offset 4]' }]);
  });

  it('gives 2000 lines at most unless more are asked for', async () => {
    await tools.put('a.txt', Array.from({ length: 2500 }, (_, index) => `${index + 1}\n`).join(''));

    const first = await tools.call('read', { path: 'a.txt' });
    const rest = await tools.call('read', { path: 'a.txt', offset: 2001 });
    const all = await tools.call('read', { path: 'a.txt', limit: 3000 });

    assert.match(first.text, /^1\n[^]*\n2000\n\[lines 1-2000 of 2500; read on with offset 2001\]$/);
    assert.match(rest.text, /^2001\n[^]*\n2500\n\[lines 2001-2500 of 2500\]$/);
    assert.equal(all.content.length, 1);
  });

  it('gives 60 000 characters at most, whole lines, also when more lines are asked for', async () => {
    await tools.put('a.txt', `${'x'.repeat(999)}\n`.repeat(100));

    const { content, text } = await tools.call('read', { path: 'a.txt', limit: 100 });

    assert.equal(content[0]?.type === 'text' && content[0].text.length, 60_000);
    assert.match(text, /\[lines 1-60 of 100; read on with offset 61\]$/);
  });

  it('cuts a long line visibly and never within a character', async () => {
    await tools.put('a.txt', `short\n${'x'.repeat(1999)}👋${'y'.repeat(5000)}\nend\n`);

    const { text } = await tools.call('read', { path: 'a.txt' });

    assert.equal(text, `short\n${'x'.repeat(1999)}… [5002 more characters in this line]\nend\n[cut for their length: line 2; see them whole with bash]`);
  });

  it('says what the text itself does not show', async () => {
    await tools.put('crlf.txt', 'a\r\nb\r\n');
    await tools.put('mixed.txt', 'a\r\nb\nc\n');
    await tools.put('mark.txt', '\ufeffa\n');
    await tools.put('utf16.txt', Buffer.from('\ufeffgrün\n', 'utf16le'));
    await tools.put('latin1.txt', Buffer.from('gr\xfcn\n', 'latin1'));
    await tools.put('empty.txt', '');
    await tools.put('open.txt', 'no end');

    assert.equal((await tools.call('read', { path: 'crlf.txt' })).text, 'a\r\nb\r\n[lines end in CRLF]');
    assert.equal((await tools.call('read', { path: 'mixed.txt' })).text, 'a\r\nb\nc\n[1 of 3 lines end in CRLF, the others in LF]');
    assert.equal((await tools.call('read', { path: 'mark.txt' })).text, 'a\n[the file begins with a byte-order mark; edit keeps it]');
    assert.equal((await tools.call('read', { path: 'utf16.txt' })).text, 'grün\n[the file is UTF-16LE; edit keeps that]');
    assert.equal((await tools.call('read', { path: 'latin1.txt' })).text, 'gr\ufffdn\n[1 byte not UTF-8, shown as \ufffd; edit keeps them]');
    assert.equal((await tools.call('read', { path: 'empty.txt' })).text, '[the file is empty]');
    assert.equal((await tools.call('read', { path: 'open.txt' })).text, 'no end');
  });

  it('names what a file is that is not text', async () => {
    await tools.put('archive', Buffer.from('PK\x03\x04\x14\0\0\0\x08\0abcdef', 'latin1'));
    await tools.put('data', Buffer.alloc(2048));
    await tools.put('noise', Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 7) % 255 + 1)));

    const archive = await tools.call('read', { path: 'archive' });
    assert.equal(archive.code, 'FILE_BINARY');
    assert.match(archive.text, /^archive is not text but a ZIP archive of 16 bytes\./);
    assert.match((await tools.call('read', { path: 'data' })).text, /^data is not text but binary data of 2\.0 kB\./);
    assert.equal((await tools.call('read', { path: 'noise' })).code, 'FILE_BINARY');
  });

  it('refuses an offset after the end', async () => {
    await tools.put('a.txt', 'one\ntwo\n');

    const { code, text } = await tools.call('read', { path: 'a.txt', offset: 3 });

    assert.equal(code, 'FILE_RANGE');
    assert.match(text, /^a\.txt has 2 lines; line 3 was asked for\./);
  });

  it('reads parts of a file too large to be read whole', async () => {
    await tools.put('large.log', Array.from({ length: 1_200_000 }, (_, index) => `line number ${index + 1}\n`).join(''));

    const first = await tools.call('read', { path: 'large.log', limit: 1 });
    const late = await tools.call('read', { path: 'large.log', offset: 1_000_000, limit: 2 });
    const end = await tools.call('read', { path: 'large.log', offset: 1_200_000 });
    const after = await tools.call('read', { path: 'large.log', offset: 1_200_001 });

    assert.equal(first.text, 'line number 1\n[lines 1-1 of a larger file; read on with offset 2]');
    assert.equal(late.text, 'line number 1000000\nline number 1000001\n[lines 1000000-1000001 of a larger file; read on with offset 1000002]');
    assert.equal(end.text, 'line number 1200000\n[lines 1200000-1200000 of a larger file]');
    assert.equal(after.code, 'FILE_RANGE');
  });

  it('reads a line of 20 MB as its beginning', async () => {
    await tools.put('one-line.json', '€'.repeat(7_000_000));

    const { text } = await tools.call('read', { path: 'one-line.json' });

    assert.match(text, /^€{2000}… \[\d+ more characters in this line\]\n\[lines 1-1 of a larger file; read on with offset 2; cut/);
  });

  it('answers at once for a file of 5 GB without text', async () => {
    const path = await tools.put('sparse', '');
    await truncate(path, 5e9);

    for (const offset of [undefined, 2, 1_000_000]) {
      const { code, text } = await tools.call('read', { path, ...(offset === undefined ? {} : { offset }) });

      assert.equal(code, 'FILE_BINARY');
      assert.match(text, /binary data of 5\.0 GB/);
    }
  });

  it('looks for no line in the hole of a file that begins as text', async () => {
    const path = await tools.put('begun', 'line\n'.repeat(4_000_000));
    await truncate(path, 5e9);

    const { code, text } = await tools.call('read', { path, offset: 5_000_000 });

    assert.equal(code, 'FILE_RANGE');
    assert.match(text, /^begun ends before that line, or has fewer lines within its first 268\.4 MB; line 5000000 was asked for\./);
  });

  if (process.platform === 'linux') {
    it('reads files of the system, whose size is stated as 0', async () => {
      const { text } = await tools.call('read', { path: '/proc/self/status' });

      assert.match(text, /^Name:\t/);
    });
  }

  it('does not take what one conversation read for read by another', async () => {
    const path = await tools.put('a.txt', 'one\n');
    await tools.call('read', { path });
    await writeFile(path, 'two\n');
    const other = tools.kernel.openSession({ cwd: tools.folder });

    const { status } = await other.callTool({ name: 'edit', input: { path, old: 'two', new: 'three' } });

    assert.equal(status, 'done');
    assert.equal((await tools.call('edit', { path, old: 'three', new: 'four' })).code, 'FILE_CHANGED');
  });
});
