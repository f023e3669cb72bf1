import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { startTools, type Tools } from './start-tools.ts';

describe('files that were written aside', () => {
  let tools: Tools;
  beforeEach(async () => { tools = await startTools(); });
  afterEach(() => tools.close());

  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const put = async (name: string, ageS: number): Promise<void> => {
    const path = await tools.put(name, 'half of a te');
    await utimes(path, Date.now() / 1000 - ageS, Date.now() / 1000 - ageS);
  };

  for (const [tool, input] of [
    ['write', { path: 'sub/new.txt', content: 'x' }],
    ['edit', { path: 'sub/a.txt', old: 'one', new: 'two' }],
    ['apply-patch', { patch: '*** Begin Patch\n*** Add File: sub/new.txt\n+x\n*** End Patch' }],
  ] as const) {
    it(`and left by a process that was killed are cleared away by ${tool} in the same folder`, async () => {
      await tools.put('sub/a.txt', 'one\n');
      await put(`sub/.pith-${gone}-0123456789ab.tmp`, 120);

      const { status, text } = await tools.call(tool, input);

      assert.equal(status, 'done', text);
      assert.deepEqual((await readdir(join(tools.folder, 'sub'))).filter((name) => name.startsWith('.pith-')), []);
    });
  }

  it('are left alone where their process runs, where they are young, and where they hold an old text or are anything else', async () => {
    const others = [`.pith-${process.pid}-0123456789ab.tmp`, `.pith-${gone}-0123456789ab.old`, `.pith-${gone}-0123456789ab.tmp.txt`, `.pith-${gone}-short.tmp`, '.pith-0123456789ab.tmp'];
    for (const name of others) await put(name, 120);
    const young = `.pith-${gone}-aaaaaaaaaaaa.tmp`;
    await put(young, 1);
    const folder = `.pith-${gone}-bbbbbbbbbbbb.tmp`;
    await mkdir(join(tools.folder, folder));

    await tools.call('write', { path: 'new.txt', content: 'x' });

    assert.deepEqual((await readdir(tools.folder)).sort(), [...others, young, folder, 'new.txt'].sort());
  });
});
