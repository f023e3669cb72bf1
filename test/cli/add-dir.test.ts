import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conversation, createPlace, type Place } from '../support/pith.ts';

interface Called { status: string; reason: string | null; content: { text: string }[] }

describe('a folder that is added', () => {
  let place: Place;
  let added: string;
  beforeEach(async () => {
    place = await createPlace({ isWarm: true });
    added = join(place.folder, '..', 'added');
    await mkdir(added);
    await writeFile(join(added, 'a.txt'), 'one\n');
    await writeFile(join(place.folder, '..', 'outside.txt'), 'OUTSIDE\n');
  });
  afterEach(() => place.remove());

  const call = async (tool: string, input: object, ...flags: string[]): Promise<Called> => {
    const { stdout, stderr } = await place.pith(['tools', 'call', tool, '--input', JSON.stringify(input), '--json', ...flags]);
    assert.notEqual(stdout, '', stderr);
    return JSON.parse(stdout) as Called;
  };
  const path = (name: string): string => join(added, name);
  const userSettings = async (settings: object): Promise<void> => {
    await mkdir(join(place.env['PITH_HOME']!, 'config'), { recursive: true });
    await writeFile(join(place.env['PITH_HOME']!, 'config', 'settings.json'), JSON.stringify(settings));
  };

  it('is inside for what reads and, in a mode that edits, for what writes; without it all of that is refused', async () => {
    const calls: [string, object][] = [
      ['read', { path: path('a.txt') }], ['list', { path: added }], ['glob', { pattern: '*', path: added }], ['grep', { pattern: 'one', path: added }],
      ['edit', { path: path('a.txt'), old: 'one', new: 'two' }], ['write', { path: path('new/b.txt'), content: 'b' }],
      ['apply-patch', { patch: `*** Begin Patch\n*** Add File: ${path('c.txt')}\n+c\n*** End Patch` }],
    ];

    for (const [tool, input] of calls) {
      const refused = await call(tool, input, '--mode', 'acceptEdits');
      assert.equal(refused.status, 'refused', tool);
      assert.match(refused.reason!, /lies outside the working folder/, tool);
    }
    for (const [tool, input] of calls) assert.equal((await call(tool, input, '--mode', 'acceptEdits', '--add-dir', added)).status, 'done', tool);
    assert.deepEqual((await readdir(added)).sort(), ['a.txt', 'c.txt', 'new']);
    assert.equal((await call('write', { path: path('d.txt'), content: 'd' }, '--add-dir', added)).status, 'refused');
  });

  it('keeps the names that are protected, also before they exist', async () => {
    for (const name of ['.git/hooks/pre-commit', '.pith/settings.json', '.envrc', '.vscode/tasks.json', 'AGENTS.md', '.npmrc', 'pith.config.ts', 'sub/.husky/x']) {
      const { status, reason } = await call('write', { path: path(name), content: 'x' }, '--mode', 'bypassPermissions', '--add-dir', added);

      assert.equal(status, 'refused', name);
      assert.match(reason!, /is protected/, name);
    }
    assert.deepEqual(await readdir(added), ['a.txt']);
  });

  it('does not bring with it what its links lead to', async () => {
    await symlink('../outside.txt', path('link.txt'));
    await symlink('..', path('up'));

    for (const [tool, input] of [
      ['read', { path: path('link.txt') }], ['read', { path: path('up/outside.txt') }], ['list', { path: path('up') }], ['grep', { pattern: 'OUT', path: path('up') }],
      ['edit', { path: path('link.txt'), old: 'OUT', new: 'in' }], ['write', { path: path('up/new.txt'), content: 'x' }],
    ] as const) assert.equal((await call(tool, input, '--mode', 'bypassPermissions', '--add-dir', added)).status, 'refused', tool);
    assert.equal((await call('grep', { pattern: 'OUT', path: added }, '--add-dir', added)).content[0]!.text.includes('OUTSIDE'), false);
    assert.equal(existsSync(join(added, '..', 'new.txt')), false);
    assert.equal(await readFile(join(added, '..', 'outside.txt'), 'utf8'), 'OUTSIDE\n');
  });

  it('may be a link itself, may be named more than once, and holds for a turn of pith run', async () => {
    await symlink(added, join(place.folder, '..', 'alias'));
    await place.write('talk.json', conversation({ calls: [{ tool: 'read', input: { path: '../alias/a.txt' } }] }, { text: 'read it' }));
    const args = ['run', 'look', '--model', './talk.json', '--output', 'json'];

    const without = JSON.parse((await place.pith(args)).stdout) as { refusals: unknown[] };
    const { stdout } = await place.pith([...args, '--add-dir', '../alias', '--add-dir', place.folder]);

    assert.equal(without.refusals.length, 1);
    assert.deepEqual((JSON.parse(stdout) as { refusals: unknown[] }).refusals, []);
  });

  it('comes from a person’s own settings, too, and is named when it is not there', async () => {
    await userSettings({ addDirs: [added] });
    assert.equal((await call('read', { path: path('a.txt') })).status, 'done');

    await userSettings({ addDirs: [path('gone')] });
    const { code, stderr } = await place.pith(['tools', 'call', 'list', '--input', '{}']);

    assert.equal(code, 2);
    assert.match(stderr, /The added folder .*gone cannot be used/);
  });

  it('cannot be added by a project, not even one that is trusted', async () => {
    for (const file of ['.pith/settings.json', '.pith/settings.local.json']) {
      await place.write(file, JSON.stringify({ addDirs: ['..'] }));
      assert.equal((await call('read', { path: path('a.txt') })).status, 'refused');

      const { code, stderr } = await place.pith(['trust']);

      assert.equal(code, 2);
      assert.ok(stderr.includes(`${join(place.folder, file)}: addDirs stands in a project’s settings, and a project cannot add folders to itself`), stderr);
      await place.write(file, '{}');
    }
  });
});
