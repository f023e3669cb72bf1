import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HistoryFile } from '../src/input/history-file.ts';
import { orderHistory, searchHistory } from '../src/input/history.ts';
import { startInput, type StartedInput } from './start-input.ts';

const plain = { redact: (text: string) => text };
const file = fileURLToPath(new URL('../src/input/history-file.ts', import.meta.url));

describe('terminal: the history file', () => {
  let folder: string;
  let started: StartedInput | undefined;
  beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'pith-history-')); });
  afterEach(async () => {
    await started?.close();
    started = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  it('is for this person alone, and gives back what was sent, this folder first', async () => {
    const history = new HistoryFile(join(folder, 'terminal'), plain);
    for (const [text, cwd] of [['a', '/one'], ['b', '/two'], ['c\nd', '/one'], ['a', '/one']] as const) history.append({ text, cwd, atMs: 1 });

    assert.equal(statSync(history.file).mode & 0o777, 0o600);
    assert.equal(statSync(join(folder, 'terminal')).mode & 0o777, 0o700);
    assert.deepEqual(orderHistory(await history.read(), '/one'), ['a', 'c\nd', 'b']);
    assert.deepEqual(orderHistory(await history.read(), '/two'), ['b', 'a', 'c\nd']);
  });

  it('passes over a line that a crash has torn, and loses none behind it', async () => {
    const history = new HistoryFile(folder, plain);
    history.append({ text: 'one', cwd: '/', atMs: 1 });
    appendFileSync(history.file, '{"v":1,"text":"tor');

    history.append({ text: 'two', cwd: '/', atMs: 2 });

    assert.deepEqual((await history.read()).map(({ text }) => text), ['one', 'two']);
  });

  it('keeps no line twice as long as it may, and no space in front', async () => {
    const history = new HistoryFile(folder, plain);

    history.append({ text: ' secret', cwd: '/', atMs: 1 });
    history.append({ text: 'x'.repeat(20_000), cwd: '/', atMs: 1 });

    assert.deepEqual(await history.read(), []);
  });

  it('is bounded, and keeps the newest', async () => {
    const history = new HistoryFile(folder, { ...plain, maxBytes: 2000 });
    for (let number = 0; number < 500; number++) history.append({ text: `entry ${number}`, cwd: '/', atMs: number });

    const texts = (await history.read()).map(({ text }) => text);
    assert.ok(statSync(history.file).size <= 2100);
    assert.equal(texts.at(-1), 'entry 499');
    assert.deepEqual(texts, Array.from({ length: texts.length }, (_, index) => `entry ${500 - texts.length + index}`));
  });

  it('loses nothing when several chats write at once', async () => {
    const script = `const { HistoryFile } = await import(process.argv[1]); const h = new HistoryFile(process.argv[2], { redact: (t) => t }); for (let i = 0; i < 100; i++) h.append({ text: process.argv[3] + i, cwd: '/', atMs: i });`;
    const children = ['a', 'b', 'c'].map((name) => spawn(process.execPath, ['--conditions=pith-source', '--input-type=module', '-e', script, file, folder, name], { stdio: 'inherit', env: { ...process.env, NODE_NO_WARNINGS: '1' } }));

    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number));

    assert.deepEqual(codes, [0, 0, 0]);
    const texts = new Set((await new HistoryFile(folder, plain).read()).map(({ text }) => text));
    assert.equal(texts.size, 300);
  });

  it('holds no secret and nothing of what was attached, and is there in the next chat', async () => {
    const first = started = await startInput();
    const key = `sk-ant-api03-${'a1B2'.repeat(24)}`;
    first.kernel.secrets.add('hunter2-is-long', 'password');
    first.type(`use ${key} and hunter2-is-long with `);
    first.input.paste(Array.from({ length: 20 }, (_, line) => `attached ${line}`).join('\n'));
    first.press('enter');
    await first.idle();

    const kept = readFileSync(join(first.kernel.paths.data, 'terminal', 'history.jsonl'), 'utf8');
    assert.doesNotMatch(kept, /hunter2|a1B2a1B2|attached 3/);
    assert.match(kept, /pasted text #1, 20 lines/);
    const second = await startInput({ folder: first.folder });
    second.press('up');
    assert.match(second.written(), /^use .* with \[pasted text #1, 20 lines\]\|$/);
    await second.close();
  });

  it('says once, quietly, that it cannot be kept or read', async () => {
    const home = join(folder, '.pith-home', 'data', 'terminal');
    mkdirSync(join(home, 'history.jsonl'), { recursive: true });
    const it = started = await startInput({ folder });

    for (const text of ['one', 'two']) {
      it.type(text);
      it.press('enter');
      await it.idle();
    }

    assert.equal(it.notices().length, 1);
    assert.match(it.notices()[0]!, /history\.jsonl is no file/);
    it.press('up', 'up');
    assert.equal(it.written(), 'one|');
  });

  it('is not written where it is no file of ours', async function () {
    if (process.getuid?.() === 0) return; // Nothing is unwritable to root; the folder in its place is tested above.
    writeFileSync(join(folder, 'history.jsonl'), '');
    chmodSync(join(folder, 'history.jsonl'), 0o400);

    assert.throws(() => new HistoryFile(folder, plain).append({ text: 'one', cwd: '/', atMs: 1 }), /What you type is not remembered/);
  });
});

describe('terminal: the search in history', () => {
  it('lets small letters stand for capitals, and goes on from where it is', () => {
    const texts = ['Fix it', 'fix that', 'FIX all'];

    assert.deepEqual([searchHistory(texts, 'fix').index, searchHistory(texts, 'FIX').index, searchHistory(texts, 'fix', { from: 1 }).index, searchHistory(texts, 'fix', { from: 1, by: -1 }).index, searchHistory(texts, 'none').index], [0, 2, 1, 1, -1]);
  });
});
