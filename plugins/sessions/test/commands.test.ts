import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createKernel, definePlugin, type SessionSummary, type StoredSession } from '@pith/kernel';
import { allowAll, testHost, testModel } from '@pith/kernel/testing';
import { projectFolder } from '../src/files.ts';
import sessions from '../src/index.ts';
import { makeFolders } from './helpers.ts';

const RUN = fileURLToPath(new URL('run-command.ts', import.meta.url));

describe('pith sessions', () => {
  let folders: Awaited<ReturnType<typeof makeFolders>>;
  before(async () => {
    folders = await makeFolders();
    const data = join(folders.data, 'data');
    const tools = definePlugin({ name: 'tools', tools: [{ name: 'look', effect: 'read', description: '', inputSchema: {}, execute: async () => `${'line\n'.repeat(20)}\u001b[2J` }] });
    const model = testModel([{ text: 'I look.', calls: [{ name: 'look', input: { path: 'a\u202eb' } }] }, 'It is \u001b[31mred\u001b[0m.']);
    const kernel = await createKernel({ plugins: [sessions, model.plugin, tools, allowAll], paths: { config: data, data, cache: data }, env: {}, host: testHost() });
    await kernel.openSession({ id: 'aaaaaaaa-1111', cwd: folders.cwd }).runTurn({ text: 'Look at \u001b]0;title\u0007 this' });
    await kernel.openSession({ id: 'aaaaaaaa-2222', cwd: '/elsewhere' }).runTurn({ text: 'And at that' });
    await kernel.close();
  });
  after(() => folders.remove());

  function run(...args: string[]): { stdout: string; stderr: string; status: number | null } {
    return spawnSync(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', RUN, ...args], {
      cwd: folders.cwd, encoding: 'utf8', env: { PITH_HOME: folders.data, TZ: 'UTC', PATH: process.env['PATH'] ?? '', HOME: folders.cwd },
    });
  }

  it('list shows the sessions of this folder', () => {
    const { stdout, stderr, status } = run('list');

    assert.equal(stdout, 'ID          LAST USED         TURNS  FIRST WORDS\naaaaaaaa-1  2026-01-01 00:00  1      Look at \\x1b]0;title\\x07 this\n');
    assert.deepEqual([stderr, status], ['', 0]);
  });

  it('list --all shows every folder, with ids that tell the sessions apart', () => {
    const { stdout } = run('list', '--all');

    assert.match(stdout, /^ID {10}LAST USED {9}TURNS {2}FOLDER/);
    assert.match(stdout, /^aaaaaaaa-1 {2}2026-01-01 00:00 {2}1 {6}\/.* {2}Look at/m);
    assert.match(stdout, /^aaaaaaaa-2 {2}2026-01-01 00:00 {2}1 {6}\/elsewhere +And at that$/m);
  });

  it('list gives ids that show takes, whatever sessions other folders have', () => {
    const [, row] = run('list').stdout.split('\n');

    assert.match(run('show', row!.split(' ')[0]!).stdout, /^Session +aaaaaaaa-1111$/m);
  });

  it('show says which sessions a beginning may mean', () => {
    const { stderr, stdout, status } = run('show', 'aaaaaaaa');

    assert.match(stderr, /"aaaaaaaa" is the beginning of 2 sessions/);
    assert.deepEqual([stdout, status === 0], ['', false]);
  });

  it('list --json gives them to a program', () => {
    const list = JSON.parse(run('list', '--json').stdout) as SessionSummary[];

    assert.deepEqual(list.map(({ id, turns, title, cwd }) => [id, turns, title, cwd]), [['aaaaaaaa-1111', 1, 'Look at \u001b]0;title\u0007 this', folders.cwd]]);
  });

  it('show gives what was said, with nothing in it that could steer the terminal', () => {
    const { stdout, status } = run('show', 'aaaaaaaa-1');

    assert.equal(status, 0);
    assert.equal(stdout, [
      'Session    aaaaaaaa-1111', `Folder     ${folders.cwd}`, 'Started    2026-01-01 00:00', 'Last used  2026-01-01 00:00', 'Model      test/model', 'Turns      1', '',
      '> Look at \\x1b]0;title\\x07 this', '', 'I look.', '* look {"path":"a\\u{202e}b"}', '', ...Array.from({ length: 12 }, () => '  line'), '  … 9 more lines', '', 'It is \\x1b[31mred\\x1b[0m.', '',
    ].join('\n'));
  });

  it('show --json gives everything', () => {
    const session = JSON.parse(run('show', 'aaaaaaaa-1111', '--json').stdout) as StoredSession;

    assert.deepEqual([session.id, session.messages.length, session.repairs], ['aaaaaaaa-1111', 4, []]);
  });

  it('show says what is near where there is no such session', () => {
    const { stderr, stdout, status } = run('show', 'aaaaaaaa-3333');
    const asJson = run('show', 'aaaaaaaa-3333', '--json');

    assert.match(stderr, /There is no session "aaaaaaaa-3333"/);
    assert.deepEqual([stdout, status !== 0], ['', true]);
    assert.deepEqual([(JSON.parse(asJson.stdout) as { error: { code: string } }).error.code, asJson.status], ['SESSION_NOT_FOUND', 2]);
  });

  it('list names a file that it cannot read and goes on', async () => {
    await writeFile(join(projectFolder(join(folders.data, 'data'), folders.cwd), 'broken.jsonl'), 'x\n');

    const { stdout, stderr, status } = run('list');

    assert.match(stderr, /broken\.jsonl is not a transcript/);
    assert.match(stdout, /^aaaaaaaa-1  2026/m);
    assert.equal(status, 0);
  });
});
