import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onlyPrintsByAwk } from '../../src/looking/awk-script.ts';
import { parseCase } from '../../src/policy-tests/case.ts';
import { judge } from '../../src/judge.ts';
import { onlyPrints } from '../../src/looking/sed-script.ts';

/** What agents run all day to look around: none of it needs a rule. */
const LOOKS = [
  'ls', 'ls -la', 'ls -lah src', 'ls -1 src docs', 'ls -R src', 'ls --color=never', 'ls -lt | head -5', 'ls src/*.ts', 'ls -d s*/', 'pwd', 'cat README.md', 'cat -n src/a.ts', 'cat src/a.ts src/b.ts', 'cat src/*.ts', 'cat package.json | head -20', 'head README.md', 'head -20 README.md', 'head -n 20 src/a.ts', 'head -c 100 README.md',
  'tail README.md', 'tail -20 README.md', 'tail -n +2 src/a.ts', 'wc -l src/*.ts', 'wc README.md', 'nl -ba src/a.ts', 'stat README.md', 'stat -c %s README.md', 'du -sh .', 'du -h -d 1', 'df -h', 'file README.md', 'file -b src/a.ts', 'readlink -f README.md', 'realpath src',
  'find .', 'find . -name \'*.ts\'', 'find src -type f -name "*.ts" -not -path "*/node_modules/*"', 'find . -maxdepth 2 -type d', 'find . \\( -name \'*.ts\' -o -name \'*.js\' \\) -type f', 'find . -path ./node_modules -prune -o -type f -print', 'find . -newer README.md -size +1k', 'find src -type f -printf \'%p %s\\n\'', 'find . -empty -ls', 'find . -name "*.ts" | wc -l', 'find . -type f -mtime -1 2>/dev/null | sort | head -20',
  'grep todo README.md', 'grep -rn todo src', 'grep -rn "todo" --include=\'*.ts\' .', 'grep -r --exclude-dir=node_modules -l todo .', 'grep -E \'a|b\' src/a.ts', 'grep -c one src/a.ts', 'grep -iw ONE src/a.ts', 'grep -A3 -B2 -n one src/a.ts', 'grep -C 2 one src/a.ts', 'grep -v \'^#\' README.md', 'grep -q one src/a.ts', 'grep -oP \'\\d+\' src/a.ts', 'grep -e one -e two src/a.ts', 'grep -rl one src | head', 'grep -rn \'foo.*bar\' src', 'grep -n \'^/etc\' README.md', 'egrep \'a|b\' src/a.ts', 'fgrep -n one src/a.ts',
  'rg todo', 'rg -n todo src', 'rg -l todo -g \'*.ts\'', 'rg -t ts -i todo src', 'rg --files', 'rg --files -g \'*.md\' | head', 'rg -A 3 -B 3 one src/a.ts', 'rg -uu --hidden one', 'rg -c one', 'rg -F \'a.b\' src', 'rg --json one src', 'rg -e one -e two src', 'fd', 'fd -e ts', 'fd -t f one src', 'tree -L 2', 'tree -a -I node_modules src',
  'sort README.md', 'sort -u README.md | uniq -c | sort -rn | head', 'sort -t, -k2,2n README.md', 'uniq -c README.md', 'cut -d: -f1 README.md', 'cut -c1-10 README.md', 'tr a-z A-Z', 'cat README.md | tr -d \'\\n\'', 'rev README.md', 'tac README.md', 'fold -w 80 README.md', 'paste README.md src/a.ts', 'comm -12 README.md src/a.ts', 'join README.md src/a.ts', 'column -t README.md', 'expand -t 4 src/a.ts', 'base64 README.md',
  'diff src/a.ts src/b.ts', 'diff -u src/a.ts src/b.ts', 'diff -y -W 80 src/a.ts src/b.ts', 'diff <(sort README.md) <(sort src/a.ts)', 'cmp src/a.ts src/b.ts', 'cmp -s src/a.ts src/b.ts && echo same',
  'jq . package.json', 'jq -r .name package.json', 'jq -r \'.scripts | keys[]\' package.json', 'cat package.json | jq .version', 'jq --arg a b \'.[$a]\' package.json', 'jq .env package.json', 'sed -n 1,5p src/a.ts', 'sed -n \'10,20p\' src/a.ts', 'sed -n \'/one/,/two/p\' src/a.ts', 'sed -n \'$=\' src/a.ts', 'sed s/a/b/g src/a.ts', 'sed -E \'s/[0-9]+/N/\' src/a.ts', 'sed -n -e 1p -e 3p src/a.ts', 'sed \'1d;$d\' README.md', 'sed -n \'/^#/p\' README.md | head -3',
  'awk \'{print $1}\' README.md', 'awk \'NR==1\' README.md', 'awk \'NR>=10 && NR<=20\' src/a.ts', 'awk -F: \'{print $1, $NF}\' README.md', 'awk \'/one/ {n++} END {print n}\' src/a.ts', 'awk \'{s+=$1} END {printf "%d\\n", s}\' README.md', 'awk \'length($0) > 80\' src/a.ts', 'ls -l | awk \'{print $5}\'',
  'od -c README.md', 'hexdump -C README.md', 'xxd README.md', 'xxd -l 16 README.md', 'strings README.md', 'md5sum README.md', 'sha256sum src/*.ts', 'cksum README.md', 'basename src/a.ts', 'dirname src/a.ts', 'echo hello', 'echo "a; b && c > d"', 'echo -n x', 'printf \'%s\\n\' a b', 'true', 'false || echo no', 'test -f README.md && echo yes', '[ -d src ] && ls src', '[ "$(wc -l < README.md)" -gt 0 ]', 'which node', 'type ls', 'command -v node',
  'uname -a', 'whoami', 'id -u', 'nproc', 'date', 'date +%Y-%m-%d', 'date -u', 'hostname', 'uptime', 'ps aux', 'ps -ef', 'ps aux | grep node', 'pgrep -fl node', 'sleep 1', 'seq 1 10', 'node --version', 'npm --version', 'python3 --version', 'git --version', 'node -v && npm -v', 'printenv PATH', 'free -h', 'lscpu', 'time ls', 'timeout 10 grep -rn one src', 'nice -n 5 wc -l README.md',
  'git status', 'git status --short', 'git diff', 'git diff --stat', 'git diff --cached', 'git diff HEAD -- src', 'git log --oneline -10', 'git log -5 --stat', 'git log -p -1', 'git show HEAD', 'git show --stat', 'git branch', 'git branch -a', 'git branch --show-current', 'git remote -v', 'git rev-parse HEAD', 'git ls-files', 'git ls-files | head', 'git blame src/a.ts', 'git describe --always', 'git tag', 'git stash list',
  'git shortlog -sn HEAD', 'git grep -n one', 'git config --get user.name', 'git config --list', 'git worktree list', 'git reflog', 'git rev-list --count HEAD', 'git log --oneline | head -5', 'git diff | head -50', 'git --no-pager log -3', 'git status && git diff',
  '[ -n "$HOME" ] && echo yes', 'test -z "$HOME" || echo set', '[ "$HOME" = /etc ] || echo other', 'unzip -l docs/x.zip', 'NO_COLOR=1 ls', 'ls; pwd; whoami', 'ls src 2>&1', 'ls nothing 2>/dev/null || echo none', 'cat < README.md', 'wc -l < src/a.ts', 'find . -type f | sort', 'cd src && ls', 'cat src/a.ts | grep one | wc -l', 'for f in src/*.ts; do head -1 "$f"; done', 'if [ -f README.md ]; then cat README.md; fi', 'cat .gitignore', 'ls -la .git', 'cat .git/HEAD',
];

/** What looks like it, and is not. */
const DOES = [
  'ls > files.txt', 'ls | sh', 'ls | xargs rm', 'ls /', '[ -n x -a -f /etc/passwd ]', '[ -d "$HOME" ]', 'ls ..', 'ls ~', 'cat /etc/passwd', 'cat ../secret', 'cat ~/.ssh/id_rsa', 'cat out/secret', 'head /etc/hosts', 'tail -f README.md', 'wc --files0-from=list', 'du -L .', 'du --files0-from=list', 'stat /etc', 'file -C -m magic', 'file -m magic README.md', 'file -f list', 'find / -name x', 'find . -delete', 'find . -exec rm {} +', 'find . -execdir id \\;', 'find . -ok id \\;', 'find . -fprint out.txt', 'find . -fls out.txt', 'find -L . -name x',
  'find . -name x -exec sh -c id \\;', 'find . -files0-from list', 'find .. -name x', 'find . -newer /etc/passwd', 'grep x /etc/passwd', 'grep -f patterns README.md', 'grep -R x src', 'grep --file=patterns x', 'grep -r x ..', 'rg --pre ./x one', 'rg --pre=./x one', 'rg -z one', 'rg -L one', 'rg -f list', 'rg --hostname-bin ./x one', 'rg --ignore-file /etc/x one', 'rg one /etc', 'fd -x rm', 'fd -X rm', 'fd --exec id', 'fd -L', 'fd . /etc', 'fd -l', 'tree -o out.txt', 'tree -R -H x', 'tree -l', 'tree ..',
  'sort -o README.md README.md', 'sort --output=x README.md', 'sort -ro x README.md', 'sort --compress-program=./x README.md', 'sort -T /tmp README.md', 'sort --files0-from=list', 'sort --outp=x README.md', 'uniq README.md out.txt', 'uniq - out.txt', 'xxd README.md out.txt', 'xxd -r README.md', 'xxd -r -p README.md out.bin', 'diff -l a b', 'diff -r src docs', 'diff src docs', 'diff --to-file=/etc a', 'diff --paginate a b', 'column --foo', 'split README.md', 'csplit README.md 1', 'tee out.txt', 'ls | tee out.txt', 'truncate -s 0 README.md', 'dd if=README.md of=x',
  'jq -f script.jq package.json', 'jq -L . \'import "x" as x; .\' package.json', 'jq \'import "./x" as x; .\' package.json', 'jq \'include "x"; .\' package.json', 'jq --slurpfile a /etc/x . package.json', 'jq --rawfile a README.md . package.json', 'jq env package.json', 'jq -n \'$ENV.KEY\'', 'jq . /etc/passwd',
  'sed -i s/a/b/ src/a.ts', 'sed -i.bak s/a/b/ src/a.ts', 'sed -n -i 1p src/a.ts', 'sed --in-place s/a/b/ src/a.ts', 'sed --in-pl s/a/b/ src/a.ts', 'sed -f script src/a.ts', 'sed \'1e id\' src/a.ts', 'sed s/a/b/e src/a.ts', 'sed s/a/b/w src/a.ts', 'sed \'s/a/b/w out.txt\' src/a.ts', 'sed \'w out.txt\' src/a.ts', 'sed \'r /etc/passwd\' src/a.ts', 'sed -n \'/a/w out\' src/a.ts', 'sed e src/a.ts', 'sed \'1!e\' src/a.ts', 'sed -ne 1p -e \'e id\' src/a.ts', 'sed 1p /etc/passwd', 'sed -n \'p;W x\' src/a.ts', 'sed \'1{e id\n}\' src/a.ts',
  'awk \'BEGIN{system("id")}\'', 'awk \'{print > "out.txt"}\' README.md', 'awk \'{print | "sh"}\' README.md', 'awk \'{"id" | getline x; print x}\' README.md', 'awk -f script README.md', 'awk \'{print >> "x"}\' README.md', 'awk \'BEGIN{while((getline l < "/etc/passwd")>0) print l}\'', 'awk \'@load "filefuncs"\' README.md', 'awk -i inplace 1 README.md', 'awk \'BEGIN{ARGV[1]="/etc/passwd"}{print}\' README.md', 'awk \'BEGIN{print ENVIRON["KEY"]}\'', 'awk \'{printf "x" |& "sh"}\' README.md', 'awk \'function f(){system("id")} BEGIN{f()}\'', 'awk \'{print}\' /etc/passwd', 'gawk -e 1 README.md', 'awk -v a=1 -f x', 'awk \'BEGIN{f="system";@f("id")}\'', 'awk \'{print $1 > $2}\' README.md',
  'printf -v PATH x', 'printf \'abc%n\' PATH', 'printf \'%5n\' \'a[$(id)]\'', 'strings @list', 'git cat-file --batch', 'git diff-tree --stdin', 'printf -v \'a[$(id)]\' x', 'test -v \'a[$(id)]\'', '[ -v x ]', '[ -R x ]', '[ -f /etc/passwd ]', 'echo x > out.txt', 'echo $(rm x)', 'echo `id > x`', 'date -s now', 'date 01010000', 'date -f list', 'hostname evil', 'hostname -F x', 'id x y; rm z', 'env', 'printenv', 'env ls', 'export A=b', 'ps e', 'ps auxe', 'ps eww', 'ps -o environ', 'ss -K', 'sleep infinity', 'sleep 1d', 'sleep 100000', 'which -x', 'command ls', 'command -p ls', 'builtin cd x', 'type -f; rm x',
  'node -e 1', 'node x.js', 'node --version x.js', 'npm test', 'npm install', 'npm run build', 'npx cowsay', 'python3 -c 1', 'python3 -m http.server', 'make', 'cargo check', 'rustc --version', 'yarn --version', 'tsc --version', 'curl https://example.org', 'wget https://example.org', 'ssh host ls', 'sudo ls', 'nohup ls', 'xargs ls', 'env -i ls', 'bash -c ls', 'sh -c ls', 'eval ls', '. ./x', 'source x', './ls', '/bin/ls', 'LS', 'bin/ls', 'PATH=. ls', 'LD_PRELOAD=./x ls', 'GIT_DIR=x git status', 'GIT_EXTERNAL_DIFF=./x git diff', 'PAGER=./x git log', 'LESSOPEN=x cat a',
  'touch x', 'rm x', 'mv a b', 'cp a b', 'mkdir x', 'ln -s a b', 'chmod +x a', 'kill 1', 'less README.md', 'more README.md', 'man ls', 'vim README.md', 'unzip docs/x.zip', 'unzip -q docs/x.zip', 'unzip -p docs/x.zip', 'tar xf x.tar', 'zip x.zip a', 'gzip README.md', 'base64 /etc/passwd', 'git push', 'git commit -m x', 'git checkout .', 'git -C src status', 'git -c core.pager=x log', 'git diff --output=x', 'git diff --ext-diff', 'git grep -Oid x', 'git config a.b c', 'git config --global a.b c', 'git stash', 'git fetch', 'cd src && git status', 'git show HEAD > x', 'git diff --no-index a b', 'git branch x', 'git tag x', 'cat $FILE', 'ls $(cat list)', 'cat README.md; ./x', 'cat README.md & ./x', 'time ./x', 'timeout 5 ./x',
];

describe('looking without a rule', () => {
  let top: string;
  let project: string;
  let env: Record<string, string>;

  before(() => {
    top = realpathSync(mkdtempSync(join(tmpdir(), 'pith-looking-')));
    project = join(top, 'project');
    env = { HOME: join(top, 'home'), PATH: process.env['PATH']!.split(':').filter((folder) => !folder.includes('node_modules')).join(':'), LANG: 'C.UTF-8' };
    for (const folder of ['project/src', 'project/docs', 'home', 'elsewhere']) mkdirSync(join(top, folder), { recursive: true });
    writeFileSync(join(project, 'README.md'), '# one\ntwo\n10 x\n');
    writeFileSync(join(project, '.gitignore'), 'node_modules\n');
    writeFileSync(join(project, 'package.json'), '{"name":"x","version":"1","scripts":{"build":"x"}}');
    writeFileSync(join(project, 'src/a.ts'), 'one\ntwo 2\n');
    writeFileSync(join(project, 'src/b.ts'), 'three\n');
    symlinkSync('../elsewhere', join(project, 'out'));
    writeFileSync(join(top, 'elsewhere/secret'), 'x');
    const git = (...words: string[]): unknown => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...words], { cwd: project, env, stdio: 'ignore' });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-qm', 'first');
  });
  after(() => rmSync(top, { recursive: true, force: true }));

  const verdict = async (command: string, policy: Record<string, string[]> = {}, cwd = project): Promise<string> => {
    const { call, policy: parsed } = parseCase({ id: 'x', policy: { allow: [], ask: [], deny: [], ...policy }, mode: 'default', tool: 'Bash', input: { command }, root: cwd }, cwd);
    const { verdict: given, reason } = await judge(call, { policy: parsed, home: env['HOME']!, env });
    return given === 'none' || given === 'ask' ? 'ask' : given === 'allow' ? 'allow' : `${given}: ${reason}`;
  };

  for (const command of LOOKS) it(`lets ${command} pass`, async () => assert.equal(await verdict(command), 'allow'));
  for (const command of DOES) it(`asks before ${JSON.stringify(command)}`, async () => assert.equal(await verdict(command), 'ask'));

  it('changes nothing: whatever passes leaves every file as it was when bash runs it', function () {
    this.timeout(120_000);
    const before = snapshot(top);
    const line = LOOKS.filter((command) => !/sleep/.test(command)).map((command) => `(${command}) </dev/null >/dev/null 2>&1`).join('\n');
    const { status, signal } = spawnSync('bash', ['-c', `ulimit -f 1000; ${line}\ntrue`], { cwd: project, env: { ...env, FUNCNEST: '20' }, timeout: 100_000, killSignal: 'SIGKILL' });

    assert.deepEqual([status, signal], [0, null]);
    assert.deepEqual(snapshot(top), before);
  });

  /** Programs of which it is said that an option runs or writes something: it really does. `MARK` is a file that is not there before. */
  const effects: readonly [command: string, rule: string][] = [
    ['sort -S 1k --compress-program=./touch.sh big', 'Bash(sort:*)'], ['sort -o MARK README.md', 'Bash(sort:*)'], ['sort -ro MARK README.md', 'Bash(sort:*)'], ['sed -n \'1w MARK\' README.md', 'Bash(sed:*)'], ['sed \'1e ./touch.sh\' README.md', 'Bash(sed:*)'], ['sed \'s/.*/.\\/touch.sh/e\' README.md', 'Bash(sed:*)'],
    ['awk \'BEGIN{system("./touch.sh")}\'', 'Bash(awk:*)'], ['awk \'{print > "MARK"}\' README.md', 'Bash(awk:*)'], ['awk \'{print | "./touch.sh"}\' README.md', 'Bash(awk:*)'], ['find . -maxdepth 0 -exec ./touch.sh \\;', 'Bash(find:*)'], ['find . -fprint MARK', 'Bash(find:*)'], ['tar -cf x.tar README.md --checkpoint=1 --checkpoint-action=exec=./touch.sh', 'Bash(tar:*)'],
    ['tar -cf x.tar -I ./touch.sh README.md', 'Bash(tar:*)'], ['tar cIf ./touch.sh x.tar README.md', 'Bash(tar:*)'], ['split --filter=./touch.sh README.md', 'Bash(split:*)'], ['test -v \'a[$(./touch.sh)]\'', 'Bash(test:*)'], ['printf -v \'a[$(./touch.sh)]\' x', 'Bash(printf:*)'], ['make -s -f /dev/null --eval=\'x:;@./touch.sh\' x', 'Bash(make:*)'],
    ['make lint \'FIX=$(shell ./touch.sh)\'', 'Bash(make lint:*)'], ['make lint SHELL=./touch.sh', 'Bash(make lint:*)'], ['make lint MAKEFLAGS=\'--eval=$(shell ./touch.sh)\'', 'Bash(make lint:*)'], ['make lint \'FIX=1;./touch.sh\'', 'Bash(make lint:*)'], ['xargs ./touch.sh < README.md', 'Bash(xargs:*)'], ['env ./touch.sh', 'Bash(env:*)'], ['timeout 5 ./touch.sh', 'Bash(timeout 5:*)'],
    ['python3 -c \'open("MARK","w")\'', 'Bash(python3:*)'], ['python3 -m touch', 'Bash(python3 -m:*)'], ['perl -pe \'1;\' -e \'system("./touch.sh")\' README.md', 'Bash(perl -pe \'1;\':*)'], ['node -e \'0\' -r ./touch.cjs', 'Bash(node -e 0:*)'], ['node --import ./touch.cjs x.cjs', 'Bash(node:*)'], ['uniq README.md MARK', 'Bash(uniq README.md:*)'], ['git diff --output=MARK', 'Bash(git diff:*)'],
    ['git grep -O./touch.sh one', 'Bash(git grep:*)'], ['git -c core.fsmonitor=./touch.sh status', 'Bash(git:*)'], ['git -c alias.x=\'!./touch.sh\' x', 'Bash(git:*)'], ['git rebase --root -x ./touch.sh', 'Bash(git rebase:*)'], ['git bisect run ./touch.sh', 'Bash(git bisect:*)'], ['git config core.fsmonitor ./touch.sh; git status', 'Bash(git config:*)'], ['git log -p --output=MARK', 'Bash(git log:*)'], ['git grep --open-files-in-p=./touch.sh one', 'Bash(git grep:*)'],
    ['xxd README.md MARK', 'Bash(ls:*)'], ['jq -n -L . \'import "m" as $m; $m\' > MARK', 'Bash(jq:*)'], ['curl -s --trace MARK http://127.0.0.1:1/', 'Bash(curl:*)'], ['gdb -batch -ex \'shell ./touch.sh\'', 'Bash(gdb:*)'], ['sqlite3 :memory: \'select 1\' \'.shell ./touch.sh\'', 'Bash(sqlite3 :memory: \'select 1\':*)'], ['zip x.zip README.md -T -TT ./touch.sh', 'Bash(zip:*)'], ['flock x ./touch.sh', 'Bash(flock x:*)'], ['stdbuf -o0 ./touch.sh', 'Bash(stdbuf:*)'],
    ['script -qc ./touch.sh /dev/null', 'Bash(script:*)'], ['strace -o \'|./touch.sh\' true', 'Bash(strace:*)'], ['cmake -E touch MARK', 'Bash(cmake:*)'],
  ];
  for (const [command, rule] of effects) {
    it(`is right that ${command} does more, and no prefix ${rule} covers it`, async function () {
      const folder = join(top, `effect-${effects.findIndex(([other]) => other === command)}`);
      execFileSync('cp', ['-r', project, folder]);
      const mark = join(folder, 'MARK');
      writeFileSync(join(folder, 'touch.sh'), `#!/bin/sh\nfor f in "$@"; do :; done\necho x > ${mark}\n`, { mode: 0o755 });
      writeFileSync(join(folder, 'touch.cjs'), `require('fs').writeFileSync(${JSON.stringify(mark)}, '')`);
      writeFileSync(join(folder, 'touch.py'), 'open("MARK","w")');
      writeFileSync(join(folder, 'm.json'), '{}');
      writeFileSync(join(folder, 'x.cjs'), '');
      writeFileSync(join(folder, 'Makefile'), 'lint:\n\t@echo $(FIX)\n');
      writeFileSync(join(folder, 'big'), Array.from({ length: 40_000 }, (_, index) => `${index * 7919 % 40_000}\n`).join(''));
      if (command.startsWith('git bisect')) execFileSync('sh', ['-c', 'for i in 1 2 3; do git -c user.name=a -c user.email=a@b commit -q --allow-empty -m x; done; git bisect start HEAD HEAD~3'], { cwd: folder, env, stdio: 'ignore' });

      assert.equal(await verdict(command, { allow: [rule] }, folder), 'ask');
      assert.equal(existsSync(mark), false);
      const program = command.split(' ')[0]!;
      // What is not installed here cannot be tried; that the rule does not cover it is shown above.
      if (spawnSync('sh', ['-c', `command -v ${program}`], { env }).status !== 0) return;
      spawnSync('bash', ['-c', command], { cwd: folder, env: { ...env, GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@example.org', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@example.org' }, timeout: 20_000, killSignal: 'SIGKILL', input: 'x\n' });
      assert.equal(existsSync(mark), true);
    });
  }

  describe('through a folder in which a rule forbids a file', () => {
    const deny = ['Read(.env)', 'Read(secrets/**)', 'Read(/docs/*.pem)'];
    let folder: string;
    before(function () {
      this.timeout(120_000); // Ten thousand files, on a disk that other tests use.
      folder = join(top, 'deep');
      execFileSync('cp', ['-r', project, folder]);
      for (const name of ['.env', 'docs/a.pem', 'src/keep/b.ts']) {
        mkdirSync(join(folder, 'src/keep'), { recursive: true });
        writeFileSync(join(folder, name), 'KEY=1\n');
      }
      mkdirSync(join(folder, 'node_modules'));
      for (let index = 0; index < 5001; index++) writeFileSync(join(folder, `node_modules/${index}`), '');
      mkdirSync(join(folder, 'many'));
      for (let index = 0; index < 5001; index++) writeFileSync(join(folder, `many/${index}`), '');
    });
    for (const command of [
      'grep -r KEY .', 'grep -rn KEY', 'grep -R KEY docs', 'grep -dr KEY docs', 'egrep -nr KEY .', 'rg KEY docs', 'rg KEY -uu', 'rg --hidden KEY', 'rg KEY', 'grep -r KEY secrets', 'rg KEY secrets', 'grep -r --include=\'*.pem\' KEY docs', 'grep -r --exclude-dir=x KEY docs', 'grep -rn KEY many', 'cd docs && grep -r KEY .', 'grep -r KEY docs/../docs', 'cat docs/*.pem | head',
    ]) it(`does not let ${command} pass`, async () => assert.notEqual(await verdict(command, { deny }, folder), 'allow'));
    for (const command of ['tar c secrets', 'tar czf x.tgz docs', 'tar cf x.tar .', 'cp -r docs copy', 'cp -a . ../deep/copy', 'zip -r x.zip .', 'rsync -a docs/ copy', 'diff -r docs src']) {
      it(`does not let ${command} pass by a prefix rule`, async () => assert.notEqual(await verdict(command, { deny, allow: ['Bash(tar:*)', 'Bash(cp:*)', 'Bash(zip:*)', 'Bash(rsync:*)', 'Bash(diff:*)'] }, folder), 'allow'));
    }
    for (const command of ['grep -rn one src', 'grep KEY README.md', 'grep -r --include=\'*.ts\' KEY src', 'rg one src', 'ls -R', 'find . -name \'*.pem\'', 'grep -r --include=\'*.ts\' --exclude-dir=node_modules --exclude-dir=many KEY .', 'rg -g \'*.ts\' KEY src', 'git diff', 'git log -p', 'git grep one']) {
      it(`lets ${command} pass`, async () => assert.equal(await verdict(command, { deny }, folder), 'allow'));
    }
    it('asks where git shows a tracked file that is forbidden, and not where it does not show it', async () => {
      assert.equal(await verdict('git diff', { deny: ['Read(src/a.ts)'] }, folder), 'ask');
      assert.equal(await verdict('git diff --stat', { deny: ['Read(src/a.ts)'] }, folder), 'allow');
      assert.equal(await verdict('git log', { deny: ['Read(src/a.ts)'] }, folder), 'allow');
      assert.equal(await verdict('git show', { deny: ['Read(src/a.ts)'] }, folder), 'ask');
    });
    it('asks before a folder is removed in which a file may not be edited', async () => {
      const policy = { deny: ['Edit(docs/*.pem)', 'Edit(kept/**)'], allow: ['Bash(rm:*)', 'Bash(cp:*)', 'Bash(mv:*)'] };
      for (const command of ['rm -rf docs', 'mv docs gone', 'cp README.md kept', 'rm -rf kept', 'rm -r src/../docs']) assert.notEqual(await verdict(command, policy, folder), 'allow', command);
      for (const command of ['rm -rf src', 'rm -rf node_modules', 'mv src gone', 'cp README.md src', 'rm docs/x.txt']) assert.equal(await verdict(command, policy, folder), 'allow', command);
    });
  });

  it('knows which scripts of sed only print', () => {
    for (const script of ['', ' ; ', 'p;', 'p', '1,5p', '/a/p', '/a/,/b/!d', '$!N', '1~2p', '2,+3p', 's/a/b/', 's|a/b|c|gI', 'y/abc/xyz/', 'N;P;D', '1q', '/x/Id', '\\,a/b,p', '1!G;h;$!d', 's/a\\/b/c/2p', '  p ; p\np']) assert.equal(onlyPrints(script), true, script);
    for (const script of ['e', '1e', 'e id', 's/a/b/e', 's/a/b/ge', 's/a/b/w x', 'w x', 'r x', 'R x', 'W x', '{p}', 'p}', 'b', ':a', 'a text', 'i\\', 'c x', 'p p', 's/a/b', 's/a', '/a', '1,', ',5p', 's/a/b/;e', 's/a/b/\ne id', 's/[/e id;/]/x/', 's\na\nb\n', 'y/a/b/w', '#n', 'v', 'M', 's/[/]/x/', 's/[^]/]*//']) assert.equal(onlyPrints(script), false, script);
  });

  it('knows which programs of awk only print', () => {
    for (const program of ['1', '{print}', 'NR==1{print $2; exit}', '/a[0-9]/', '$1 ~ /x/ {print $1 ", " $2}', 'NR>5', '{ if ($1 > 5) print }', 'BEGIN { FS=":" } { a[$1]++ } END { for (k in a) print k, a[k] }', '!seen[$0]++', '{print (a > b) ? 1 : 2}', '{gsub(/a/, "b"); print}', '{print substr($0, 1, 10)}', 'length > 80', '{print "a > b | c"}']) assert.equal(onlyPrintsByAwk(program), true, program);
    for (const program of [
      '{print > "x"}', '{print >"x"}', '{print>$1}', '{print | "sh"}', '{system("x")}', 'BEGIN{getline; print}', '{print (a) > "x"}', '{print "a" "b" > "x"}', '{a / "x" | "sh" / b}', 'x=1/2/3 {print > "y"}', '@include "x"', '{f()}', '{print # c\n> "x"}', '{print "a\n"}', '{print', '}', '{print "x}', '{if (1) {print > "x"}}', '/[/] | "sh"/', 'a/"b" | "sh"/c', '{close("x")}', '{print ENVIRON["x"]}', '{$0 = a |& b}', '{print a[1] > "x"}', '/x', '{"id" | getline}',
    ]) assert.equal(onlyPrintsByAwk(program), false, program);
  });
});

/** Every file with its content, but git's index, which git writes anew when it looks. */
function snapshot(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    const path = join(folder, name);
    const stat = lstatSync(path);
    if (!name.endsWith('.git/index') && !stat.isDirectory()) found[name] = `${stat.mode} ${stat.isSymbolicLink() ? readlinkSync(path) : readFileSync(path, 'base64')}`;
    if (stat.isDirectory()) found[`${name}/`] = String(stat.mode);
  }
  return found;
}
