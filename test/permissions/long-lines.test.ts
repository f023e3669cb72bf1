import assert from 'node:assert/strict';
import { toCase } from './case.ts';
import { check, toOutcome } from './check.ts';
import { createGround, type Ground } from './ground.ts';

const nest = (open: string, close: string, depth: number) => (inner: string): string => `${open.repeat(depth)}${inner}${close.repeat(depth)}`;

/** Lines that are long or deep, with one command somewhere within. */
const SHAPES: Record<string, (command: string) => string> = {
  'at the end of 200 parts': (command) => `${'make lint && '.repeat(200)}${command}`,
  'before 200 lines': (command) => `${command}${'\nmake lint'.repeat(200)}`,
  'in the middle of 5000 parts': (command) => `${'true; '.repeat(2500)}${command}${'; true'.repeat(2500)}`,
  'after 100 KB of words': (command) => `echo ${'a '.repeat(50_000)}; ${command}`,
  'after 100 KB of one word': (command) => `echo ${'a'.repeat(100_000)} && ${command}`,
  'after 100 KB within quotes': (command) => `echo '${'a; b '.repeat(20_000)}'; ${command}`,
  'after a here-document of 100 KB': (command) => `cat <<'END'\n${'some; text\n'.repeat(10_000)}END\n${command}`,
  'in 50 groups': nest('{ ', '; }', 50),
  'in 50 subshells': nest('( ', ' )', 50),
  'in 100 subshells': nest('( ', ' )', 100),
  'in 100 substitutions': nest('echo "$(', ')"', 100),
  'in 30 branches': nest('if true; then ', '; fi', 30),
  'in 10 loops': nest('for x in 1; do ', '; done', 10),
};
/** Deeper, or longer, than what must pass; bash may give up on them, too. */
const DEPTHS: Record<string, (command: string) => string> = {
  'at the end of 100000 parts': (command) => `${'a;'.repeat(100_000)}${command}`, 'behind 100000 redirects': (command) => `${'>a '.repeat(100_000)}; ${command}`,
  'in 400 subshells': nest('( ', ' )', 400), 'in 2000 groups': nest('{ ', '; }', 2000), 'in 1000 substitutions': nest('echo $(', ')', 1000), 'in 20000 subshells': nest('(', ')', 20_000),
};

describe('one command in a long line', () => {
  let ground: Ground;
  before(async () => { ground = await createGround(); });
  after(() => ground.remove());

  const policy = { allow: ['Bash(make lint:*)'], deny: ['Bash(rm:*)'] };
  /** Of one run with all lines. */
  let outcomes: string[];
  before(async function () {
    this.timeout(120_000);
    const lines = [...Object.values(SHAPES).flatMap((shape) => ['make lint', './x', 'rm x'].map(shape)), ...Object.values(DEPTHS).flatMap((shape) => ['./x', 'rm x'].map(shape))];
    outcomes = (await check(ground, lines.map((line) => toCase(policy, line)))).map(toOutcome);
  });

  for (const [index, where] of Object.keys(SHAPES).entries()) {
    it(`decides over it, for better or worse: ${where}`, () => {
      assert.deepEqual(outcomes.slice(index * 3, index * 3 + 3), ['allow', 'ask', 'deny']);
    });
  }

  for (const [index, where] of Object.keys(DEPTHS).entries()) {
    it(`is not let through where nobody writes it: ${where}`, () => {
      const at = Object.keys(SHAPES).length * 3 + index * 2;
      assert.deepEqual(outcomes.slice(at, at + 2), ['ask', 'deny']);
    });
  }
});
