import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { readShell, readWord, type WordReading } from '@pith/shell';
import { toCase } from './case.ts';
import { type Answer, check } from './check.ts';
import { createGround, type Ground } from './ground.ts';
import { createRandom, createShellText } from './shell-text.ts';

/** Lines, how many of those that pass are run, and how many of those that do not, to see what they would have done. */
const [COUNT, PASSED, ASKED] = process.env['PITH_SOAK'] === undefined ? [2500, 200, 40] : [1_000_000, 1_000_000, 20_000];
const BATCH = 6000;
const ALLOWED = ['a', 'b'];
const LOOKS = ['cat', 'ls', 'head', 'grep', 'wc'];
const OTHERS = ['c', 'rm'];

describe('what real bash runs of a line', function () {
  this.timeout(process.env['PITH_SOAK'] === undefined ? 180_000 : 7_200_000);
  let ground: Ground;
  let bin: string;
  let runs = 0;
  let untouched: Map<string, string>;
  before(async () => {
    ground = await createGround();
    bin = join(ground.top, 'bin');
    for (const folder of [bin, join(ground.top, 'notes')]) mkdirSync(folder);
    // Every program there is only notes where and how it was called.
    for (const name of [...ALLOWED, ...LOOKS, ...OTHERS]) {
      writeFileSync(join(bin, name), `#!/bin/bash\n/usr/bin/printf '%s\\0' ${name} "$PWD" "$@" $'\\x01' >> "$NOTES"; echo out\n`);
      chmodSync(join(bin, name), 0o755);
    }
    // A line that leads away from the root, or into it, finds such programs, too.
    for (const folder of ['.', 'src']) for (const name of ALLOWED) writeFileSync(join(ground.root, folder, name), '#!/bin/bash\n/usr/bin/printf \'%s\\0\' evil "$PWD" "$@" $\'\\x01\' >> "$NOTES"\n', { mode: 0o755 });
    untouched = snapshot(ground.top);
  });
  after(() => ground.remove());

  it(`is what was judged, and nothing is written, of ${COUNT} lines up to ${PASSED} that pass; a rule that denies sees what ran`, async () => {
    const write = createShellText({
      commands: ['a', 'b', 'a 1', 'b "2 3"', 'cat src/a.ts', 'ls', 'echo hi', 'true', 'head -1 README.md', 'grep text src/a.ts', 'a', 'b', 'a', 'cat', 'c', 'rm x', './a', '\\rm', 'c 1'],
      words: ['src/a.ts', 'x', '-n', '"a b"', '\'c\'', '*', 'src/*.ts', '$x', '"$x"', '$?', '~', '{1,2}', '../elsewhere/secret.txt', '.env', '--', 'rm', 'c', 'a=b', '/missing/x', 'src', 'é', '\\;', 'out/secret.txt', '$\'r\\x6d\''],
    }, createRandom(20261121));
    const policy = { allow: ['Bash(a:*)', 'Bash(b:*)'], deny: ['Bash(rm:*)', 'Read(.env)'] };
    const env = { PATH: bin };
    let [passed, asked] = [0, 0];
    for (let done = 0; done < COUNT; done += BATCH) {
      const lines = Array.from({ length: Math.min(BATCH, COUNT - done) }, write);
      const answers = await check({ ...ground, pith: (args, options) => ground.pith(args, { ...options, env }) }, lines.map((line) => toCase(policy, line)));
      for (const [index, line] of lines.entries()) {
        const answer = answers[index]!;
        if (answer.verdict === 'allow' && passed < PASSED) {
          passed++;
          await assertJudged(line, run(line), answer);
        } else if (answer.verdict === 'ask' && /\brm\b|\\rm/.test(line) && asked < ASKED) {
          asked++;
          const ran = run(line);
          // What only running it shows (a variable, a substitution) may be asked about; a word that stands there may not.
          if (ran.some(([name]) => name === 'rm') && !/[$`*?]|eval|read/.test(line)) assert.fail(`${JSON.stringify(line)} runs rm, and is only asked about (${answer.reason})`);
          restore();
        }
      }
    }
    assert.ok(passed > Math.min(COUNT / 20, PASSED - 1), `only ${passed} lines passed`);
  });

  /** @returns each call: the program, the folder it ran in, its words */
  function run(line: string): string[][] {
    const notes = join(ground.top, 'notes', String(++runs));
    writeFileSync(notes, '');
    // A function that calls itself ends soon, and `timeout` leads the group of all that a line has started.
    const env = { PATH: bin, NOTES: notes, HOME: ground.env['HOME'], FUNCNEST: '3' };
    const { pid } = spawnSync('/usr/bin/timeout', ['-s', 'KILL', '1', '/bin/bash', '--noprofile', '--norc', '-c', `${line}\nwait`], { cwd: ground.root, env, stdio: 'ignore' });
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Nothing of it is left in the background.
    }
    const text = readFileSync(notes, 'utf8');
    rmSync(notes);
    return text.split('\x01\0').filter((text) => text !== '').map((text) => text.split('\0').slice(0, -1));
  }

  async function assertJudged(line: string, ran: readonly string[][], { parts }: Answer): Promise<void> {
    const about = JSON.stringify(line);
    const words = (await Promise.all(parts!.map(({ text }) => readShell(text)))).flatMap(({ commands }) => commands.map((command) => command.words.map((word) => readWord(word, ground.env['HOME']))));
    for (const [name, cwd, ...args] of ran) {
      const call = `${about} runs ${JSON.stringify([name, ...args])} in ${cwd}`;
      assert.ok([...ALLOWED, ...LOOKS].includes(name!), call);
      assert.ok(words.some((part) => comesOf(part, [name!, ...args])), `${call}, which is none of the parts ${JSON.stringify(parts)}`);
      if (!LOOKS.includes(name!)) continue;
      for (const [index, arg] of args.entries()) {
        if (name === 'head' && args[index - 1] === '-n') continue; // Its value, and no file.
        const path = resolve(cwd!, arg);
        assert.ok(!existsSync(path) || (!relative(ground.root, path).startsWith('..') && !path.startsWith(join(ground.root, 'out')) && !path.endsWith('.env')), `${call}, which reads ${path}`);
      }
    }
    const written = [...snapshot(ground.top)].filter(([path, content]) => untouched.get(path) !== content).map(([path]) => path);
    restore();
    assert.deepEqual(written, [], `${about} wrote files`);
  }

  /** Takes away what a line has written. */
  function restore(): void {
    const now = snapshot(ground.top);
    for (const [path] of now) if (!untouched.has(path)) rmSync(join(ground.top, path), { force: true });
    for (const [path, content] of untouched) if (now.get(path) !== content) writeFileSync(join(ground.top, path), content);
  }
});

/** The files below a folder, but for those of git, of pith and of the test. */
function snapshot(folder: string, below = ''): Map<string, string> {
  const entries = readdirSync(join(folder, below), { withFileTypes: true }).filter(({ name }) => !['.git', 'home', 'notes'].includes(name));
  return new Map(entries.flatMap((entry): [string, string][] => {
    const path = join(below, entry.name);
    if (entry.isDirectory()) return [...snapshot(folder, path)];
    return entry.isFile() ? [[path, readFileSync(join(folder, path), 'utf8')]] : [];
  }));
}

/** Whether a command's words can become just these. */
function comesOf([word, ...rest]: WordReading[], argv: readonly string[]): boolean {
  if (word === undefined) return argv.length === 0;
  const { values, prefix } = word;
  if (values !== undefined) return values.every((value, index) => argv[index] === value) && comesOf(rest, argv.slice(values.length));
  return Array.from({ length: argv.length + 1 }, (_, count) => count).some((count) => (count === 0 || argv[0]!.startsWith(prefix)) && comesOf(rest, argv.slice(count)));
}
