import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isPithError } from '@pith/kernel';
import { afterEach } from 'mocha';
import { toId } from '../src/entry.ts';
import { CODES } from '../src/errors.ts';
import { fileTool } from './file-tool.ts';
import { startCheckpoints, type Started } from './start-checkpoints.ts';

describe('going back to a checkpoint', () => {
  let test: Started;
  const start = async (setup: Parameters<typeof startCheckpoints>[0]): Promise<Started> => test = await startCheckpoints({ plugins: [fileTool], ...setup });
  const put = (path: string, content: string) => test.session.callTool({ name: 'put', input: { path, content } });
  const first = async (): Promise<string> => (await test.list())[0]!.id;
  afterEach(() => test.close());

  it('shows first what would change, and changes nothing by that', async () => {
    await start({ files: { a: 'one\n', b: 'b\n' }, repository: true });
    await put('a', 'two\n');
    await test.bash('rm b; echo c > c');
    const before = test.tree();

    const { files, diff } = await test.checkpoints.preview((await test.list())[0]!.id);

    assert.deepEqual(files.map(({ path, kind, conflict }) => [path.slice(test.folder.length + 1), kind, conflict]), [['a', 'update', undefined], ['c', 'delete', undefined], ['b', 'create', undefined]]);
    assert.match(diff!, /-two\n\+one\n/);
    assert.match(diff!, /deleted file mode 100644\n/);
    assert.deepEqual(test.tree(), before);
  });

  it('is refused where somebody else has changed a file since, with each of them named, and nothing is changed', async () => {
    await start({ files: { a: 'one', b: 'b' } });
    await put('a', 'two');
    await put('b', 'bb');
    test.put('a', 'by hand');
    const id = await first();

    const error: unknown = await test.checkpoints.restore(id).catch((thrown: unknown) => thrown);

    assert.ok(isPithError(error));
    assert.deepEqual([error.code, error.exitCode], ['CHECKPOINT_CONFLICT', CODES.CHECKPOINT_CONFLICT[0]]);
    assert.match(error.message, /Nothing was brought back, since a file stands against it: .*\/a: it is not as the last call has left it: somebody else has changed it since$/);
    assert.deepEqual([test.read('a'), test.read('b'), (await test.list()).length], ['by hand', 'bb', 2]);
  });

  it('forced, overwrites it, and can be undone all the same', async () => {
    await start({ files: { a: 'one' } });
    await put('a', 'two');
    test.put('a', 'by hand', 0o600);
    const id = await first();

    const { checkpoint } = await test.checkpoints.restore(id, { force: true });
    const back = test.read('a');
    await test.checkpoints.restore(checkpoint!);

    assert.deepEqual([back, test.tree()['a']], ['one', '600 by hand']);
  });

  it('says of what is there now and cannot be kept that it would be lost, also where somebody else has put it there', async () => {
    await start({ files: { a: 'one' }, options: { fileBytesMax: 100 } });
    await put('a', 'two');
    test.put('a', 'x'.repeat(101));
    const [file] = (await test.checkpoints.preview(await first())).files;

    assert.deepEqual([file!.isFinal, file!.conflict], [true, 'it is not as the last call has left it: somebody else has changed it since, and what is there now cannot be kept, so this could not be undone']);
    await assert.rejects(test.checkpoints.restore(await first()), { code: 'CHECKPOINT_CONFLICT', message: /cannot be kept/ });
    assert.equal(test.read('a').length, 101);
  });

  it('forced, takes away no folder that holds what nobody has kept, and does the rest', async () => {
    await start({ files: { a: 'one', b: 'one' } });
    await test.bash('echo two > a; echo two > b');
    rmSync(join(test.folder, 'a'));
    test.put('a/deep/mine', 'mine');

    await assert.rejects(test.checkpoints.restore(await first()), { code: 'CHECKPOINT_CONFLICT', message: /a folder stands in its place, and holds what nobody has kept/ });
    const { files } = await test.checkpoints.restore(await first(), { force: true });

    assert.deepEqual([test.read('a/deep/mine'), test.read('b')], ['mine', 'one']);
    assert.deepEqual(files.map(({ path, lost }) => [path, lost]), [[join(test.folder, 'a'), 'a folder stands in its place, and holds what nobody has kept'], [join(test.folder, 'b'), undefined]]);
  });

  it('is refused where somebody else has changed a file between two calls, by an edit or around a command', async () => {
    await start({ files: { a: 'one', b: 'b' } });
    await put('a', 'two');
    test.put('a', 'by hand');
    await put('a', 'three');
    await test.bash('echo 2 > b');
    test.put('b', 'by hand');
    await test.bash('echo 3 > b');
    const list = await test.list();

    const { files } = await test.checkpoints.preview(list[0]!.id);

    assert.deepEqual(files.map(({ conflict }) => conflict), Array(2).fill('somebody else has changed it between two calls'));
    await test.checkpoints.restore(list[3]!.id);
    assert.equal(test.read('b'), 'by hand');
  });

  it('that breaks off in the middle is told, and what was done until then can be undone', async () => {
    await start({ files: { a: 'one' } });
    await test.bash('rm a; echo new > 0');
    const id = await first();
    const stores = join(test.kernel.paths.data, 'checkpoints', 'stores');
    const blob = join(stores, readdirSync(stores)[0]!, 'objects', toId(Buffer.from('one')).replace(/^../, '$&/'));
    renameSync(blob, `${blob}.away`);

    await assert.rejects(test.checkpoints.restore(id), { code: 'CHECKPOINT_FAILED', message: /^The store of checkpoints has lost what it kept as / });

    assert.deepEqual([(await test.list()).map(({ state }) => state), test.has('0'), test.has('a')], [['done', 'torn'], false, false]);
    renameSync(`${blob}.away`, blob);
    const { checkpoint } = await test.checkpoints.restore(id);
    assert.deepEqual([test.has('0'), test.read('a')], [false, 'one']);
    await test.checkpoints.restore(checkpoint!);
    assert.deepEqual([test.read('0'), test.has('a')], ['new\n', false]);
  });

  it('writes through no link that a folder on the way has become', async () => {
    await start({ files: { 'd/a': 'one' } });
    await put('d/a', 'two');
    const elsewhere = join(test.folder, '..', 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'a'), 'two');
    renameSync(join(test.folder, 'd'), join(test.folder, 'moved'));
    symlinkSync(elsewhere, join(test.folder, 'd'));
    const id = await first();

    await assert.rejects(test.checkpoints.restore(id), { code: 'CHECKPOINT_CONFLICT' });
    await assert.rejects(test.checkpoints.restore(id, { force: true }), { code: 'CHECKPOINT_FAILED' });
    assert.equal(readFileSync(join(elsewhere, 'a'), 'utf8'), 'two');
  });

  it('sees names that are hard to write, and a mode that changed alone', async () => {
    await start({ files: { ' lead': 'a', 'a\nb': 'b', '"q"': 'c', '-rf': 'd', 'ü': 'e', ':(glob)*': 'f' }, repository: true });
    chmodSync(join(test.folder, 'ü'), 0o640);
    const before = test.tree();
    await test.bash('chmod 600 ü; for f in * " lead" -rf; do echo x > "./$f"; done');

    await test.checkpoints.restore((await test.list())[0]!.id);

    assert.deepEqual(test.tree(), before);
  });

  it('brings back what took the place of something else: a folder of a file, a link of a folder', async () => {
    await start({ files: { a: 'file', 'd/x': 'x', 'd/y/z': 'z' }, repository: true });
    const before = test.tree();
    await test.bash('rm a; mkdir a; echo b > a/b; rm -r d; ln -s a d');
    const after = test.tree();

    const { checkpoint } = await test.checkpoints.restore((await test.list())[0]!.id);
    const back = test.tree();
    await test.checkpoints.restore(checkpoint!);

    assert.deepEqual([back, test.tree()], [before, after]);
  });

  it('takes nothing away that was there before, and was only ignored until a command changed what is ignored', async () => {
    await start({ files: { '.gitignore': 'secret\nnode_modules\n', secret: 'key', 'node_modules/x': 'x', a: 'a' }, repository: true });
    await test.bash('rm .gitignore; echo new > b; mv secret moved');
    const list = await test.list();
    await test.checkpoints.restore(list[0]!.id);

    assert.deepEqual(Object.keys(test.tree()).sort(), ['.gitignore', 'a', 'node_modules/', 'node_modules/x']);
    await test.checkpoints.restore((await test.list()).at(-1)!.id);
    assert.deepEqual([test.read('moved'), test.read('b')], ['key', 'new\n']);
  });

  it('has what came of a command also where that could not be seen at its end, and says so', async () => {
    await start({ files: { a: 'a' } });
    await test.bash('ls');
    const stores = join(test.folder, '..', '.pith-home', 'data', 'checkpoints', 'stores');
    const inTheWay = join(stores, readdirSync(stores, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('index'))!.replace(/index$/, 'index.next'));
    await test.bash(`echo 2 > a; mkdir ${inTheWay}`);
    rmSync(inTheWay, { recursive: true });
    const [checkpoint] = await test.list();

    await test.checkpoints.restore(checkpoint!.id, { force: true });

    assert.match(test.notices()[0]!, /^Checkpoints: what a call of bash has changed was not seen: /);
    assert.deepEqual([checkpoint!.state, test.read('a')], ['torn', 'a']);
  });

  it('knows the first file of an empty folder', async () => {
    await start({});
    await test.bash('echo 1 > a');
    await test.checkpoints.restore(await first());
    assert.deepEqual(test.tree(), {});
  });

  it('begins anew where what was seen is damaged, and takes nothing for new that is not', async () => {
    await start({ files: { a: 'a', b: 'b' } });
    await test.bash('echo 2 > a');
    const data = join(test.folder, '..', '.pith-home', 'data', 'checkpoints', 'stores');
    const spoil = (end: string): void => { for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) if (name.endsWith(end)) writeFileSync(join(data, name), 'spoilt'); };
    spoil('index');
    await test.bash('echo 3 > b');
    spoil('state.json');
    await test.bash('echo 4 > b');

    const list = await test.list();
    await test.checkpoints.restore(list[0]!.id);

    assert.deepEqual([list.length, test.tree()], [3, { a: '644 a', b: '644 b' }]);
    assert.deepEqual(test.notices(), []);
  });

  it('knows nothing of an id that is none', async () => {
    await start({});
    for (const id of ['', 'x', 'x:1', `${test.session.id}:99`]) await assert.rejects(test.checkpoints.preview(id), { code: 'CHECKPOINT_NOT_FOUND', exitCode: 2 });
  });

  it('waits for a call that still runs', async () => {
    await start({ files: { a: 'one' } });
    await put('a', 'two');
    const id = await first();
    const running = test.bash('echo three > a; until [ -e go ]; do sleep 0.05; done');
    while (!(await test.list()).some(({ state }) => state === 'running')) await new Promise((resolve) => { setImmediate(resolve); });

    await assert.rejects(test.checkpoints.restore(id), { code: 'CHECKPOINT_BUSY' });

    test.put('go', '');
    await running;
    await test.checkpoints.restore(id);
    assert.equal(test.read('a'), 'one');
  });

  for (const kind of ['exec', 'write'] as const) {
    it(`is there after a process was killed in the middle of a call of effect ${kind}, and says that it never ended`, async () => {
      const place = realpathSync(mkdtempSync(join(tmpdir(), 'pith-killed-')));
      mkdirSync(join(place, 'project'));
      writeFileSync(join(place, 'project', 'a'), 'one');
      const child = spawn(process.execPath, ['--conditions=pith-source', join(import.meta.dirname, 'holder.ts'), place, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      child.kill('SIGKILL');
      await once(child, 'close');
      await start({ folder: place });
      try {
        const [checkpoint] = await test.checkpoints.list('killed');

        assert.deepEqual([checkpoint!.state, checkpoint!.changes.map(({ path }) => path)], ['torn', [join(test.folder, 'a')]]);
        await assert.rejects(test.checkpoints.restore(checkpoint!.id), { code: 'CHECKPOINT_CONFLICT', message: /the call that was to change it never ended/ });
        await test.checkpoints.restore(checkpoint!.id, { force: true });
        assert.equal(test.read('a'), 'one');
      } finally {
        await test.close();
        rmSync(place, { recursive: true, force: true });
      }
    });
  }
});
