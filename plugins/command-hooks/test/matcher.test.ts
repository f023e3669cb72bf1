import assert from 'node:assert/strict';
import { isSurelyUnmet } from '../src/condition.ts';
import { toMatcher } from '../src/matcher.ts';

describe('a matcher', () => {
  const CASES: [matcher: string | undefined, matched: string[], others: string[]][] = [
    [undefined, ['Bash', 'mcp__x__y', ''], []],
    ['', ['Bash', 'mcp__x__y'], []],
    ['*', ['Bash', 'mcp__x__y'], []],
    ['Bash', ['Bash'], ['bash', 'BashOutput', 'MyBash', '']],
    ['Edit|Write', ['Edit', 'Write'], ['MultiEdit', 'NotebookEdit', 'WriteAll', 'Edit|Write']],
    ['Edit, Write | Read', ['Edit', 'Write', 'Read'], [' Write', 'Edit, Write']],
    ['mcp__memory', ['mcp__memory'], ['mcp__memory__create']],
    ['code-reviewer', ['code-reviewer'], ['code', 'reviewer']],
    ['mcp__memory__.*', ['mcp__memory__create', 'x mcp__memory__'], ['mcp__memory']],
    ['^Notebook', ['NotebookEdit'], ['MyNotebook']],
    ['Edit.*', ['Edit', 'NotebookEdit', 'MultiEdit2'], ['Write']],
    ['Edit$', ['Edit', 'MultiEdit'], ['Edits']],
    ['.*', ['Bash', ''], []],
    ['Bash(', [], []],
  ];
  for (const [matcher, matched, others] of CASES.slice(0, -1)) {
    it(`${matcher === undefined ? 'that is not there' : JSON.stringify(matcher)} matches ${matched.join(', ') || 'nothing'}, and not ${others.join(', ') || 'anything else'}`, () => {
      const matches = toMatcher(matcher);
      assert.deepEqual(matched.filter((name) => !matches(name)), []);
      assert.deepEqual(others.filter((name) => matches(name)), []);
    });
  }

  it('that is no regular expression is an error', () => assert.throws(() => toMatcher('Bash('), SyntaxError));
});

describe('the condition of a hook', () => {
  const at = { root: '/code/app', home: '/home/me' };
  const bash = (command: string) => ({ name: 'Bash', input: { command } });
  const edit = (path: string, name = 'Edit') => ({ name, input: { file_path: path } });

  const RUNS: [condition: string, shown: { name: string; input: Record<string, unknown> }][] = [
    ['Bash', bash('anything')], ['Bash(*)', bash('x')], ['*', bash('x')],
    ['Bash(git *)', bash('git push')], ['Bash(git push:*)', bash('git push origin')], ['Bash(git *)', bash('ls && git push')], ['Bash(git *)', bash('CI=1 git push')], ['Bash(git *)', bash('ls\ngit push')],
    ['Bash(git *)', bash('ls; $(echo git) push')], ['Bash(git *)', bash('"git" push')], ['Bash(git *)', bash('g\\it push')], ['Bash(git *)', bash('sudo git push')], ['Bash(git *)', bash('/usr/bin/git push')], ['Bash(git *)', bash(`ls ${'x'.repeat(20_000)}`)],
    ['Edit(*.ts)', edit('/code/app/a.ts')], ['Edit(*.ts)', edit('/code/app/src/deep/a.ts')], ['Edit(src/**)', edit('/code/app/src/a/b.ts', 'Write')], ['Edit(/src/*.ts)', edit('/code/app/src/a.ts')], ['Edit(//etc/**)', edit('/etc/passwd')], ['Edit(~/.ssh/*)', edit('/home/me/.ssh/id')], ['Edit(src)', edit('/code/app/src/a.ts')],
    ['Read(./secrets/**)', edit('/code/app/secrets/x', 'Read')], ['WebFetch(domain:example.org)', { name: 'WebFetch', input: { url: 'https://EXAMPLE.org/x' } }], ['mcp__github', { name: 'mcp__github__push', input: {} }], ['Agent(model:opus)', { name: 'Task', input: { model: 'opus' } }],
    ['not a rule (', bash('x')], ['Task', { name: 'Agent', input: {} }],
  ];
  const SKIPS: typeof RUNS = [
    ['Write', bash('x')], ['Bash(git *)', bash('npm test')], ['Bash(git *)', bash('gitk')], ['Bash(npm run *)', bash('npm test && ls -la src/a.ts')], ['Edit(*.ts)', edit('/code/app/a.tsx')], ['Edit(src/**)', edit('/code/app/lib/a.ts')], ['Edit(/src/*.ts)', edit('/code/app/src/deep/a.ts')],
    ['Read', edit('/code/app/a.ts')], ['WebFetch(domain:example.org)', { name: 'WebFetch', input: { url: 'https://a.example.org/' } }], ['mcp__github', { name: 'mcp__git', input: {} }], ['Agent(model:opus)', { name: 'Task', input: { model: 'haiku' } }],
  ];
  for (const [condition, shown] of RUNS) it(`${condition} does not keep a hook from ${JSON.stringify(shown).slice(0, 80)}`, () => assert.equal(isSurelyUnmet(condition, shown, at), false));
  for (const [condition, shown] of SKIPS) it(`${condition} keeps a hook from ${JSON.stringify(shown).slice(0, 80)}`, () => assert.equal(isSurelyUnmet(condition, shown, at), true));
});
