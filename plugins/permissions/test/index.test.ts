import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { allow, type Answer, ask, definePlugin, EXIT, type Mode, type Question } from '@pith/kernel';
import { createTestKernel, testModel, type TestKernel } from '@pith/kernel/testing';
import permissions from '../src/index.ts';
import { fakeTools, judge } from './fake-tools.ts';

type Verdict = 'allow' | 'ask' | 'deny' | 'none';

describe('the plugin permissions', () => {
  let test: TestKernel;
  before(async () => { test = await createTestKernel(); });
  after(() => test.close());

  it('loads alone and lets reads pass', async () => {
    const alone = await createTestKernel({ plugins: [permissions, fakeTools], env: { PATH: '/usr/bin' } });

    assert.deepEqual(alone.kernel.plugins.map(({ name, state, guards }) => [name, state, guards]), [['fake-tools', 'active', false], ['permissions', 'active', true]]);
    assert.equal((await alone.session.callTool({ name: 'read', input: { path: 'x' } })).status, 'done');
    assert.equal((await alone.session.callTool({ name: 'bash', input: { command: 'npm test' } })).status, 'refused');
    await alone.close();
  });

  it('declares what its manifest declares', async () => {
    const { pith } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { pith: { capabilities: string[]; guards: boolean } };

    assert.ok(permissions.capabilities!.every((capability) => pith.capabilities.includes(capability)));
    assert.equal(pith.guards, true);
  });

  it('lets no turn run where a rule is wrong, and says which and where', async () => {
    const wrong = await createTestKernel({ plugins: [permissions, testModel().plugin], options: { permissions: { deny: [{ rule: 'Bash(rm *)', source: '.pith/settings.json:3' }] } } });

    assert.equal(wrong.kernel.plugins.find(({ name }) => name === 'permissions')?.error?.code, 'CONFIG_INVALID');
    await assert.rejects(wrong.session.runTurn({ text: 'hi' }), { code: 'GUARD_MISSING', exitCode: EXIT.usage, message: /do not fit: deny\[0\]: the rule "Bash\(rm \*\)" \(\.pith\/settings\.json:3\) is not one plain command/ });
    await wrong.close();
  });

  for (const [allowed, command, reason] of [
    ['Bash', 'a & b > c', 'no allow rule covers "> c"'],
    ['Bash', 'make && (id; ls "$1"x $y) && make', 'no allow rule covers "ls \\"$1\\"x $y": it has words that are only known when it runs'],
    ['Bash', 'make; export X=1; make', 'no allow rule covers "make": export comes before it'],
    ['Bash', 'make; X=1; make', 'no allow rule covers "make": X is set before it'],
    ['Bash', 'make; "', 'no allow rule covers "make; \\"": a quote that is not closed'],
    ['Bash(make)', 'make && ./x --now | cat', 'no allow rule covers "./x --now"'],
    ['Bash(make)', `echo ${'x'.repeat(300)}\u0007`, `no allow rule covers "echo ${'x'.repeat(195)}…": it holds a character that cannot be seen`],
    ['Read', 'npm test', 'no allow rule covers "npm test"'],
  ] as const) {
    it(`says of ${JSON.stringify(command.slice(0, 40))} which part the rule ${allowed} does not cover`, async () => {
      const { outcome, own } = await judge({ policy: { allow: [allowed] }, tool: 'bash', input: { command }, folder: test.folder, env: { PATH: '/usr/bin' } });

      assert.deepEqual([own?.verdict, own?.reason], ['none', reason]);
      assert.equal(outcome.reason, `${reason}; this needs a person’s yes, and nobody can be asked`);
    });
  }

  it('has nothing to say of a part where nothing is allowed by rules', async () => {
    const { outcome, own } = await judge({ policy: { deny: ['Read'] }, tool: 'bash', input: { command: 'npm test' }, folder: test.folder, env: { PATH: '/usr/bin' } });

    assert.deepEqual([own?.verdict, own?.reason, outcome.reason], ['none', 'no rule allows it', 'no rule allows it; this needs a person’s yes, and nobody can be asked']);
  });

  const cases: [verdict: Verdict, mode: Mode, policy: Record<string, string[]>, tool: string, input: Record<string, string>][] = [
    ['allow', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'https://example.org/a?b' }],
    ['allow', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'HTTPS://EXAMPLE.ORG:443/' }],
    ['allow', 'default', { allow: ['WebFetch(domain:localhost:8080)'] }, 'fetch', { url: 'http://localhost:8080/' }],
    ['allow', 'default', { allow: ['WebFetch'] }, 'fetch', { url: 'https://example.net/' }],
    ['none', 'default', {}, 'fetch', { url: 'https://example.org/' }],
    ['none', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'https://www.example.org/' }],
    ['none', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'https://example.org.evil.net/' }],
    ['none', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'https://example.org@evil.net/' }],
    ['none', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'https://me:pw@example.org/' }],
    ['none', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'https://example.org:8443/' }],
    ['none', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'ftp://example.org/' }],
    ['none', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'https://exam\u200bple.org.' }],
    ['none', 'default', { allow: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'not a url example.org' }],
    ['deny', 'bypassPermissions', { deny: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'http://EXAMPLE.org.:81/' }],
    ['deny', 'bypassPermissions', { deny: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'nonsense://[example.org' }],
    ['allow', 'bypassPermissions', { deny: ['WebFetch(domain:example.org)'] }, 'fetch', { url: 'https://example.com/' }],
    ['allow', 'plan', { allow: ['WebFetch'] }, 'fetch', { url: 'https://example.org/' }],
    ['none', 'plan', {}, 'fetch', { url: 'https://example.org/' }],
    ['allow', 'default', { allow: ['mcp__files'] }, 'mcp__files__drop', {}],
    ['allow', 'default', { allow: ['mcp__files__list'] }, 'mcp__files__list', {}],
    ['none', 'default', { allow: ['mcp__files__list', 'mcp__file', 'mcp__files__lis'] }, 'mcp__files__drop', {}],
    ['none', 'default', {}, 'mcp__files__list', {}],
    ['none', 'default', { allow: ['mcp__a'] }, 'mcp__a__b__c', {}],
    ['allow', 'default', { allow: ['mcp__a__b__c'] }, 'mcp__a__b__c', {}],
    ['deny', 'bypassPermissions', { deny: ['mcp__a'] }, 'mcp__a__b__c', {}],
    ['deny', 'bypassPermissions', { deny: ['mcp__files'], allow: ['mcp__files__list'] }, 'mcp__files__list', {}],
    ['ask', 'bypassPermissions', { ask: ['mcp__files__drop'] }, 'mcp__files__drop', {}],
    ['allow', 'default', { allow: ['Agent(reviewer)'] }, 'agent', { name: 'reviewer' }],
    ['none', 'default', { allow: ['Agent(reviewer)'] }, 'agent', { name: 'reviewer2' }],
    ['allow', 'default', { allow: ['Agent'] }, 'agent', { name: 'x' }],
    ['deny', 'bypassPermissions', { deny: ['Agent'] }, 'agent', { name: 'x' }],
    ['allow', 'default', {}, 'clock', {}],
    ['allow', 'plan', {}, 'clock', {}],
    ['deny', 'plan', { allow: ['agent'] }, 'agent', { name: 'x' }],
    ['deny', 'bypassPermissions', { deny: ['clock'] }, 'clock', {}],
    ['none', 'default', {}, 'blind', {}],
    ['allow', 'bypassPermissions', {}, 'bash', { command: 'npm test && npm run build' }],
    ['allow', 'bypassPermissions', {}, 'fetch', { url: 'https://example.org/' }],
  ];
  for (const [verdict, mode, policy, tool, input] of cases) {
    it(`in mode ${mode} with ${JSON.stringify(policy)} says ${verdict} to ${tool} ${JSON.stringify(input)}`, async () => {
      const judged = await judge({ policy, mode, tool, input, folder: test.folder });
      assert.equal(judged.verdict, verdict, judged.own?.reason);
    });
  }

  it('never lets a tool pass that does not say what it touches, since the kernel asks', async () => {
    const { verdict, outcome } = await judge({ policy: { allow: ['blind'] }, mode: 'bypassPermissions', tool: 'blind', input: {}, folder: test.folder });

    assert.deepEqual([verdict, outcome.status], ['allow', 'refused']);
  });

  it('has no opinion where nothing matches, so that another guard may allow', async () => {
    const other = definePlugin({ name: 'other', capabilities: ['permission:allow'], setup({ hooks }) { hooks.permission.tap('other', () => allow('it is known')); } });
    const { session, close } = await createTestKernel({ plugins: [permissions, fakeTools, other], options: { permissions: { ask: ['Bash(git push)'] } } });
    const run = async (command: string): Promise<string> => (await session.callTool({ name: 'bash', input: { command } })).status;

    assert.deepEqual([await run('npm test'), await run('git push'), await run('rm .git/x')], ['done', 'refused', 'refused']);
    await close();
  });

  it('tells with its answer why a rule is there', async () => {
    const policy = { deny: [{ rule: 'Bash(rm:*)', reason: 'use trash', source: 's.json:2' }], ask: [{ rule: 'Edit', reason: 'look twice' }], allow: [{ rule: 'Bash(make)', reason: 'it only builds' }] };
    const reasonOf = async (tool: string, input: Record<string, string>): Promise<string | undefined> => (await judge({ policy, tool, input, folder: test.folder })).own?.reason;

    assert.deepEqual([await reasonOf('bash', { command: 'rm x' }), await reasonOf('write', { path: 'x' }), await reasonOf('bash', { command: 'make' })], ['a deny rule matches (prefix): use trash', 'an ask rule matches (tool): look twice', 'exact']);
  });

  it('knows no mode bypassPermissions where an administrator has ruled it out, whoever sets it', async () => {
    const judged = await judge({ policy: { forbidBypass: '/etc/pith/settings.json:2' }, mode: 'bypassPermissions', tool: 'bash', input: { command: 'npm test' }, folder: test.folder });

    assert.deepEqual([judged.verdict, judged.outcome.status], ['none', 'refused']);
  });

  it('does not outvote a stricter guard', async () => {
    const other = definePlugin({ name: 'other', setup({ hooks }) { hooks.permission.tap('other', () => ask('company policy')); } });
    const { session, close } = await createTestKernel({ plugins: [permissions, fakeTools, other] });

    assert.equal((await session.callTool({ name: 'read', input: { path: 'x' } })).reason, 'company policy; this needs a person’s yes, and nobody can be asked');
    await close();
  });
});

describe('an answer of a person', () => {
  /** A session whose person gives one answer after the other. */
  async function asking(answers: Answer[], options: { policy?: unknown; mode?: Mode } = {}) {
    const questions: Question[] = [];
    const asker = async (question: Question): Promise<Answer> => {
      questions.push(question);
      return answers.shift() ?? { verdict: 'deny', text: 'no more answers' };
    };
    const kernel = await createTestKernel({ plugins: [permissions, fakeTools], options: { permissions: options.policy ?? {} }, session: { asker, mode: options.mode ?? 'default' } });
    const run = async (name: string, input: unknown, session = kernel.session): Promise<string> => (await session.callTool({ name, input })).status;
    return { ...kernel, questions, asker, run };
  }
  const session: Answer = { verdict: 'allow', scope: 'session' };
  const once: Answer = { verdict: 'allow', scope: 'once' };

  it('for the session holds for the same command, and for no other', async () => {
    const { run, questions, close } = await asking([session]);

    assert.deepEqual([await run('bash', { command: 'npm test' }), await run('bash', { command: 'npm test' }), await run('bash', { command: 'npm test x' }), await run('bash', { command: 'npm test; make' })], ['done', 'done', 'refused', 'refused']);
    assert.equal(questions.length, 3);
    await close();
  });

  it('holds for a command that no rule can describe, as it was', async () => {
    const { run, close } = await asking([session]);

    assert.deepEqual([await run('bash', { command: 'a | b' }), await run('bash', { command: 'a | b' }), await run('bash', { command: 'a |  b' })], ['done', 'done', 'refused']);
    await close();
  });

  it('holds for a file, a host, a protected place and an ask rule, each with the rule that was shown', async () => {
    const { run, questions, close } = await asking([session, session, session, session], { policy: { ask: ['WebFetch', 'Bash(git push:*)'] } });

    assert.deepEqual([await run('fetch', { url: 'https://example.org/a' }), await run('fetch', { url: 'https://example.org/b' })], ['done', 'done']);
    assert.deepEqual([await run('write', { path: '.git/con[f]ig' }), await run('write', { path: '.git/con[f]ig' })], ['done', 'done']);
    assert.deepEqual([await run('bash', { command: 'git push' }), await run('bash', { command: ' git  "push"' })], ['done', 'done']);
    assert.deepEqual([await run('write', { path: '../out.txt' }), await run('write', { path: '../out.txt' })], ['done', 'done']);
    assert.deepEqual([await run('fetch', { url: 'https://example.com/' }), await run('write', { path: '.git/config' }), await run('bash', { command: 'git push -f' })], ['refused', 'refused', 'refused']);
    assert.deepEqual(questions.slice(0, 3).map(({ rule }) => rule), ['WebFetch(domain:example.org)', 'Edit(/.git/con\\[f]ig)', 'Bash(git push)']);
    assert.match(questions[3]!.rule!, /^Edit\(\/\/.*\/out\.txt\)$/);
    await close();
  });

  it('for a folder, or a name that no rule can hold, holds for that call alone', async () => {
    const { run, questions, close } = await asking([session, { verdict: 'deny' }, session, { verdict: 'deny' }]);

    assert.deepEqual([await run('read', { path: '..' }), await run('read', { path: '..' }), await run('read', { path: '../x' })], ['done', 'done', 'refused']);
    assert.deepEqual([await run('write', { path: 'a\u202eb' }), await run('write', { path: 'a\u202eb' }), await run('write', { path: 'ab' })], ['done', 'done', 'refused']);
    assert.deepEqual(questions.map(({ rule }) => rule?.replace(/\/.*\//, '…/')), [undefined, 'Read(…/x)', undefined, 'Edit(/ab)']);
    await close();
  });

  it('to a question that showed a rule, where nothing speaks for or against the call, stands for the rule', async () => {
    const { run, questions, close } = await asking([session, session]);

    assert.deepEqual([await run('fetch', { url: 'https://example.org/a' }), await run('fetch', { url: 'https://example.org/b' }), await run('mcp__files__drop', { id: 1 }), await run('mcp__files__drop', { id: 2 })], ['done', 'done', 'done', 'done']);
    assert.deepEqual(questions.map(({ rule }) => rule), ['WebFetch(domain:example.org)', 'mcp__files__drop']);
    await close();
  });

  it('to a question that showed no rule, since another plugin asks, stands for that call alone', async () => {
    const other = definePlugin({ name: 'a-company', setup({ hooks }) { hooks.permission.tap('a-company', ({ id }) => (id.endsWith('1') ? undefined : ask('company policy'))); } });
    const { session: own, close } = await createTestKernel({ plugins: [permissions, fakeTools, other], session: { asker: async () => session } });
    const events: string[] = [];
    own.asker = async ({ rule }) => { events.push(String(rule)); return events.length === 1 ? session : { verdict: 'deny' }; };

    await own.callTool({ name: 'fetch', input: { url: 'https://example.org/a' }, id: 'c2' });
    assert.deepEqual([(await own.callTool({ name: 'fetch', input: { url: 'https://example.org/a' }, id: 'c1' })).status, (await own.callTool({ name: 'fetch', input: { url: 'https://example.org/b' }, id: 'c1' })).status], ['done', 'refused']);
    assert.deepEqual(events, ['undefined', 'WebFetch(domain:example.org)']);
    await close();
  });

  it('given once, or as no, is asked for again', async () => {
    const { run, questions, close } = await asking([once, { verdict: 'deny', scope: 'session' }, once]);

    assert.deepEqual([await run('bash', { command: 'npm test' }), await run('bash', { command: 'npm test' }), await run('bash', { command: 'npm test' })], ['done', 'refused', 'done']);
    assert.equal(questions.length, 3);
    await close();
  });

  it('“always” holds for this session as well', async () => {
    const { run, questions, close } = await asking([{ verdict: 'allow', scope: 'always' }]);

    assert.deepEqual([await run('bash', { command: 'npm test' }), await run('bash', { command: 'npm test' })], ['done', 'done']);
    assert.equal(questions.length, 1);
    await close();
  });

  it('never lifts a deny rule or mode plan', async () => {
    const { run, session: own, close } = await asking([session]);

    assert.equal(await run('bash', { command: 'npm test' }), 'done');
    own.mode = 'plan';
    assert.equal(await run('bash', { command: 'npm test' }), 'refused');
    await close();
  });

  it('is unknown to another session', async () => {
    const { run, kernel, folder, asker, close } = await asking([session]);
    const other = kernel.openSession({ cwd: folder, asker });

    assert.deepEqual([await run('bash', { command: 'npm test' }), await run('bash', { command: 'npm test' }, other)], ['done', 'refused']);
    await close();
  });

  it('to one of two calls with the same id is not taken for the other', async () => {
    const model = testModel([{ calls: [{ id: 'same', name: 'fetch', input: { url: 'https://good.org/' } }, { id: 'same', name: 'fetch', input: { url: 'https://evil.org/' } }] }, { calls: [{ id: 'b', name: 'fetch', input: { url: 'https://evil.org/' } }] }]);
    const questions: Question[] = [];
    const { session: own, close } = await createTestKernel({
      plugins: [permissions, fakeTools, model.plugin],
      session: { asker: async (question) => { questions.push(question); return questions.length === 1 ? session : { verdict: 'deny' }; } },
    });

    await own.runTurn({ text: 'go' });

    assert.deepEqual(questions.map(({ body }) => body), ['https://good.org/', 'https://evil.org/', 'https://evil.org/']);
    await close();
  });
});
