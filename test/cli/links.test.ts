import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createPlace, type Place } from '../support/pith.ts';

interface Called { status: string; reason: string | null; content: { text: string }[] }

if (process.platform !== 'win32') {
  describe('links', () => {
    let place: Place;
    beforeEach(async () => { place = await createPlace({ isWarm: true }); });
    afterEach(() => place.remove());

    const call = async (tool: string, input: object, ...flags: string[]): Promise<Called> => {
      const { stdout, stderr } = await place.pith(['tools', 'call', tool, '--input', JSON.stringify(input), '--json', ...flags]);
      assert.notEqual(stdout, '', stderr);
      return JSON.parse(stdout) as Called;
    };
    const link = (target: string, name: string): Promise<void> => symlink(target, join(place.folder, name));

    it('to a folder above the root lead nowhere: nothing is written, and no folder made', async () => {
      const above = join(place.folder, '..', 'above');
      await mkdir(above);
      await link('../above', 'notes');

      for (const [tool, input] of [['write', { path: 'notes/today.md', content: 'x' }], ['write', { path: 'notes/new/deep/today.md', content: 'x' }], ['apply-patch', { patch: '*** Begin Patch\n*** Add File: notes/today.md\n+x\n*** End Patch' }]] as const) {
        for (const mode of ['acceptEdits', 'bypassPermissions']) {
          const { status, reason } = await call(tool, input, '--mode', mode, '--allow', 'Edit(notes/**)');

          assert.equal(status, 'refused', `${tool} ${mode}`);
          assert.match(reason!, /lies outside the working folder/);
        }
      }
      assert.deepEqual(await readdir(above), []);
    });

    it('are covered by a deny rule of either of their names', async () => {
      await place.write('releases/5/a.txt', 'needle\n');
      await link('releases/5', 'current');

      for (const rule of ['Read(current/**)', 'Read(/current)', 'Read(current/a.txt)', 'Read(releases/**)']) {
        const searched = await call('grep', { pattern: 'needle', path: 'current' }, '--deny', rule);

        assert.equal((await call('read', { path: 'current/a.txt' }, '--deny', rule)).status, 'refused', rule);
        assert.ok(searched.status === 'refused' || searched.content[0]!.text.startsWith('[no match in releases/5;'), rule);
      }
      assert.equal((await call('list', { path: 'current' }, '--deny', 'Read(/current)')).status, 'refused');
      assert.equal((await call('read', { path: 'current/a.txt' })).status, 'done');
    });

    it('of a protected name are protected, whatever they lead to', async () => {
      await place.write('notes.txt', 'one\n');
      await link('notes.txt', '.envrc');
      await link('.envrc', 'innocent.txt');
      await place.write('settings/hooks/x', 'one\n');
      await link('settings', '.git');

      for (const path of ['.envrc', 'innocent.txt', '.git/hooks/x', '.git/hooks/new']) {
        const { status, reason } = await call('write', { path, content: 'two\n' }, '--mode', 'bypassPermissions');

        assert.equal(status, 'refused', path);
        assert.match(reason!, /is protected/, path);
      }
      assert.equal(await readFile(join(place.folder, 'notes.txt'), 'utf8'), 'one\n');
    });

    it('of the root itself are resolved before anything is judged', async () => {
      await place.write('a.txt', 'one\n');
      await writeFile(join(place.folder, '..', 'outside.txt'), 'OUTSIDE\n');
      await symlink(place.folder, join(place.folder, '..', 'alias'));
      const inAlias = async (path: string): Promise<Called> => JSON.parse((await place.pith(['tools', 'call', 'read', '--input', JSON.stringify({ path }), '--json'], { cwd: join(place.folder, '..', 'alias') })).stdout) as Called;

      assert.equal((await inAlias('a.txt')).status, 'done');
      assert.equal((await inAlias(join(place.folder, '..', 'alias', 'a.txt'))).status, 'done');
      assert.equal((await inAlias('../outside.txt')).status, 'refused');
    });
  });
}
