import assert from 'node:assert/strict';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newestFirst } from '../src/newest.ts';
import { makeFolders } from './helpers.ts';

describe('transcripts by their last use', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  beforeEach(async () => { folders = await makeFolders(); });
  afterEach(() => folders.remove());

  /** A transcript with entries of these seconds, changed at `changedS`. */
  async function write(id: string, { entries, changedS, startedS = 1, isFork = false, tail = '' }: { entries: readonly number[]; changedS: number; startedS?: number; isFork?: boolean; tail?: string }): Promise<string> {
    const file = join(folders.cwd, `${id}.jsonl`);
    const header = { v: 1, type: 'session', id, cwd: '/a', startedMs: startedS * 1000, ...(isFork ? { forkedFrom: { id: 'x', turns: 1, entry: '1' } } : {}) };
    const lines = entries.map((atS, index) => ({ id: String(index + 1), parent: null, event: { type: 'plugin-event', seq: index, atMs: atS * 1000, sessionId: id, turnId: 't', runId: 't', text: 'x'.repeat(index === 0 ? 0 : 100_000) } }));
    await writeFile(file, `${[header, ...lines].map((line) => JSON.stringify(line)).join('\n')}\n${tail}`);
    await utimes(file, changedS, changedS);
    return file;
  }
  const idsOf = (files: readonly string[]): string[] => [...newestFirst(files)].map((file) => file.slice(folders.cwd.length + 1, -'.jsonl'.length));

  it('come by their last whole entry, however the files were touched', async () => {
    const files = [
      await write('touched', { entries: [10, 20], changedS: 900 }), await write('last', { entries: [10, 500], changedS: 500, tail: '{"id":"9' }),
      await write('long', { entries: [10, 400], changedS: 400 }), await write('empty', { entries: [], changedS: 950 }),
    ];

    assert.deepEqual(idsOf(files), ['last', 'long', 'touched', 'empty']);
  });

  it('count a fork from when it was made', async () => {
    const files = [await write('parent', { entries: [100], changedS: 100 }), await write('fork', { entries: [100], startedS: 200, changedS: 200, isFork: true }), await write('later', { entries: [150], changedS: 150 })];

    assert.deepEqual(idsOf(files), ['fork', 'later', 'parent']);
  });

  it('are done without where one is gone or is no file', async () => {
    const file = await write('one', { entries: [1], changedS: 1 });
    const folder = join(folders.cwd, 'folder.jsonl');
    await mkdir(folder);

    assert.deepEqual(idsOf([join(folders.cwd, 'gone.jsonl'), folder, file]), ['one']);
    assert.deepEqual(idsOf([]), []);
  });
});
