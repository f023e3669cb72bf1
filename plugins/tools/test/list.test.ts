import assert from 'node:assert/strict';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTools, type Tools } from './start-tools.ts';

describe('list', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  it('lists the working folder by name, with kinds and sizes', async () => {
    await tools.put('b.txt', 'x'.repeat(1234));
    await tools.put('a/inner.txt', 'x');
    await tools.put('.hidden', 'x');
    await symlink('b.txt', join(tools.folder, 'c'));

    const { text, details } = await tools.call('list', {});

    assert.equal(text, '.hidden  1 byte\na/\nb.txt  1.2 kB\nc -> b.txt');
    assert.deepEqual(details, { path: tools.folder, entries: 4, complete: true });
  });

  it('lists another folder, and says when it is empty', async () => {
    await mkdir(join(tools.folder, 'empty'));

    assert.equal((await tools.call('list', { path: 'empty' })).text, '[the folder is empty]');
  });

  it('shows control and direction characters of names written out', async () => {
    await tools.put('a\u001b[2J\nb', '');
    await tools.put('x\u202egnp.exe', '');

    assert.equal((await tools.call('list', {})).text, 'a\\x1b[2J\\nb  0 bytes\nx\\u{202e}gnp.exe  0 bytes');
  });

  it('shows 500 entries and says how many more there are', async () => {
    for (let index = 0; index < 620; index++) await writeFile(join(tools.folder, `f${String(index).padStart(3, '0')}`), '');

    const { text, details } = await tools.call('list', {});

    const lines = text.split('\n');
    assert.equal(lines.length, 501);
    assert.equal(lines[499], 'f499  0 bytes');
    assert.equal(lines[500], '[120 more of 620 entries; look at them with bash]');
    assert.deepEqual(details, { path: tools.folder, entries: 620, complete: false });
  });

  it('says what is no folder, and what is not there', async () => {
    await tools.put('a.txt', 'x');

    const file = await tools.call('list', { path: 'a.txt' });
    assert.equal(file.code, 'FILE_KIND');
    assert.equal(file.text, 'a.txt is no folder. If it is a file, read it.');
    assert.equal((await tools.call('list', { path: 'none' })).code, 'FILE_MISSING');
  });
});
