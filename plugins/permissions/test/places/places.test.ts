import assert from 'node:assert/strict';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mode } from '@pith/kernel';
import { judge } from '../fake-tools.ts';

type Verdict = 'allow' | 'ask' | 'deny' | 'none';

describe('a file call', () => {
  let top: string;
  let folder: string;

  before(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'pith-places-')));
    folder = join(top, 'project');
    await mkdir(join(folder, 'src/deep'), { recursive: true });
    await mkdir(join(folder, '.git/hooks'), { recursive: true });
    await mkdir(join(top, 'elsewhere/deep'), { recursive: true });
    await mkdir(join(top, 'added'));
    await writeFile(join(folder, 'src/a.ts'), '');
    await writeFile(join(folder, 'pith.config.ts'), 'export default { hooks: ["./policy/guard.ts", `policy/more.mjs`, \'notes.txt\'] };');
    await symlink(join(top, 'elsewhere'), join(folder, 'notes'));
    await symlink('../..', join(folder, 'src/up'));
    await symlink('src', join(folder, 'code'));
    await symlink('.git/hooks', join(folder, 'hooks'));
    await symlink(join(top, 'elsewhere/new.txt'), join(folder, 'dangling'));
    await symlink('round', join(folder, 'round'));
    await symlink(folder, join(top, 'project-link'));
  });
  after(() => rm(top, { recursive: true, force: true }));

  const check = (verdict: Verdict, tool: 'read' | 'write', paths: readonly string[], { policy = {}, mode = 'default' }: { policy?: Record<string, string[]>; mode?: Mode } = {}): void => {
    for (const path of paths) {
      it(`${mode}, ${JSON.stringify(policy)}: ${verdict} for ${tool} ${JSON.stringify(path)}`, async () => {
        const judged = await judge({ policy, mode, tool, input: { path: path.replace('TOP', top) }, folder, roots: [folder, join(top, 'added')], env: { HOME: join(top, 'home') } });
        assert.equal(judged.verdict, verdict, judged.own?.reason);
        assert.equal(judged.outcome.status, verdict === 'allow' ? 'done' : 'refused');
      });
    }
  };

  describe('that reads', () => {
    check('allow', 'read', ['src/a.ts', './src/../src/a.ts', 'TOP/project/src/a.ts', '.', 'not/there/yet', '.git/config', '.env', 'code/a.ts', 'hooks/x', 'TOP/added/x', 'TOP/project-link/src/a.ts', '..foo', 'src/a.ts/x']);
    check('ask', 'read', ['/etc/hosts', '..', '../elsewhere/x', 'TOP/projects/x', 'notes', 'notes/x', 'notes/not/there', 'src/up/x', 'dangling', 'notes/../x', 'notes/deep/../../project/src/../../x', 'round', 'round/x', 'a\0b']);
    for (const mode of ['acceptEdits', 'plan', 'dontAsk', 'bypassPermissions'] as const) {
      check('allow', 'read', ['src/a.ts'], { mode });
      check('ask', 'read', ['/etc/hosts', 'notes/x'], { mode });
    }
    check('ask', 'read', ['/etc/hosts'], { policy: { allow: ['Read', 'Read(//etc/**)'] } });
  });

  describe('that changes files', () => {
    check('none', 'write', ['src/a.ts', 'new.txt', 'TOP/added/x']);
    check('none', 'write', ['src/a.ts'], { mode: 'dontAsk' });
    check('deny', 'write', ['src/a.ts', '.git/x', '/etc/x'], { mode: 'plan' });
    check('allow', 'write', ['src/a.ts', 'new/folder/x.txt', 'code/b.ts', 'TOP/added/x', '.gitignore', '.github/workflows/x.yml', 'README.md', 'src/git', 'pith.configs', 'agents/x.md'], { mode: 'acceptEdits' });
    check('allow', 'write', ['src/a.ts', 'new.txt'], { mode: 'bypassPermissions' });
    for (const mode of ['default', 'acceptEdits', 'bypassPermissions', 'dontAsk'] as const) {
      check('ask', 'write', ['.git/config', '/etc/x', '../x', 'notes/today.md', 'dangling', 'hooks/pre-commit'], { mode, policy: { allow: ['Edit'] } });
    }
    check('ask', 'write', [
      '.git', '.git/hooks/pre-commit', 'sub/.git/config', '.GIT/config', '.Git/x', '.git./x', '.git /x', '.gi\u200ct/x', '.git::$INDEX_ALLOCATION/x', 'GIT~1/config', 'src/../.git/x', './/.git//x', 'TOP/project/.git/x', 'TOP/project-link/.git/x', '\uff0egit/x',
      '.pith/settings.json', '.claude/x', '.agents/x/y', 'pith.config.ts', 'pith.config.mjs', 'Pith.Config.JS', 'policy/guard.ts', 'policy/GUARD.ts', 'policy/more.mjs', 'pith-plugins.lock', 'AGENTS.md', 'agents.md', 'docs/CLAUDE.md', '.mcp.json', '.vscode/tasks.json', '.idea/x', '.husky/pre-commit',
      '.envrc', '.npmrc', 'web/.yarnrc.yml', '.yarn/releases/x.cjs', '.pnpmfile.cjs', 'pip.conf', '.cargo/config.toml', '.bashrc', '.zshenv', '.profile', '.gitconfig',
    ], { mode: 'acceptEdits' });
    check('allow', 'write', ['policy/other.ts', 'notes.txt'], { mode: 'acceptEdits' });
  });

  describe('under a rule', () => {
    check('allow', 'write', ['src/a.ts', 'src/deep/b.ts', 'code/a.ts'], { policy: { allow: ['Edit(src/**)'] } });
    check('none', 'write', ['README.md', 'other/src/a.ts', 'srcs/a.ts', 'SRC/a.ts', 'src'], { policy: { allow: ['Edit(src/**)'] } });
    check('allow', 'write', ['src/a.ts', 'deep/src/x', 'src'], { policy: { allow: ['Edit(src)'] } });
    check('allow', 'write', ['a.md', 'docs/b.md'], { policy: { allow: ['Write(*.md)'] } });
    check('none', 'write', ['a.md/x', 'a.mdx', 'a.MD'], { policy: { allow: ['Edit(*.md)'] } });
    check('none', 'write', ['code/a.ts'], { policy: { allow: ['Edit(code/**)'] } });
    check('none', 'write', ['src/deep/b.ts'], { policy: { allow: ['Edit(src/*)', 'Edit(/*.ts)', 'Edit(src/a.ts)', 'Read(src/**)', 'Read'] } });
    check('allow', 'write', ['src/b.ts', 'TOP/added/src/b.ts'], { policy: { allow: ['Edit(/src/*)'] } });
    check('allow', 'write', ['a/b/c/d.ts', 'a/d.ts'], { policy: { allow: ['Edit(a/**/d.ts)'] } });
    check('allow', 'write', ['x[1]*.ts'], { policy: { allow: ['Edit(x\\[1\\]\\*.ts)'] } });
    check('none', 'write', ['x1b.ts'], { policy: { allow: ['Edit(x\\[1\\]\\*.ts)'] } });
    check('allow', 'write', ['b3.txt'], { policy: { allow: ['Edit([a-c][!0-2].txt)'] } });
    check('none', 'write', ['d3.txt', 'b1.txt'], { policy: { allow: ['Edit([a-c][!0-2].txt)'] } });
    check('allow', 'write', ['src/x'], { policy: { allow: ['Edit(//**)'] } });
    check('allow', 'write', ['src/x'], { policy: { allow: ['write'] } });
    check('deny', 'read', ['.env', 'sub/.env', '.ENV', 'TOP/project/.env', 'src/../.env', '.env/x'], { policy: { deny: ['Read(.env)'], allow: ['Read'] }, mode: 'bypassPermissions' });
    check('allow', 'read', ['.env.example', 'env'], { policy: { deny: ['Read(.env)'] } });
    check('deny', 'read', ['code/a.ts', 'src/a.ts'], { policy: { deny: ['Read(code)', 'Read(src/a.ts)'] } });
    check('deny', 'read', ['caf\u00e9.txt', 'cafe\u0301.txt'], { policy: { deny: ['Read(café.txt)'] } });
    check('deny', 'read', ['TOP/home/x', '/etc/hosts', '/ETC/hosts'], { policy: { deny: ['Read(~/**)', 'Read(//etc/*)'] } });
    check('ask', 'write', ['src/a.ts'], { policy: { ask: ['Edit(src/**)'], allow: ['Edit(src/a.ts)'] }, mode: 'bypassPermissions' });
    check('deny', 'write', ['src/a.ts'], { policy: { deny: ['Edit(src/**)'], ask: ['Edit(src/a.ts)'], allow: ['Edit(src/a.ts)'] } });
    check('allow', 'write', ['src/a.ts'], { policy: { deny: ['Read(src/**)'], allow: ['Edit(src/**)'] } });
  });

  it('that both reads and changes needs every part allowed', async () => {
    const move = (policy: unknown, from: string, path: string) => judge({ policy, tool: 'move', input: { from, path }, folder });

    assert.equal((await move({ allow: ['Edit(src/**)'] }, 'src/a.ts', 'src/b.ts')).verdict, 'none');
    assert.equal((await move({ allow: ['Edit(src/**)', 'Read(src/**)'] }, 'src/a.ts', 'src/b.ts')).verdict, 'allow');
    assert.equal((await move({ allow: ['Edit', 'Read'] }, '../elsewhere/x', 'src/b.ts')).verdict, 'ask');
    assert.equal((await move({ allow: ['Edit', 'Read'], deny: ['Read(src/a.ts)'] }, 'src/a.ts', 'src/b.ts')).verdict, 'deny');
  });

  it('names the rule, where it is written, and the place', async () => {
    const policy = { deny: [{ rule: 'Read(.env)', source: '.pith/settings.json:4' }], allow: [{ rule: 'Edit(src/**)', source: 'user settings' }] };

    const { own: denied, outcome } = await judge({ policy, tool: 'read', input: { path: '.env' }, folder });
    const { own: allowed } = await judge({ policy, tool: 'write', input: { path: 'src/a.ts' }, folder });
    const { own: asked } = await judge({ policy, tool: 'write', input: { path: '.git/config' }, folder });

    assert.deepEqual(denied, { plugin: 'permissions', tap: 'permissions', verdict: 'deny', reason: 'a deny rule matches (glob)', rule: 'Read(.env)', source: '.pith/settings.json:4' });
    assert.match((outcome.content[0] as { text: string }).text, /not allowed by permissions \(rule Read\(\.env\)\): a deny rule matches/);
    assert.deepEqual(allowed, { plugin: 'permissions', tap: 'permissions', verdict: 'allow', reason: 'glob', rule: 'Edit(src/**)', source: 'user settings' });
    assert.equal(asked?.reason, '.git is protected: git runs what its settings and hooks name');
  });

  it('asks where the file system cannot tell where a path leads', async () => {
    const { own } = await judge({ mode: 'bypassPermissions', tool: 'write', input: { path: `src/${'x'.repeat(300)}` }, folder });

    assert.equal(own?.verdict, 'ask');
    assert.match(own.reason, /^it cannot be told where src\/x{196}… leads$/);
  });

  it('is judged from a root that is itself a link', async () => {
    const { verdict } = await judge({ mode: 'acceptEdits', tool: 'write', input: { path: 'src/a.ts' }, folder: join(top, 'project-link') });
    const { verdict: guarded } = await judge({ mode: 'acceptEdits', tool: 'write', input: { path: '.git/x' }, folder: join(top, 'project-link') });

    assert.deepEqual([verdict, guarded], ['allow', 'ask']);
  });
});
