import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, rmdir, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isPithError } from '@pith/kernel';
import { Folder } from '../src/open.ts';
import { type FileStep, replaceFiles } from '../src/replace-files.ts';
import { look } from './look.ts';

const soak = process.env['PITH_SOAK'] !== undefined;

describe('replaceFiles', () => {
  let path: string;
  let folder: Folder;
  beforeEach(async () => {
    path = await realpath(await mkdtemp(join(tmpdir(), 'pith-replace-')));
    folder = await Folder.open(path, 'folder');
    for (const name of ['a', 'b', 'c']) {
      await writeFile(join(path, name), `old ${name}`);
      await utimes(join(path, name), 1e9, 1e9);
    }
  });
  afterEach(async () => {
    await folder.close();
    await rm(path, { recursive: true });
  });

  const stats = (name: string) => stat(join(path, name), { bigint: true });
  const update = async (name: string): Promise<FileStep> => ({ folder, name, shown: name, bytes: Buffer.from(`new ${name}`), before: await stats(name) });
  const remove = async (name: string): Promise<FileStep> => ({ folder, name, shown: name, bytes: undefined, before: await stats(name) });
  const create = (name: string): FileStep => ({ folder, name, shown: name, bytes: Buffer.from(`new ${name}`), before: undefined });
  const refused = (steps: readonly FileStep[], name: string): Promise<void> => assert.rejects(replaceFiles(steps), (error) => isPithError(error) && error.code === 'FILE_CHANGED' && error.message.startsWith(`${name} was changed`));

  it('changes, makes and takes away, and leaves nothing else behind', async () => {
    await replaceFiles([await update('a'), await remove('b'), create('d')]);

    assert.deepEqual(await readdir(path), ['a', 'c', 'd']);
    assert.equal(await readFile(join(path, 'a'), 'utf8'), 'new a');
    assert.equal(await readFile(join(path, 'd'), 'utf8'), 'new d');
  });

  it('puts all back, bytes, mode and times, when a new name is taken by the time it is its turn', async () => {
    const before = await look(path);
    const { ino } = await stats('a');

    await refused([await update('a'), await remove('b'), create('d'), create('c')], 'c');

    assert.deepEqual(await look(path), before);
    assert.equal((await stats('a')).ino, ino);
  });

  it('changes nothing when one of the files was changed, replaced or taken away meanwhile', async () => {
    const steps = [await update('a'), await remove('b'), await update('c')];
    const meanwhile = [() => writeFile(join(path, 'c'), 'other'), () => rm(join(path, 'c'))];
    for (const change of meanwhile) {
      await change();
      const before = await look(path);

      await refused(steps, 'c');

      assert.deepEqual(await look(path), before);
    }
  });

  it('changes nothing when one of the files holds other bytes than were read, whatever its times say', async () => {
    const steps = [{ ...await update('a'), was: Buffer.from('old a') }, { ...await remove('b'), was: Buffer.from('old b') }, { ...await update('c'), was: Buffer.from('odd c') }, create('d')];
    const before = await look(path);

    await refused(steps, 'c');

    assert.deepEqual(await look(path), before);
  });

  it('changes nothing when one of the files cannot be written aside', async () => {
    const before = await look(path);
    await mkdir(join(path, 'gone'));
    const gone = await Folder.open(join(path, 'gone'), 'gone');
    await rmdir(join(path, 'gone'));

    await assert.rejects(replaceFiles([await update('a'), create('d'), { ...create('e'), folder: gone }]), (error) => isPithError(error) && error.code === 'FILE_MISSING');

    await gone.close();
    assert.deepEqual(await look(path), before);
  });

  if (process.platform !== 'win32') {
    it('leaves each file whole, old or new, when it is killed at any instant', async () => {
      const texts = ['a', 'b'].map((letter) => `${letter.repeat(79)}\n`.repeat(2000));
      for (const name of ['a', 'b', 'c']) await writeFile(join(path, name), texts[0]!);
      for (let round = 0; round < (soak ? 25 : 4); round++) {
        const writer = spawn(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', fileURLToPath(new URL('patch-forever.ts', import.meta.url)), path], { stdio: ['ignore', 'pipe', 'inherit'] });
        let written = 0;
        for await (const chunk of writer.stdout) if ((written += (chunk as Buffer).length) > round) break;
        writer.kill('SIGKILL');
        if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');

        for (const name of ['a', 'b', 'c']) assert.ok(texts.includes(await readFile(join(path, name), 'utf8')), `${name} holds neither the old text nor the new one`);
      }
      assert.ok((await readdir(path)).every((name) => /^([abc]|\.pith-\d+-[0-9a-f]{12}\.(?:tmp|old))$/.test(name)));
    });
  }
});
