import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, readdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKernel, definePlugin, textMessage } from '@pith/kernel';
import { createTestKernel, testHost, testModel } from '@pith/kernel/testing';
import sessions from '../src/index.ts';
import { projectFolder } from '../src/files.ts';
import { renderSession } from '../src/render.ts';
import { createStore, listSessions } from '../src/store.ts';
import { makeFolders } from './helpers.ts';

describe('the sessions of a machine', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  beforeEach(async () => { folders = await makeFolders(); });
  afterEach(() => folders.remove());

  /** Sessions by id, each with its folder and the minute of each of its inputs. */
  async function keep(data: string, all: readonly [id: string, cwd: string, inputs: readonly (readonly [minute: number, text: string])[]][]): Promise<void> {
    for (const [id, cwd, inputs] of all) {
      const host = testHost(0);
      const kernel = await createKernel({ plugins: [sessions, testModel().plugin], paths: { config: data, data, cache: data }, env: {}, host });
      const session = kernel.openSession({ id, cwd });
      let now = 0;
      for (const [minute, text] of inputs) {
        host.advance(minute * 60_000 - now);
        now = minute * 60_000;
        await session.runTurn({ text });
      }
      await kernel.close();
    }
  }

  it('are listed newest first, by when they were last used', async () => {
    await keep(folders.data, [['early', '/a', [[1, 'first'], [9, 'again']]], ['late', '/a', [[5, 'second']]], ['other', '/b', [[7, 'third']]]]);
    const store = createStore(folders.data);

    assert.deepEqual((await store.list()).map(({ id, turns, updatedMs }) => [id, turns, updatedMs]), [['early', 2, 540_000], ['other', 1, 420_000], ['late', 1, 300_000]]);
    assert.deepEqual((await store.list({ cwd: '/a' })).map(({ id }) => id), ['early', 'late']);
    assert.deepEqual(await store.list({ cwd: '/c' }), []);
  });

  it('are listed only where something was said or done, which a command is that changes the conversation', async () => {
    const commands = definePlugin({ name: 'commands', setup({ hooks }) {
      hooks.input.tap('commands', async (input, turn) => {
        if (input.text === '!ls') await turn.setHistory([textMessage('user', 'ls: a.txt')], { reason: '!ls' });
        return /^[/!]/.test(input.text) ? { ...input, handled: { reply: 'done' } } : undefined;
      });
    } });
    const kernel = await createKernel({ plugins: [sessions, testModel().plugin, commands], paths: { config: folders.data, data: folders.data, cache: folders.data }, env: {}, host: testHost(0) });
    for (const [id, ...texts] of [['help', '/help', '/help'], ['shell', '!ls'], ['both', '/help', 'hi']]) {
      const session = kernel.openSession({ id: id!, cwd: '/a' });
      for (const text of texts) await session.runTurn({ text });
    }
    await kernel.close();
    const store = createStore(folders.data);

    assert.deepEqual((await store.list()).map(({ id, turns, title }) => [id, turns, title]).sort(), [['both', 1, 'hi'], ['shell', 0, '!ls']]);
    assert.deepEqual((await store.load('help')).messages, []);
    assert.deepEqual((await store.load('shell')).changes, [{ atMs: 0, text: 'commands changed the conversation (!ls): 0 messages before, 1 after' }]);
  });

  it('are shown with what was typed told apart from what plugins put beside it', () => {
    const block = { type: 'text' as const, text: `${'line\n'.repeat(14)}end`, label: { owner: 'input', name: '@a\u001b.ts' } };
    const text = renderSession({ id: 'a', cwd: '/a', startedMs: 0, updatedMs: 0, turns: 1, title: '', provider: 'p', model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text: 'See @a.ts' }, block] }], repairs: [] });

    assert.deepEqual(text.split('\n').slice(7), ['> See @a.ts', '+ @a\\x1b.ts (input)', ...Array.from({ length: 12 }, () => '+   line'), '+   … 3 more lines']);
  });

  it('are shown with what became of them on the way, the latest of much', () => {
    const change = (minute: number) => ({ atMs: minute * 60_000, text: `change ${minute}\u001b` });
    const shown = (count: number): string[] => renderSession({ id: 'a', cwd: '/a', startedMs: 0, updatedMs: 0, turns: 1, title: '', provider: 'p', model: 'm', messages: [textMessage('user', 'hi')], repairs: [], changes: Array.from({ length: count }, (_, index) => change(index)) }).split('\n').slice(7);

    assert.deepEqual(shown(0), ['> hi']);
    assert.deepEqual(shown(1).map((line) => line.replace(/ .* {2}/, ' TIME  ')), ['· TIME  change 0\\x1b', '', '> hi']);
    assert.deepEqual([shown(23)[0], shown(23).length], ['· 3 earlier changes, which --json has', 23]);
  });

  it('are known by folder, also through a link', async () => {
    await mkdir(join(folders.cwd, 'work'));
    await symlink('work', join(folders.cwd, 'link'));
    await keep(folders.data, [['one', join(folders.cwd, 'work'), [[1, 'hi']]]]);

    assert.equal((await createStore(folders.data).latest(join(folders.cwd, 'link')))?.id, 'one');
  });

  it('give the latest of a folder, with model, title and messages', async () => {
    await keep(folders.data, [['early', '/a', [[1, 'first']]], ['late', '/a', [[2, '  Tell me\n\tabout this:  \u202e "quotes" and many more words than a title can hold, far too many indeed  ']]]]);

    const session = await createStore(folders.data).latest('/a');

    assert.deepEqual([session?.id, session?.cwd, session?.provider, session?.model, session?.startedMs, session?.turns], ['late', '/a', 'test', 'model', 120_000, 1]);
    assert.equal(session?.title, 'Tell me about this: \u202e "quotes" and many more words than a title can hold, far t…');
    assert.deepEqual(session?.messages.map(({ role }) => role), ['user', 'assistant']);
    assert.deepEqual(session?.repairs, []);
  });

  it('are found by as much of an id as is theirs alone', async () => {
    await keep(folders.data, [['abc-1', '/a', [[1, 'x']]], ['abc-12', '/b', [[1, 'y']]], ['def-1', '/a', [[1, 'z']]]]);
    const store = createStore(folders.data);

    assert.equal((await store.load('d')).id, 'def-1');
    assert.equal((await store.load('abc-1')).id, 'abc-1');
    await assert.rejects(store.load('abc'), { code: 'SESSION_NOT_FOUND', exitCode: 2, message: '"abc" is the beginning of 2 sessions', hint: 'Write more of one: abc-1, abc-12' });
    await assert.rejects(store.load('def-2'), { code: 'SESSION_NOT_FOUND', message: 'There is no session "def-2"', hint: 'Did you mean def-1?' });
    await assert.rejects(store.load('zzzzzzzz'), { code: 'SESSION_NOT_FOUND', hint: 'pith sessions list --all shows what there is.' });
    for (const id of ['', '.', '../abc-1', '/', 'abc-1.jsonl', '*']) await assert.rejects(store.load(id), { code: 'SESSION_NOT_FOUND' }, id);
  });

  it('are listed without those that cannot be read, which are named', async () => {
    await keep(folders.data, [['good', '/a', [[1, 'x']]]]);
    const folder = projectFolder(folders.data, '/a');
    await writeFile(join(folder, 'bad.jsonl'), 'nonsense\n');
    await writeFile(join(folder, 'empty.jsonl'), '');
    await writeFile(join(folder, 'notes.txt'), '');
    await mkdir(join(folder, 'folder.jsonl'));
    if (process.platform !== 'win32') execFileSync('mkfifo', [join(folder, 'pipe.jsonl')]);
    await writeFile(join(folders.data, 'sessions/stray'), '');

    const { sessions: found, unreadable } = await listSessions(folders.data);

    assert.deepEqual(found.map(({ id }) => id), ['good']);
    assert.deepEqual(unreadable.map((reason) => /([a-z]+)\.jsonl is not a transcript/.exec(reason)?.[1]), ['bad', 'empty']);
  });

  it('lie in folders whose names can be read, and differ where paths do', async () => {
    const names = ['/home/me/Work/pith', '/home/me/Work-pith', '/', '/tmp/../x y\n/ü', `/${'long/'.repeat(60)}end`].map((cwd) => projectFolder('/d', cwd).slice('/d/sessions/'.length));

    assert.match(names[0]!, /^home-me-Work-pith-[0-9a-f]{16}$/);
    assert.match(names[1]!, /^home-me-Work-pith-[0-9a-f]{16}$/);
    assert.match(names[2]!, /^root-[0-9a-f]{16}$/);
    assert.ok(names.every((name) => /^[A-Za-z0-9._-]{1,64}$/.test(name)));
    assert.equal(new Set(names).size, names.length);
  });

  it('are not kept under an id that could be a path', async () => {
    const { kernel, session, close } = await createTestKernel({ plugins: [sessions, testModel().plugin], session: { id: '../../escaped' } });

    const { error } = await session.runTurn({ text: 'hi' });

    assert.equal(error?.code, 'OBSERVER_FAILED');
    assert.match(error.message, /"\.\.\/\.\.\/escaped" cannot be the id of a session that is kept/);
    assert.deepEqual(await readdir(kernel.paths.data).catch(() => []), []);
    await close();
  });

  it('goes on in its file when plugins are loaded anew, and stays where it was taken up from another folder', async () => {
    const { kernel, session, folder, close } = await createTestKernel({ plugins: [sessions, testModel().plugin], session: { id: 'one' } });
    const store = await kernel.service('sessions');
    await session.runTurn({ text: 'a' });

    await kernel.load([sessions, testModel().plugin]);
    assert.equal((await session.runTurn({ text: 'b' })).status, 'done');
    await session.close();
    await mkdir(join(folder, 'sub'));
    const moved = kernel.openSession({ id: 'one', cwd: await realpath(join(folder, 'sub')), history: (await store.load('one')).messages });
    await moved.runTurn({ text: 'c' });

    assert.deepEqual((await store.list()).map(({ id, turns, cwd }) => [id, turns, cwd]), [['one', 3, folder]]);
    await close();
  });
});
