import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { definePlugin, deny, type Target } from '@pith/kernel';
import { allowAll } from '@pith/kernel/testing';
import { resolveLinks } from '../src/judged-path.ts';
import { insideOnly, startTools, type Tools } from './start-tools.ts';

const writers: [tool: string, input: (path: string) => unknown][] = [
  ['write', (path) => ({ path, content: 'changed\n' })],
  ['edit', (path) => ({ path, old: 'secret', new: 'changed' })],
];
const readers: [tool: string, input: (path: string) => unknown][] = [['read', (path) => ({ path })], ['list', (path) => ({ path })]];

describe('paths of the file tools', () => {
  let tools: Tools;
  let outside: string;
  beforeEach(async () => {
    tools = await startTools({ plugins: [allowAll, insideOnly] });
    outside = await realpath(await mkdtemp(join(tmpdir(), 'pith-outside-')));
    await writeFile(join(outside, 'secret.txt'), 'secret\n');
  });
  afterEach(async () => {
    await tools.close();
    await rm(outside, { recursive: true });
  });

  const linkTo = (target: string, name: string): Promise<void> => symlink(target, join(tools.folder, name));
  const targetsOf = (): readonly Target[] => tools.events.flatMap((event) => (event.type === 'tool-start' ? event.targets : []));

  it('states the target with all links resolved, also of a file that is not there yet', async () => {
    await mkdir(join(tools.folder, 'real/deep'), { recursive: true });
    await linkTo('real', 'link');
    await linkTo('link/deep', 'second');

    await tools.call('write', { path: './second/../second/new/a.txt', content: 'x' });
    await tools.call('read', { path: join(tools.folder, 'link/deep/new/a.txt') });
    await tools.call('list', {});

    const at = (name: string): string => join(tools.folder, name);
    assert.deepEqual(targetsOf(), [
      ...[at('real/deep/new/a.txt'), at('second/new/a.txt'), at('link/deep/new/a.txt')].map((path) => ({ family: 'Edit', path })),
      ...[at('real/deep/new/a.txt'), at('link/deep/new/a.txt')].map((path) => ({ family: 'Read', path })),
      { family: 'Read', path: tools.folder },
    ]);
  });

  it('is judged by every name by which links lead to a file', async () => {
    const denied = definePlugin({ name: 'denied', setup: ({ hooks }) => hooks.permission.tap('denied', ({ targets }) => (targets.some(({ path }) => path?.includes('/current')) ? deny('current') : undefined)) });
    const own = await startTools({ plugins: [allowAll, denied] });
    await own.put('releases/5/a.txt', 'needle\n');
    await symlink('releases/5', join(own.folder, 'current'));
    await symlink('current/a.txt', join(own.folder, 'first'));

    for (const path of ['current/a.txt', 'first', './releases/../current/a.txt']) {
      for (const [tool, input] of [...writers, readers[0]!]) assert.equal((await own.call(tool, input(path))).status, 'refused', `${tool} ${path}`);
      assert.equal((await own.call('apply-patch', { patch: `*** Begin Patch\n*** Update File: ${path}\n@@\n-needle\n+x\n*** End Patch` })).status, 'refused', path);
    }
    assert.equal((await own.call('grep', { pattern: 'needle', path: 'current' })).status, 'refused');
    assert.equal((await own.call('read', { path: 'releases/5/a.txt' })).status, 'done');
    await own.close();
  });

  it('refuses to write behind a link to a folder above the root, and creates nothing', async () => {
    await linkTo(outside, 'notes');

    const { status, reason } = await tools.call('write', { path: 'notes/today.md', content: 'x' });

    assert.equal(status, 'refused');
    assert.equal(reason, `${outside}/today.md is outside`);
    assert.deepEqual(await readdir(outside), ['secret.txt']);
  });

  it('refuses every way out of the root', async () => {
    await mkdir(join(tools.folder, 'sub'));
    await linkTo(outside, 'folder');
    await linkTo(join(outside, 'secret.txt'), 'file');
    await linkTo(`../../..${outside}/secret.txt`, 'sub/relative');
    await linkTo('folder', 'chained');
    await linkTo(join(outside, 'new.txt'), 'dangling');
    await linkTo(`missing/../../${outside.split('/').at(-1)!}/new.txt`, 'through-missing');
    const ways = [join(outside, 'secret.txt'), 'folder/secret.txt', 'file', 'sub/relative', 'chained/secret.txt', 'sub/../folder/secret.txt'];

    for (const path of ways) {
      for (const [tool, input] of [...writers, readers[0]!]) assert.equal((await tools.call(tool, input(path))).status, 'refused', `${tool} ${path}`);
    }
    for (const path of ['..', 'folder', 'chained', '/']) assert.equal((await tools.call('list', { path })).status, 'refused', path);
    for (const path of ['dangling', 'through-missing', '../new.txt', 'folder/new/a.txt']) assert.equal((await tools.call('write', { path, content: 'x' })).status, 'refused', path);
    assert.deepEqual(await readdir(outside), ['secret.txt']);
    assert.equal(await readFile(join(outside, 'secret.txt'), 'utf8'), 'secret\n');
  });

  it('writes outside where exactly that was judged and allowed', async () => {
    const own = await startTools();
    await symlink(outside, join(own.folder, 'notes'));

    const { status, changes } = await own.call('write', { path: 'notes/today.md', content: 'x' });

    assert.equal(status, 'done');
    assert.deepEqual(changes, [{ path: join(outside, 'today.md'), kind: 'create' }]);
    await own.close();
  });

  it('refuses a path that leads elsewhere by the time the tool runs', async () => {
    // Between the question and the run the folder becomes a link to the outside.
    const flip = definePlugin({
      name: 'flip',
      setup({ hooks }) {
        hooks.tool.tap('flip', (next) => async (call, turn) => {
          await rm(join(turn.cwd, 'notes'), { recursive: true });
          await symlink(outside, join(turn.cwd, 'notes'));
          return await next(call, turn);
        });
      },
    });
    for (const [tool, input] of [...writers, ...readers]) {
      const own = await startTools({ plugins: [allowAll, insideOnly, flip] });
      await own.put('notes/secret.txt', 'inside secret\n');

      const { code, text } = await own.call(tool, input(tool === 'list' ? 'notes' : 'notes/secret.txt'));

      assert.equal(code, 'FILE_MOVED', `${tool}: ${text}`);
      assert.ok(!text.includes('secret\n'));
      await own.close();
    }
    assert.deepEqual(await readdir(outside), ['secret.txt']);
    assert.equal(await readFile(join(outside, 'secret.txt'), 'utf8'), 'secret\n');
  });

  it('refuses links in a circle', async () => {
    await linkTo('b', 'a');
    await linkTo('a', 'b');

    for (const [tool, input] of [...writers, ...readers]) assert.equal((await tools.call(tool, input('a'))).code, 'FILE_MOVED', tool);
  });

  it('refuses paths that are no text, are empty, or hold a NUL', async () => {
    for (const path of ['', 'a\0b', '\0', 'half\ud800', 7, null, ['a'], undefined]) {
      for (const [tool, input] of [...writers, readers[0]!]) assert.equal((await tools.call(tool, input(path as string))).code, 'TOOL_INPUT_INVALID', `${tool} ${JSON.stringify(path)}`);
    }
    assert.deepEqual(await readdir(tools.folder), []);
  });

  it('refuses a name longer than the file system takes', async () => {
    for (const [tool, input] of [...writers, ...readers]) assert.equal((await tools.call(tool, input('x'.repeat(5000)))).code, 'FILE_FAILED', tool);
  });

  it('takes names with line breaks, quotes, leading dashes and other scripts as they are', async () => {
    for (const path of ['-rf', 'a\nb', "it's \"quoted\"", '$(x) `y` *', ' ', 'größe 世界', '...']) {
      assert.equal((await tools.call('write', { path, content: path })).status, 'done', path);
      assert.equal((await tools.call('read', { path })).text, path);
    }
  });

  if (process.platform !== 'win32') {
    it('neither opens nor waits for pipes, sockets and devices', async () => {
      execFileSync('mkfifo', [join(tools.folder, 'pipe')]);
      const server = createServer().listen(join(tools.folder, 'socket'));
      await new Promise((resolve) => server.once('listening', resolve));
      const own = await startTools({ folder: tools.folder });
      await linkTo('pipe', 'link-to-pipe');

      for (const path of ['pipe', 'socket', 'link-to-pipe', '/dev/zero', '/dev/tty', '/dev/null']) {
        for (const [tool, input] of [...writers, ...readers]) {
          const { code, text } = await own.call(tool, input(path));
          assert.equal(code, 'FILE_KIND', `${tool} ${path}: ${text}`);
        }
      }
      assert.match((await own.call('read', { path: 'pipe' })).text, /^pipe is a pipe, not a file\./);
      assert.match((await own.call('list', {})).text, /link-to-pipe -> pipe\npipe {2}\(a pipe\)\nsocket {2}\(a socket\)/);
      await own.close();
      await new Promise((resolve) => server.close(resolve));
    });

    if (process.platform === 'linux') it('shows names that are not UTF-8, and stumbles over none of them', async () => {
      const odd = (...parts: (string | number)[]): Buffer => Buffer.concat([Buffer.from(`${tools.folder}/`), ...parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part])))]);
      await writeFile(odd('odd', 0xff, '.txt'), 'needle\n');
      await mkdir(odd('dir', 0xfe));
      await writeFile(odd('dir', 0xfe, '/in.txt'), 'needle\n');
      await tools.put('plain.txt', 'needle\n');

      const listed = await tools.call('list', {});
      const globbed = await tools.call('glob', { pattern: '*' });
      const searched = await tools.call('grep', { pattern: 'needle' });

      assert.equal(listed.text, 'dir\ufffd/\nodd\ufffd.txt  (gone, or not to be looked at)\nplain.txt  7 bytes');
      assert.deepEqual([globbed.status, globbed.text.includes('plain.txt')], ['done', true]);
      assert.equal(searched.text, 'plain.txt:1: needle\n[1 file or folders could not be searched: files that match, whose names are not UTF-8]');
      for (const [tool, input] of [...writers.slice(1), ...readers]) assert.equal((await tools.call(tool, input('odd\ufffd.txt'))).code, 'FILE_MISSING', tool);
    });

    it('does not replace a file of 5 GB that it cannot know', async () => {
      const path = await tools.put('sparse', '');
      await truncate(path, 5e9);

      assert.equal((await tools.call('write', { path, content: 'x' })).code, 'FILE_UNREAD');
      assert.equal((await tools.call('edit', { path, old: 'a', new: 'b' })).code, 'FILE_TOO_LARGE');
    });
  }
});

describe('resolveLinks', () => {
  let folder: string;
  beforeEach(async () => { folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-links-'))); });
  afterEach(() => rm(folder, { recursive: true }));

  it('follows a link to nothing to the place where a file would be made', async () => {
    await symlink('missing/../other/./file', join(folder, 'link'));

    assert.equal(await resolveLinks(join(folder, 'link')), join(folder, 'other/file'));
  });

  it('resolves links again after a step back out of a missing folder', async () => {
    await mkdir(join(folder, 'real'));
    await symlink('real', join(folder, 'alias'));
    await symlink('missing/../alias/file', join(folder, 'link'));

    assert.equal(await resolveLinks(join(folder, 'link')), join(folder, 'real/file'));
  });

  it('takes a file in the place of a folder as a plain name', async () => {
    await writeFile(join(folder, 'file'), '');

    assert.equal(await resolveLinks(join(folder, 'file/below')), join(folder, 'file/below'));
  });
});
