import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { definePlugin } from '@pith/kernel';
import { afterEach } from 'mocha';
import { hasSandbox, type Setup, type Started, startSandbox } from './start-sandbox.ts';

const isThere = await hasSandbox();
const NONE = { allow: [], ask: [], deny: [] };

describe('a command that passes because of the sandbox', () => {
  let at: Started;
  const start = async (setup: Setup = {}): Promise<void> => { at = await startSandbox({ rules: NONE, options: { allowInside: true }, ...setup }); };
  /** The kernel keeps its own things in the working folder here. */
  const files = (): string[] => readdirSync(at.folder).filter((name) => name !== '.pith-home').sort();
  afterEach(() => at.close());

  if (!isThere) {
    it('is asked for on this machine, where there is none', async () => {
      await start();

      await at.bash('touch made');

      assert.equal(at.questions.length, 1);
    });
    return;
  }

  it('is not asked for in mode acceptEdits, and the record names who let it pass', async () => {
    await start();

    const { status } = await at.bash('node -e 0 2>/dev/null; ./configure; touch made');

    assert.equal(status, 'done');
    assert.equal(at.questions.length, 0);
    assert.ok(at.has('project/made'));
    assert.equal(at.of('permission-decided')[0]?.by, 'sandbox');
  });

  for (const [title, setup, command, more] of [
    ['in mode default', { mode: 'default' }, 'touch made', {}],
    ['when the options do not allow it', { options: {} }, 'touch made', {}],
    ['when it may reach a host', { options: { allowInside: true, network: { hosts: ['example.com'] } } }, 'touch made', {}],
    ['when nobody waits for its end', {}, 'touch made', { background: true }],
    ['when it names git', {}, 'touch made; git status --ignored', {}],
    ['when it holds a character that is not shown', {}, 'touch made\u200b', {}],
    ['when an ask rule covers it', { rules: { ask: ['Bash(touch:*)'] } }, 'touch made', {}],
    ['when it writes to a protected place by name', {}, 'echo x > .envrc', {}],
    ['when it writes outside by name', {}, 'echo x > ../outside', {}],
  ] as const satisfies readonly (readonly [string, Setup, string, object])[]) {
    it(`is asked for ${title}`, async () => {
      await start(setup as Setup);

      await at.bash(command, more);

      assert.equal(at.questions.length, 1);
    });
  }

  it('is refused by a deny rule, and in mode plan', async () => {
    await start({ rules: { deny: ['Bash(touch:*)'] } });
    assert.equal((await at.bash('touch made')).status, 'refused');
    await at.close();
    await start({ mode: 'plan' });
    assert.equal((await at.bash('touch made')).status, 'refused');
    assert.equal(at.questions.length, 0);
  });

  it('is asked for when another plugin brings the tool bash, which may not look at how it is to be started', async () => {
    const other = definePlugin({
      name: 'other', replaces: ['tool:bash'],
      tools: [{ name: 'bash', description: '', effect: 'exec', inputSchema: {}, targets: () => [{ family: 'Bash', command: 'touch made' }], execute: async () => 'ran' }],
    });
    await start({ plugins: [other] });

    await at.bash('touch made');

    assert.equal(at.questions.length, 1);
  });

  /** Each is tried as a script, which no rule sees into. */
  const spoils: readonly (readonly [title: string, script: string, files?: Record<string, string>])[] = [
    ['a hook of git', 'echo evil > .git/hooks/pre-commit'],
    ['the settings of git', 'echo evil >> .git/config'],
    ['where git finds its settings', 'echo ../elsewhere > .git/commondir'],
    ['the folder of git, moved away', 'mv .git old && mkdir -p .git/hooks && echo evil > .git/hooks/pre-commit'],
    ['a hook of git through a link', 'ln -s .git/hooks way; echo evil > way/pre-commit; ln -s .git dotgit; echo evil > dotgit/config'],
    ['a hook of a repository further down', 'echo evil > sub/.git/hooks/pre-commit', { 'project/sub/.git/HEAD': 'ref: x', 'project/sub/.git/hooks/.keep': '' }],
    ['a repository further down, whose folder is moved away', 'mv sub old; mkdir -p sub/.git/hooks; echo evil > sub/.git/hooks/pre-commit', { 'project/sub/.git/HEAD': 'ref: x' }],
    ['what pith obeys', 'echo evil > .pith/settings.json; echo evil > pith.config.ts; echo evil > hooks/guard.ts; echo evil > AGENTS.md', {
      'project/.pith/settings.json': '{}', 'project/pith.config.ts': `export default { hooks: ['./hooks/guard.ts'] };`, 'project/hooks/guard.ts': 'guard', 'project/AGENTS.md': 'be kind',
    }],
    ['a file that is deleted first', 'rm -f .npmrc; echo evil > .npmrc; mv .npmrc x; cp /dev/null .npmrc', { 'project/.npmrc': 'fine' }],
  ];
  for (const [title, script, given = {}] of spoils) {
    it(`cannot change ${title}`, async () => {
      await start({ files: { 'project/go.sh': script, ...given } });
      execFileSync('git', ['init', '-q', at.folder]);
      const before = snapshot(at.folder);

      await at.bash('sh go.sh');

      assert.equal(at.questions.length, 0);
      const after = snapshot(at.folder);
      for (const [file, text] of before) if (/(?:^|\/)(?:\.git|\.pith|hooks|\.npmrc|AGENTS\.md|pith\.config)/.test(file)) assert.equal(after.get(file), text, file);
      for (const file of after.keys()) if (/(?:^|\/)\.(?:git|pith|npmrc)(?:\/|$)/.test(file)) assert.ok(before.has(file), `${file} is new`);
    });
  }

  for (const [title, script, made, moved] of [
    ['a file', 'echo "export X=1" > .envrc', '.envrc', '.envrc.refused'],
    ['a folder further down', 'mkdir -p a/b/.vscode; echo "{}" > a/b/.vscode/tasks.json', 'a/b/.vscode', 'a/b/.vscode.refused'],
    ['in other letters', 'echo x > Agents.MD', 'Agents.MD', 'Agents.MD.refused'],
    ['a link', 'ln -s go.sh .bashrc', '.bashrc', '.bashrc.refused'],
    ['another name of a file', 'ln go.sh .profile', '.profile', '.profile.refused'],
    ['something moved', 'mv lib .idea', '.idea', '.idea.refused'],
    ['a repository', 'mkdir -p x/.git/hooks; echo evil > x/.git/hooks/pre-commit', 'x/.git', 'x/.git.refused'],
    ['a hook file to come', `mkdir .pith; echo '{}' > .pith/settings.json`, '.pith', '.pith.refused'],
    ['a file in a folder that is closed behind it', 'mkdir d; echo x > d/.envrc; chmod 555 d', 'd/.envrc', 'd/.envrc.refused'],
    ['a hook file that is named and not there', 'mkdir -p hooks; echo evil > hooks/new.ts', 'hooks/new.ts', 'hooks/new.ts.refused'],
    ['a hook file that is named, in a protected folder', 'mkdir .husky; echo evil > .husky/late.js', '.husky', '.husky.refused'],
    ['something in the place of a link', 'rm -f CLAUDE.md; echo evil > .envrc', '.envrc', '.envrc.refused'],
    ['something made late', '(sleep 0.05; echo x > .npmrc) & (setsid sh -c "sleep 0.1; echo x > .npmrc" &) ; sleep 0.2', '.npmrc', '.npmrc.refused'],
  ] as const) {
    it(`does not leave ${title} under a protected name, loses nothing, and says so`, async () => {
      await start({ files: { 'project/go.sh': script, 'project/src/code.ts': 'mine', 'project/lib/code.ts': 'mine', 'project/pith.config.ts': 'export default { hooks: ["./hooks/new.ts", "./.husky/late.js"] };' } });
      await symlink('src/code.ts', join(at.folder, 'CLAUDE.md'));

      const { text, status } = await at.bash('sh go.sh');

      assert.equal(status, 'error');
      assert.match(text, new RegExp(`took back a part of this: .*${made.replaceAll('.', '\\.')} is protected and was moved to .*${moved.replaceAll('.', '\\.')}`));
      assert.throws(() => lstatSync(join(at.folder, made)), /ENOENT/);
      assert.ok(lstatSync(join(at.folder, moved)));
    });
  }

  it('leaves nothing under a protected name when it is interrupted', async () => {
    await start({ files: { 'project/stopped.sh': 'echo x > .npmrc; sleep 300' } });

    const stop = new AbortController();
    const stopped = at.bash('sh stopped.sh', { signal: stop.signal });
    while (!at.has('project/.npmrc')) await new Promise((resolve) => { setImmediate(resolve); });
    stop.abort();

    assert.equal((await stopped).status, 'interrupted');
    assert.deepEqual(files(), ['.npmrc.refused', 'stopped.sh']);
  });

  it('puts a protected link back that it takes away', async () => {
    await start({ files: { 'project/docs/agents.md': 'be kind', 'project/go.sh': 'rm AGENTS.md; echo evil > AGENTS.md; echo evil > docs/agents.md' } });
    await symlink('docs/agents.md', join(at.folder, 'AGENTS.md'));

    const { text } = await at.bash('sh go.sh');

    assert.match(text, /AGENTS\.md is protected/);
    assert.equal(readlinkSync(join(at.folder, 'AGENTS.md')), 'docs/agents.md');
    assert.equal(await at.read('project/docs/agents.md'), 'be kind');
    assert.equal(await at.read('project/AGENTS.md.refused'), 'evil\n');
  });

  it('puts a protected link back whose folder went with it', async () => {
    await start({ files: { 'project/text.md': 'be kind', 'project/sub/x': '', 'project/go.sh': 'rm -r sub' } });
    await symlink('../text.md', join(at.folder, 'sub', 'AGENTS.md'));

    const { text } = await at.bash('sh go.sh');

    assert.match(text, /the link .*AGENTS\.md is protected and was put back/);
    assert.equal(await at.read('project/sub/AGENTS.md'), 'be kind');
  });

  it('moves none of the files that a script names as hooks', async () => {
    await start({ files: { 'project/go.sh': `echo 'export default { hooks: ["./src/code.ts"] }' > pith.config.mts`, 'project/src/code.ts': 'mine' } });

    const { text } = await at.bash('sh go.sh');

    assert.match(text, /pith\.config\.mts is protected and was moved to/);
    assert.equal(await at.read('project/src/code.ts'), 'mine');
  });

  it('says that it does not know what was done where a name is no text', async () => {
    await start({ files: { 'project/go.sh': `d=$(printf 'a\\377'); mkdir "$d"; echo x > "$d/.envrc"; echo x > .npmrc` } });

    const { code, text } = await at.bash('sh go.sh');

    assert.deepEqual([code, at.has('project/.npmrc'), at.has('project/.npmrc.refused')], ['SANDBOX_FAILED', false, true], text);
    assert.match(text, /holds a name that is no text/);
  });

  it('does not touch what was there, nor what lies among installed packages', async () => {
    await start({ files: { 'project/.envrc': 'mine', 'project/sub/.npmrc': 'mine', 'project/go.sh': 'mkdir -p node_modules/x; echo x > node_modules/x/.npmrc; echo made > made; echo x > sub/file' } });

    const { status, text } = await at.bash('sh go.sh');

    assert.equal(status, 'done', text);
    assert.deepEqual([await at.read('project/.envrc'), await at.read('project/sub/.npmrc'), await at.read('project/sub/file')], ['mine', 'mine', 'x\n']);
    assert.deepEqual(files(), ['.envrc', 'go.sh', 'made', 'node_modules', 'sub']);
  });

  it('is asked for once it was kept from something, and may then write what a person agreed to', async () => {
    await start({ files: { 'project/go.sh': 'echo x > .envrc && echo written' } });

    const first = await at.bash('sh go.sh');
    const second = await at.bash('sh go.sh');

    assert.match(first.text, /Make the same call once more to have a person asked/);
    assert.equal(second.text, 'written\n');
    assert.equal(at.questions.length, 1);
    assert.equal(await at.read('project/.envrc'), 'x\n');
  });

  it('is asked for where protected files cannot be kept: a link that leads nowhere, a file with two names', async () => {
    await start();
    await symlink('nowhere', join(at.folder, 'CLAUDE.md'));
    await at.bash('touch made');
    assert.equal(at.questions.length, 1);
    await at.close();

    await start();
    await writeFile(join(at.folder, 'plain'), '');
    execFileSync('ln', ['plain', '.envrc'], { cwd: at.folder });
    await at.bash('touch made');
    assert.equal(at.questions.length, 1);
  });

  it('leaves a rule that allows, and a person’s yes, with what they allow: protected files included', async () => {
    await start({ rules: { allow: ['Bash(sh go.sh)'] }, files: { 'project/go.sh': 'echo x > .envrc' } });

    const { status } = await at.bash('sh go.sh');

    assert.equal(status, 'done');
    assert.ok(at.has('project/.envrc'));
  });

  it('finds what was made in a hurry: behind thousands of folders, in one that cannot be read', async () => {
    await start({ files: { 'project/go.sh': 'i=0; while [ $i -lt 300 ]; do mkdir -p d/$i/a/b/c; i=$((i+1)); done; echo x > d/7/a/b/c/.envrc; mkdir shut; echo x > shut/.npmrc; chmod 0 shut' } });

    const { text } = await at.bash('sh go.sh');

    assert.match(text, /\.envrc is protected/);
    assert.match(text, /shut\/\.npmrc is protected/);
  });
});

/** Every file below a folder with its text; links as they are. */
function snapshot(folder: string): Map<string, string> {
  const listed = execFileSync('sh', ['-c', `find . -path ./.pith-home -prune -o \\( -type f -o -type l \\) -print | sort`], { cwd: folder, encoding: 'utf8' }).trim().split('\n');
  return new Map(listed.map((file) => [file.slice(2), execFileSync('sh', ['-c', '[ -L "$1" ] && readlink "$1" || cat "$1"', 'sh', file], { cwd: folder, encoding: 'utf8' })]));
}
