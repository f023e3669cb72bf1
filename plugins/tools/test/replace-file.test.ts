import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, realpath, rename, rm, stat, unlink, writeFile } from 'node:fs/promises';
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
  const replace = (before: Parameters<typeof replaceFile>[0]['before']) => replaceFile({ folder, name: 'a.txt', shown: 'a.txt', bytes: Buffer.from('mine'), before });
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
