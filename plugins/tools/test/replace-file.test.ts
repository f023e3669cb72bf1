import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, readFile, realpath, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPithError } from '@pith/kernel';
import { Folder } from '../src/open.ts';
import { replaceFile } from '../src/replace-file.ts';

describe('replaceFile', () => {
  let path: string;
  let folder: Folder;
  beforeEach(async () => {
    path = await realpath(await mkdtemp(join(tmpdir(), 'pith-replace-')));
    folder = await Folder.open(path, 'folder');
  });
  afterEach(async () => {
    await folder.close();
    await rm(path, { recursive: true });
  });

  const file = (): string => join(path, 'a.txt');
  const replace = (before: Parameters<typeof replaceFile>[0]['before'], was?: Buffer) => replaceFile({ folder, name: 'a.txt', shown: 'a.txt', bytes: Buffer.from('mine'), before, was });
  const refused = async (work: Promise<void>): Promise<void> => {
    await assert.rejects(work, (error) => isPithError(error) && error.code === 'FILE_CHANGED');
    assert.ok((await readdir(path)).every((name) => name === 'a.txt'), 'something was left behind');
  };

  it('refuses when another text was written in place since it was read', async () => {
    await writeFile(file(), 'first');
    const before = await stat(file(), { bigint: true });
    await writeFile(file(), 'other');

    await refused(replace(before));
    assert.equal(await readFile(file(), 'utf8'), 'other');
  });

  it('refuses when other bytes are there, though size and times are as they were', async () => {
    await writeFile(file(), 'other');

    await refused(replace(await stat(file(), { bigint: true }), Buffer.from('first')));
    assert.equal(await readFile(file(), 'utf8'), 'other');
  });

  it('takes itself back when another program, which had the file open, has written to it in between', async () => {
    await writeFile(file(), 'first');
    const other = await open(file(), 'r+');
    // The last thing before the call is over.
    Object.assign(folder, { sync: async () => { await other.write('other', 0); } });

    await refused(replace(await stat(file(), { bigint: true }), Buffer.from('first')));
    assert.equal(await readFile(file(), 'utf8'), 'other');
    await other.close();
  });

  it('leaves what another program has made of the new text', async () => {
    await writeFile(file(), 'first');
    const other = await open(file(), 'r+');
    Object.assign(folder, { sync: async () => { await other.write('other', 0); await writeFile(file(), 'newer'); } });

    await replace(await stat(file(), { bigint: true }), Buffer.from('first'));

    assert.equal(await readFile(file(), 'utf8'), 'newer');
    assert.deepEqual(await readdir(path), ['a.txt']);
    await other.close();
  });

  it('refuses when another file took the name since it was read', async () => {
    await writeFile(file(), 'first');
    const before = await stat(file(), { bigint: true });
    await unlink(file());
    await writeFile(file(), 'first');

    await refused(replace(before));
    assert.equal(await readFile(file(), 'utf8'), 'first');
  });

  it('refuses when the file was taken away since it was read', async () => {
    await writeFile(file(), 'first');
    const before = await stat(file(), { bigint: true });
    await unlink(file());

    await refused(replace(before));
  });

  it('refuses when a file appeared where there was none', async () => {
    await writeFile(file(), 'other');

    await refused(replace(undefined));
    assert.equal(await readFile(file(), 'utf8'), 'other');
  });

  it('refuses when the folder got another name meanwhile, and leaves nothing in it', async () => {
    const moved = `${path}-moved`;
    await rename(path, moved);
    path = moved;

    await assert.rejects(replace(undefined), (error) => isPithError(error) && error.code === 'FILE_MOVED');
    assert.deepEqual(await readdir(moved), []);
  });
});
