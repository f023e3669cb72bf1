import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin } from '@pith/kernel';
import { allowAll, testModel } from '@pith/kernel/testing';
import { startTools, type Tools } from './start-tools.ts';

describe('write', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  it('creates a file with exactly this content', async () => {
    const { status, text, changes, details } = await tools.call('write', { path: 'a.txt', content: 'one\r\ntwo “€” 👋' });

    assert.equal(status, 'done');
    assert.equal(text, 'Created a.txt (2 lines, 23 bytes).');
    assert.equal(await tools.get('a.txt'), 'one\r\ntwo “€” 👋');
    assert.deepEqual(changes, [{ path: join(tools.folder, 'a.txt'), kind: 'create' }]);
    assert.match((details as { diff: string }).diff, /^@@ -0,0 \+1,2 @@\n\+one/);
  });

  it('makes missing folders and names them', async () => {
    const { text } = await tools.call('write', { path: 'a/b/c.txt', content: 'x\n' });

    assert.equal(text, 'Created a/b/c.txt (1 line, 2 bytes). Made the folders a/, a/b/.');
    assert.equal(await tools.get('a/b/c.txt'), 'x\n');
  });

  it('gives a new file the mode that the umask leaves, and keeps that of one that is there', async () => {
    const path = await tools.put('run.sh', 'old\n', 0o750);
    await tools.call('read', { path });

    await tools.call('write', { path, content: 'new\n' });
    await tools.call('write', { path: 'new.txt', content: 'new\n' });

    assert.equal((await stat(path)).mode & 0o7777, 0o750);
    assert.equal((await stat(join(tools.folder, 'new.txt'))).mode & 0o7777, 0o666 & ~process.umask());
  });

  it('refuses to replace text that was not read in this session', async () => {
    await tools.put('a.txt', 'precious\n');

    const { code, text, changes } = await tools.call('write', { path: 'a.txt', content: 'new\n' });

    assert.equal(code, 'FILE_UNREAD');
    assert.equal(text, 'a.txt is there already and was not read in this session; nothing was written. Read it first, or change a part of it with edit.');
    assert.deepEqual(changes, []);
    assert.equal(await tools.get('a.txt'), 'precious\n');
  });

  it('replaces a file that was read, and then one that it wrote itself', async () => {
    const path = await tools.put('a.txt', 'old\n');
    await tools.call('read', { path });

    const first = await tools.call('write', { path, content: 'new\n' });
    const second = await tools.call('write', { path, content: 'newer\n' });

    assert.equal(first.text, 'Replaced a.txt (1 line, 4 bytes).');
    assert.deepEqual(first.changes, [{ path, kind: 'update' }]);
    assert.equal(second.status, 'done');
    assert.equal(await tools.get('a.txt'), 'newer\n');
  });

  it('refuses to replace text that changed on disk since it was read', async () => {
    const path = await tools.put('a.txt', 'old\n');
    await tools.call('read', { path });
    await writeFile(path, 'by somebody else\n');

    const { code } = await tools.call('write', { path, content: 'new\n' });

    assert.equal(code, 'FILE_CHANGED');
    assert.equal(await tools.get('a.txt'), 'by somebody else\n');
  });

  it('fills an empty file that was never read', async () => {
    await tools.put('a.txt', '');

    assert.equal((await tools.call('write', { path: 'a.txt', content: 'new\n' })).status, 'done');
    assert.equal(await tools.get('a.txt'), 'new\n');
  });

  it('takes a write of what is there already as done', async () => {
    await tools.put('a.txt', 'same\n');

    const { status, text, changes } = await tools.call('write', { path: 'a.txt', content: 'same\n' });

    assert.equal(status, 'done');
    assert.equal(text, 'a.txt holds exactly this already.');
    assert.deepEqual(changes, []);
  });

  it('does not replace what is no text', async () => {
    await tools.put('image', Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1'));

    const { code, text } = await tools.call('write', { path: 'image', content: 'x' });

    assert.equal(code, 'FILE_BINARY');
    assert.match(text, /not text but a PNG image; nothing was written/);
  });

  it('refuses a name that is a folder’s', async () => {
    await tools.put('folder/a.txt', 'x');

    assert.equal((await tools.call('write', { path: 'folder', content: 'x' })).code, 'FILE_KIND');
    assert.equal((await tools.call('write', { path: 'new/', content: 'x' })).code, 'FILE_KIND');
    assert.equal((await tools.call('write', { path: 'folder/a.txt/b.txt', content: 'x' })).code, 'FILE_KIND');
    assert.deepEqual(await readdir(tools.folder), ['folder']);
  });

  it('refuses content that is not text', async () => {
    const { code, text } = await tools.call('write', { path: 'a.txt', content: 'half \udc00' });

    assert.equal(code, 'TOOL_INPUT_INVALID');
    assert.match(text, /half of a character/);
  });

  it('lets a file that an agent changed be written by its parent only after another read', async () => {
    const model = testModel([
      { calls: [{ name: 'read', input: { path: 'a.txt' } }] },
      { calls: [{ name: 'delegate' }] },
      { calls: [{ name: 'edit', input: { path: 'a.txt', old: 'one', new: 'two' } }] }, 'edited',
      { calls: [{ name: 'write', input: { path: 'a.txt', content: 'three\n' } }] }, 'done',
    ]);
    const delegate = definePlugin({
      name: 'delegate',
      tools: [{ name: 'delegate', description: 'Starts an agent.', effect: 'agent', inputSchema: { type: 'object' }, targets: () => [{ family: 'Agent', name: 'agent' }], execute: async (_input, { turn }) => (await turn.runSubTurn({ name: 'agent', text: 'go' })).text }],
    });
    const own = await startTools({ plugins: [allowAll, model.plugin, delegate] });
    await own.put('a.txt', 'one\n');

    await own.session.runTurn({ text: 'go' });

    const ends = own.events.flatMap((event) => (event.type === 'tool-end' ? [[event.tool, event.error?.code ?? event.status]] : []));
    assert.deepEqual(ends, [['read', 'done'], ['edit', 'done'], ['delegate', 'done'], ['write', 'FILE_CHANGED']]);
    assert.equal(await own.get('a.txt'), 'two\n');
    await own.close();
  });
});
