import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestKernel, testModel } from '@pith/kernel/testing';
import { projectFolder, sessionsFolder } from '../src/files.ts';
import sessions from '../src/index.ts';
import { lockSession } from '../src/lock.ts';
import { chooseOld, pruneSessions, type StoredFile } from '../src/remove.ts';
import { makeFolders } from './helpers.ts';

const RUN = fileURLToPath(new URL('run-command.ts', import.meta.url));
const DAY_MS = 24 * 60 * 60 * 1000;
const MEGABYTE = 1024 * 1024;

describe('old sessions', () => {
  const session = (id: string, ageDays: number, megabytes: number): StoredFile => ({ id, file: id, usedMs: -ageDays * DAY_MS, sizeBytes: megabytes * MEGABYTE });
  const idsOf = (all: readonly StoredFile[]): string[] => all.map(({ id }) => id);

  it('go by age', () => {
    assert.deepEqual(idsOf(chooseOld([session('new', 1, 1), session('older', 40, 1), session('old', 31, 1), session('just', 30, 1)], { days: 30, megabytes: 100 }, 0)), ['older', 'old']);
  });

  it('go by size, the oldest first, and all that are older than one that goes', () => {
    assert.deepEqual(idsOf(chooseOld([session('small', 9, 1), session('big', 5, 60), session('mid', 3, 30), session('new', 1, 20)], { days: 30, megabytes: 100 }, 0)), ['small', 'big']);
  });

  it('do not go for size where there is but one, or it was used last', () => {
    assert.deepEqual(idsOf(chooseOld([session('huge', 1, 900), session('b', 2, 1)], { days: 30, megabytes: 100 }, 0)), ['b']);
  });
});

describe('pith sessions rm and prune', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  let data = '';
  let folder = '';
  beforeEach(async () => {
    folders = await makeFolders();
    data = join(folders.data, 'data');
    folder = projectFolder(data, folders.cwd);
    mkdirSync(folder, { recursive: true });
    for (const [id, ageDays] of [['aaaa-1', 0], ['aaaa-2', 50], ['bbbb-1', 100]] as const) {
      for (const name of [`${id}.jsonl`, `${id}.tape`]) {
        writeFileSync(join(folder, name), name.endsWith('.tape') ? '' : `${JSON.stringify({ v: 1, type: 'session', id, cwd: folders.cwd, startedMs: 1 })}\n`);
        const usedS = Date.now() / 1000 - ageDays * 24 * 60 * 60;
        utimesSync(join(folder, name), usedS, usedS);
      }
    }
  });
  afterEach(() => folders.remove());

  const run = (...args: string[]): { stdout: string; stderr: string; status: number | null } => spawnSync(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', RUN, ...args], {
    cwd: folders.cwd, encoding: 'utf8', env: { PITH_HOME: folders.data, PATH: process.env['PATH'] ?? '', HOME: folders.cwd },
  });
  const files = (): string[] => readdirSync(folder).sort();

  it('rm deletes what it is given, recording included', () => {
    const { stdout, stderr, status } = run('rm', 'bbbb', 'aaaa-2');

    assert.deepEqual([stdout, stderr, status], ['Deleted session bbbb-1.\nDeleted session aaaa-2.\n', '', 0]);
    assert.deepEqual(files(), ['aaaa-1.jsonl', 'aaaa-1.tape']);
  });

  it('rm deletes nothing where one of several is not there, or may be several', () => {
    for (const wrong of ['cccc', 'aaaa']) {
      const { stderr, status } = run('rm', 'bbbb', wrong);

      assert.match(stderr, wrong === 'cccc' ? /There is no session "cccc"/ : /"aaaa" is the beginning of 2 sessions/);
      assert.notEqual(status, 0);
    }
    assert.equal(files().length, 6);
  });

  it('leave a session that is being written', () => {
    const release = lockSession(join(folder, 'bbbb-1.jsonl'), 'bbbb-1');
    const { stderr } = run('rm', 'bbbb');
    const pruned = pruneSessions(data, { days: 30, megabytes: 1 }, { nowMs: Date.now() });
    release();

    assert.match(stderr, /Session bbbb-1 is being written by process/);
    assert.deepEqual([pruned.busy.map(({ id }) => id), pruned.removed.map(({ id }) => id)], [['bbbb-1'], ['aaaa-2']]);
    assert.deepEqual(files(), ['aaaa-1.jsonl', 'aaaa-1.tape', 'bbbb-1.jsonl', 'bbbb-1.tape']);
  });

  it('prune says what would go, and then lets it go', () => {
    assert.equal(run('prune', '--dry-run').stdout, 'Would delete session bbbb-1.\n1 session(s), 0.0 MB, would go; 2, 0.0 MB, stay.\n');
    assert.equal(files().length, 6);

    assert.equal(run('prune', '--days', '30').stdout, 'Deleted session aaaa-2.\nDeleted session bbbb-1.\n2 session(s), 0.0 MB, deleted; 1, 0.0 MB, stay.\n');
    assert.deepEqual(files(), ['aaaa-1.jsonl', 'aaaa-1.tape']);
  });

  it('prune passes over a link that leads nowhere', () => {
    symlinkSync(join(folder, 'gone'), join(folder, 'cccc-1.jsonl'));

    assert.match(run('prune', '--days', '30').stdout, /2 session\(s\), 0\.0 MB, deleted; 1, 0\.0 MB, stay\.\n$/);
  });

  it('is done by itself, once a day, when a session was written', async () => {
    const old = (place: string, id: string): string => {
      const file = join(projectFolder(place, '/old'), `${id}.jsonl`);
      mkdirSync(projectFolder(place, '/old'), { recursive: true });
      writeFileSync(file, '');
      utimesSync(file, 1, 1);
      return file;
    };
    const goThrough = async (id: string): Promise<void> => {
      const { kernel, session, close } = await createTestKernel({ plugins: [sessions, testModel().plugin], folder: folders.cwd, session: { id } });
      first ??= old(kernel.paths.data, 'first');
      await session.runTurn({ text: 'hi' });
      await close();
      place = kernel.paths.data;
    };
    let first: string | undefined;
    let place = '';
    await goThrough('one');
    assert.equal(existsSync(first!), false);

    const second = old(place, 'second');
    await goThrough('two');
    assert.equal(existsSync(second), true);

    const yesterday = Date.now() / 1000 - 25 * 60 * 60;
    utimesSync(join(sessionsFolder(place), 'pruned'), yesterday, yesterday);
    await goThrough('three');
    assert.equal(existsSync(second), false);
  });
});
