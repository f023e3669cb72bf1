import assert from 'node:assert/strict';
import { type Answer, ask, definePlugin, type LocalSettings, type Mode, type PluginDefinition, type Question } from '@pith/kernel';
import { createTestKernel } from '@pith/kernel/testing';
import permissions from '../../src/index.ts';
import { fakeTools } from '../fake-tools.ts';

interface Kept { cwd: string; rules: readonly string[] }

/** A host that keeps rules, or says why it does not. */
function keeping({ why, project, fail }: { why?: string; project?: string; fail?: string } = {}): { plugin: PluginDefinition; kept: Kept[] } {
  const kept: Kept[] = [];
  const local: LocalSettings = {
    find: async (cwd) => ({ project: project ?? cwd, ...(why === undefined ? {} : { why }) }),
    allow: async (cwd, rules) => {
      if (fail !== undefined) throw new Error(fail);
      kept.push({ cwd, rules });
      return { file: 'settings.local.json' };
    },
  };
  return { kept, plugin: definePlugin({ name: 'host', services: { 'local-settings': () => local } }) };
}

async function asking(answers: (Answer | ((question: Question) => Answer))[], { policy = {}, mode = 'default', host = keeping(), others = [] }: { policy?: unknown; mode?: Mode; host?: ReturnType<typeof keeping>; others?: PluginDefinition[] } = {}) {
  const questions: Question[] = [];
  const asker = async (question: Question): Promise<Answer> => {
    questions.push(question);
    const answer = answers.shift() ?? { verdict: 'deny' };
    return typeof answer === 'function' ? answer(question) : answer;
  };
  const plugins = [permissions, fakeTools, host.plugin, ...others];
  const test = await createTestKernel({ plugins, options: { permissions: policy }, env: { PATH: '/usr/bin' }, session: { asker, mode } });
  const run = async (name: string, input: unknown): Promise<string> => (await test.session.callTool({ name, input })).status;
  return { ...test, plugins, questions, kept: host.kept, run };
}

const always = (index: number) => ({ always: choices }: Question): Answer => ({ verdict: 'allow', scope: 'always', rules: choices![index]! });

describe('an answer “always”', () => {
  /** What is offered for one call. */
  const offered = async (tool: string, input: unknown, options: Parameters<typeof asking>[1] = {}): Promise<Question['always']> => {
    const { run, questions, close } = await asking([], options);
    await run(tool, input);
    await close();
    return questions[0]?.always;
  };
  const command = (text: string, options?: Parameters<typeof asking>[1]): Promise<Question['always']> => offered('bash', { command: text }, options);

  it('is offered with the exact command, and with a prefix as a second choice', async () => {
    assert.deepEqual(await command('npm test'), [['Bash(npm test)'], ['Bash(npm test:*)']]);
    assert.deepEqual(await command('npm run lint -- --fix'), [['Bash(npm run lint -- --fix)'], ['Bash(npm run lint:*)']]);
    assert.deepEqual(await command('cargo build --release'), [['Bash(cargo build --release)'], ['Bash(cargo build:*)']]);
    assert.deepEqual(await command('make'), [['Bash(make)']]);
    assert.deepEqual(await command('mkdir -p a/b'), [['Bash(mkdir -p a/b)']]);
    assert.deepEqual(await command('CI=1 npm test'), [['Bash(CI=1 npm test)']]);
  });

  it('is offered with a prefix only where that would cover this very call', async () => {
    assert.deepEqual(await command('git -c core.pager=x log'), [['Bash(git -c core.pager=x log)']]);
    assert.deepEqual(await command('cargo build --config x'), [['Bash(cargo build --config x)']]);
  });

  it('is never offered with more than what was shown', async () => {
    for (const text of ['make a:*', 'make "a:*"', 'rm x:*']) for (const choice of await command(text) ?? []) for (const rule of choice) assert.equal(rule.endsWith(':*)'), false, rule);
  });

  it('is offered with what is missing of a line, and no more', async () => {
    assert.deepEqual(await command('npm test && ls'), [['Bash(npm test)'], ['Bash(npm test:*)']]);
    assert.deepEqual(await command('npm ci && npm test'), [['Bash(npm ci)', 'Bash(npm test)'], ['Bash(npm ci:*)', 'Bash(npm test:*)']]);
    assert.deepEqual(await command('npm ci && npm test', { policy: { allow: ['Bash(npm ci)'] } }), [['Bash(npm test)'], ['Bash(npm test:*)']]);
    assert.equal(await command('a; b; c; d'), undefined);
  });

  it('is offered for a file, a host, a tool and an agent', async () => {
    assert.deepEqual(await offered('write', { path: 'src/a.ts' }), [['Edit(/src/a.ts)']]);
    assert.deepEqual(await offered('fetch', { url: 'https://example.org/a' }), [['WebFetch(domain:example.org)']]);
    assert.deepEqual(await offered('mcp__files__drop', {}), [['mcp__files__drop']]);
    assert.deepEqual(await offered('agent', { name: 'reviewer' }), [['Agent(reviewer)']]);
  });

  it('is not offered where it would be asked again all the same', async () => {
    assert.equal(await command('git push', { policy: { ask: ['Bash(git push:*)'] } }), undefined);
    assert.equal(await offered('write', { path: '.git/config' }), undefined);
    assert.equal(await offered('write', { path: '.pith/settings.local.json' }), undefined);
    assert.equal(await offered('write', { path: '../x' }), undefined);
    assert.equal(await offered('read', { path: '/etc/hosts' }), undefined);
    assert.equal(await command('cat /etc/hosts'), undefined);
    assert.equal(await command('echo x > .git/config'), undefined);
    assert.equal(await command('make $(date)'), undefined);
    assert.equal(await command('make & $x'), undefined);
    assert.equal(await command(`make ${'x'.repeat(2000)}`), undefined);
    const other = definePlugin({ name: 'company', setup({ hooks }) { hooks.permission.tap('company', () => ask('company policy')); } });
    assert.equal(await command('npm test', { others: [other] }), undefined);
  });

  it('is not offered where it cannot be kept, or would mean another file elsewhere in the project', async () => {
    assert.equal(await command('npm test', { host: keeping({ why: 'the folder is not trusted' }) }), undefined);
    assert.equal(await offered('write', { path: 'a' }, { host: keeping({ project: '/above' }) }), undefined);
    assert.deepEqual(await command('make', { host: keeping({ project: '/above' }) }), [['Bash(make)']]);
  });

  it('is written once, with the choice that was made, and holds for the session at once', async () => {
    const { run, questions, kept, folder, close } = await asking([always(1)]);

    assert.deepEqual([await run('bash', { command: 'npm test' }), await run('bash', { command: 'npm test' }), await run('bash', { command: 'npm test a' }), await run('bash', { command: 'npm tests' })], ['done', 'done', 'done', 'refused']);
    assert.equal(questions.length, 2);
    assert.deepEqual(kept, [{ cwd: folder, rules: ['Bash(npm test:*)'] }]);
    await close();
  });

  it('is no more in this session than the rule that it will be: ask rules, places and other words ask', async () => {
    const { run, questions, close } = await asking([always(1)], { policy: { ask: ['Bash(npm test danger:*)'], deny: ['Bash(npm test never:*)'] } });

    assert.equal(await run('bash', { command: 'npm test' }), 'done');
    for (const command of ['npm test danger', 'npm test never', 'npm test ../../x', 'npm test > .git/config', 'npm test; make', 'npm test --script-shell=x']) assert.equal(await run('bash', { command }), 'refused', command);
    assert.equal(await run('bash', { command: 'npm test good && npm test' }), 'done');
    assert.equal(questions.length, 6);
    await close();
  });

  for (const [what, answer] of [
    ['rules that were not offered', { verdict: 'allow', scope: 'always', rules: ['Bash'] }],
    ['a part of what was offered, and more', { verdict: 'allow', scope: 'always', rules: ['Bash(npm test)', 'Bash'] }],
    ['no rules', { verdict: 'allow', scope: 'always' }],
    ['once', { verdict: 'allow', scope: 'once', rules: ['Bash(npm test)'] }],
    ['the session', { verdict: 'allow', scope: 'session', rules: ['Bash(npm test)'] }],
    ['no', { verdict: 'deny', scope: 'always', rules: ['Bash(npm test)'] }],
  ] as [string, Answer][]) {
    it(`writes nothing for ${what}`, async () => {
      const { run, kept, close } = await asking([answer]);

      await run('bash', { command: 'npm test' });

      assert.deepEqual(kept, []);
      assert.equal(await run('bash', { command: 'rm x' }), 'refused');
      await close();
    });
  }

  it('that cannot be written is said, and holds for the session', async () => {
    const { run, kernel, kept, close } = await asking([always(0)], { host: keeping({ fail: 'the disk is full' }) });

    assert.deepEqual([await run('bash', { command: 'npm test' }), await run('bash', { command: 'npm test' })], ['done', 'done']);
    assert.deepEqual(kept, []);
    assert.match(kernel.troubles.map(({ text }) => text).join(), /the disk is full/);
    await close();
  });

  it('is not there in mode plan or dontAsk, and lifts neither', async () => {
    for (const mode of ['plan', 'dontAsk'] as const) {
      const { run, questions, close } = await asking([always(0)], { mode });
      assert.deepEqual([await run('bash', { command: 'npm test' }), questions.length], ['refused', 0]);
      await close();
    }
  });

  it('and one for the session outlive a reload of the plugins', async () => {
    const { run, kernel, plugins, questions, close } = await asking([always(0), { verdict: 'allow', scope: 'session' }]);
    await run('bash', { command: 'npm test' });
    await run('write', { path: '.git/config' });

    await kernel.load(plugins);

    assert.deepEqual([await run('bash', { command: 'npm test' }), await run('write', { path: '.git/config' }), await run('write', { path: '.git/hooks/x' })], ['done', 'done', 'refused']);
    assert.equal(questions.length, 3);
    await close();
  });
});
