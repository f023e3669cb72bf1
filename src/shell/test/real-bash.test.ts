import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readShell, readWord, type WordReading } from '../index.ts';

const PIECES = [
  'a', 'b', 'c', 'rm', ' ', ' ', ' ', ' ', '\n', ';', '&', '&&', '||', '|', '|&', '(', ')', '{ ', ' }', '; }', '$(', ')', '`', '\'', '\'', '"', '"', '\\', '$', '$x', '${x}', '${x:-$(rm)}', '<<E\n', '<<\'E\'\n', '<<-E\n',
  '\nE\n', '<<<', '<(', '>f', '<f', '2>&1', 'case x in ', 'x)', ';;', 'esac', ' in ', '[[ ', ' ]]', '[ ', ' ]', '((', '))', '1', 'for x in ', '; do ', '; done', 'if ', '; then ', '; fi', 'else ', '! ', 'time ', 'f() ', 'function f ',
  '{a,b}', '{,a}', '{1..3}', '~', '*', '?', '$\'a\\x62\'', 'x=', 'x=(', ' y=1 ', '#', '# ', '\\\n', '=', '-', '--', 'coproc ', '{', '}', ',', '"$(', '\t', '\r', 'é', '@', '!', '+(', '$((', '$[', ']', 'a[1]=', '>|f', '&>f', '{fd}>f', ';&',
];
const SHAPES: ((inner: string) => string)[] = [
  (s) => s, (s) => `a; ${s}`, (s) => `$(${s})`, (s) => `"$(${s})"`, (s) => `(${s})`, (s) => `{ ${s}; }`, (s) => `if a; then ${s}; fi`, (s) => `case x in x) ${s};; esac`, (s) => `for x in 1 2; do ${s}; done`, (s) => `\`${s}\``,
  (s) => `a <<E\n${s}\nE`, (s) => `f() { ${s}; }; f`, (s) => `a | ${s}`, (s) => `a <(${s})`, (s) => `a "\${x:-$(${s})}"`, (s) => `[[ a == ${s} ]]`, (s) => `x=$(${s}) a`, (s) => `a ${s} b`, (s) => `a '${s}' b`, (s) => `a # ${s}\nb`,
];
const COUNT = process.env['PITH_SOAK'] === undefined ? 600 : 100_000;

describe('what real bash runs of a generated line', function () {
  this.timeout(process.env['PITH_SOAK'] === undefined ? 120_000 : 3_600_000);
  let folder: string;
  let lines = 0;
  before(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'pith-bash-')));
    for (const name of ['bin', 'work', 'notes']) mkdirSync(join(folder, name));
    // Every program there is only notes how it was called; bash’s own printf would write each line of it by itself, between what others write.
    for (const name of ['a', 'b', 'c', 'rm']) {
      writeFileSync(join(folder, 'bin', name), `#!/bin/bash\n/usr/bin/printf '%s\\0' ${name} "$@" $'\\x01' >> "$NOTES"; echo out\n`);
      chmodSync(join(folder, 'bin', name), 0o755);
    }
  });
  // What a line has left in the background may still write.
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

  it(`was read as a command, in ${COUNT} lines, wherever there was no doubt`, async () => {
    let seed = 20261121;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    let certain = 0;
    for (let count = 0; count < COUNT; count++) {
      let text = Array.from({ length: 1 + Math.floor(random() * 9) }, () => pick(PIECES) + (random() < 0.4 ? ' ' : '')).join('');
      for (let depth = Math.floor(random() * 3); depth > 0; depth--) text = pick(SHAPES)(text);
      const { commands, doubts } = await readShell(text);
      if (doubts.length > 0) continue;
      certain++;
      for (const argv of run(text)) {
        assert.ok(commands.some(({ words }) => comesOf(words.map((word) => readWord(word, '/home/ann')), argv)), `${JSON.stringify(text)} ran ${JSON.stringify(argv)}`);
      }
    }
    assert.ok(certain > COUNT / 10, `only ${certain} lines were certain`);
  });

  function run(text: string): string[][] {
    const notes = join(folder, 'notes', String(++lines));
    writeFileSync(notes, '');
    // A function that calls itself ends soon, and `timeout` ends whatever the line has started, with its children.
    const env = { PATH: join(folder, 'bin'), NOTES: notes, HOME: '/home/ann', FUNCNEST: '3' };
    spawnSync('/usr/bin/timeout', ['-s', 'KILL', '2', '/bin/bash', '--noprofile', '--norc', '-c', text], { cwd: join(folder, 'work'), env, stdio: 'ignore' });
    return readFileSync(notes, 'utf8').split('\x01\0').filter((text) => text !== '').map((text) => text.split('\0').slice(0, -1));
  }
});

/** Whether a command's words can become just these. */
function comesOf([word, ...rest]: WordReading[], argv: readonly string[]): boolean {
  if (word === undefined) return argv.length === 0;
  const { values, prefix } = word;
  if (values !== undefined) return values.every((value, index) => argv[index] === value) && comesOf(rest, argv.slice(values.length));
  return Array.from({ length: argv.length + 1 }, (_, count) => count).some((count) => (count === 0 || argv[0]!.startsWith(prefix)) && comesOf(rest, argv.slice(count)));
}
