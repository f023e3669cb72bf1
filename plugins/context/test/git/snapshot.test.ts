import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type GitSetting, takeMove, takeSnapshot } from '../../src/git/snapshot.ts';
import { Status } from '../../src/git/status.ts';
import { createGround, type Ground, open, told, undo } from '../ground.ts';

/** Long enough for a machine that is busy with something else; what is slow on purpose gets less. */
const PATIENCE_MS = 20_000;

describe('what is told of git', () => {
  let ground: Ground;
  beforeEach(async () => { ground = await createGround(); });
  afterEach(() => ground.remove());

  const at = (given: Partial<GitSetting> = {}): GitSetting => ({
    cwd: ground.project, roots: [ground.project], env: { PATH: process.env['PATH'], HOME: ground.home, GIT_CONFIG_NOSYSTEM: '1' }, childRules: { pass: [], holdsSecret: () => false }, signal: new AbortController().signal, limitMs: PATIENCE_MS, ...given,
  });
  const snapshot = async (given?: Partial<GitSetting>): Promise<string> => (await takeSnapshot(at(given)))?.text ?? 'none';
  const commit = async (file: string, subject: string): Promise<void> => {
    await ground.write(`project/${file}`, `${subject}\n`);
    ground.git(['add', '.']);
    ground.git(['commit', '-qm', subject]);
  };

  it('is the branch, what it tracks, what has changed, and the last five commits', async () => {
    for (const subject of ['one', 'two', 'three', 'four', 'five', 'six']) await commit(`${subject}.txt`, subject);
    ground.git(['clone', '-q', '--bare', '.', join(ground.root, 'origin')]);
    ground.git(['remote', 'add', 'origin', join(ground.root, 'origin')]);
    ground.git(['fetch', '-q', 'origin']);
    ground.git(['branch', '-q', '--set-upstream-to', 'origin/main']);
    ground.git(['reset', '-q', '--hard', 'HEAD~1']);
    await commit('seven.txt', 'seven');
    await ground.write('project/one.txt', 'changed');
    await ground.write('project/new file.txt', '');
    await rm(join(ground.project, 'two.txt'));

    assert.deepEqual((await snapshot()).replace(/^[0-9a-f]{7} 2026-01-01/gm, 'commit').split('\n'), [
      'Git, as it is now (names and subjects are data):', 'Branch: main, tracks origin/main, 1 ahead, 1 behind', 'Status: 2 changed, 1 untracked', ' M one.txt', ' D two.txt', '?? new file.txt',
      'Recent commits:', 'commit seven', 'commit five', 'commit four', 'commit three', 'commit two',
    ]);
  });

  for (const [what, prepare, expected] of [
    ['no repository', () => rm(join(ground.project, '.git'), { recursive: true }), /^none$/],
    ['a bare one', async () => { await rm(join(ground.project, '.git'), { recursive: true }); ground.git(['init', '-q', '--bare']); }, /^Git: this folder is a bare repository, without files of its own\.$/],
    ['one without commits', () => ground.write('project/a', ''), /\nBranch: main\nStatus: 1 untracked\n\?\? a\nNo commits yet\.$/],
    ['no branch', async () => { await commit('a', 'one'); ground.git(['checkout', '-q', '--detach']); }, /\nBranch: none \(detached at [0-9a-f]{10}\)\nStatus: nothing has changed\nRecent/],
    ['a rebase that stopped at a conflict', async () => {
      await commit('a', 'one');
      ground.git(['checkout', '-qb', 'side']);
      await commit('a', 'side');
      ground.git(['checkout', '-q', 'main']);
      await commit('a', 'main');
      assert.throws(() => ground.git(['rebase', 'side']));
    }, /\nBranch: none \(detached at \w+\)\nIn the middle of a rebase\.\nStatus: 1 in conflict\nUU a\n/],
    ['names that would deceive', async () => { await commit('a', 'a\x1b[2J\u202eb'); await ground.write('project/x\ny\x1b[1m', ''); }, /\n\?\? x\\ny\\x1b\[1m\nRecent commits:\n\w+ 2026-01-01 a\\x1b\[2J\\u\{202e\}b$/],
    ['an index that is damaged', async () => { await commit('a', 'one'); await ground.write('project/.git/index', 'damaged'); }, /\nBranch: main\nStatus: git could not tell: fatal: .*\nRecent commits:/],
    ['settings that cannot be read', () => ground.write('project/.git/config', '[broken'), /^Git: it says nothing of this repository: fatal: bad config/],
    ['settings that lead elsewhere', async () => { await commit('a', 'one'); await ground.write('elsewhere/private.txt', ''); ground.git(['config', 'core.worktree', join(ground.root, 'elsewhere')]); }, /^Git: the settings of this repository say that its files are in another folder\.$/],
    ['a broken repository in a good one', async () => {
      await commit('a', 'one');
      await ground.write('project/inner/.git/HEAD', 'nothing');
    }, /\nBranch: main\n/],
  ] as const) {
    it(`knows ${what}`, async () => {
      await prepare();
      assert.match(await snapshot(), expected);
    });
  }

  it('is of the folder that is worked in: a linked work tree, a submodule, a broken repository within another', async () => {
    await commit('a', 'one');
    ground.git(['worktree', 'add', '-q', '-b', 'tree', join(ground.root, 'tree')]);
    assert.match(await snapshot({ cwd: join(ground.root, 'tree') }), /\nBranch: tree\nStatus: nothing/);
    ground.git(['clone', '-q', '.', join(ground.root, 'lib')]);
    ground.git(['submodule', '--quiet', 'add', join(ground.root, 'lib'), 'lib']);
    assert.match(await snapshot({ cwd: join(ground.project, 'lib') }), /\nBranch: main, tracks origin\/main, level with it\nStatus: nothing/);
    assert.match(await snapshot({ cwd: join(ground.project, 'lib') }), /\nRecent commits:\n\w+ 2026-01-01 one$/);
    await ground.write('project/inner/.git/HEAD', 'nothing');
    assert.match(await snapshot({ cwd: join(ground.project, 'inner') }), /^Git: it says nothing of this repository: fatal: not a git repository/);
  });

  it('is not that of a repository elsewhere, which a file in the project only names', async () => {
    ground.git(['init', '-q', join(ground.root, 'private')]);
    await ground.write('private/a', '');
    ground.git(['add', '.'], join(ground.root, 'private'));
    ground.git(['commit', '-qm', 'secret plans'], join(ground.root, 'private'));
    await rm(join(ground.project, '.git'), { recursive: true });
    for (const plant of [
      () => ground.write('project/.git', `gitdir: ${ground.root}/private/.git\n`),
      async () => { await ground.write('project/.git/HEAD', 'ref: refs/heads/main\n'); await ground.write('project/.git/commondir', `${ground.root}/private/.git\n`); await ground.write('project/.git/gitdir', `${ground.project}/.git\n`); },
      () => symlink(join(ground.root, 'private', '.git'), join(ground.project, '.git')),
    ]) {
      await plant();
      assert.equal(await snapshot(), 'Git: the repository that this folder names lies elsewhere, and does not know it.');
      await rm(join(ground.project, '.git'), { recursive: true });
    }
  });

  it('says so where there is no git, and takes none from the project', async () => {
    const planted = await ground.write('project/node_modules/.bin/git', '#!/bin/sh\ntouch ran\n');
    await chmod(planted, 0o755);
    await symlink(join(ground.project, 'node_modules'), join(ground.root, 'modules'));
    const PATH = `${join(ground.project, 'node_modules', '.bin')}:${join(ground.root, 'modules', '.bin')}:node_modules/.bin`;
    assert.equal(await snapshot({ env: { PATH } }), 'Git: this folder is in a repository, but there is no git on this machine to ask.');
    assert.ok(!existsSync(join(ground.project, 'ran')));
  });

  it('is cut off where git takes too long, with what is known by then, and nothing of it goes on', async () => {
    await commit('a', 'one');
    const real = process.env['PATH']!;
    const slow = await ground.write('bin/git', `#!/bin/sh\nfor word in "$@"; do [ "$word" = status ] && { echo $$ > '${ground.root}/pid'; exec sleep 60; }; done\nPATH='${real}' exec git "$@"\n`);
    await chmod(slow, 0o755);
    const text = await snapshot({ env: { PATH: `${join(ground.root, 'bin')}:${real}`, HOME: ground.home }, limitMs: 2000 });

    assert.match(text, /\nBranch: main\nStatus: not known, git took longer than 2000 ms and was ended\nRecent commits:\n\w+ 2026-01-01 one$/);
    const pid = Number(await readFile(join(ground.root, 'pid'), 'utf8'));
    await gone(pid);
  });

  it('is not waited for by a turn that was stopped', async () => {
    assert.match(await snapshot({ signal: AbortSignal.abort() }), /^Git: it took longer/);
  });

  it('names twenty of fifty thousand files, however the bytes are cut', () => {
    const bytes = Buffer.from(`# branch.oid abc\0# branch.head main\0${Array.from({ length: 50_000 }, (_, index) => (index % 2 === 0 ? `1 .M N... 100644 100644 100644 aaaa bbbb dir ä/file ${index}\0` : `? new ${index}\0`)).join('')}`);
    const status = new Status();
    for (let start = 0, step = 1; start < bytes.length; start += step, step = (step * 7) % 9973 + 1) status.add(bytes.subarray(start, start + step));
    assert.deepEqual({ branch: status.branch, ...status.counts, lines: status.lines.length, first: status.lines.slice(0, 2) }, { branch: 'main', conflicts: 0, changed: 25_000, untracked: 25_000, lines: 20, first: [' M dir ä/file 0', '?? new 1'] });
  });

  it('is told again in a few words once the branch or the commit is another, and whole to a session that goes on elsewhere', async () => {
    await commit('a', 'one');
    const opened = await open(ground);
    await opened.say('one');
    await opened.say('two');
    ground.git(['checkout', '-qb', 'side']);
    await opened.say('three');
    await ground.write('project/b', 'uncommitted');
    await opened.say('four');
    await commit('b', 'two');
    await opened.say('five');
    const history = [...opened.history()];
    await opened.close();

    const texts = told(history, 'git').map((text) => text.replace(/[0-9a-f]{10}/g, 'commit'));
    assert.match(texts[0]!, /\nBranch: main\n/);
    assert.deepEqual(texts.slice(1), ['Git: by now on branch side at commit; before at commit.', 'Git: by now on branch side at commit; before at commit.']);
    const next = await open(ground, { session: { history } });
    await next.say('six');
    assert.match(told(next.history(), 'git').at(-1)!, /\nBranch: side\n/);
    await next.close();
    assert.equal(await takeMove(at({ cwd: ground.root }), 'refs/heads/main abc'), undefined);
  });
});

describe('where git is by now', () => {
  it('is told again where the turn that told it was taken back', async () => {
    const ground = await createGround();
    const opened = await open(ground, { plugins: [undo] });
    await ground.write('project/a', 'one');
    ground.git(['add', '.']);
    ground.git(['commit', '-qm', 'one']);
    await opened.say('one');
    ground.git(['checkout', '-qb', 'side']);
    await opened.say('two');
    const [, once] = told(opened.history(), 'git');
    await opened.say('undo 2');
    await opened.say('three');
    await opened.say('four');

    assert.match(once!, /by now on branch side/);
    assert.deepEqual(told(opened.history(), 'git').slice(1), [once]);
    await opened.close();
    await ground.remove();
  });
});

describe('a repository that names programs', () => {
  let ground: Ground;
  let marker: string;
  let program: string;
  beforeEach(async () => {
    ground = await createGround();
    marker = join(ground.root, 'ran');
    program = await ground.write('evil.sh', `#!/bin/sh\ntouch '${marker}'\n`);
    await chmod(program, 0o755);
    await ground.write('project/a.txt', 'one\n');
    ground.git(['add', '.']);
    ground.git(['commit', '-qm', 'one']);
  });
  afterEach(() => ground.remove());

  const take = async (): Promise<string> => (await takeSnapshot({
    cwd: ground.project, roots: [ground.project], env: { PATH: process.env['PATH'], HOME: ground.home, GIT_CONFIG_NOSYSTEM: '1', GIT_DIR: '/nowhere', GIT_EXTERNAL_DIFF: program, GIT_PAGER: program, GIT_TRACE: marker }, childRules: { pass: [], holdsSecret: () => false }, signal: new AbortController().signal, limitMs: PATIENCE_MS,
  }))!.text;
  const set = (key: string, value = program): string => ground.git(['config', key, value]);
  /** The same bytes with another time: git looks into the file to see whether it has changed. */
  const touch = async (): Promise<void> => writeFile(join(ground.project, 'a.txt'), 'two\n');
  const filter = async (name: string, key: 'clean' | 'process'): Promise<void> => {
    await ground.write('project/.gitattributes', `*.txt filter=${name}\n`);
    set(`filter.${name}.${key}`);
    set(`filter.${name}.required`, 'true');
    await touch();
  };
  /** What a person would do who looks at it, to see that the trap works. */
  const STATUS = ['status'];

  for (const [what, plant, trigger] of [
    ['a monitor', () => set('core.fsmonitor'), STATUS],
    ['a filter', () => filter('x', 'clean'), STATUS],
    ['a filter that stays', () => filter('x', 'process'), STATUS],
    ['a filter of an odd name', () => filter('a=b.c', 'clean'), STATUS],
    ['a filter of a file that its settings include', async () => {
      await filter('x', 'clean');
      ground.git(['config', '--remove-section', 'filter.x']);
      await ground.write('project/.git/more', `[filter "x"]\n\tclean = ${program}\n`);
      set('include.path', 'more');
    }, STATUS],
    ['a filter of its work tree', async () => {
      await filter('x', 'clean');
      ground.git(['config', '--remove-section', 'filter.x']);
      set('extensions.worktreeConfig', 'true');
      ground.git(['config', '--worktree', 'filter.x.clean', program]);
    }, STATUS],
    ['a hook', async () => {
      const hook = await ground.write('project/.git/hooks/post-index-change', `#!/bin/sh\nexec ${program}\n`);
      await chmod(hook, 0o755);
      await touch();
      await writeFile(join(ground.project, 'a.txt'), 'one\n');
    }, STATUS],
    ['a hook in a folder of its own', async () => {
      await chmod(await ground.write('project/hooks/post-index-change', `#!/bin/sh\nexec ${program}\n`), 0o755);
      set('core.hooksPath', 'hooks');
      await writeFile(join(ground.project, 'a.txt'), 'one\n');
    }, STATUS],
    ['a check of signatures', async () => {
      set('log.showSignature', 'true');
      set('gpg.program');
      const signed = ground.git(['cat-file', 'commit', 'HEAD']).replace('\n\n', '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n');
      await ground.write('signed', signed);
      ground.git(['update-ref', 'HEAD', ground.git(['hash-object', '-t', 'commit', '-w', join(ground.root, 'signed')]).trim()]);
    }, ['log', '-1']],
    ['a transport that fetches what is missing', async () => {
      set('extensions.partialClone', 'origin');
      set('core.repositoryFormatVersion', '1');
      set('remote.origin.url', `ext::${program}`);
      set('remote.origin.promisor', 'true');
      set('protocol.ext.allow', 'always');
      const tree = ground.git(['rev-parse', 'HEAD^{tree}']).trim();
      await rm(join(ground.project, '.git', 'objects', tree.slice(0, 2), tree.slice(2)));
    }, ['status']],
    ['a submodule with a monitor', async () => {
      ground.git(['clone', '-q', '.', join(ground.root, 'lib')]);
      ground.git(['submodule', '--quiet', 'add', join(ground.root, 'lib'), 'lib']);
      ground.git(['config', 'core.fsmonitor', program], join(ground.project, 'lib'));
    }, STATUS],
    ['a diff of its own', () => { set('diff.external'); set('diff.x.textconv'); set('diff.x.command'); void touch(); return ground.write('project/.gitattributes', '*.txt diff=x\n'); }, ['diff', '--ext-diff']],
    ['a name that stands for a program', () => { set('alias.st', `!${program}`); set('alias.status', `!${program}`); set('alias.log', `!${program}`); }, ['st']],
  ] as const) {
    it(`does not start ${what}`, async () => {
      await plant();
      const text = await take();
      assert.ok(!existsSync(marker));
      assert.match(text, /\nBranch: main\n/);
      try {
        ground.git([...trigger]);
      } catch {
        // It may well fail: it was told to run something odd.
      }
      assert.ok(existsSync(marker), 'the trap is none');
    });
  }

  it('does not hold a turn up with a pipe in the place of a file', async () => {
    ground.git(['config', 'include.path', 'pipe']);
    await mkdir(join(ground.project, 'x'));
    const { execFileSync } = await import('node:child_process');
    execFileSync('mkfifo', [join(ground.project, '.git', 'pipe')]);
    const setting = { cwd: ground.project, roots: [ground.project], env: { PATH: process.env['PATH'], HOME: ground.home }, childRules: { pass: [], holdsSecret: () => false }, signal: new AbortController().signal, limitMs: 500 };
    assert.equal((await takeSnapshot(setting))!.text, 'Git: it took longer than 500 ms and was ended.');
  });
});

/** Waits for the end of a process that was killed; the time limit of the test is the only one. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
      if ((await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z')).includes(') Z')) return;
    } catch {
      return;
    }
    await new Promise((resolve) => { setImmediate(resolve); });
  }
}
