import assert from 'node:assert/strict';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SessionSummary } from '@pith/kernel';
import { conversation, createPlace, type Place } from '../support/pith.ts';

describe('sessions of the command line', () => {
  let place: Place;
  let data = '';
  beforeEach(async () => {
    place = await createPlace({ isWarm: true });
    data = join(place.env['PITH_HOME']!, 'data');
    await place.write('conversation.json', conversation({ calls: [{ tool: 'read', input: { path: 'notes.txt' } }] }, { text: 'It says pangolin.' }, { text: 'Second answer.' }, { text: 'Third answer.' }));
    await place.write('notes.txt', 'a pangolin\n');
    const { code, stderr } = await place.pith(['run', '--model', './conversation.json', 'What is in notes.txt?']);
    assert.equal(code, 0, stderr);
  });
  afterEach(() => place.remove());

  async function list(...flags: string[]): Promise<SessionSummary[]> {
    const { stdout } = await place.pith(['sessions', 'list', '--json', ...flags]);
    return JSON.parse(stdout) as SessionSummary[];
  }
  const transcripts = async (): Promise<string[]> => (await readdir(join(data, 'sessions'), { recursive: true })).filter((name) => name.endsWith('.jsonl')).map((name) => join(data, 'sessions', name)).sort();
  function rows(): { id: string }[] {
    const database = new DatabaseSync(join(data, 'pith.db'));
    try {
      return database.prepare('SELECT id FROM sessions_index').all() as unknown as { id: string }[];
    } finally {
      database.close();
    }
  }

  it('are in the index once they were listed, and no longer when they were deleted', async () => {
    const [session] = await list();
    assert.deepEqual(rows().map(({ id }) => id), [session!.id]);
    assert.equal((await stat(join(data, 'pith.db'))).mode & 0o777, 0o600);

    assert.equal((await place.pith(['sessions', 'rm', session!.id])).code, 0);
    assert.deepEqual(rows(), []);
    assert.deepEqual(await list('--all'), []);
  });

  it('take along what was kept of files for them', async () => {
    const kept = join(data, 'checkpoints', 'sessions');
    const changes = async (prompt: string): Promise<void> => {
      await place.write('change.json', conversation({ calls: [{ tool: 'write', input: { path: `${prompt}.txt`, content: prompt } }] }, { text: 'Done.' }));
      assert.equal((await place.pith(['run', '--mode', 'acceptEdits', '--model', './change.json', prompt])).code, 0);
    };
    await changes('one');
    await changes('two');
    const files = async (): Promise<string[]> => (await readdir(kept, { recursive: true })).filter((name) => name.endsWith('.json'));
    assert.equal((await files()).length, 2);

    assert.equal((await place.pith(['sessions', 'rm', (await list())[0]!.id])).stderr, '');
    assert.equal((await files()).length, 1);
    assert.equal((await place.pith(['sessions', 'prune', '--days', '0'])).stderr, '');
    assert.deepEqual(await files(), []);
  });

  it('are pruned from the index, too', async () => {
    await list();

    const { stdout, code } = await place.pith(['sessions', 'prune', '--days', '0']);
    assert.match(stdout, /1 session\(s\), .* deleted/);
    assert.deepEqual([code, rows()], [0, []]);
  });

  it('are listed, searched, deleted and gone on with where the database is damaged, which is said once', async () => {
    await writeFile(join(data, 'pith.db'), 'no database '.repeat(1000));

    for (const args of [['list'], ['list', '--all'], ['search', 'pangolin']]) {
      const { stdout, stderr, code } = await place.pith(['sessions', ...args]);
      assert.match(stdout, /What is in notes\.txt\?/);
      assert.equal(stderr.split('The index of sessions cannot be used now').length, 2, stderr);
      assert.equal(code, 0);
    }
    const { code, stderr } = await place.pith(['run', '--continue', '--model', './conversation.json', 'And then?']);
    assert.deepEqual([code, stderr.includes('index')], [0, false]);
    assert.equal((await place.pith(['sessions', 'rm', (await list())[0]!.id])).code, 0);
    assert.deepEqual(await transcripts(), []);
  });

  it('are listed where the configuration is wrong, which is said', async () => {
    for (const settings of ['{ "plugins": { "database": { "backups": "many" } } }', '{ "plugins": ']) {
      await place.write('../home/pith/config/settings.json', settings);

      const { stdout, stderr, code } = await place.pith(['sessions', 'list']);

      assert.match(stdout, /What is in notes\.txt\?/);
      assert.match(stderr, /^! The index of sessions cannot be used now, .*\n$/);
      assert.equal(code, 0);
    }
  });

  it('are found by what was said in them, with the place', async () => {
    const { stdout, code } = await place.pith(['sessions', 'search', 'PANGOLIN', 'says']);
    const [found] = (JSON.parse((await place.pith(['sessions', 'search', 'pangolin', '--json'])).stdout) as { sessions: { id: string; matches: number; places: { kind: string }[] }[] }).sessions;
    const nothing = await place.pith(['sessions', 'search', 'armadillo']);

    assert.match(stdout, /What is in notes\.txt\?\n {2}turn 1, answer: It \[says\] \[pangolin\]\.\n {2}turn 1, result of read: .*\[pangolin\]/);
    assert.deepEqual([code, found!.matches, found!.places.map(({ kind }) => kind)], [0, 2, ['tool-result', 'answer']]);
    assert.deepEqual([nothing.stdout, nothing.code], ['Nothing was found.\n', 0]);
  });

  it('go on in a copy with --fork, and the one before stays byte for byte', async () => {
    const [parent] = await transcripts();
    const before = await readFile(parent!, 'utf8');

    const { stdout, code } = await place.pith(['run', '--continue', '--fork', '--model', './conversation.json', 'Another way']);

    assert.deepEqual([code, await readFile(parent!, 'utf8')], [0, before]);
    assert.match(stdout, /\S/);
    const [fork, old] = await list();
    assert.deepEqual([fork!.turns, fork!.forkedFrom, old!.turns, old!.forkedFrom], [2, { id: old!.id, turns: 1 }, 1, undefined]);
    const replayed = await place.pith(['replay', fork!.id]);
    assert.equal(replayed.code, 0, replayed.stdout + replayed.stderr);
  });

  it('are forked at a turn, and --fork alone is refused', async () => {
    const { id } = (await list())[0]!;

    const forked = await place.pith(['sessions', 'fork', id, '--at', '1']);
    const many = await place.pith(['sessions', 'fork', id, '--at', '2']);
    const alone = await place.pith(['run', '--fork', 'x']);

    assert.match(forked.stdout, new RegExp(`^Session \\w+ begins with 1 turn of ${id}\\.\nGo on with it: pith --resume `));
    assert.match(many.stderr, new RegExp(`Session ${id} has 1 turn; a fork cannot begin with 2`));
    assert.match(alone.stderr, /--continue, --resume/);
    assert.deepEqual([forked.code, many.code, alone.code, (await list()).length], [0, 2, 2, 2]);
  });

  it('are exported to standard output or into a file, which is not replaced unasked', async () => {
    const { id } = (await list())[0]!;

    const markdown = await place.pith(['sessions', 'export', id]);
    const page = await place.pith(['sessions', 'export', id, '--format', 'html', '--output', 'out.html']);
    const again = await place.pith(['sessions', 'export', id, '--format', 'html', '--output', 'out.html']);
    const forced = await place.pith(['sessions', 'export', id, '--json', '--output', 'out.html', '--force']);

    assert.match(markdown.stdout, /^# What is in notes\\?\.txt\?\n[^]*\*\*`read`\*\*: done/);
    assert.deepEqual([markdown.code, page.code, page.stdout, again.code, forced.code], [0, 0, '', 2, 0]);
    assert.match(again.stderr, /out\.html is there already/);
    assert.equal((JSON.parse(await readFile(join(place.folder, 'out.html'), 'utf8')) as { format: string }).format, 'pith-session');
    assert.deepEqual((await readdir(place.folder)).filter((name) => name.startsWith('out')), ['out.html']);
  });

  it('are exported without what is in the vault, also where it was kept there only later', async () => {
    await place.pith(['auth', 'set', 'later'], { stdin: 'a pangolin' });
    const { id } = (await list())[0]!;

    for (const format of ['markdown', 'json', 'html']) {
      const file = join(place.folder, `out.${format}`);
      assert.equal((await place.pith(['sessions', 'export', id, '--format', format, '--output', file])).code, 0);
      assert.doesNotMatch(await readFile(file, 'utf8'), /a pangolin/, format);
    }
  });

  it('are described by docs/session-export.md, field by field', async () => {
    const { id } = (await list())[0]!;
    const document = JSON.parse((await place.pith(['sessions', 'export', id, '--json'])).stdout) as Record<string, unknown> & { items: { type: string }[] };
    const page = await readFile(new URL('../../docs/session-export.md', import.meta.url), 'utf8');

    for (const key of [...Object.keys(document), ...document.items.flatMap((item) => Object.keys(item))]) assert.ok(page.includes(`\`${key}\``), key);
    for (const { type } of document.items) assert.match(page, new RegExp(`^\\| \`${type}\` \\|`, 'm'));
  });

  it('are resumed in the chat, which says without a terminal what to type', async () => {
    const { id } = (await list())[0]!;

    const { stderr, code } = await place.pith(['sessions', 'resume', id.slice(0, 12)]);

    assert.match(stderr, new RegExp(`A chat needs a terminal, and here is none\\.\nWithout one: pith run --resume ${id} "…"`));
    assert.equal(code, 2);
    assert.deepEqual(JSON.parse((await place.pith(['sessions', 'resume', id, '--fork', '--json'])).stdout), { id, run: ['pith', 'run', '--resume', id, '--fork'] });
  });

  it('that were used last are gone on with, whatever other files say', async () => {
    const [file] = await transcripts();
    await writeFile(join(dirname(file!), 'broken.jsonl'), 'no transcript\n');
    await rm(join(data, 'pith.db'), { force: true });

    const { code, stderr } = await place.pith(['run', '--continue', '--model', './conversation.json', 'Go on']);

    assert.equal(code, 0, stderr);
    assert.equal((await list())[0]!.turns, 2);
  });
});
