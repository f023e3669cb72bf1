import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestKernel } from '@pith/kernel/testing';
import permissions from '../../src/index.ts';
import { parsePolicy, type Policy } from '../../src/options.ts';
import { testRules } from '../../src/policy-tests/test-rules.ts';

type List = keyof Policy;
interface Entry { rule: string; match?: string[]; noMatch?: string[]; source?: string }

function policyOf(value: unknown): Policy {
  const parsed = parsePolicy(value);
  assert.equal(parsed.issues, undefined);
  return (parsed as { value: Policy }).value;
}

async function problems(list: List, entry: Entry): Promise<(string | null)[]> {
  return (await testRules(policyOf({ [list]: [entry] }))).map(({ problem }) => problem);
}

describe('the tests that a rule carries', () => {
  const right: [list: List, entry: Entry][] = [
    ['allow', { rule: 'Bash(make lint:*)', match: ['make lint', 'make lint FIX=1', 'CI=1 make "lint"', 'timeout 5 make lint'], noMatch: ['make linter', 'make', 'make lint > out.txt', 'X=1 make lint', 'make lint | sh', 'ls'] }],
    ['allow', { rule: 'Bash(make lint)', match: ['make lint'], noMatch: ['make lint x'] }],
    ['deny', { rule: 'Bash(rm:*)', match: ['rm x', '/bin/rm x', 'ls; rm x', 'sh -c "rm x"', 'echo $(rm x)'], noMatch: ['ls', 'echo "rm x"', 'rmdir x'] }],
    ['ask', { rule: 'Bash(git push:*)', match: ['git push', 'git -C x push'], noMatch: ['git pull'] }],
    ['allow', { rule: 'Edit(src/**)', match: ['src/a.ts', './src/b/c.ts'], noMatch: ['a.ts', 'src/../a.ts', '../src/a.ts', 'src/.git/config'] }],
    ['deny', { rule: 'Read(.env)', match: ['.env', 'a/.env', '.ENV'], noMatch: ['env'] }],
    ['deny', { rule: 'Read(~/.ssh/**)', match: ['~/.ssh/id_ed25519'], noMatch: ['.ssh/id'] }],
    ['deny', { rule: 'Edit(//etc/**)', match: ['/etc/hosts'], noMatch: ['etc/hosts'] }],
    ['allow', { rule: 'WebFetch(domain:docs.example.org)', match: ['https://docs.example.org/a'], noMatch: ['https://example.org/', 'https://docs.example.org.evil.net/'] }],
    ['allow', { rule: 'mcp__files', match: ['mcp__files__list'], noMatch: ['mcp__file__list'] }],
    ['allow', { rule: 'mcp__files__list', match: ['mcp__files__list'], noMatch: ['mcp__files__drop'] }],
    ['allow', { rule: 'Agent(reviewer)', match: ['reviewer'], noMatch: ['writer'] }],
    ['deny', { rule: 'Read', match: ['a'] }],
    ['deny', { rule: 'Bash', match: ['ls', 'a | b'] }],
    ['deny', { rule: 'clock', match: ['clock'], noMatch: ['clocks'] }],
  ];
  for (const [list, entry] of right) {
    it(`hold for the ${list} rule ${entry.rule}`, async () => {
      const found = await problems(list, entry);

      assert.equal(found.length, (entry.match?.length ?? 0) + (entry.noMatch?.length ?? 0));
      assert.deepEqual(found.filter((problem) => problem !== null), []);
    });
  }

  const wrong: [list: List, entry: Entry, problem: string | RegExp][] = [
    ['allow', { rule: 'Bash(make lint:*)', match: ['make linter'], source: 's.json:3' }, /^the rule "Bash\(make lint:\*\)" \(s\.json:3\) must allow "make linter", and does not \(no allow rule covers "make linter"\); mend the rule, or its match$/],
    ['allow', { rule: 'Bash(node:*)', match: ['node x.js'] }, /must allow "node x\.js", and does not/],
    ['allow', { rule: 'Bash(make:*)', noMatch: ['make lint'] }, 'the rule "Bash(make:*)" must not allow "make lint", and does; mend the rule, or its noMatch'],
    ['deny', { rule: 'Bash(rm:*)', match: ['ls'] }, /must refuse "ls", and does not/],
    ['deny', { rule: 'Bash(rm:*)', noMatch: ['sh -c "rm x"'] }, /must not refuse "sh -c \\"rm x\\"", and does;/],
    ['ask', { rule: 'Edit(src/**)', match: ['a.ts'] }, /must ask about "a\.ts", and does not/],
    ['allow', { rule: 'Edit(**)', match: ['.git/config'] }, /must allow "\.git\/config", and does not \(\.git is protected/],
    ['allow', { rule: 'Read(//etc/**)', match: ['/etc/hosts'] }, /must allow "\/etc\/hosts", and does not \("?\/etc\/hosts"? lies outside/],
  ];
  for (const [list, entry, problem] of wrong) {
    it(`fail for the ${list} rule ${JSON.stringify(entry)}`, async () => {
      const [found] = await problems(list, entry);

      if (typeof problem === 'string') assert.equal(found, problem);
      else assert.match(found!, problem);
    });
  }

  it('keep every turn from running where they fail, and say where', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [permissions], options: { permissions: { allow: ['Read', { rule: 'Bash(make:*)', noMatch: ['make lint'], source: 'settings.json:4' }] } } });

    const { error } = kernel.plugins[0]!;
    assert.equal(error?.code, 'CONFIG_INVALID');
    assert.deepEqual(error.details?.['issues'], [{ path: ['allow', 1], message: 'the rule "Bash(make:*)" (settings.json:4) must not allow "make lint", and does; mend the rule, or its noMatch' }]);
    await close();
  });

  for (const [what, entry, said] of [
    ['a list of calls that is none', { rule: 'Read', match: 'x' }, 'match of the rule "Read" is "x"; it must be a list of calls, as "npm test"'],
    ['a call that is no text', { rule: 'Read', noMatch: [1] }, 'noMatch of the rule "Read" is an array; it must be a list of calls, as "npm test"'],
    ['a reason that is no text', { rule: 'Read', reason: 5 }, 'the reason of the rule "Read" is 5; it must be a text'],
    ['no rule', { match: [] }, 'a rule is a text, or { rule, match, noMatch, reason }; found an object'],
  ] as const) {
    it(`refuse ${what}`, () => assert.deepEqual(parsePolicy({ allow: [entry] }), { issues: [{ path: ['allow', 0], message: said }] }));
  }

  it('pass over a rule that cannot be read in a folder that nobody trusts, and keep its neighbours', () => {
    const { deny } = policyOf({ deny: [{ rule: 'Nonsense(', untrusted: true, source: 'x' }, { rule: 'Read', untrusted: true, source: 'x' }] });

    assert.deepEqual(deny.map(({ text }) => text), ['Read']);
  });
});

describe('rules that carry tests', () => {
  const start = async (folder: string, entry: unknown): Promise<{ error: string | undefined; proven: string[] }> => {
    const { kernel, close } = await createTestKernel({ plugins: [permissions], options: { permissions: { allow: [entry] } }, folder });
    const error = kernel.plugins[0]!.error?.message;
    await close();
    const proven = await readFile(join(folder, '.pith-home', 'cache', 'proven-rules.json'), 'utf8').then((text) => JSON.parse(text) as string[], () => []);
    return { error, proven };
  };
  let folder: string;
  beforeEach(async () => { folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-proven-'))); });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('are tried once for each content, and again when one of them is another', async () => {
    const rule = { rule: 'Bash(make:*)', match: ['make lint'] };
    assert.equal((await start(folder, 'Bash(make:*)')).proven.length, 0);
    assert.equal((await start(folder, rule)).proven.length, 1);
    assert.equal((await start(folder, { ...rule, source: 'elsewhere' })).proven.length, 1);
    assert.equal((await start(folder, { ...rule, match: ['make lint', 'make'] })).proven.length, 2);

    assert.match((await start(folder, { ...rule, noMatch: ['make lint'] })).error!, /^The options of plugin permissions do not fit: allow\[0\]: the rule "Bash\(make:\*\)" must not allow "make lint", and does/);
    assert.equal((await start(folder, rule)).proven.length, 2);
  });

  it('are tried where it cannot be read what was tried, and work where it cannot be kept', async () => {
    await mkdir(join(folder, '.pith-home'));
    await writeFile(join(folder, '.pith-home', 'cache'), 'a file in the place of the folder');
    assert.deepEqual(await start(folder, { rule: 'Bash(make)', match: ['make'] }), { error: undefined, proven: [] });
    assert.match((await start(folder, { rule: 'Bash(make)', match: ['cargo'] })).error!, /must allow "cargo", and does not/);
  });
});
