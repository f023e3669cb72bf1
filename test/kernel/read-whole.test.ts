import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readWhole } from '@pith/kernel';

describe('readWhole', () => {
  let folder: string;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'pith-whole-')); });
  afterEach(() => rm(folder, { recursive: true }));

  const at = (name: string): string => join(folder, name);
  const put = async (content: string | Buffer): Promise<string> => {
    await writeFile(at('file'), content);
    return at('file');
  };

  it('gives the bytes of a file, also of an empty one and behind a link', async () => {
    const bytes = Buffer.alloc(100_000, 'pith');
    await put(bytes);
    await symlink('file', at('link'));
    await writeFile(at('empty'), '');

    assert.deepEqual(readWhole(at('file'))?.bytes, bytes);
    assert.deepEqual(readWhole(at('link'))?.bytes, bytes);
    assert.deepEqual(readWhole(at('empty'))?.bytes, Buffer.alloc(0));
  });

  it('gives another stamp once the file has changed', async () => {
    const before = readWhole(await put('a'))?.stamp;

    assert.notEqual(readWhole(await put('ab'))?.stamp, before);
  });

  it('gives nothing where nothing is, below a file too', async () => {
    await put('a');
    await symlink('nowhere', at('dangling'));

    for (const name of ['gone', 'file/below', 'dangling']) assert.equal(readWhole(at(name)), undefined, name);
  });

  it('refuses a folder and more than 20 MiB', async () => {
    await truncate(await put(''), 5e9);

    assert.throws(() => readWhole(folder), /^Error: it is a folder, not a file$/);
    assert.throws(() => readWhole(at('file')), /^Error: it is larger than 20 MiB$/);
  });

  if (process.platform !== 'win32') {
    it('neither opens nor waits for pipes, sockets and devices', async () => {
      execFileSync('mkfifo', [at('pipe')]);
      const server = createServer().listen(at('socket'));
      await new Promise((resolve) => server.once('listening', resolve));
      for (const device of ['zero', 'urandom', 'tty']) await symlink(`/dev/${device}`, at(device));

      for (const [name, kind] of [['pipe', 'pipe'], ['socket', 'socket'], ['zero', 'device'], ['urandom', 'device'], ['tty', 'device']] as const) {
        assert.throws(() => readWhole(at(name)), new RegExp(`^Error: it is a ${kind}, not a file$`), name);
      }
      await new Promise((resolve) => server.close(resolve));
    });
  }

  if (process.platform === 'linux') {
    it('reads what the system makes up as it is read, and states to be empty', () => {
      assert.match(readWhole('/proc/self/status')!.bytes.toString(), /^Name:/);
    });
  }
});
