import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, replaySitting } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { forbidOutside } from '../../../src/host/replay/forbid-outside.ts';
import { tapeRecorder } from '../../../test/support/long-session.ts';
import tools from '../../tools/src/index.ts';
import { CODES } from '../src/errors.ts';
import { sizeOf } from '../src/examine.ts';
import plugin from '../src/index.ts';
import { DEFAULTS } from '../src/options.ts';
import { fileTool } from './file-tool.ts';
import { readTree, startCheckpoints } from './start-checkpoints.ts';

const KILLS = process.env['PITH_SOAK'] === undefined ? 2 : 100;

describe('the store of checkpoints', () => {
  let place: string;
  beforeEach(() => { place = realpathSync(mkdtempSync(join(tmpdir(), 'pith-store-'))); });
  afterEach(() => rmSync(place, { recursive: true, force: true }));
  const stores = (): string => join(place, '.pith-home', 'data', 'checkpoints', 'stores');

  it('that has become too large loses its oldest checkpoints and what only they needed, and what is left can be brought back', async () => {
    const first = await startCheckpoints({ folder: place, plugins: [fileTool], session: { id: 'one' } });
    for (let count = 0; count < 12; count++) await first.session.callTool({ name: 'put', input: { path: 'a', content: `${count} ${randomBytes(20_000).toString('base64')}` } });
    await first.bash('printf 1 > b');
    const kept = first.read('a');
    await first.close();
    agePaths(stores());
    const before = sizeOf(stores());

    const second = await startCheckpoints({ folder: place, plugins: [fileTool], options: { storeBytesMax: 150_000 }, session: { id: 'two' } });
    await second.session.callTool({ name: 'put', input: { path: 'c', content: 'c' } });
    const sizeBytes = sizeOf(stores());
    const list = await second.checkpoints.list('one');
    await second.checkpoints.restore(list[0]!.id);
    await second.checkpoints.restore((await second.checkpoints.list('one')).at(-1)!.id);

    assert.ok(sizeBytes < before * 0.75, `${sizeBytes} of ${before}`);
    assert.ok(list.length > 3 && list.length < 13, String(list.length));
    assert.equal(second.read('a'), kept);
    await second.close();
  });

  it('forgets a session after its days', async () => {
    const first = await startCheckpoints({ folder: place, plugins: [fileTool], session: { id: 'old' } });
    await first.session.callTool({ name: 'put', input: { path: 'a', content: 'x' } });
    await first.close();
    const later = await startCheckpoints({ folder: place, plugins: [fileTool], options: { days: 1 }, session: { id: 'new' }, nowMs: Date.UTC(2026, 0, 3) });
    await later.session.callTool({ name: 'put', input: { path: 'a', content: 'y' } });

    assert.deepEqual([(await later.checkpoints.list('old')).length, (await later.checkpoints.list('new')).length], [0, 1]);
    await later.close();
  });

  it('forgets sessions that were deleted, and what only they needed', async () => {
    const first = await startCheckpoints({ folder: place, plugins: [fileTool], session: { id: 'deleted' } });
    await first.session.callTool({ name: 'put', input: { path: 'a', content: 'x'.repeat(100) } });
    await first.session.callTool({ name: 'put', input: { path: 'a', content: randomBytes(50_000).toString('base64') } });
    await first.session.callTool({ name: 'put', input: { path: 'a', content: 'y' } });
    await first.close();
    agePaths(stores());
    const second = await startCheckpoints({ folder: place, plugins: [fileTool], session: { id: 'kept' } });
    await second.session.callTool({ name: 'put', input: { path: 'a', content: 'z' } });
    const before = sizeOf(stores());

    const count = await second.checkpoints.forget(['deleted', 'unknown']);

    assert.equal(count, 3);
    assert.deepEqual(await second.checkpoints.list('deleted'), []);
    assert.ok(sizeOf(stores()) < before - 30_000, `${sizeOf(stores())} of ${before}`);
    await second.checkpoints.restore((await second.list())[0]!.id);
    assert.equal(second.read('a'), 'y');
    await second.close();
  });

  it(`is whole after its process was killed at ${KILLS} random moments, with every checkpoint that was told of`, async function () {
    this.timeout(KILLS * 10_000);
    mkdirSync(join(place, 'project'));
    for (let round = 0; round < KILLS; round++) {
      for (const name of ['f0', 'f1', 'f2', 'f3']) writeFileSync(join(place, 'project', name), `begin ${round} ${name}`);
      const before = filesOf(place);
      const id = `round-${round}`;
      const child = spawn(process.execPath, ['--conditions=pith-source', join(import.meta.dirname, 'worker.ts'), place, id], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => { said += chunk.toString(); });
      await once(child.stdout, 'data');
      setTimeout(() => child.kill('SIGKILL'), Math.random() * 400);
      await once(child, 'close');

      const test = await startCheckpoints({ folder: place, session: { id: 'look' } });
      const list = await test.checkpoints.list(id);
      for (const told of said.split('\n').filter((line) => line.startsWith(id))) assert.ok(list.some((checkpoint) => checkpoint.id === told), `${told} is there`);
      if (list.length > 0) await test.checkpoints.restore(list[0]!.id, { force: true });
      assert.deepEqual(filesOf(place), before, `round ${round} of ${said.split('\n').length} lines`);
      await test.close();
    }
  });
});

describe('to go back', () => {
  it(`is whole or still to be done after its process was killed at ${KILLS} random moments, without force and without a lost file`, async function () {
    this.timeout(KILLS * 20_000);
    const place = realpathSync(mkdtempSync(join(tmpdir(), 'pith-kept-')));
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`d${index % 5}/f${index}`, `begin ${index}`]));
    const test = await startCheckpoints({ folder: place, files, session: { id: 'one' } });
    await test.bash('for f in d*/f*; do echo changed >> $f; done; rm d0/f1*; mkdir d5 d6; echo x > d5/new; ln -s d5 link; chmod 700 d1/f6');
    const [{ id }, begin] = [(await test.list())[0]!, files];
    const after = test.tree();
    await test.checkpoints.restore(id);
    const before = test.tree();
    await test.close();
    assert.deepEqual(Object.values(before).filter((content) => content.includes('begin')).length, Object.keys(begin).length);
    for (let round = 0; round < KILLS; round++) {
      const child = spawn(process.execPath, ['--conditions=pith-source', join(import.meta.dirname, 'restorer.ts'), place, 'one'], { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      setTimeout(() => child.kill('SIGKILL'), Math.random() * 200);
      await once(child, 'close');

      const again = await startCheckpoints({ folder: place, session: { id: 'one' } });
      const { checkpoint } = await again.checkpoints.restore(id);
      assert.deepEqual(again.tree(), before, `back in round ${round}`);
      const call = (await again.list()).find((each) => each.id === id)!;
      assert.ok(call.isUndone || checkpoint === null, `said in round ${round}`);
      await again.close();
    }
    const last = await startCheckpoints({ folder: place, session: { id: 'one' } });
    await last.checkpoints.restore((await last.list()).find(({ kind }) => kind === 'restore')!.id);
    assert.deepEqual(last.tree(), after);
    await last.close();
    rmSync(place, { recursive: true, force: true });
  });
});

describe('a recorded session with checkpoints', () => {
  it('plays again without looking at the disk, and comes to the same; what is pith’s own is not kept, though it lies in the folder', async () => {
    const { plugin: recorder, sitting } = tapeRecorder();
    const model = testModel([{ calls: [{ name: 'write', input: { path: 'a', content: 'x' } }, { name: 'bash', input: { command: 'echo 1 > b; rm a' } }, { name: 'bash', input: { command: 'ls' } }] }, 'done']);
    const setUp = { plugins: [model.plugin, tools, allowAll, plugin as never, recorder], env: { PATH: process.env['PATH'] ?? '', HOME: '/nowhere' } };
    const { session, events, close } = await createTestKernel(setUp);
    await session.runTurn({ text: 'go' });
    await close();
    assert.equal(events.filter(({ type }) => type === 'plugin-event').length, 2);

    const kernel = await createKernel(setUp);
    const allowOutside = forbidOutside();
    try {
      const { difference } = await replaySitting(kernel, sitting(), { idleMs: 2000 });
      assert.equal(difference, null, JSON.stringify(difference));
    } finally {
      allowOutside();
      await kernel.close();
    }
  });
});

describe('the README of checkpoints', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

  it('names each error code, its exit code and its meaning', () => {
    for (const [code, [exitCode, meaning]] of Object.entries(CODES)) assert.ok(readme.includes(`| \`${code}\` | ${exitCode} | ${meaning} |`), code);
  });

  it('names each option and its default', () => {
    for (const [option, value] of Object.entries(DEFAULTS)) assert.ok(readme.includes(`| \`${option}\` | \`${value}\` |`), option);
  });
});

/** A folder of which a killed command has made nothing but the folder stays. */
function filesOf(place: string): Record<string, string> {
  return Object.fromEntries(Object.entries(readTree(join(place, 'project'))).filter(([path]) => !path.endsWith('/')));
}

/** What is young is left alone, so all of it is made old. */
function agePaths(folder: string): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) if (existsSync(join(folder, name))) utimesSync(join(folder, name), 1, 1);
}
