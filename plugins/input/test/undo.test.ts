import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Answer, Asker, PluginDefinition, Question, TurnResult } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, type TestKernel, type TestModel, testModel } from '@pith/kernel/testing';
import { afterEach } from 'mocha';
import checkpoints from '../../checkpoints/src/index.ts';
import permissions from '../../permissions/src/index.ts';
import sessions from '../../sessions/src/index.ts';
import tools from '../../tools/src/index.ts';
import input from '../src/index.ts';

interface Undo extends TestKernel {
  model: TestModel;
  file(name: string): string | undefined;
  put(name: string, content: string): void;
  /** What is typed; its reply, or what it failed with, in one line. */
  say(text: string): Promise<string>;
}

const write = (path: string, content: string): ScriptStep => ({ calls: [{ name: 'write', input: { path, content } }] });
const bash = (command: string): ScriptStep => ({ calls: [{ name: 'bash', input: { command } }] });
const toLine = ({ text, error }: TurnResult): string => (error === undefined ? text ?? '' : `${error.code}: ${error.message} ${error.hint}`).replaceAll(/\s+/g, ' ');

describe('to take back and to bring again', () => {
  let at: Undo | undefined;
  let place: string | undefined;
  afterEach(async () => {
    await at?.close();
    if (place !== undefined) rmSync(place, { recursive: true, force: true });
    at = place = undefined;
  });

  /** @param again takes up a session of a kernel that has ended */
  const open = async ({ steps = [], asker, without, again }: { steps?: readonly ScriptStep[]; asker?: Asker; without?: PluginDefinition; again?: string }): Promise<Undo> => {
    place ??= realpathSync(mkdtempSync(join(tmpdir(), 'pith-undo-')));
    const folder = join(place, 'project');
    mkdirSync(folder, { recursive: true });
    const model = testModel(steps);
    const plugins = [model.plugin, allowAll, permissions, tools, checkpoints, sessions, input] as PluginDefinition[];
    const test = await createTestKernel({ plugins: plugins.filter((plugin) => plugin !== without), folder: place, env: { PATH: process.env['PATH'], HOME: '/home/ada' }, session: { cwd: folder, ...(asker === undefined ? {} : { asker }) } });
    const { kernel } = test;
    const stored = again === undefined ? undefined : await (await kernel.service('sessions')).load(again);
    const session = stored === undefined ? test.session : kernel.openSession({ id: stored.id, cwd: folder, history: stored.messages, ...(asker === undefined ? {} : { asker }) });
    return at = {
      ...test, folder, session, model,
      file: (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : undefined),
      put: (name, content) => writeFileSync(join(folder, name), content),
      say: async (text) => toLine(await session.runTurn({ text })),
    };
  };
  const answer = (text: string, asked: Question[]): Asker => async (question): Promise<Answer> => {
    asked.push(question);
    return { verdict: 'allow', text };
  };

  it('is files and conversation, step by step, and the next request is what it was, byte for byte', async () => {
    const test = await open({ steps: [write('a', 'one\n'), 'done', bash('echo two > a; echo b > b'), 'done too', 'again'] });
    await test.say('first');
    await test.say('second');

    const undone = await test.say('/undo');
    assert.deepEqual([test.file('a'), test.file('b'), test.session.messages.length], ['one\n', undefined, 4]);
    assert.match(undone, /^Taken back, with its answer: second 8 messages before, 4 now\. a: is as it was b: is gone What 1 command did elsewhere, .* stays\. \/redo brings it again\.$/);
    await test.say('/undo');
    assert.deepEqual([test.file('a'), test.session.messages.length, await test.say('/undo')], [undefined, 0, 'There is nothing to take back.']);
    await test.say('/redo');
    const redone = await test.say('/redo');
    assert.match(redone, /^Brought again, with its answer: second 4 messages before, 8 now\. a: is changed again b: is there again$/);
    assert.deepEqual([test.file('a'), test.file('b')], ['two\n', 'b\n']);
    assert.match(await test.say('/redo'), /nothing to bring again/);

    await test.say('/undo');
    await test.say('second');
    const [before, after] = [test.model.requests[2]!, test.model.requests[4]!];
    assert.equal(JSON.stringify(after.messages), JSON.stringify(before.messages));
    assert.match(await test.say('/redo'), /nothing to bring again/);
  });

  it('is many steps at once, as they are listed, and one redo brings all of them', async () => {
    const test = await open({ steps: [write('a', '1'), 'x', write('a', '2'), 'y', write('b', '3'), 'z'] });
    for (const text of ['first', 'second', 'third']) await test.say(text);

    assert.match(await test.say('/undo list'), /^1 third just now, 1 file 2 second just now, 1 file 3 first just now, 1 file \/undo N takes back N of them\.$/);
    assert.match(await test.say('/undo 4'), /^COMMAND_ARGUMENT_INVALID: There are 3 steps to take back, and not 4 /);
    await test.say('/undo 2');
    assert.deepEqual([test.file('a'), test.file('b'), test.session.messages.length], ['1', undefined, 4]);
    await test.say('/redo');
    assert.deepEqual([test.file('a'), test.file('b'), test.session.messages.length], ['2', '3', 12]);
  });

  it('is only files or only what was said, and each is brought again by itself', async () => {
    const test = await open({ steps: [write('a', '1'), 'x', write('a', '2'), 'y'] });
    for (const text of ['first', 'second']) await test.say(text);

    assert.match(await test.say('/undo code'), /^Taken back: second The conversation stays as it is\. a: is as it was/);
    assert.deepEqual([test.file('a'), test.session.messages.length], ['1', 8]);
    assert.match(await test.say('/undo chat'), /with its answer: second 8 messages before, 4 now\. Files stay as they are\./);
    await test.say('/undo code');
    assert.deepEqual([test.file('a'), test.session.messages.length], [undefined, 4]);
    for (const text of ['/redo', '/redo', '/redo']) await test.say(text);
    assert.deepEqual([test.file('a'), test.session.messages.length], ['2', 8]);
  });

  it('asks a person before files change, with the diff and what stands against it', async () => {
    const asked: Question[] = [];
    const test = await open({ steps: [write('a', '1\n'), 'x'], asker: async (question) => answer(asked.length === 0 ? 'Nothing' : question.options![asked.length === 1 ? 1 : 0]!, asked)(question, new AbortController().signal) });
    await test.say('first');

    assert.equal(await test.say('/undo'), 'Nothing was taken back.');
    assert.deepEqual([asked[0]!.title, asked[0]!.body, asked[0]!.options], ['Take back 1 file?', 'Taken back: first\na: goes', ['Files and conversation', 'Only the conversation', 'Nothing']]);
    assert.match(asked[0]!.diff!, /--- a\/a\n\+\+\+ \/dev\/null\n@@ -1 \+0,0 @@\n-1\n/);
    await test.say('/undo');
    assert.deepEqual([test.file('a'), test.session.messages.length], ['1\n', 0]);
    await test.say('/redo');
    test.put('a', 'by hand');
    await test.say('/undo');
    assert.deepEqual([asked.at(-1)!.options![0], asked.at(-1)!.reasons[0], test.file('a')], ['Files and conversation, also 1 file that somebody else has changed', 'a: it is not as the last call has left it: somebody else has changed it since', undefined]);
  });

  it('changes nothing without a person where somebody else has changed a file since, unless it is forced, which can be taken back', async () => {
    const test = await open({ steps: [write('a', '1'), 'x'] });
    await test.say('first');
    test.put('a', 'by hand');

    assert.match(await test.say('/undo'), /^UNDO_CONFLICT: Nothing was taken back, since a file stands against it: a: .* somebody else has changed it since .*\/undo preview\..*\/undo force\..*\/undo chat$/);
    assert.deepEqual([test.file('a'), test.session.messages.length], ['by hand', 4]);
    await test.say('/undo force');
    assert.deepEqual([test.file('a'), test.session.messages.length], [undefined, 0]);
    await test.say('/redo');
    assert.deepEqual([test.file('a'), test.session.messages.length], ['by hand', 4]);
  });

  it('is shown first where that is asked for, and nothing changes by it', async () => {
    const test = await open({ steps: [write('a', '1\n'), 'x'] });
    await test.say('first');

    assert.match(await test.say('/undo preview'), /^Would be taken back: first a: goes diff --git a\/a b\/a .* Nothing has changed yet: \/undo does it\.$/);
    assert.deepEqual([test.file('a'), test.session.messages.length], ['1\n', 4]);
    await test.say('/undo');
    assert.match(await test.say('/redo preview'), /^Would be brought again: first a: comes back /);
    assert.equal(test.file('a'), undefined);
  });

  it('is known to another process, which goes on from there', async () => {
    const { session, say, close } = await open({ steps: [write('a', '1'), 'x', write('a', '2'), 'y'] });
    for (const text of ['first', 'second', '/undo']) await say(text);
    await session.close();
    await close();
    const test = await open({ again: session.id });

    assert.deepEqual([test.session.messages.length, test.file('a')], [4, '1']);
    await test.say('/redo');
    assert.deepEqual([test.session.messages.length, test.file('a')], [8, '2']);
    await test.say('/undo 2');
    assert.deepEqual([test.session.messages.length, test.file('a')], [0, undefined]);
  });

  it('is only the conversation where no files are kept, which is said', async () => {
    const test = await open({ steps: [write('a', '1'), 'x'], without: checkpoints as PluginDefinition });
    await test.say('first');

    assert.match(await test.say('/undo code'), /^Files are not kept: the plugin checkpoints is not here/);
    assert.match(await test.say('/undo'), /4 messages before, 0 now\. The file that it changed stays changed: the plugin checkpoints is not here\./);
    assert.equal(test.file('a'), '1');
  });

  it('is only files where no transcript is kept', async () => {
    const test = await open({ steps: [write('a', '1'), 'x'], without: sessions as PluginDefinition });
    await test.say('first');

    assert.match(await test.say('/undo chat'), /^Nothing can be taken back: no transcript/);
    assert.match(await test.say('/undo'), /^The conversation stays as it is\. a: is gone/);
    await test.say('/redo');
    assert.equal(test.file('a'), '1');
  });

  it('is nothing without either', async () => {
    const test = await open({ without: sessions as PluginDefinition });
    assert.equal(await test.say('/undo'), 'There is nothing to take back.');
  });

  it('brings back what a command behind ! has changed', async () => {
    const test = await open({ steps: ['x'] });
    await test.say('first');
    await test.say('!echo hi > a');

    assert.match(await test.say('/undo'), /^Taken back: !echo hi > a 3 messages before, 2 now\. a: is gone/);
    assert.equal(test.file('a'), undefined);
  });

  for (const [argument, why] of [['0', 'takes a number of steps'], ['2 3', 'takes each word once'], ['code chat', 'takes code or chat'], ['list preview', 'takes list or preview'], ['cod', 'Did you mean code'], ['99999', 'takes a number of steps']] as const) {
    it(`takes no "${argument}"`, async () => {
      const test = await open({});
      assert.match(await test.say(`/undo ${argument}`), new RegExp(`^COMMAND_ARGUMENT_INVALID: .*${why}`));
    });
  }

  it('/redo takes no number', async () => {
    assert.match(await (await open({})).say('/redo 2'), /^COMMAND_ARGUMENT_INVALID: \/redo takes code or chat, preview, and force; found "2"/);
  });
});
