import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { appendFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionSummary } from '@pith/kernel';
import { projectFolder } from '../src/files.ts';
import { recallRead } from '../src/last-read.ts';
import { indexFile } from '../src/session-index.ts';
import { listSessions, loadSession } from '../src/store.ts';
import { makeFolders } from './helpers.ts';

describe('the index of sessions', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  let folder = '';
  beforeEach(async () => {
    folders = await makeFolders();
    folder = projectFolder(folders.data, '/a');
    mkdirSync(folder, { recursive: true });
    for (const id of ['one', 'two']) await writeFile(fileOf(id), `${JSON.stringify({ v: 1, type: 'session', id, cwd: '/a', startedMs: 1 })}\n${input(1, `first of ${id}`)}`);
  });
  afterEach(() => folders.remove());

  const fileOf = (id: string): string => join(folder, `${id}.jsonl`);
  const input = (number: number, text: string): string => `${JSON.stringify({ id: String(number), parent: number === 1 ? null : String(number - 1), event: { type: 'input-accepted', seq: number, atMs: number, sessionId: 's', turnId: `t${number}`, runId: `t${number}`, origin: 'person', text, message: { role: 'user', content: [{ type: 'text', text }] }, plugins: [] } })}\n`;
  const titles = async (): Promise<string[]> => (await listSessions(folders.data)).sessions.map(({ title, turns }) => `${title} ${turns}`).sort();
  const readIndex = async (): Promise<{ v: number; sessions: Record<string, { listed: { summary: SessionSummary } }> }> => JSON.parse(await readFile(indexFile(folder), 'utf8')) as Awaited<ReturnType<typeof readIndex>>;

  it('stands for a transcript that has not changed, and no longer for one that has', async () => {
    assert.deepEqual(await titles(), ['first of one 1', 'first of two 1']);
    const index = await readIndex();
    for (const id of ['one', 'two']) index.sessions[id]!.listed.summary.title = `from the index, ${id}`;
    await writeFile(indexFile(folder), JSON.stringify(index));

    assert.deepEqual(await titles(), ['from the index, one 1', 'from the index, two 1']);
    await appendFile(fileOf('two'), input(2, 'second'));
    assert.deepEqual(await titles(), ['first of two 2', 'from the index, one 1']);
  });

  it('forgets a transcript that is gone', async () => {
    await titles();
    await rm(fileOf('one'));

    assert.deepEqual(await titles(), ['first of two 1']);
    assert.deepEqual(Object.keys((await readIndex()).sessions), ['two']);
  });

  it('is made anew where it is gone, spoilt or of another version, and is readable by nobody else', async () => {
    for (const text of [undefined, '', '{"v":1', '{"v":2,"sessions":{}}', '{"v":1,"sessions":{"one":{"seen":{"size":1}},"two":null}}', '[]', 'null']) {
      if (text === undefined) await rm(indexFile(folder), { force: true });
      else await writeFile(indexFile(folder), text);

      assert.deepEqual(await titles(), ['first of one 1', 'first of two 1'], text);
      assert.deepEqual([Object.keys((await readIndex()).sessions), (await stat(indexFile(folder))).mode & 0o777], [['one', 'two'], 0o600]);
    }
  });

  it('is left out where it cannot be written', async () => {
    mkdirSync(indexFile(folder));

    assert.deepEqual(await titles(), ['first of one 1', 'first of two 1']);
  });
});

describe('a transcript that was read', () => {
  it('is not read again by whoever goes on with it, unless it has grown', async () => {
    const folders = await makeFolders();
    const folder = projectFolder(folders.data, '/a');
    mkdirSync(folder, { recursive: true });
    const file = join(folder, 'one.jsonl');
    await writeFile(file, `${JSON.stringify({ v: 1, type: 'session', id: 'one', cwd: '/a', startedMs: 1 })}\n`);
    assert.equal(recallRead(file), undefined);

    await loadSession(folders.data, 'one');
    assert.deepEqual([recallRead(file)?.messages, recallRead(file)?.hasOpenTurn], [0, false]);
    await appendFile(file, 'x');
    assert.equal(recallRead(file), undefined);
    await folders.remove();
  });
});
