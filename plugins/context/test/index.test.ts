import assert from 'node:assert/strict';
import { createTestKernel, testHost, testModel } from '@pith/kernel/testing';
import { definePlugin } from '@pith/kernel';
import context from '../src/index.ts';
import { createGround, type Ground, open, sectionsOf, told, unmarked } from './ground.ts';

describe('the plugin context', () => {
  let ground: Ground;
  beforeEach(async () => { ground = await createGround(); });
  afterEach(() => ground.remove());

  it('tells the model who it is, in a section that stays the same object for 200 steps, with all that is in front of the history', async () => {
    await ground.write('project/AGENTS.md', 'Use tabs.');
    const steps = Array.from({ length: 199 }, (_, index) => ({ calls: [{ name: 'read', input: { path: `${ground.project}/file-${index % 7}` } }] }));
    const opened = await open(ground, { steps, options: { git: false } });
    await opened.say('go');

    assert.equal(opened.requests.length, 200);
    assert.deepEqual(sectionsOf(opened), ['identity', 'instructions', 'instructions:AGENTS.md']);
    assert.match(opened.requests[0]!.system[0]!.text, /^You are pith, a coding agent\.[^]*Model: model$/);
    for (const { system } of opened.requests) for (const [index, section] of system.entries()) assert.equal(section, opened.requests[0]!.system[index]);
    assert.ok(opened.events.every((event) => event.type !== 'context-ready' || event.prefix.kept));
    await opened.close();
  });

  it('gives its own words up for a system prompt of the user’s, but keeps what the project says; what the user appends stands behind', async () => {
    await ground.write('project/AGENTS.md', 'Use tabs.');
    const section = (id: string) => ({ id, text: id, owner: 'user', stability: 'stable' as const });
    for (const [system, expected] of [
      [['system'], ['system', 'instructions', 'instructions:AGENTS.md']],
      [['append-system'], ['identity', 'instructions', 'instructions:AGENTS.md', 'append-system']],
      [['system', 'append-system'], ['system', 'instructions', 'instructions:AGENTS.md', 'append-system']],
    ] as const) {
      const opened = await open(ground, { session: { system: system.map(section) }, options: { git: false } });
      await opened.say('go');
      assert.deepEqual(sectionsOf(opened), expected);
      await opened.close();
    }
  });

  it('gives a sub-turn that brings words of its own no other identity, and tells it of the machine and the project, not of git', async () => {
    await ground.write('project/AGENTS.md', 'Use tabs.');
    const agent = definePlugin({ name: 'agent', tools: [{ name: 'start', description: '', effect: 'agent', inputSchema: {}, targets: () => [{ family: 'Agent', name: 'reviewer' }], execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'reviewer', text: 'review', system: [{ id: 'reviewer', text: 'You review.', owner: 'agent', stability: 'stable' }] })).text }] });
    const opened = await open(ground, { steps: [{ calls: [{ name: 'start' }] }, 'looks good'], plugins: [agent] });
    await opened.say('go');

    const inner = opened.requests[1]!;
    assert.deepEqual(inner.system.map(({ id }) => id), ['reviewer', 'instructions', 'instructions:AGENTS.md']);
    assert.deepEqual(inner.messages[0]!.content.map((block) => block.label?.name), [undefined, 'environment', 'date']);
    assert.deepEqual(opened.requests[0]!.messages[0]!.content.map((block) => block.label?.name), [undefined, 'environment', 'date', 'git']);
    await opened.close();
  });

  it('tells the machine, the folder and the day once, behind what was typed, and again only what has changed', async () => {
    const host = testHost(Date.UTC(2026, 10, 21, 12));
    const opened = await open(ground, { kernel: { host } });
    await opened.say('one');
    await opened.say('two');
    host.advance(24 * 3600 * 1000);
    await opened.say('three');

    const inputs = opened.history().filter(({ role }) => role === 'user');
    assert.deepEqual(inputs.map(({ content }) => content.map((block) => block.label?.name)), [[undefined, 'environment', 'date', 'git'], [undefined], [undefined, 'date']]);
    assert.match(told(opened.history(), 'environment')[0]!, new RegExp(`^Working folder: ${ground.project}\nPlatform: ${process.platform}\nShell: /bin/bash$`));
    assert.deepEqual(told(opened.history(), 'date').map((text) => text.split(', ').slice(0, 2)), [['Date: Saturday', '2026-11-21'], ['Date: Sunday', '2026-11-22']]);
    await opened.close();
  });

  it('says nothing twice in a session that goes on in another process', async () => {
    const host = testHost(Date.UTC(2026, 10, 21, 12));
    const first = await open(ground, { kernel: { host } });
    await first.say('one');
    const history = [...first.history()];
    await first.close();

    const second = await open(ground, { kernel: { host }, session: { history } });
    await second.say('two');

    assert.deepEqual(second.requests[0]!.system, first.requests[0]!.system);
    assert.deepEqual(unmarked(second.requests[0]!.messages.slice(0, 2)), history);
    assert.equal(second.requests[0]!.messages[2]!.content.length, 1);
    await second.close();
  });

  it('tells all of it anew where the history begins anew', async () => {
    await ground.write('project/AGENTS.md', 'Use tabs.');
    const clear = definePlugin({ name: 'clear', setup: ({ hooks }) => hooks.input.tap('clear', async (input, turn) => {
      if (input.text !== '/clear') return undefined;
      await turn.setHistory([], { reason: 'clear' });
      return { ...input, handled: { reply: 'cleared' } };
    }) });
    const opened = await open(ground, { plugins: [clear] });
    await opened.say('one');
    await ground.write('project/AGENTS.md', 'Use spaces.');
    await opened.say('/clear');
    await opened.say('two');

    assert.deepEqual(opened.requests.at(-1)!.messages.map(({ content }) => content.map((block) => block.label?.name)), [[undefined, 'environment', 'date', 'git']]);
    assert.match(opened.requests.at(-1)!.system.at(-1)!.text, /Use spaces\.\n<\/instructions>$/);
    await opened.close();
  });

  it('leaves an empty input empty, and can be told to say nothing', async () => {
    await ground.write('project/AGENTS.md', 'Use tabs.');
    const opened = await open(ground, { options: { instructions: false, environment: false, git: false } });
    await opened.say('');
    await opened.say('go');

    assert.equal(opened.events.find((event) => event.type === 'turn-end')?.error?.code, 'INPUT_EMPTY');
    assert.deepEqual(sectionsOf(opened), ['identity']);
    assert.deepEqual(unmarked(opened.requests[0]!.messages), [{ role: 'user', content: [{ type: 'text', text: 'go' }] }]);
    await opened.close();
  });

  it('says which option is wrong, and what is allowed', async () => {
    for (const [options, expected] of [
      [{ git: 'no' }, /git: must be true or false; found "no"/],
      [{ exclude: 'docs/**' }, /exclude: must be a list of at most 100 patterns of paths; found "docs\/\*\*"/],
      [{ dates: true }, /dates: is not known; the options are instructions, environment, git, gitLimitMs, exclude/],
    ] as const) {
      const model = testModel();
      const { kernel, close } = await createTestKernel({ plugins: [context, model.plugin], options: { context: options } });
      const status = kernel.plugins.find(({ name }) => name === 'context')!;
      assert.match(status.error!.message, expected);
      await close();
    }
  });

  it('costs a request less than a kilobyte where a folder says nothing', async () => {
    const opened = await open(ground);
    await opened.say('go');
    assert.ok(JSON.stringify(opened.requests[0]!.system).length < 1024);
    await opened.close();
  });
});
