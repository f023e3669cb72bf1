import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deepReadOf } from '../../src/places/deep-read.ts';
import { parseGitConfig } from '../../src/git/git-config.ts';
import { findHarmlessRepository } from '../../src/git/git-repository.ts';
import { isHarmless } from '../../src/looking/harmless.ts';
import type { Surroundings } from '../../src/subject.ts';

describe('git without a rule', () => {
  let top: string;
  let project: string;
  let env: Record<string, string>;

  const git = (cwd: string, ...words: string[]): string => execFileSync('git', words, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const surroundings = (cwd: string, root = project): Surroundings => ({ cwd, roots: [root], realRoots: [root], home: join(top, 'home'), realHome: join(top, 'home') });
  const passes = (command: string, cwd = project, root = project): boolean => isHarmless(command.match(/'[^']*'|\S+/g)!.map((word) => word.replace(/^'|'$/g, '')), surroundings(cwd, root), env);

  let template: string;
  before(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'pith-git-template-')));
    template = top;
    project = join(top, 'project');
    mkdirSync(join(top, 'home'));
    env = { HOME: join(top, 'home'), PATH: process.env['PATH']!, GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org' };
    git(top, 'init', '-q', '--template=', '-b', 'main', project);
    mkdirSync(join(project, '.git/info'));
    mkdirSync(join(project, 'src'));
    writeFileSync(join(project, 'src/a.txt'), 'one\n');
    writeFileSync(join(project, 'src/b.txt'), 'one\n');
    git(project, 'add', 'src');
    git(project, 'commit', '-qm', 'first');
  });
  after(() => rmSync(template, { recursive: true, force: true }));
  beforeEach(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'pith-git-')));
    cpSync(template, top, { recursive: true });
    project = join(top, 'project');
    env = { ...env, HOME: join(top, 'home') };
  });
  afterEach(() => rmSync(top, { recursive: true, force: true }));

  for (const command of [
    'git status', 'git status -sb', 'git status --short --branch', 'git status --porcelain=v2', 'git diff', 'git diff --stat', 'git diff HEAD~1 -- src', 'git diff --cached', 'git diff -U5 --color=never', 'git diff main..feature', 'git diff --name-only HEAD',
    'git log', 'git log --oneline -20', 'git log -n 5 -p -- src/a.txt', 'git log --format=%H --since=yesterday', 'git log --all --graph --decorate', 'git log -S one', 'git log --author me --grep fix', 'git log main..HEAD', 'git log -L 1,3:src/a.txt', 'git --no-pager log -1',
    'git show', 'git show HEAD', 'git show --stat HEAD~2', 'git show HEAD:src/a.txt', 'git branch', 'git branch -a', 'git branch -vv', 'git branch --show-current', 'git branch --list x*', 'git branch --merged main', 'git branch --contains HEAD', 'git tag', 'git tag -l v1.*', 'git tag --sort=-creatordate',
    'git remote', 'git remote -v', 'git remote get-url origin', 'git rev-parse HEAD', 'git rev-parse --show-toplevel', 'git rev-parse --abbrev-ref HEAD', 'git ls-files', 'git ls-files --others --exclude-standard', 'git ls-tree -r HEAD --name-only', 'git cat-file -p HEAD', 'git cat-file -t HEAD',
    'git blame src/a.txt', 'git blame -L 1,5 -w src/a.txt', 'git describe --tags --always', 'git shortlog -sn HEAD', 'git grep -n one', 'git grep -e one -- src', 'git config --get user.name', 'git config --list', 'git config user.email', 'git worktree list', 'git reflog', 'git reflog show main -5', 'git stash list',
    'git stash show -p', 'git merge-base main HEAD', 'git symbolic-ref --short HEAD', 'git rev-list --count HEAD', 'git name-rev HEAD', 'git count-objects -v', 'git for-each-ref --format=%(refname)', 'git check-ignore -v x', 'git show-ref', 'git submodule status', 'git --version', 'git version', 'git diff-tree -r HEAD',
  ]) {
    it(`lets ${command} pass in a plain repository`, () => assert.equal(passes(command), true));
  }

  for (const command of [
    'git', 'git push', 'git pull', 'git fetch', 'git commit -m x', 'git add .', 'git checkout main', 'git switch main', 'git restore .', 'git reset --hard', 'git clean -fd', 'git rebase main', 'git rebase -x id', 'git merge x', 'git bisect run x', 'git submodule foreach id', 'git submodule update', 'git gc', 'git init', 'git clone x',
    'git -c core.fsmonitor=./x status', 'git -C src status', 'git --git-dir=x status', 'git --git-dir x status', 'git --work-tree=. status', 'git --exec-path=x status', 'git --exe=x status', 'git -p log', 'git --paginate log', 'git --bare log', 'git --config-env=a=b log', 'git --namespace=x log',
    'git diff --ext-diff', 'git log -p --ext-diff', 'git log --textconv', 'git diff --textconv', 'git diff --output=x', 'git diff --outp=x', 'git log --output x', 'git diff --ex', 'git diff --no-index a b', 'git diff --no-ind a b', 'git diff -Oorder', 'git diff --submodule=diff', 'git grep -O one', 'git grep --open-files-in-pager=id one', 'git grep -Oid one', 'git grep --no-index x', 'git grep -f x',
    'git log --show-signature', 'git log --format=%G?', 'git log --pretty=format:%GS', 'git for-each-ref --format=%(signature)', 'git show --since --output=x', 'git log --grep --output=x', 'git branch new', 'git branch -d main', 'git branch -D main', 'git branch -v new', 'git branch -m a b', 'git branch -l new', 'git branch --edit-description', 'git branch -u x', 'git tag v1', 'git tag -d v1', 'git tag -v v1', 'git tag -a x',
    'git remote add x y', 'git remote show origin', 'git remote update', 'git remote -v update', 'git remote set-url a b', 'git remote prune origin', 'git config a.b c', 'git config --unset a.b', 'git config --edit', 'git config -e', 'git config edit', 'git config --file x --list', 'git config --global a.b c', 'git config set a b', 'git config --get a b c', 'git stash', 'git stash pop', 'git stash -p', 'git stash -- list', 'git stash -q list', 'git stash drop',
    'git worktree add x', 'git worktree -- list x', 'git reflog expire --all', 'git reflog delete x', 'git symbolic-ref HEAD refs/heads/x', 'git symbolic-ref -d HEAD', 'git cat-file --textconv HEAD:src/a.txt', 'git cat-file --filters HEAD:x', 'git blame --contents x src/a.txt', 'git ls-remote', 'git ls-files -X x', 'git notes', 'git archive HEAD', 'git format-patch HEAD', 'git fsck', 'git help log', 'git log --help', 'git difftool', 'git mergetool',
    'git update-index --refresh', 'git alias', 'git upload-pack .', 'git fast-export', 'git verify-commit HEAD', 'git instaweb', 'git daemon', 'git hook run x', 'git rev-parse --parseopt',
  ]) {
    it(`does not let ${command} pass by itself`, () => assert.equal(passes(command), false));
  }

  /** Each makes a repository in which a look runs something: `touch` is a program that leaves a mark. */
  const traps: [what: string, run: string, set: (touch: string) => void, command?: string][] = [
    ['core.fsmonitor', 'status', (touch) => git(project, 'config', 'core.fsmonitor', touch)],
    ['core.fsmonitor in a section written on one line', 'status', (touch) => writeFileSync(join(project, '.git/config'), `[core] repositoryformatversion = 0\n[CORE]FSMonitor=${touch}\n`)],
    ['an included file', 'status', (touch) => { writeFileSync(join(project, 'more'), `[core]\n\tfsmonitor = ${touch}\n`); git(project, 'config', 'include.path', '../more'); }],
    ['a file included for this folder', 'status', (touch) => { writeFileSync(join(project, 'more'), `[core]\n\tfsmonitor = ${touch}\n`); git(project, 'config', `includeIf.gitdir:${project}/.path`, join(project, 'more')); }],
    ['settings of the work tree', 'status', (touch) => { git(project, 'config', 'extensions.worktreeConfig', 'true'); git(project, 'config', '--worktree', 'core.fsmonitor', touch); }],
    ['diff.external', 'diff', (touch) => git(project, 'config', 'diff.external', touch)],
    ['a driver for diff', 'diff', (touch) => { git(project, 'config', 'diff.x.command', touch); writeFileSync(join(project, '.gitattributes'), '* diff=x\n'); }],
    ['textconv', 'log -p', (touch) => { git(project, 'config', 'diff.x.textconv', touch); writeFileSync(join(project, '.git/info/attributes'), '* diff=x\n'); }],
    ['a filter', 'status', (touch) => { git(project, 'config', 'filter.x.clean', touch); writeFileSync(join(project, '.git/info/attributes'), '* filter=x\n'); }],
    ['a filter that is a process', 'diff', (touch) => { git(project, 'config', 'filter.x.process', touch); writeFileSync(join(project, '.git/info/attributes'), '* filter=x\n'); }],
    ['a hook after the index changes', 'status', (touch) => { mkdirSync(join(project, '.git/hooks'), { recursive: true }); cpSync(touch, join(project, '.git/hooks/post-index-change')); }],
    ['hooks in a folder of the project', 'status', (touch) => { mkdirSync(join(project, 'tools')); cpSync(touch, join(project, 'tools/post-index-change')); git(project, 'config', 'core.hooksPath', 'tools'); }],
    ['a program that verifies signatures', 'log', (touch) => { git(project, 'config', 'log.showSignature', 'true'); git(project, 'config', 'gpg.program', touch); sign(); }],
    ['a format that verifies signatures', 'log', (touch) => { git(project, 'config', 'format.pretty', '%G?'); git(project, 'config', 'gpg.program', touch); sign(); }],
    ['a promised object that is fetched when it is looked at', 'show HEAD:src/a.txt', (touch) => {
      git(project, 'config', 'extensions.partialClone', 'origin');
      git(project, 'config', 'remote.origin.url', `ext::${touch}`);
      git(project, 'config', 'remote.origin.promisor', 'true');
      git(project, 'config', 'protocol.ext.allow', 'always');
      const blob = git(project, 'rev-parse', 'HEAD:src/a.txt').trim();
      rmSync(join(project, '.git/objects', blob.slice(0, 2), blob.slice(2)), { force: true });
    }],
    ['a submodule with settings of its own', 'status', (touch) => {
      git(project, 'init', '-q', 'sub');
      git(join(project, 'sub'), 'commit', '-q', '--allow-empty', '-m', 'x');
      git(project, 'add', 'sub');
      git(join(project, 'sub'), 'config', 'core.fsmonitor', touch);
    }],
    ['a submodule with a filter', 'diff', (touch) => {
      git(project, 'init', '-q', 'sub');
      writeFileSync(join(project, 'sub/f'), 'x');
      git(join(project, 'sub'), 'add', 'f');
      git(join(project, 'sub'), 'commit', '-q', '-m', 'x');
      git(project, 'add', 'sub');
      git(project, 'update-index', '--index-version', '4');
      git(join(project, 'sub'), 'config', 'filter.x.clean', touch);
      writeFileSync(join(project, 'sub/.git/info/attributes'), '* filter=x\n');
      writeFileSync(join(project, 'sub/f'), 'y');
    }],
    ['a folder laid out like a repository', 'status', (touch) => {
      git(project, 'init', '-q', '--bare', 'fixture');
      git(join(project, 'fixture'), 'config', 'core.bare', 'false');
      git(join(project, 'fixture'), 'config', 'core.worktree', project);
      git(join(project, 'fixture'), 'config', 'core.fsmonitor', touch);
    }, 'fixture'],
    ['a folder whose repository lies in another', 'log -p', (touch) => {
      mkdirSync(join(project, 'fixture'));
      writeFileSync(join(project, 'fixture/HEAD'), 'ref: refs/heads/main\n');
      writeFileSync(join(project, 'fixture/commondir'), '../parts\n');
      cpSync(join(project, '.git'), join(project, 'parts'), { recursive: true });
      git(project, '--git-dir=parts', 'config', 'diff.x.textconv', touch);
      writeFileSync(join(project, 'parts/info/attributes'), '* diff=x\n');
    }, 'fixture'],
    ['a .git that is a link to another folder', 'status', (touch) => {
      cpSync(join(project, '.git'), join(project, 'data'), { recursive: true });
      rmSync(join(project, '.git'), { recursive: true });
      git(project, '--git-dir=data', 'config', 'core.fsmonitor', touch);
      symlinkSync('data', join(project, '.git'));
    }],
    ['a .git that names another folder', 'status', (touch) => {
      cpSync(join(project, '.git'), join(project, 'data'), { recursive: true });
      rmSync(join(project, '.git'), { recursive: true });
      git(project, '--git-dir=data', 'config', 'core.fsmonitor', touch);
      writeFileSync(join(project, '.git'), 'gitdir: data\n');
    }],
  ];

  /** A commit that says it is signed. */
  function sign(): void {
    const tree = git(project, 'rev-parse', 'HEAD^{tree}').trim();
    const text = `tree ${tree}\nauthor a <a@example.org> 1700000000 +0000\ncommitter a <a@example.org> 1700000000 +0000\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\nsigned\n`;
    const id = execFileSync('git', ['hash-object', '-w', '-t', 'commit', '--stdin'], { cwd: project, env, input: text, encoding: 'utf8' }).trim();
    git(project, 'update-ref', 'HEAD', id);
  }

  for (const [what, command, set, folder = '.'] of traps) {
    it(`asks where ${what} would run a program, which really happens`, () => {
      const mark = join(top, 'mark');
      const touch = join(top, 'touch.sh');
      writeFileSync(touch, `#!/bin/sh\necho ran >> ${mark}\n`);
      chmodSync(touch, 0o755);
      const cwd = join(project, folder);
      assert.equal(passes('git status'), true);
      set(touch);
      rmSync(mark, { force: true });
      writeFileSync(join(project, 'src/a.txt'), 'two\n');

      assert.equal(passes(`git ${command}`, cwd), false);
      assert.equal(existsSync(mark), false);
      spawnSync('git', command.split(' '), { cwd, env, timeout: 10_000 });
      assert.equal(existsSync(mark), true, 'the trap is none');
    });
  }

  it('passes where a real clone keeps what git and other programs write into its settings', () => {
    git(top, 'clone', '-q', project, 'clone');
    const clone = join(top, 'clone');
    for (const [key, value] of [
      ['user.name', 'a'], ['pull.rebase', 'true'], ['branch.main.description', 'a "b" #c'], ['alias.st', '!id'], ['core.hooksPath', '.husky/_'], ['credential.helper', 'store'], ['http.https://example.org/.extraheader', 'x'], ['remote.origin.gh-resolved', 'base'],
      ['submodule.x.url', '../x'], ['core.autocrlf', 'input'], ['core.fsmonitor', 'false'], ['commit.gpgsign', 'true'],
    ] as const) git(clone, 'config', key, value);

    assert.equal(passes('git status', clone, clone), true);
    assert.equal(passes('git log -p', join(clone, 'src'), clone), true);
  });

  it('passes in a work tree of the same repository, and not where anybody points at it', () => {
    git(project, 'worktree', 'add', '-q', '../tree');
    mkdirSync(join(top, 'thief'));
    writeFileSync(join(top, 'thief/.git'), `gitdir: ${join(project, '.git/worktrees/tree')}\n`);
    const spied = join(top, 'spied');
    mkdirSync(spied);
    writeFileSync(join(spied, '.git'), `gitdir: ${join(project, '.git')}\n`);

    assert.equal(passes('git status', join(top, 'tree'), join(top, 'tree')), true);
    assert.equal(passes('git status', join(top, 'thief'), join(top, 'thief')), false);
    assert.equal(passes('git log', spied, spied), false);
  });

  it('passes with a submodule as git makes one', () => {
    git(top, 'init', '-q', 'lib');
    git(join(top, 'lib'), 'commit', '-q', '--allow-empty', '-m', 'x');
    git(project, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', '../lib', 'lib');

    assert.equal(passes('git status'), true);
    assert.equal(passes('git log', join(project, 'lib')), true);
    git(join(project, 'lib'), 'config', 'core.pager', 'id');
    assert.equal(passes('git status'), false);
  });

  it('shows no contents where the repository lies around the root, and asks where the environment says something to git', () => {
    const part = join(project, 'src');
    for (const command of ['git status', 'git log --oneline', 'git branch -a', 'git diff --stat', 'git rev-parse HEAD']) assert.equal(passes(command, part, part), true, command);
    for (const command of ['git diff', 'git show', 'git log -p', 'git status -v', 'git blame a', 'git stash show -p']) assert.equal(passes(command, part, part), false, command);
    assert.equal(isHarmless(['git', 'log'], surroundings(project), { ...env, GIT_PAGER: 'cat' }), true);
    for (const name of ['GIT_EXTERNAL_DIFF', 'GIT_DIR', 'GIT_CONFIG_COUNT', 'GIT_NEW']) assert.equal(isHarmless(['git', 'diff'], surroundings(project), { ...env, [name]: './x' }), false, name);
  });

  it('passes where no repository is, in whose settings git could look', () => {
    const empty = join(top, 'empty', 'inner');
    mkdirSync(empty, { recursive: true });

    for (const command of ['git status', 'git log --oneline', 'git diff', 'git diff HEAD']) assert.equal(passes(command, empty, empty), true, command);
    assert.equal(passes('git diff a b', empty, empty), false, 'compares any two places');
    assert.equal(passes('git status', join(top, 'not-there'), join(top, 'not-there')), true);
    mkdirSync(join(top, 'empty', 'objects'));
    writeFileSync(join(top, 'empty', 'HEAD'), 'ref: refs/heads/main\n');
    assert.equal(passes('git status', empty, empty), false, 'below a folder laid out like a repository');
  });

  it('reads no setting of which it is not certain', () => {
    assert.deepEqual(parseGitConfig('[core]\n\tbare = false ; no\n# x\n\n[remote "a\\"b"]\r\n\tURL=x\r\n[x]y\n'), [
      { section: 'core', sub: '', key: 'bare', value: 'false ; no' }, { section: 'remote', sub: 'a"b', key: 'url', value: 'x' }, { section: 'x', sub: '', key: 'y', value: 'true' },
    ]);
    for (const text of ['[core', 'bare = true', '[core]\n\tbare = a\\\n\tfsmonitor = x', '[a.b]\nc = d', '[core]\n= x', '\ufeff[core]', '[core]\na b', '[core "x\n"]']) assert.equal(parseGitConfig(text), undefined, JSON.stringify(text));
  });

  it('names every tracked file, in every version of the index, and none where the index is split', () => {
    for (const name of ['src/b', 'src/bc/d.txt', 'ä'.repeat(90), `z${'y'.repeat(70)}`]) { mkdirSync(join(project, 'src/bc'), { recursive: true }); writeFileSync(join(project, name), ''); }
    git(project, 'add', '.');
    git(project, 'update-index', '--add', '--cacheinfo', `100644,${git(project, 'rev-parse', 'HEAD:src/a.txt').trim()},${'long/'.repeat(900)}x`);
    for (const version of ['2', '4']) {
      git(project, 'update-index', '--index-version', version);
      const found = findHarmlessRepository(surroundings(project))!.tracked();
      assert.deepEqual(found, git(project, 'ls-files', '-z').split('\0').slice(0, -1), version);
    }
    git(project, 'update-index', '--index-version', '2');
    writeFileSync(join(project, 'later'), '');
    git(project, 'add', '--intent-to-add', 'later');
    assert.ok(findHarmlessRepository(surroundings(project))!.tracked().includes('later'));
    git(project, 'update-index', '--split-index');
    assert.equal(findHarmlessRepository(surroundings(project)), undefined);
  });

  it('is said to show what is tracked, where it shows contents', () => {
    const shown = (command: string): readonly string[] | undefined => deepReadOf(command.split(' '), surroundings(project))?.list().paths;

    for (const command of ['git diff', 'git log -p']) assert.deepEqual(shown(command), [join(project, 'src/a.txt'), join(project, 'src/b.txt')], command);
    for (const command of ['git log', 'git status', 'git diff --stat', 'git branch']) assert.equal(shown(command), undefined, command);
  });
});
