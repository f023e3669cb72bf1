import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PreparedCall, Target } from '@pith/kernel';
import { after, before } from 'mocha';
import { onlyLooks } from '../src/only-looks.ts';

describe('a call that only looks', () => {
  let folder: string;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'pith-looks-')));
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'a'), 'a');
    execFileSync('git', ['init', '-q'], { cwd: folder, env: { PATH: process.env['PATH'], HOME: folder } });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const looks = (targets: readonly Target[], mode: PreparedCall['mode'] = 'default'): Promise<boolean> => onlyLooks({
    id: '1', name: 'bash', owner: 'tools', effect: 'exec', input: {}, targets, cwd: folder, roots: [folder], mode, origin: 'agent', runId: 'r', execution: { wrapProcess: [], env: {} },
  }, { env: { PATH: process.env['PATH'], HOME: '/home/ada' }, home: '/home/ada' });

  for (const command of ['git status', 'ls -la', 'cat a | grep y', 'cd src && ls', 'rg x src 2>/dev/null', 'wc -l < a', 'git log --oneline -3; git diff']) {
    it(`is ${command}, in every mode`, async () => {
      assert.deepEqual(await Promise.all((['default', 'bypassPermissions', 'plan'] as const).map((mode) => looks([{ family: 'Bash', command }], mode))), [true, true, true]);
    });
  }

  for (const command of ['git checkout a', 'sed -i s/a/b/ a', './unknown', 'cat a > b', 'cat a | tee b', 'ls; rm a', 'echo $(rm a)', 'find . -delete', 'sort -o b a', 'npm test', 'ls &>b', 'git -c core.pager=x log', 'cd src && git status', 'ls "']) {
    it(`is not ${command}`, async () => assert.equal(await looks([{ family: 'Bash', command }], 'bypassPermissions'), false));
  }

  it('names commands and nothing else', async () => {
    assert.deepEqual(await Promise.all([looks([]), looks([{ family: 'mcp__x', name: 'look' }]), looks([{ family: 'Bash', command: 'ls' }, { family: 'Edit', path: join(folder, 'a') }])]), [false, false, false]);
  });
});
