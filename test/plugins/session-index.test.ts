import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKernel, type Database, type Kernel } from '@pith/kernel';
import database from '../../plugins/database/src/index.ts';
import { projectFolder } from '../../plugins/sessions/src/files.ts';
import { forgetFiles } from '../../plugins/sessions/src/remove.ts';
import { listSessions } from '../../plugins/sessions/src/store.ts';
import { makeFolders } from '../../plugins/sessions/test/helpers.ts';

describe('the index of sessions', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  let folder = '';
  let kernel: Kernel;
  let rows: Database;
  beforeEach(async () => {
    folders = await makeFolders();
    folder = projectFolder(folders.data, '/a');
    mkdirSync(folder, { recursive: true });
    for (const id of ['one', 'two']) await writeFile(fileOf(id), `${JSON.stringify({ v: 1, type: 'session', id, cwd: '/a', startedMs: 1 })}\n${input(1, `first of ${id}`)}`);
    kernel = await createKernel({ plugins: [database], paths: { config: folders.data, data: folders.data, cache: folders.data }, env: {} });
    rows = await kernel.service('database');
  });
  afterEach(async () => {
    await kernel.close();
    await folders.remove();
  });

  const fileOf = (id: string): string => join(folder, `${id}.jsonl`);
  const input = (number: number, text: string): string => `${JSON.stringify({ id: String(number), parent: number === 1 ? null : String(number - 1), event: { type: 'input-accepted', seq: number, atMs: number, sessionId: 's', turnId: `t${number}`, runId: `t${number}`, origin: 'person', text, message: { role: 'user', content: [{ type: 'text', text }] }, plugins: [] } })}\n`;
  const titles = async (from = rows): Promise<string[]> => (await listSessions(folders.data, { database: from })).sessions.map(({ title, turns }) => `${title} ${turns}`).sort();
  const kept = (): Promise<{ id: string; listed: string }[]> => rows.transaction('read', async ({ sql }) => [...(await sql<{ id: string; listed: string }>`SELECT id, listed FROM sessions_index ORDER BY id`).rows]);
  const spoil = (text: string): Promise<unknown> => rows.transaction('write', ({ sql }) => sql`UPDATE sessions_index SET listed = ${text} WHERE id = ${'one'}`);

  it('stands for a transcript that has not changed, and no longer for one that has', async () => {
    assert.deepEqual(await titles(), ['first of one 1', 'first of two 1']);
    await rows.transaction('write', ({ sql }) => sql`UPDATE sessions_index SET listed = replace(listed, 'first of', 'from the index,')`);

    assert.deepEqual(await titles(), ['from the index, one 1', 'from the index, two 1']);
    await appendFile(fileOf('two'), input(2, 'second'));
    assert.deepEqual(await titles(), ['first of two 2', 'from the index, one 1']);
  });

  it('forgets a transcript that is gone, and one that was deleted at once', async () => {
    await titles();
    await rm(fileOf('one'));
    assert.deepEqual(await titles(), ['first of two 1']);
    assert.deepEqual((await kept()).map(({ id }) => id), ['two']);

    assert.equal(await forgetFiles(rows, [{ id: 'two', file: fileOf('two') }]), undefined);
    assert.deepEqual(await kept(), []);
  });

  it('is of all folders, and a list of one touches the rows of no other', async () => {
    const other = projectFolder(folders.data, '/b');
    mkdirSync(other);
    await writeFile(join(other, 'three.jsonl'), `${JSON.stringify({ v: 1, type: 'session', id: 'three', cwd: '/b', startedMs: 1 })}\n${input(1, 'first of three')}`);
    await titles();

    assert.deepEqual((await listSessions(folders.data, { cwd: '/b', database: rows })).sessions.map(({ id }) => id), ['three']);
    assert.deepEqual((await kept()).map(({ id }) => id), ['one', 'three', 'two']);
  });

  it('is made anew where a row is spoilt, or of another version', async () => {
    await titles();
    for (const text of ['', '{"v":1', 'null', '[]', '{"summary":{"id":"one"},"isEmpty":false}', '{"summary":null,"isEmpty":1}']) {
      await spoil(text);

      assert.deepEqual(await titles(), ['first of one 1', 'first of two 1'], text);
      assert.match((await kept())[0]!.listed, /"title":"first of one"/, text);
    }
    await rows.transaction('write', ({ sql }) => sql`UPDATE sessions_index SET stamp = '0' || stamp, listed = '{}'`);
    assert.deepEqual(await titles(), ['first of one 1', 'first of two 1']);
  });

  it('is done without where the database is damaged, which is said', async () => {
    const data = join(folders.data, 'damaged');
    mkdirSync(data);
    await writeFile(join(data, 'pith.db'), 'this is no database, and long enough to be looked at as one'.repeat(100));
    const other = await createKernel({ plugins: [database], paths: { config: data, data, cache: data }, env: {} });

    const list = await listSessions(folders.data, { database: await other.service('database') });

    assert.deepEqual(list.sessions.map(({ id }) => id), ['one', 'two']);
    assert.match(list.trouble ?? '', /^The index of sessions cannot be used now, and will be made anew; what is in the files counts: /);
    await other.close();
  });

  it('is not waited for where another process changes the database, which is said', async () => {
    await titles();
    await appendFile(fileOf('one'), input(2, 'second'));
    const busy = await createKernel({ plugins: [database], paths: { config: folders.data, data: folders.data, cache: folders.data }, env: {} });
    const ended = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const holding = (await busy.service('database')).transaction('write', async () => { begun.resolve(); await ended.promise; });
    await begun.promise;

    const list = await listSessions(folders.data, { database: rows });

    assert.deepEqual(list.sessions.map(({ turns }) => turns).sort(), [1, 2]);
    assert.match(list.trouble ?? '', /another process holds the database$/);
    ended.resolve();
    await holding;
    await busy.close();
  });

  it('is not kept on a server, where others would read it', async () => {
    const server: Database = { ...rows, engine: 'postgres', migrate: () => assert.fail('asked'), transaction: () => assert.fail('asked') };

    assert.deepEqual(await titles(server), ['first of one 1', 'first of two 1']);
    assert.equal(await forgetFiles(server, [{ id: 'one', file: fileOf('one') }]), undefined);
  });
});
