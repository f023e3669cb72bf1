import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GIT_RULES, Walk, type WalkOptions } from '../index.ts';

describe('Walk', () => {
  let root: string;
  beforeEach(async () => { root = await realpath(await mkdtemp(join(tmpdir(), 'pith-walk-'))); });
  afterEach(() => rm(root, { recursive: true }));

  const { signal } = new AbortController();
  async function write(...files: (string | [path: string, text: string])[]): Promise<void> {
    for (const file of files) {
      const [path, text] = typeof file === 'string' ? [file, ''] : file;
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  }
  async function walk(options: Partial<WalkOptions> = {}, folder = root): Promise<{ paths: string[]; complete: boolean; unreadable: number }> {
    const walked = new Walk(folder, { signal, ...options });
    const paths: string[] = [];
    for await (const { path } of walked) paths.push(path);
    return { paths, complete: walked.complete, unreadable: walked.unreadable };
  }

  it('goes level by level, by name, past .git and node_modules', async () => {
    await write('b/d/deep', 'b/z', 'a', 'c', '.hidden/x', '.git/config', 'node_modules/m/index.js', 'b/node_modules/n');

    assert.deepEqual(await walk(), { paths: ['a', 'c', '.hidden/x', 'b/z', 'b/d/deep'], complete: true, unreadable: 0 });
  });

  it('leaves out what .gitignore says, from the top of the repository down, and .ignore has the last word', async () => {
    await write('.git/HEAD', ['.gitignore', '*.log\nbuild/\n!keep.log\n'], ['sub/.gitignore', '/only\n'], ['sub/.ignore', '!a.log\n*.txt\n'], 'sub/a.log', 'sub/b.log', 'sub/keep.log', 'sub/x.txt', 'sub/only', 'sub/deep/only', 'build/out', 'sub/build/out');

    assert.deepEqual((await walk({}, join(root, 'sub'))).paths, ['.gitignore', '.ignore', 'a.log', 'keep.log', 'deep/only']);
    assert.deepEqual((await walk({ ruleFiles: GIT_RULES }, join(root, 'sub'))).paths, ['.gitignore', '.ignore', 'keep.log', 'x.txt', 'deep/only']);
  });

  it('looks into a folder that is left out where it is asked for by name, and asks no outer repository of an inner one', async () => {
    await write('.git/HEAD', ['.gitignore', 'out/\n*.c\n'], 'out/a.c', 'inner/.git/HEAD', 'inner/b.c');

    assert.deepEqual((await walk({}, join(root, 'out'))).paths, ['a.c']);
    assert.deepEqual((await walk()).paths, ['.gitignore', 'inner/b.c']);
  });

  it('passes over rules that were made to throw or never to end', async () => {
    const deep = 'a/'.repeat(39);
    await write(['.gitignore', `${'a?'.repeat(300_000)}\n${'**/a/'.repeat(20)}b\n${'*a'.repeat(40)}b\n*.log\n`], `${deep}${'a'.repeat(200)}bc`, 'x.log');

    assert.deepEqual((await walk()).paths, ['.gitignore', `${deep}${'a'.repeat(200)}bc`]);
  });

  it('follows no link and yields no pipe; rules that are a pipe or a link count as none', async function () {
    if (process.platform === 'win32') this.skip();
    await write('real/a', 'rules');
    await symlink('..', join(root, 'real/up'));
    await symlink('real', join(root, 'link'));
    await symlink('/etc/hostname', join(root, 'file'));
    await symlink('../rules', join(root, 'real/.gitignore'));
    execFileSync('mkfifo', [join(root, '.gitignore'), join(root, 'pipe')]);

    assert.deepEqual(await walk(), { paths: ['rules', 'real/a'], complete: true, unreadable: 0 });
    assert.deepEqual(await walk({}, join(root, 'link')), { paths: [], complete: true, unreadable: 1 });
  });

  it('ends at each of its limits, and says that there is more', async () => {
    await write('a', 'b', 'c', 'd/e/f');

    assert.deepEqual(await walk({ maxFiles: 2 }), { paths: ['a', 'b'], complete: false, unreadable: 0 });
    assert.deepEqual(await walk({ maxNames: 3 }), { paths: ['a', 'b', 'c'], complete: false, unreadable: 0 });
    assert.deepEqual(await walk({ maxDepth: 1 }), { paths: ['a', 'b', 'c'], complete: false, unreadable: 0 });
    assert.equal((await walk({ limitMs: 0 })).complete, false);
    assert.equal((await walk({ maxFiles: 4 })).complete, true);
    await assert.rejects(walk({ signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  });

  it('gives size and times where they are wanted', async () => {
    await write(['a.ts', '12345'], ['b.md', '1']);

    const found: [string, number | undefined][] = [];
    for await (const { path, stats } of new Walk(root, { signal, wantsStats: (path) => path.endsWith('.ts') })) found.push([path, stats?.size]);

    assert.deepEqual(found, [['a.ts', 5], ['b.md', undefined]]);
  });
});
