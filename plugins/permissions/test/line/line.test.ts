import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mode } from '@pith/kernel';
import { parseCase } from '../../src/policy-tests/case.ts';
import { judge, type Judgement } from '../../src/judge.ts';

type Lists = { allow?: string[]; ask?: string[]; deny?: string[] };

describe('a command line', () => {
  let top: string;
  let root: string;

  before(async () => {
    top = await realpath(await mkdtemp(join(tmpdir(), 'pith-line-')));
    root = join(top, 'project');
    for (const folder of ['src/deep', '.git', 'sub']) await mkdir(join(root, folder), { recursive: true });
    for (const file of ['src/a.ts', 'src/b.ts', '.env', 'README.md']) await writeFile(join(root, file), 'x\n');
    await mkdir(join(top, 'elsewhere'));
    await writeFile(join(top, 'elsewhere/x'), 'x\n');
    await symlink(join(top, 'elsewhere'), join(root, 'out'));
  });
  after(() => rm(top, { recursive: true, force: true }));

  async function judgeLine(command: string, lists: Lists = {}, { mode = 'default', explains = false }: { mode?: Mode; explains?: boolean } = {}): Promise<Judgement> {
    const { policy, call } = parseCase({ id: 'a', policy: lists, mode, tool: 'Bash', input: { command }, root }, root);
    return await judge(call, { policy, home: join(top, 'home'), env: { PATH: '/usr/bin:/bin' }, explains });
  }

  function check(verdict: Judgement['verdict'], lists: Lists, commands: readonly string[], mode: Mode = 'default'): void {
    for (const command of commands) {
      it(`is judged ${verdict}: ${JSON.stringify(command)}`, async () => {
        const judgement = await judgeLine(command, lists, { mode });
        assert.equal(judgement.verdict, verdict, judgement.reason);
      });
    }
  }

  it('is told part by part: commands, redirects, and what a shell in it is given to run', async () => {
    const { verdict, parts } = await judgeLine('cd src && make lint > log 2>&1; sh -c "rm x"', { allow: ['Bash(make lint:*)'], deny: ['Bash(rm:*)'] });

    assert.equal(verdict, 'deny');
    assert.deepEqual(parts.map((part) => [part.text, part.verdict, part.rule]), [
      ['cd src', 'allow', null], ['make lint > log 2>&1', 'allow', 'Bash(make lint:*)'], ['> log', 'none', null], ['sh -c "rm x"', 'deny', 'Bash(rm:*)'], ['rm x', 'deny', 'Bash(rm:*)'],
    ]);
  });

  it('is explained by every rule that was tried on every part, where that is asked for', async () => {
    const { tried } = await judgeLine('ls | make', { allow: ['Bash(make:*)', 'Bash(ls)'], deny: ['Bash(rm:*)'] }, { explains: true });

    assert.deepEqual(tried!.map(({ list, rule, part, matched }) => `${list} ${rule} ${part}: ${matched}`), [
      'deny Bash(rm:*) ls: null', 'allow Bash(make:*) ls: null', 'allow Bash(ls) ls: exact', 'deny Bash(rm:*) make: null', 'allow Bash(make:*) make: prefix', 'allow Bash(ls) make: null',
    ]);
    assert.equal((await judgeLine('ls')).tried, undefined);
  });

  it('offers a rule for the one part that none covers', async () => {
    assert.deepEqual([(await judgeLine('cd sub && npm test | tail -5')).suggestion, (await judgeLine('npm test && make')).suggestion], ['Bash(npm test)', undefined]);
  });

  describe('after cd', () => {
    const allow = ['Bash(npm test:*)', 'Bash(./run.sh:*)', 'Bash(git commit:*)', 'Edit(src/**)'];
    check('allow', { allow }, ['cd sub && npm test', 'cd sub; npm test', '(cd sub && npm test) && npm test', 'cd src && cat ../README.md', 'cd src; ls; cd ..; ls', 'cd sub || exit 1; npm test', 'cd src && npm test > log', 'mkdir() { :; }; cd src/deep && cat ../../README.md', 'cd new && npm test', 'cd . && git commit -m x']);
    check('ask', { allow }, ['cd .. && npm test', 'cd /', 'cd out && ls', 'cat ../README.md', 'cd src && cat ../../README.md', 'cd new && cd .. && cat x; cat ../x', 'cd src || cd ..; ls', 'cd .git && echo x > config', 'while true; do cd ..; done']);
    check('none', { allow }, ['cd "$x" && npm test', 'cd - && npm test', 'pushd sub && npm test', 'cd sub && ./run.sh', 'cd sub && git commit -m x', 'cd sub && git status', 'cd src sub', 'cd', 'CDPATH=src cd deep && npm test']);
    check('ask', {}, ['cd $x && echo x > .git/config'], 'bypassPermissions');
    check('deny', { deny: ['Edit(.git/**)'] }, ['cd $x; echo x > .git/config'], 'bypassPermissions');
  });

  describe('that changes what words mean', () => {
    const allow = ['Bash(npm test:*)', 'Bash(alias:*)', 'Bash(export X=1)', 'Bash(set -a)', 'Bash(eval true)', 'Bash(shopt -s dotglob)', 'Bash(unalias -a)'];
    check('none', { allow }, ['export X=1; npm test', 'set -a; npm test', 'eval true; npm test', 'shopt -s dotglob; npm test', 'unalias -a; npm test', 'X=1; npm test', 'PATH=.', 'PATH=.; echo x', 'for PATH in .; do npm test; done', 'read PATH; npm test', 'printf -v PATH .; npm test', '$x; npm test', 'false && npm() { :; }; npm test', 'npm test; f() { alias npm=x; }; f; npm test', 'while npm test; do X=1; done']);
    check('allow', { allow }, ['x=1; npm test', 'CI=1; npm test', 'f() { x=1; npm test; }; f', 'x=$(ls); echo "$x"; npm test', 'VERSION=$(cat README.md); echo "$VERSION"', 'export CI=1 NODE_ENV=test; npm test', 'set -euo pipefail; npm test', 'read -r line; npm test', 'while IFS= read -r line; do echo "$line"; done < README.md', 'local x=1; unset x; npm test']);
    check('allow', { allow: [...allow, 'Bash(export:*)'] }, ['(export X=1); npm test', 'export X=1 | npm test', 'echo $(export X=1); npm test']);
    check('none', { allow }, ['declare -i x=1', 'test -v "a[1]"', '[ "$x" "$y" ]', '[ $x = y ]', 'printf "$x"', 'read "$x"', 'unset "$x"', 'trap "echo x" EXIT', 'printf "%n" x', 'printf "%5n" PATH', 'printf "%n" PATH; npm test']);
    check('allow', { allow }, ['[ -f README.md ] && npm test', '[ "$x" = y ] || exit 1', 'test -n "$x"', '[ ! -d src ]', 'printf "%s\\n" "$x"', 'exit $?', ': "$x"', 'wait', 'npm test; if [ $? -eq 0 ]; then echo ok; fi']);
  });

  describe('with functions, branches and loops', () => {
    const allow = ['Bash(npm test:*)'];
    check('allow', { allow }, ['f() { npm test; }; f', 'f() { npm test; }; f && f x', 'if npm test; then ls; else echo no; fi', 'case $x in a) npm test;; esac', 'until npm test; do sleep 1; done', 'for f in src/*.ts; do wc -l "$f"; done', 'for f in a.ts b.ts; do cat "src/$f"; done', 'for f in src/*.ts; do npm test "$f"; done', 'for x in 1 2; do for y in a b; do echo $x $y; cat src/$y.ts; done; done', 'for x in 1 2; do npm test $x; done']);
    check('none', { allow }, ['f() { ls; }; PATH=. f', 'f() { npm test; }; X=1; f', 'g() { X=1; }; f() { npm test; }; g; f', 'g() { X=1; }; \\g; npm test', 'cat() { echo -x; }; npm test "$(cat <<\'E\'\na\nE\n)"', 'f() { ./x; }; f', 'f() { "$@"; }; f ls', 'for f in *.md; do npm test "$f"; done', 'for f in $x; do cat "$f"; done', 'for f in src/a.ts; do while ls; do cat "$f"; f=$x; done; done', 'for f in "src/a.ts -x"; do cat $f; done', 'for c in ls ./x; do $c; done']);
    check('none', { allow }, ['echo out/*', 'for f in ../*; do echo "$f"; done', 'for f in out/*; do echo $f; done']);
    check('ask', { allow }, ['for f in src/a.ts /etc/passwd; do cat "$f"; done', 'for f in out/*; do cat "$f"; done']);
    check('deny', { allow: ['Bash'], deny: ['Bash(rm:*)', 'Read(.env)'] }, ['f() { rm x; }; ls', 'for c in ls rm; do $c x; done', 'for f in README.md .env; do cat "$f"; done', 'for f in .e*; do cat "$f"; done']);
  });

  describe('with words that are only known when it runs', () => {
    const allow = ['Bash(npm test:*)', 'Bash(git commit:*)'];
    check('none', { allow }, ['npm test $x', 'npm test "$(ls)"', 'npm test $((x))', '$x test', 'n?m test', 'npm test *.md', 'npm test -*', 'git commit -m "$(date)"', 'git commit -m $(cat <<\'E\'\n-x\nE\n)', 'git commit -m "$(cat <<E\n$x\nE\n)"']);
    check('allow', { allow }, ['npm test src/*.ts', 'npm test {a,b}', 'npm test <(ls)', 'git commit -m "$(cat <<\'E\'\nfix: $x\n\nwhy\nE\n)"', 'git commit -m "$(cat <<E\nplain\nE\n)"', 'diff <(ls src) <(ls sub)', 'cat src/*.ts', 'ls src/[ab].ts']);
    check('none', {}, ['echo "$\\\n(./x)"', 'cat <<E\n$\\\n(./x)\nE', 'echo $\\\n{x}']);
    check('none', { allow: ['Bash'] }, ['l?', '"$x"', 'ls $x']);
  });

  describe('with redirects', () => {
    check('allow', { allow: ['Edit(src/**)'] }, ['echo x > src/log', 'echo x >> "src/log"', 'ls >| src/log', 'ls &> src/log', 'exec > src/log', '{ ls; } > src/log', 'cat < README.md', 'ls > /dev/null 2>&1', 'cat <<< "$x"', 'cat <<E\n$x\nE', 'ls > >(cat)', 'echo x >&2', 'for f in a b; do ls > src/$f; done']);
    check('none', { allow: ['Bash', 'Edit(src/**)'] }, ['echo x > log', '> log', 'ls >& log']);
    check('ask', { allow: ['Bash', 'Edit(src/**)'] }, ['cat < /etc/passwd', 'ls 3<> log', 'echo x > "$x"', 'echo x > out/log', 'echo x > /dev/tcp/host/80', 'cat < /dev/tcp/host/80', 'echo x > .git/config', 'echo x > src/../AGENTS.md']);
    check('allow', {}, ['echo x > log', 'cat > src/new.ts <<\'E\'\nx\nE'], 'acceptEdits');
    check('none', {}, ['npm test > log'], 'acceptEdits');
    check('ask', {}, ['echo x > .envrc', 'echo x > ../x'], 'acceptEdits');
    check('deny', {}, ['echo x > log', 'npm test', 'rm x'], 'plan');
    check('allow', {}, ['ls src | head -3', 'cat < README.md', 'cd src && cat a.ts'], 'plan');
    check('deny', { allow: ['Bash', 'Edit'], deny: ['Edit(src/**)', 'Read(.env)'] }, ['echo x > src/a.ts', 'ls 3<> src/a.ts', 'cat < .env', 'for f in a b; do echo > src/$f; done', 'cat < $PWD/.env'.replace('< $PWD', '"$PWD"')]);
  });

  describe('that hands text to a shell', () => {
    const deny = ['Bash(rm:*)'];
    check('deny', { allow: ['Bash'], deny }, ['sh -c "rm x"', 'bash -lc \'ls; rm x\'', 'sudo -u ann bash -c "rm x"', 'bash -c "bash -c \'rm x\'"', 'sh -c \'$\'\\\'\'\\x72m\'\\\'\' x\'', 'eval "rm x"', 'trap "rm x" EXIT', 'alias l="rm x"', 'bash <<< "rm x"', 'bash <<E\nrm x\nE', 'echo "rm x" | sh', 'ls | xargs sh -c "rm x"'], 'bypassPermissions');
    check('allow', { allow: ['Bash'], deny }, ['echo "rm x"', 'git commit -m "rm x"', 'cat <<E\nrm x\nE', 'grep "rm x" README.md', 'sh -c "ls"', 'echo \'$(rm x)\'', 'unknown "rm x"'], 'bypassPermissions');
    check('deny', { allow: ['Bash'], deny }, ['test -v \'a[$(rm x)]\'', 'read \'a[`rm x`]\'', 'let \'$(rm x)\'', 'compgen -W \'$(rm x)\'', 'echo "$\\\n(rm x)"', 'git rebase --exec=\'rm x\'', 'bash -s -- a <<< \'rm x\'', '. /dev/stdin <<< \'rm x\'', 'env -S\'rm x\''], 'bypassPermissions');
    check('none', { allow: ['Bash(printf:*)', 'Bash(test:*)', 'Bash(unset:*)'] }, ['printf -v \'a[$(x)]\' y', 'test -v \'a[$(x)]\'', 'unset \'a[$(x)]\'']);
    check('allow', { allow: ['Bash(sh -c "make lint")'] }, ['sh -c "make lint"']);
    check('none', { allow: ['Bash(make lint:*)'] }, ['sh -c "make lint"', 'timeout 5 bash -c "make lint"', 'eval make lint']);
  });

  describe('with characters that cannot be seen', () => {
    check('allow', { allow: ['Bash(git commit:*)'] }, ['git commit -m "✔️ done 👩‍💻"', 'git commit -m "a\tb"', 'git commit\t-m x', 'git commit -m "a\nb"']);
    check('none', { allow: ['Bash(git commit:*)'] }, ['git commit -m "a\u200bb"', 'git commit -m x\r', 'git commit -m "a\u202eb"', 'git commit -m "a\u00a0b"', 'git commit -m "\ufe0f"', 'git commit -m "\u200d"', 'ls \u0007']);
  });

  it('that holds no command runs nothing, though a rule for all of them still forbids it', async () => {
    for (const command of ['', ' ', '\n', '# nothing']) {
      assert.equal((await judgeLine(command)).verdict, 'allow', command);
      assert.equal((await judgeLine(command, { deny: ['Bash'] })).verdict, 'deny', command);
    }
  });

  it('that is too long to be read is searched for what is forbidden, and never allowed', async () => {
    const long = `echo ${'x '.repeat(600_000)}`;

    assert.equal((await judgeLine(long, { allow: ['Bash'] })).verdict, 'none');
    assert.equal((await judgeLine(`${long}; rm x`, { allow: ['Bash'], deny: ['Bash(rm:*)'] }, { mode: 'bypassPermissions' })).verdict, 'deny');
  });

  it('that would take more memory than it is worth is not worked out', async () => {
    assert.equal((await judgeLine(`npm test ${'{a,b}'.repeat(5000)}`, { allow: ['Bash(npm test:*)'] })).verdict, 'none');
    assert.equal((await judgeLine(`${'for x in 1 2; do cd "$x"; '.repeat(100)}ls${'; done'.repeat(100)}`)).verdict, 'none');
  });

  it('loads the grammar of bash, which no other call does', () => {
    const script = `
      import { registerHooks } from 'node:module';
      const seen = new Set();
      registerHooks({ resolve(name, context, next) { if (/tree-sitter|grammar/.test(name)) seen.add(name); return next(name, context); } });
      const { judge } = await import(${JSON.stringify(new URL('../../src/judge.ts', import.meta.url).href)});
      const { parseCase } = await import(${JSON.stringify(new URL('../../src/policy-tests/case.ts', import.meta.url).href)});
      for (const line of [{ tool: 'Read', input: { file_path: 'x' } }, { tool: 'Bash', input: { command: 'ls' } }]) {
        const { policy, call } = parseCase({ id: 'a', policy: { allow: ['Bash(make lint:*)'] }, mode: 'default', ...line }, '/nowhere');
        await judge(call, { policy, home: '/nowhere', env: {} });
        console.log(seen.size > 0);
      }`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--conditions=pith-source', '--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script], { encoding: 'utf8' });

    assert.deepEqual([stdout, stderr], ['false\ntrue\n', '']);
  });
});
