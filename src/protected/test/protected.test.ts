import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isConfigName, protectedReason, readHookFiles, whyProtected } from '@pith/protected';

describe('protected names', () => {
  for (const name of ['.git', '.Git', '.git\u200b', '.git.', '.git ', '.git::$INDEX_ALLOCATION', 'GIT~1', '.ｇit', 'Agents.MD', 'pith.config.ts', 'PITHCO~1.TS', 'pith-plugins.lock', '.npmrc', 'NPMRC~1', '.envrc.', 'BASHRC~1', 'VSCODE~2']) {
    it(`hold ${JSON.stringify(name)}`, () => {
      assert.notEqual(whyProtected(name), undefined);
    });
  }

  for (const name of ['src', 'x.git', 'gitignore', '.gitignore', 'pith.config.ts.bak', 'agents.txt', 'my.npmrc', 'git~one', '']) {
    it(`do not hold ${JSON.stringify(name)}`, () => {
      assert.equal(whyProtected(name), undefined);
    });
  }

  it('protect all that lies below them, and say which name it is and why', () => {
    assert.equal(protectedReason('/project/a/.husky/deep/x', '/project'), '.husky is protected: git runs what its settings and hooks name');
  });

  it('do not count above the root', () => {
    assert.equal(protectedReason('/home/.claude/project/a.ts', '/home/.claude/project'), undefined);
  });
});

describe('the hook files of a root', () => {
  let root: string;
  beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'pith-protected-')); });
  afterEach(() => rmSync(root, { recursive: true }));

  it('are the scripts that a config of any spelling names, whether they are there or not', () => {
    writeFileSync(join(root, 'Pith.Config.MTS'), `export default { hooks: ['./hooks/a.ts', "/elsewhere/b.mjs", \`c.cjs\`, './hooks/a.ts', 'notes.md'] };`);

    assert.deepEqual(readHookFiles(root), [join(root, 'hooks/a.ts'), '/elsewhere/b.mjs', join(root, 'c.cjs')]);
    assert.ok(isConfigName('Pith.Config.MTS'));
  });

  it('are none where there is no config, or no root', () => {
    assert.deepEqual([readHookFiles(root), readHookFiles(join(root, 'missing'))], [[], []]);
  });

  it('are none where a folder, a pipe or a loop of links has the name of a config', () => {
    mkdirSync(join(root, 'pith.config.js'));
    execFileSync('mkfifo', [join(root, 'pith.config.ts')]);
    symlinkSync('pith.config.mjs', join(root, 'pith.config.mjs'));

    assert.deepEqual(readHookFiles(root), []);
  });
});
