import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { definePlugin, defineTool, type PluginDefinition, type PreparedCall } from '@pith/kernel';
import { createTestKernel, testModel } from '@pith/kernel/testing';
import { afterEach } from 'mocha';
import plugin from '../src/index.ts';
import { Keeper } from '../src/keeper.ts';
import { DEFAULTS } from '../src/options.ts';
import { fileTool } from './file-tool.ts';
import { startCheckpoints, type Started } from './start-checkpoints.ts';

describe('checkpoints', () => {
  let test: Started;
  const start = async (setup: Parameters<typeof startCheckpoints>[0]): Promise<Started> => test = await startCheckpoints({ plugins: [fileTool], ...setup });
  const put = (path: string, content: string) => test.session.callTool({ name: 'put', input: { path, content } });
  afterEach(() => test.close());

  it('keep for a file tool just the paths that it names, and for a read nothing', async () => {
    await start({ files: { 'a.txt': 'one', 'b.txt': 'b' } });
    await put('a.txt', 'two');
    await put('new/deep/c.txt', 'c');
    await test.session.callTool({ name: 'read', input: { path: 'a.txt' } });
    test.put('b.txt', 'by hand');

    const [edit, made, ...others] = await test.list();
    await test.checkpoints.restore(edit!.id);

    assert.deepEqual(edit!.changes, [{ path: join(test.folder, 'a.txt'), kind: 'update' }]);
    assert.deepEqual(made!.changes, [{ path: join(test.folder, 'new/deep/c.txt'), kind: 'create' }]);
    assert.deepEqual([others, test.read('a.txt'), test.read('b.txt'), test.has('new')], [[], 'one', 'by hand', false]);
  });

  it('name session, turn, step and call, and are told in the transcript', async () => {
    const model = testModel([{ calls: [{ id: 'c1', name: 'put', input: { path: 'a', content: 'x' } }] }]);
    await start({ plugins: [fileTool, model.plugin] });
    await test.session.runTurn({ text: 'go' });

    const [checkpoint] = await test.list();
    const told = test.events.find((event) => event.type === 'plugin-event');

    const { sessionId, turnId, step, callId, tool } = checkpoint!;
    assert.deepEqual([sessionId, turnId, step, callId, tool], [test.session.id, told!.turnId, 1, 'c1', 'put']);
    assert.deepEqual(told!.data, { id: checkpoint!.id, callId: 'c1', step: 1, files: 1, notKept: [], failed: false });
  });

  it('are kept for the calls of a sub-turn, and for a call that fails', async () => {
    const model = testModel([{ calls: [{ name: 'delegate' }] }, { calls: [{ name: 'put', input: { path: 'sub', content: 'x' } }] }]);
    const tools = definePlugin({
      name: 'more-tools',
      tools: [
        defineTool<object>({ name: 'delegate', description: '', effect: 'agent', inputSchema: {}, targets: () => [{ family: 'Agent', name: 'sub' }], execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'sub', text: 'do it' })).text }),
        defineTool<object>({ name: 'fails', description: '', effect: 'exec', inputSchema: {}, targets: () => [{ family: 'Bash', command: 'x' }], execute: async (_, { cwd }) => { rmSync(join(cwd, 'sub')); throw new Error('half done'); } }),
      ],
    });
    await start({ plugins: [fileTool, tools, model.plugin] });
    await test.session.runTurn({ text: 'go' });
    await test.session.callTool({ name: 'fails', input: {} });

    const list = await test.list();

    assert.deepEqual(list.map(({ tool, changes }) => [tool, changes.map(({ kind }) => kind)]), [['put', ['create']], ['fails', ['delete']]]);
    assert.notEqual(list[0]!.runId, list[0]!.turnId);
  });

  it('of a command hold what is not ignored, by every kind of ignore file, and leave no trace of one that changes nothing', async () => {
    await start({ files: { '.gitignore': '*.log\nbuild/\n', 'src/.gitignore': 'local\n', 'src/a': 'a', 'src/local': 'mine', 'x.log': 'log', 'build/out': 'out', 'secret.txt': 'not mine' }, repository: true });
    test.put('.git/info/exclude', 'secret.txt\n');
    await test.bash('ls -R');
    await test.bash('echo 2 > src/a; echo 2 > src/local; echo 2 > x.log; echo 2 > build/out; echo 2 > secret.txt');

    const list = await test.list();

    assert.deepEqual(list.map(({ changes }) => changes), [[{ path: join(test.folder, 'src/a'), kind: 'update' }]]);
  });

  it('of a command hold a file that it changes to another text of the same size, within the second in which it was looked at', async () => {
    await start({});
    const nextSecond = `while [ "$(date +%s)" = "$s" ]; do :; done`;
    await test.bash('echo first > warm');
    // Git sees a second as one moment: all of it must happen in one, and the look behind it in the next.
    await test.bash(`s=$(date +%s); ${nextSecond}; echo one > a`);
    await test.bash(`echo two > a; s=$(date +%s); ${nextSecond}`);
    assert.deepEqual((await test.list()).at(-1)?.changes.map(({ path, kind }) => [path.slice(test.folder.length + 1), kind]), [['a', 'update']]);
  });

  it('of a folder within a repository follow the ignore files above it, and pass over what is beside it', async () => {
    await start({ files: { '.gitignore': 'dist\n', 'app/a': 'a', 'app/dist/x': 'x', 'other/b': 'b' }, repository: true });
    const inner = await createTestKernel({ plugins: [fileTool, plugin as PluginDefinition, bashTool, allowing], env: { PATH: process.env['PATH'] }, session: { cwd: join(test.folder, 'app') } });
    try {
      await inner.session.callTool({ name: 'sh', input: { path: join(test.folder, 'app/a'), other: [join(test.folder, 'app/dist/x'), join(test.folder, 'other/b')] } });
      const list = await (await inner.kernel.service('checkpoints')).list(inner.session.id);
      assert.deepEqual(list.map(({ changes }) => changes.map(({ path }) => path)), [[join(test.folder, 'app/a')]]);
    } finally {
      await inner.close();
    }
  });

  it('keep bytes, line ends, modes and links as they are, whatever attributes and filters the project names', async () => {
    await start({ files: { '.gitattributes': '* text=auto eol=crlf ident filter=evil working-tree-encoding=UTF-16\n[attr]bad filter=evil\n*.x bad\n', 'a.x': 'one\ntwo\r\n$Id$\n' }, repository: true });
    test.git('config', 'filter.evil.clean', `touch ${test.folder}/RAN; cat`);
    test.git('config', 'core.fsmonitor', `touch ${test.folder}/RAN`);
    test.git('config', 'core.hooksPath', join(test.folder, 'hooks'));
    test.put('hooks/post-index-change', `#!/bin/sh\ntouch ${test.folder}/RAN\n`, 0o755);
    test.put('secret', 'key', 0o600);
    test.put('open', 'all', 0o666);
    symlinkSync('nowhere', join(test.folder, 'link'));
    const before = test.tree();
    await test.bash('rm -rf hooks; printf x > a.x; rm secret open link .gitattributes');

    const [checkpoint] = await test.list();
    await test.checkpoints.restore(checkpoint!.id);

    assert.deepEqual(test.tree(), before);
    assert.equal(test.has('RAN'), false);
  });

  it('touch nothing of the repository that is the person’s own', async () => {
    await start({ files: { a: 'a', b: 'b' }, repository: true });
    test.git('add', 'a');
    test.git('commit', '-qm', 'one');
    const state = () => readGit(join(test.folder, '.git'));
    const before = state();
    await test.bash('echo 2 > a; rm b');
    const [checkpoint] = await test.list();
    await test.checkpoints.preview(checkpoint!.id);
    await test.checkpoints.restore(checkpoint!.id);

    assert.deepEqual(state(), before);
  });

  it('say what they cannot keep: large files, large ones that are no text, repositories within', async () => {
    await start({ options: { fileBytesMax: 1000, binaryBytesMax: 100 }, files: { 'large.txt': 'x'.repeat(1001), 'image.png': '\0'.repeat(101), 'text.txt': 'x'.repeat(900), 'inner/a': 'a' } });
    test.git('init', '-q', 'inner');
    await test.bash('echo changed > large.txt; echo 1 > image.png; echo 2 > text.txt; echo 3 > inner/a');

    const [checkpoint] = await test.list();
    const { files } = await test.checkpoints.preview(checkpoint!.id);

    assert.match(test.notices()[0]!, /inner\/: it is a repository of its own/);
    assert.match(test.notices()[0]!, /large\.txt: it is larger than 1000 bytes/);
    assert.match(test.notices()[0]!, /image\.png: it is larger than 100 bytes, which is the limit for a file that is no text/);
    assert.deepEqual(files.map(({ path, lost }) => [path.slice(test.folder.length + 1), lost === undefined]).sort(), [['image.png', false], ['large.txt', false], ['text.txt', true]]);
    await assert.rejects(test.checkpoints.restore(checkpoint!.id), { code: 'CHECKPOINT_CONFLICT' });
    await test.checkpoints.restore(checkpoint!.id, { force: true });
    assert.equal(test.read('text.txt'), 'x'.repeat(900));
  });

  it('without git on the machine keep what file tools change, and say once that commands are not kept', async () => {
    await start({ env: { PATH: '/nowhere' }, files: { a: 'one' }, plugins: [fileTool, bashTool] });
    await test.session.callTool({ name: 'sh', input: { path: join(test.folder, 'b'), other: [] } });
    await test.session.callTool({ name: 'sh', input: { path: join(test.folder, 'b'), other: [] } });
    await put('a', 'two');

    const [checkpoint, ...others] = await test.list();
    const { diff } = await test.checkpoints.preview(checkpoint!.id);
    const { checkpoint: redo } = await test.checkpoints.restore(checkpoint!.id);

    assert.deepEqual([others, diff, test.read('a')], [[], null, 'one']);
    await test.checkpoints.restore(redo!);
    assert.equal(test.read('a'), 'two');
    assert.deepEqual(test.notices(), ['Checkpoints: there is no git on this machine, so files are kept before edits, and not before commands']);
  });

  it('go on where files cannot be kept, and say why', async () => {
    await start({ options: { filesMax: 2 }, files: { a: 'a', b: 'b', c: 'c' } });

    const { status } = await test.bash('rm a');

    assert.equal(status, 'done');
    assert.match(test.notices()[0]!, /files are not kept before commands here: .* has more than 2 files that are not ignored\. Let \.gitignore name/);
  });

  it('are given up where a look takes too long, as at a pipe in the place of an ignore file, and the folder is not looked at again', async () => {
    await start({ files: { a: 'a' } });
    execFileSync('mkfifo', [join(test.folder, '.gitignore')]);
    const at = { paths: { config: '/nowhere', data: join(test.folder, '..', 'own'), cache: '/nowhere' }, env: { PATH: process.env['PATH'] }, childRules: { pass: [], holdsSecret: () => false }, options: DEFAULTS, lookMs: 100 };
    const keeper = new Keeper(at);
    const call: PreparedCall = { id: 'c', name: 'sh', owner: 'o', effect: 'exec', input: {}, targets: [], cwd: test.folder, roots: [test.folder], mode: 'default', origin: 'person', runId: 'r', execution: { wrapProcess: [], env: {} } };
    const turn = { sessionId: 's', turnId: 't', step: 1, signal: new AbortController().signal, atMs: 0 };

    await assert.rejects(keeper.begin(call, turn), { name: 'TimeoutError' });

    const given = { id: null, notes: ['files are no longer kept before commands here: to look at them took too long'] };
    assert.deepEqual([await keeper.begin(call, turn), await new Keeper(at).begin(call, turn)], [given, given]);
  });

  it('go on where more bytes would have to be read than may be, and say so once for what came before and once for what follows', async () => {
    await start({ options: { bytesMax: 10 }, files: { a: 'a' } });
    await test.bash('head -c 20 /dev/zero | tr "\\0" x > b');

    const [first, second] = [await test.bash('rm a'), await test.bash('rm b')];

    assert.deepEqual([first.status, second.status, test.notices().length], ['done', 'done', 2]);
    assert.match(test.notices()[0]!, /what a call of bash has changed was not seen: /);
    assert.match(test.notices()[1]!, /has 20 bytes in files that are not ignored and not kept yet, and the limit is 10\. Let \.gitignore name/);
  });

  for (const [what, below] of [['of a home folder', '.'], ['of what is above a home folder', 'ada']] as const) it(`${what} are not kept for commands`, async () => {
    await start({ files: { a: 'a' } });
    const home = await createTestKernel({ plugins: [plugin as PluginDefinition, bashTool, allowing], env: { PATH: process.env['PATH'], HOME: join(test.folder, below) }, session: { cwd: test.folder } });
    try {
      await home.session.callTool({ name: 'sh', input: { path: join(test.folder, 'a'), other: [] } });
      assert.ok(home.events.some((event) => event.type === 'notice' && /that is no project/.test(event.text)));
    } finally {
      await home.close();
    }
  });

  it('of a command that only looks are none, by the word of whoever judges commands; where that fails, the files are looked at', async () => {
    const asked: string[] = [];
    const judge = definePlugin({
      name: 'judge',
      services: { permissions: () => ({ explain: () => Promise.reject(new Error('not asked for')), onlyLooks: async ({ targets: [target] }) => { asked.push(target!.command!); if (target!.command === 'fail') throw new Error('out of order'); return target!.command!.startsWith('look'); } }) },
    });
    await start({ files: { a: 'a' }, plugins: [fileTool, judge] });

    // What it says of itself is believed: that is the judge's to know.
    for (const command of ['look > a', 'echo b > a', 'fail', 'rm a']) await test.bash(command);

    assert.deepEqual([asked, (await test.list()).map(({ changes }) => changes.length)], [['look > a', 'echo b > a', 'fail', 'rm a'], [1, 1]]);
  });

  it('are pruned turn by turn, so that a turn is there whole or not at all', async () => {
    const { plugin: model } = testModel([...Array.from({ length: 3 }, (_, index) => ({ calls: [{ name: 'put', input: { path: 'a', content: `first ${index}` } }] })), 'done', ...Array.from({ length: 4 }, (_, index) => ({ calls: [{ name: 'put', input: { path: 'a', content: `second ${index}` } }] })), 'done']);
    await start({ options: { keep: 3 }, plugins: [fileTool, model] });
    await test.session.runTurn({ text: 'first' });
    const first = (await test.list()).length;
    await test.session.runTurn({ text: 'second' });

    const list = await test.list();
    await test.checkpoints.restore(list[0]!.id);

    assert.deepEqual([first, list.length, test.read('a')], [3, 4, 'first 2']);
  });

  it('are bounded: of a session the oldest go first', async () => {
    await start({ options: { keep: 3 } });
    for (let count = 0; count < 5; count++) await put('a', String(count));

    const list = await test.list();
    await test.checkpoints.restore(list[0]!.id);

    assert.deepEqual([list.length, test.read('a')], [3, '1']);
    await assert.rejects(test.checkpoints.restore(`${test.session.id}:1`), { code: 'CHECKPOINT_NOT_FOUND' });
  });

  it('lie in folders that nobody else can read, and pith doctor tells their size', async () => {
    await start({});
    await put('a', 'x'.repeat(5000));
    await test.bash('echo 1 > b');
    const data = join(test.folder, '..', '.pith-home', 'data', 'checkpoints');
    const finding = (await plugin.examine!({ paths: { config: '', data: join(data, '..'), cache: '' }, env: { PATH: process.env['PATH'] } } as never))[0]!;

    for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) assert.equal(statSync(join(data, name)).mode & 0o077, 0, name);
    assert.equal(statSync(data).mode & 0o777, 0o700);
    assert.match(finding.text, /^\d+\.\d MB are kept of 1 work tree, in/);
  });

  it('refuse options that mean nothing', async () => {
    await start({});
    for (const [options, message] of [[{ keep: 0 }, /must be a whole number from 1 on; found 0/], [{ kept: 1 }, /is not known; the options are keep, days/]] as const) {
      const other = await createTestKernel({ plugins: [plugin as PluginDefinition], options: { checkpoints: options } });
      assert.match(JSON.stringify(other.kernel.plugins[0]!.error), message);
      await other.close();
    }
  });
});

/** Writes files as a command would. */
const bashTool = definePlugin({
  name: 'sh-tool',
  tools: [defineTool<{ path: string; other: readonly string[] }>({
    name: 'sh', description: '', effect: 'exec', inputSchema: {}, targets: () => [{ family: 'Bash', command: 'sh' }],
    execute: async ({ path, other }) => { for (const each of [path, ...other]) writeFileSync(each, 'changed'); return 'done'; },
  })],
});
const allowing = definePlugin({ name: 'allowing', capabilities: ['permission:allow'], setup({ hooks }) { hooks.permission.tap('allow', () => ({ verdict: 'allow', reason: 'test' })); } });

/** All of it, with the times of its files. */
function readGit(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return [path, `${lstatSync(path).mtimeMs} ${readFileSync(path).toString('latin1')}`];
  }));
}

