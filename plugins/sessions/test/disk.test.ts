import assert from 'node:assert/strict';
import { join } from 'node:path';
import { definePlugin, type PluginDefinition, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, type TestKernel, testModel } from '@pith/kernel/testing';
import { DISK, type Disk } from '../src/disk.ts';
import { Journal } from '../src/journal.ts';
import { Recorder } from '../src/recorder.ts';
import { createStore } from '../src/store.ts';
import { findTranscript, makeFolders, readLines } from './helpers.ts';

/** A disk on which one call fails, or each from that on, after half of what it was to write. */
function failingDisk(what: 'write' | 'flush' | 'cut', { at, code = 'EIO', forGood = false }: { at: number; code?: string; forGood?: boolean }): Disk & { calls: number; flushes: number } {
  const fails = (name: keyof Disk): boolean => {
    if (name === 'flush') disk.flushes++;
    return name === what && (++disk.calls === at || (forGood && disk.calls > at));
  };
  const fault = (): Error => Object.assign(new Error(`${code}: the disk failed`), { code });
  const disk = {
    calls: 0, flushes: 0,
    write: (descriptor: number, bytes: Uint8Array, offset: number): number => {
      if (!fails('write')) return DISK.write(descriptor, bytes, offset);
      DISK.write(descriptor, bytes.subarray(0, bytes.length >> 1), offset);
      throw fault();
    },
    flush: async (descriptor: number): Promise<void> => {
      if (fails('flush')) throw fault();
      await DISK.flush(descriptor);
    },
    cut: (descriptor: number, length: number): void => {
      if (fails('cut')) throw fault();
      DISK.cut(descriptor, length);
    },
  };
  return disk;
}

function keeping(disk: Disk): PluginDefinition {
  return definePlugin({
    name: 'keeping',
    setup({ hooks, paths, onClose }) {
      const recorder = new Recorder(paths.data, disk);
      hooks.output.tap({ name: 'journal', durable: true, records: true, flush: (sessionId) => recorder.flush(sessionId) }, (event, outside) => recorder.record(event, outside));
      onClose(() => recorder.close());
    },
  });
}

const STEPS = [{ text: 'I change it.', calls: [{ name: 'change' }, { name: 'change' }] }, 'done', { text: 'Again.', calls: [{ name: 'change' }] }, 'done', 'done', 'done'];

describe('a disk that fails', () => {
  let ran = 0;
  const tools = definePlugin({ name: 'tools', tools: [{ name: 'change', effect: 'write', description: '', inputSchema: {}, targets: () => [{ family: 'Edit', path: 'x' }], execute: async () => `changed ${++ran}` }] });
  const start = (disk: Disk): Promise<TestKernel> => {
    ran = 0;
    return createTestKernel({ plugins: [keeping(disk), testModel(STEPS).plugin, tools, allowAll], session: { id: 'one' } });
  };

  for (const what of ['write', 'flush'] as const) {
    it(`at any ${what} that a turn waits for ends it with an error, loses nothing that was confirmed, and lets the next turn go on`, async () => {
      const healthy = failingDisk(what, { at: 0 });
      const { session, close } = await start(healthy);
      for (const text of ['a', 'b', 'c']) assert.equal((await session.runTurn({ text })).status, 'done');
      await close();
      assert.ok(healthy.calls > 10);

      let ended = 0;
      for (let at = 1; at <= healthy.calls; at++) {
        const disk = failingDisk(what, { at, code: at % 2 === 0 ? 'ENOSPC' : 'EIO' });
        const { session: failing, events, kernel, close: end } = await start(disk);
        const results = [];
        for (const text of ['a', 'b', 'c', 'd']) results.push(await failing.runTurn({ text }));

        const codes = results.flatMap(({ error }) => error?.code ?? []);
        // What nobody waits for is written once more with what somebody does.
        assert.deepEqual(codes, codes.length === 0 && what === 'write' ? [] : ['OBSERVER_FAILED'], `${what} ${at}`);
        ended += codes.length;
        assert.equal(events.filter(({ type }) => type === 'turn-end').length, 4);
        const lines = (await readLines(await findTranscript(kernel.paths.data))).slice(1);
        assert.deepEqual(lines.map(({ id }) => id), lines.map((_, index) => String(index + 1)));
        const kept = lines.map(({ event }) => event as unknown as { type: string; seq: number; turnId: string });
        const of = (type: string): string[] => kept.filter((event) => event.type === type).map(({ turnId }) => turnId);
        assert.deepEqual(of('turn-end').sort(), [...new Set([...of('input-accepted'), ...of('turn-end')])].sort(), `${what} ${at}`);
        assert.equal(of('turn-end').length, new Set(of('turn-end')).size);
        // Whatever a tool has done stands as begun in the transcript.
        assert.ok(of('tool-start').length >= ran);
        assert.deepEqual((await createStore(kernel.paths.data).load('one')).repairs, []);
        await end();
      }
      assert.ok(ended > 10);
    });
  }

  it('for good runs nothing more in any turn', async () => {
    for (const what of ['write', 'flush'] as const) {
      const { session, kernel, close } = await start(failingDisk(what, { at: 4, code: 'ENOSPC', forGood: true }));
      const { error } = await session.runTurn({ text: 'a' });
      const before = ran;
      assert.match(error?.hint ?? '', /^Make room on the disk/);
      assert.equal((await session.runTurn({ text: 'b' })).error?.code, 'OBSERVER_FAILED');
      assert.equal(ran, before);
      const kept = (await readLines(await findTranscript(kernel.paths.data))).filter(({ event }) => event !== undefined);
      assert.ok(kept.every(({ event }) => event.type !== 'turn-end'));
      await close();
    }
  });

  it('is not asked again for what it could not flush: the lines before are written anew', async () => {
    const written: string[] = [];
    const faulty = failingDisk('flush', { at: 2 });
    const { session, kernel, close } = await start({ ...faulty, write: (descriptor, bytes, offset) => { written.push(Buffer.from(bytes).toString()); return DISK.write(descriptor, bytes, offset); } });
    await session.runTurn({ text: 'a' });
    await session.runTurn({ text: 'b' });

    const ready = written.filter((text) => text.includes('"type":"context-ready"'));
    assert.ok(ready[1]?.startsWith(ready[0]!) && ready[1].includes('"type":"model-end"'), 'the reply, too, which has happened');
    const ids = (await readLines(await findTranscript(kernel.paths.data))).slice(1).map(({ id }) => Number(id));
    assert.deepEqual(ids, ids.map((_, index) => index + 1));
    await close();
  });

  it('is flushed at what a turn waits for, and nowhere else', async () => {
    const disk = failingDisk('cut', { at: 0 });
    const { session, events, close } = await start(disk);
    await session.runTurn({ text: 'a' });
    await close();

    const countOf = (...types: string[]): number => events.filter(({ type }) => types.includes(type)).length;
    // A reply with calls comes to the disk with the start of the first, as long as that does not let itself be waited for.
    const most = countOf('input-accepted', 'model-end', 'tool-start', 'tool-end', 'turn-end');
    assert.ok(disk.flushes >= most - 1 && disk.flushes <= most, `${disk.flushes} of ${most}`);
  });
});

describe('a journal', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  beforeEach(async () => { folders = await makeFolders(); });
  afterEach(() => folders.remove());

  const notice = (seq: number, data: unknown = null): TurnEvent => ({ type: 'plugin-event', plugin: 'p', name: 'n', data, seq, atMs: 1, sessionId: 'one', turnId: 't', runId: 't' });
  const open = (disk: Disk): { journal: Journal; file: string } => {
    const file = join(folders.data, 'sessions', 'project', 'one.jsonl');
    return { file, journal: new Journal(file, { v: 1, type: 'session', id: 'one', cwd: '/a', startedMs: 1, kernel: '1' }, disk) };
  };
  const idsOf = async (file: string): Promise<string[]> => (await readLines(file)).slice(1).map(({ id }) => id);

  it('shares a flush among all that was written before it, and has one more for what came meanwhile', async () => {
    const disk = failingDisk('cut', { at: 0 });
    const { journal, file } = open(disk);
    journal.append(notice(0));
    const first = journal.flush();
    assert.equal(journal.flush(), first);
    journal.append(notice(1));
    journal.append(notice(2));
    await Promise.all([first, journal.flush(), journal.flush()]);

    assert.equal(disk.flushes, 2);
    assert.deepEqual(await idsOf(file), ['1', '2', '3']);
    journal.close();
  });

  it('that is closed in a flush ends it first', async () => {
    const { journal, file } = open(DISK);
    journal.append(notice(0));
    const first = journal.flush();
    journal.append(notice(1));
    const second = journal.flush();
    journal.close();

    await Promise.all([first, second]);
    assert.deepEqual(await idsOf(file), ['1', '2']);
  });

  it('is not spoilt by what JSON cannot carry', async () => {
    const { journal, file } = open(DISK);
    journal.append(notice(0));
    assert.throws(() => journal.append(notice(1, 1n)), TypeError);
    journal.append(notice(2));
    await journal.flush();
    journal.close();

    assert.deepEqual([await idsOf(file), (await readLines(file)).slice(1).map(({ event }) => event.seq)], [['1', '2'], [0, 2]]);
  });

  it('loses neither its first line nor an entry where the very first flush fails', async () => {
    const { journal, file } = open(failingDisk('flush', { at: 1 }));
    journal.append(notice(0));
    await assert.rejects(journal.flush(), /EIO/);
    journal.append(notice(1));
    await journal.flush();
    journal.close();

    assert.deepEqual(await idsOf(file), ['1', '2']);
    assert.deepEqual((await readLines(file)).map(({ v }) => v), [1, undefined, undefined]);
  });
});
