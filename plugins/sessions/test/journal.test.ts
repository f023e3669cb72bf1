import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { appendFile, chmod, mkdir, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createTestKernel, testModel } from '@pith/kernel/testing';
import { RECORDED } from '../src/format.ts';
import sessions from '../src/index.ts';
import { Journal } from '../src/journal.ts';
import { createStore } from '../src/store.ts';
import { endWriters, findTranscript, makeFolders, readLines, startWriter } from './helpers.ts';

describe('a transcript', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  beforeEach(async () => { folders = await makeFolders(); });
  afterEach(async () => {
    await endWriters();
    await folders.remove();
  });

  const write = async (turns: number, text = 'hello'): Promise<string> => {
    const writer = startWriter({ ...folders, id: 'one', turns, text });
    const { code, stderr } = await writer.ended;
    assert.equal(code, 0, stderr);
    return findTranscript(folders.data);
  };

  it('holds its version first, then every event worth keeping, each behind the one before', async () => {
    const lines = await readLines(await write(2));

    assert.deepEqual([lines[0]!.v, lines[0]!.type, lines[0]!.id], [1, 'session', 'one']);
    assert.deepEqual(lines.slice(1).map(({ id, parent }) => [id, parent]), lines.slice(1).map((_, index) => [String(index + 1), index === 0 ? null : String(index)]));
    const turn = ['input-accepted', 'context-ready', 'model-end', 'permission-decided', 'tool-start', 'tool-end', 'context-ready', 'model-end', 'turn-end'];
    assert.deepEqual(lines.slice(1).map(({ event }) => event.type), ['session-start', ...turn, ...turn]);
  });

  it('is readable by nobody else, whatever the umask', async () => {
    for (const mask of ['000', '777']) {
      const writer = startWriter({ ...folders, id: `mask-${mask}`, shell: `umask ${mask}` });
      assert.equal((await writer.ended).code, 0);
    }
    const project = (await readdir(join(folders.data, 'sessions'))).find((name) => name !== 'pruned');
    const folder = join(folders.data, 'sessions', project!);

    const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
    assert.equal(await modeOf(join(folders.data, 'sessions')), '700');
    assert.equal(await modeOf(folder), '700');
    assert.deepEqual(await Promise.all((await readdir(folder)).sort().map(async (name) => [name, await modeOf(join(folder, name))])), [['mask-000.jsonl', '600'], ['mask-000.tape', '600'], ['mask-777.jsonl', '600'], ['mask-777.tape', '600']]);
  });

  it('closes a file and folders that somebody has opened', async () => {
    const file = await write(1);
    for (const [path, mode] of [[file, 0o644], [dirname(file), 0o755], [join(folders.data, 'sessions'), 0o777]] as const) await chmod(path, mode);

    await write(1);

    assert.deepEqual(await Promise.all([file, dirname(file), join(folders.data, 'sessions')].map(async (path) => (await stat(path)).mode & 0o777)), [0o600, 0o700, 0o700]);
  });

  it('has every event that was told of, when its writer is killed', async () => {
    for (let round = 0; round < 4; round++) {
      const id = `killed-${round}`;
      const writer = startWriter({ ...folders, id, turns: 0 });
      await writer.until((_, count) => count > 60 + round * 37);
      writer.child.kill('SIGKILL');
      await writer.ended;

      const file = (await readdir(join(folders.data, 'sessions'), { recursive: true })).find((name) => name.endsWith(`${id}.jsonl`))!;
      const text = await readFile(join(folders.data, 'sessions', file), 'utf8');
      const kept = new Set(text.slice(0, text.lastIndexOf('\n')).split('\n').slice(1).map((line) => (JSON.parse(line) as { event: { seq: number } }).event.seq));
      const told = writer.told.filter(({ type }) => RECORDED.has(type as never)).map(({ seq }) => seq!);
      assert.ok(told.length > 10);
      assert.deepEqual(told.filter((seq) => !kept.has(seq)), []);
    }
  });

  it('goes on in another process, with the history that the first one had', async () => {
    const first = startWriter({ ...folders, id: 'one', turns: 0 });
    await first.until(({ type }, count) => type === 'tool-start' && count > 40);
    first.child.kill('SIGKILL');
    await first.ended;
    const store = createStore(folders.data);
    const broken = await store.load('one');

    await write(1, 'and now this');
    const whole = await store.load('one');

    assert.deepEqual(JSON.parse(JSON.stringify(whole.messages.slice(0, broken.messages.length))), broken.messages);
    assert.deepEqual(whole.messages[broken.messages.length], { role: 'user', content: [{ type: 'text', text: 'and now this' }] });
    assert.deepEqual(whole.repairs, []);
    assert.deepEqual((await readLines(await findTranscript(folders.data))).filter(({ event }) => event?.type === 'session-start').map(({ event }) => (event as unknown as { resumed: boolean }).resumed), [false, true]);
  });

  it('says which calls a crash has cut off, and gives each a result', async () => {
    const file = await write(1);
    const lines = (await readFile(file, 'utf8')).split('\n');
    const upTo = async (type: string): Promise<void> => writeFile(file, `${lines.slice(0, lines.findIndex((line) => line.includes(`"event":{"type":"${type}"`)) + 1).join('\n')}\n`);
    const store = createStore(folders.data);

    await upTo('tool-start');
    const running = await store.load('one');
    await upTo('model-end');
    const waiting = await store.load('one');
    await upTo('input-accepted');
    const asked = await store.load('one');

    assert.deepEqual(running.messages.at(-1), { role: 'user', content: [{ type: 'tool-result', toolCallId: 'call-1-0', content: [{ type: 'text', text: 'Interrupted while it ran: the process ended. What it was to do may or may not have happened, and was not done again: look before doing it again.' }], isError: true }] });
    assert.deepEqual(running.repairs, ['The last turn broke off while change (x) ran: what it was to do may or may not have happened, and is not done again by itself.']);
    assert.deepEqual(waiting.repairs, ['The last turn broke off before its end.', 'A call after that was not run.']);
    assert.match(JSON.stringify(waiting.messages.at(-1)), /Not run: the process ended before it began/);
    assert.deepEqual([asked.messages.length, asked.repairs], [1, ['The last turn broke off before its end.']]);
  });

  it('loses only its last line when that was not whole, and says so', async () => {
    const file = await write(1);
    const size = (await stat(file)).size;
    await truncate(file, size - 10);

    const { messages, repairs } = await createStore(folders.data).load('one');

    assert.equal(messages.length, 4);
    assert.deepEqual(repairs, ['The last line of the transcript was not whole and was left out.', 'The last turn broke off before its end.']);
  });

  it('is cut back to its last whole line before anything is added', async () => {
    const file = await write(1);
    const whole = await readFile(file, 'utf8');
    await appendFile(file, '{"id":"9","parent":"8","event":{"type":"inp');

    await write(1);

    assert.ok((await readFile(file, 'utf8')).startsWith(whole));
    assert.equal((await readLines(file)).at(-1)?.event.type, 'turn-end');
    assert.deepEqual((await createStore(folders.data).load('one')).repairs, []);
  });

  it('is written anew where not even its first line is whole', async () => {
    const file = await write(1);
    await writeFile(file, '{"v":1,"ty');

    await write(1);

    assert.equal((await readLines(file))[0]?.v, 1);
  });

  it('goes on behind a last entry that is longer than what is read of it at once', async () => {
    const long = 'long '.repeat(20_000);
    const first = startWriter({ ...folders, id: 'one', turns: 0, text: long });
    await first.until(({ type }) => type === 'input-accepted');
    first.child.kill('SIGKILL');
    await first.ended;

    const lines = await readLines(await write(1, 'short'));

    assert.deepEqual(lines.slice(1).map(({ id }) => id), lines.slice(1).map((_, index) => String(index + 1)));
  }).timeout(60_000);

  it('leaves out a line in its middle that cannot be read, and says which', async () => {
    const file = await write(2);
    const lines = (await readFile(file, 'utf8')).split('\n');
    lines[3] = '\0\0\0';
    await writeFile(file, lines.join('\n'));

    assert.deepEqual((await createStore(folders.data).load('one')).repairs, ['Line 4 of the transcript could not be read and was left out.']);
  });

  for (const [what, line, complaint] of [
    ['of a newer version', '{"v":2,"type":"session","id":"one","cwd":"/","startedMs":1}\n', /is a transcript of version 2; this pith reads version 1/],
    ['that is none', 'hello\n', /is not a transcript: its first line is not one/],
  ] as const) {
    it(`${what} is neither read nor written to`, async () => {
      const file = await write(1);
      await writeFile(file, line);

      await assert.rejects(createStore(folders.data).load('one'), { code: 'SESSION_UNREADABLE', message: complaint });
      const writer = startWriter({ ...folders, id: 'one' });
      await writer.ended;
      assert.equal(await readFile(file, 'utf8'), line);
    });
  }

  it('that cannot grow ends the turn before anything else happens, and stays whole', async () => {
    // The shell counts in blocks of 1024 bytes; a write beyond the limit is cut off, then refused.
    const writer = startWriter({ ...folders, id: 'one', turns: 0, shell: 'ulimit -f 24' });
    const { code, message, hint } = await writer.until(({ status }) => status === 'error');
    await writer.ended;
    const file = await findTranscript(folders.data);
    const size = (await stat(file)).size;
    const text = await readFile(file, 'utf8');

    assert.equal(code, 'OBSERVER_FAILED');
    assert.match(message!, /^Plugin sessions could not keep an event \(tap journal\): The transcript .*one\.jsonl cannot be written: EFBIG/);
    assert.match(hint!, /--no-session/);
    assert.ok(size > 20_000 && size <= 24 * 1024 && text.endsWith('}\n'));
    const events = (await readLines(file)).slice(1).map(({ event }) => event.type);
    const told = writer.told.flatMap(({ type }) => (type !== undefined && RECORDED.has(type as never) ? [type] : []));
    assert.deepEqual(told.slice(0, events.length), events);
    assert.deepEqual((await createStore(folders.data).load('one')).repairs.filter((repair) => repair.includes('line')), []);
  });

  it('that has no place ends the turn and says what to do', async () => {
    await writeFile(folders.data, 'a file, not a folder');

    const writer = startWriter({ ...folders, id: 'one' });
    const { code, message } = await writer.until(({ status }) => status === 'error');

    assert.equal(code, 'OBSERVER_FAILED');
    assert.match(message!, /cannot be written: (ENOTDIR|EEXIST)/);
    assert.deepEqual(writer.told.filter(({ type }) => type === 'model-start'), []);
  });

  it('makes no folder before there is something to keep', async () => {
    const { kernel, folder, close } = await createTestKernel({ plugins: [sessions] });
    const store = await kernel.service('sessions');

    assert.deepEqual(await store.list(), []);
    assert.equal(await store.latest(folder), undefined);
    assert.equal(existsSync(kernel.paths.data), false);
    await close();
  });
});

describe('one writer', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  beforeEach(async () => { folders = await makeFolders(); });
  afterEach(async () => {
    await endWriters();
    await folders.remove();
  });

  const lockFiles = async (): Promise<string[]> => (await readdir(join(folders.data, 'sessions'), { recursive: true })).filter((name) => name.endsWith('.lock'));

  it('of a session keeps a second process out, and lets it in when it has ended', async () => {
    const first = startWriter({ ...folders, id: 'one', hold: true });
    await first.until(({ status }) => status === 'done');
    const before = await readFile(await findTranscript(folders.data), 'utf8');

    const second = startWriter({ ...folders, id: 'one' });
    const { code, message, hint } = await second.until(({ status }) => status !== undefined);
    assert.equal(code, 'OBSERVER_FAILED');
    assert.match(message!, new RegExp(`Session one is being written by process ${first.child.pid}; two writers of one session would mix`));
    assert.match(hint!, /End that process, go on in a copy \(--fork\), or begin another session/);
    assert.equal(await readFile(await findTranscript(folders.data), 'utf8'), before);

    first.child.stdin.end();
    await first.ended;
    assert.deepEqual(await lockFiles(), []);
    const third = startWriter({ ...folders, id: 'one' });
    assert.equal((await third.until(({ status }) => status !== undefined)).status, 'done');
    await third.ended;
  });

  it('may claim a session before it has anything to write, and keeps others out from then on until it is done', async () => {
    const first = startWriter({ ...folders, id: 'one' });
    await first.until(({ status }) => status === 'done');
    await first.ended;
    const store = createStore(folders.data);
    const release = await store.claim('one');

    const second = startWriter({ ...folders, id: 'one' });
    assert.match((await second.until(({ status }) => status !== undefined)).message!, new RegExp(`is being written by process ${process.pid};`));
    await second.ended;
    const journal = new Journal(await findTranscript(folders.data), { v: 1, type: 'session', id: 'one', cwd: folders.data, startedMs: 0, kernel: '0' });
    await assert.rejects(store.claim('one'), { code: 'SESSION_LOCKED' }, 'the journal has taken it over');
    assert.equal((await lockFiles()).length, 1);

    journal.close();
    release();
    assert.deepEqual(await lockFiles(), []);
  });

  it('that was killed leaves a lock that the next one knows to be dead', async () => {
    const first = startWriter({ ...folders, id: 'one', hold: true });
    await first.until(({ status }) => status === 'done');
    first.child.kill('SIGKILL');
    await first.ended;
    assert.equal((await lockFiles()).length, 1);

    const second = startWriter({ ...folders, id: 'one' });

    assert.equal((await second.until(({ status }) => status !== undefined)).status, 'done');
    await second.ended;
    assert.deepEqual(await lockFiles(), []);
  });

  it('is found among several that come at once', async () => {
    const writers = [1, 2, 3, 4].map(() => startWriter({ ...folders, id: 'one', turns: 25 }));
    await Promise.all(writers.map(({ ended }) => ended));
    const done = writers.filter(({ told }) => told.findLast(({ status }) => status !== undefined)?.status === 'done');
    const lines = await readLines(await findTranscript(folders.data));

    assert.ok(done.length >= 1, 'every one was refused');
    assert.deepEqual(lines.slice(1).map(({ id, parent }) => [id, parent]), lines.slice(1).map((_, index) => [String(index + 1), index === 0 ? null : String(index)]));
  }).timeout(60_000);

  it('is told from a later process of the same id, from another machine, and from what a crash left half written', async () => {
    const first = startWriter({ ...folders, id: 'one', hold: true });
    await first.until(({ status }) => status === 'done');
    const [name] = await lockFiles();
    const lock = join(folders.data, 'sessions', name!);
    const owner = JSON.parse(await readFile(lock, 'utf8')) as Record<string, unknown>;
    first.child.stdin.end();
    await first.ended;
    const tryWith = async (text: string, ageS = 60): Promise<string | undefined> => {
      await writeFile(lock, text);
      const at = Date.now() / 1000 - ageS;
      await utimes(lock, at, at);
      const writer = startWriter({ ...folders, id: 'one' });
      const { status, message } = await writer.until(({ status: ended }) => ended !== undefined);
      await writer.ended;
      return message ?? status;
    };
    const as = (change: Record<string, unknown>): string => JSON.stringify({ ...owner, pid: process.pid, sinceMs: 0, ...change });

    assert.match((await tryWith(as({ host: 'elsewhere' })))!, /by process \d+ on elsewhere/);
    if (owner['started'] !== null) assert.equal(await tryWith(as({ started: '1' })), 'done');
    if (owner['boot'] !== null) assert.equal(await tryWith(as({ boot: 'another' })), 'done');
    if (owner['space'] !== null) assert.match((await tryWith(as({ space: 'pid:[1]' })))!, /is being written/);
    assert.equal(await tryWith(''), 'done');
    assert.equal(await tryWith(as({ pid: first.child.pid })), 'done');
  }).timeout(60_000);

  it('does not go on from a history that is not the transcript’s any more', async () => {
    const { kernel, session, folder, close } = await createTestKernel({ plugins: [sessions, testModel().plugin], session: { id: 'same' } });
    await session.runTurn({ text: 'a' });
    const { messages } = await (await kernel.service('sessions')).load('same');
    await session.runTurn({ text: 'b' });
    await session.close();

    const late = kernel.openSession({ id: 'same', cwd: folder, history: messages });
    const fresh = kernel.openSession({ id: 'same', cwd: folder });

    for (const [other, begins] of [[late, 2], [fresh, 0]] as const) {
      const { error } = await other.runTurn({ text: 'c' });
      assert.equal(error?.code, 'OBSERVER_FAILED');
      assert.match(error.message, new RegExp(`The transcript of session same holds 4 messages, and this session begins with ${begins}`));
      await other.close();
    }
    assert.equal((await (await kernel.service('sessions')).load('same')).messages.length, 4);
    await close();
  });

  it('is one also within a process', async () => {
    const one = await createTestKernel({ plugins: [sessions, testModel().plugin], session: { id: 'same' } });
    const two = await createTestKernel({ plugins: [sessions, testModel().plugin], session: { id: 'same' }, folder: one.folder });

    assert.equal((await one.session.runTurn({ text: 'a' })).status, 'done');
    assert.equal((await two.session.runTurn({ text: 'b' })).error?.code, 'OBSERVER_FAILED');
    await one.session.close();
    await two.close();
    await one.close();
  });
});

describe('a data folder', () => {
  it('that others share keeps its own mode', async () => {
    const folders = await makeFolders();
    await mkdir(folders.data, { mode: 0o755 });
    await chmod(folders.data, 0o755);

    await startWriter({ ...folders, id: 'one' }).ended;

    assert.equal((await stat(folders.data)).mode & 0o777, 0o755);
    await folders.remove();
  });
});
