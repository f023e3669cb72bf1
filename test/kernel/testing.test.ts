import assert from 'node:assert/strict';
import { ask, definePlugin, deny, allow } from '@pith/kernel';
import { allowAll, createTestKernel, judge, recordedTool, testModel, tryTap } from '@pith/kernel/testing';

const guard = definePlugin({
  name: 'guard', capabilities: ['permission:allow'],
  setup({ hooks, env }) {
    hooks.permission.tap('branches', (call) => (call.targets.some(({ command = '' }) => command.includes('push')) ? deny('protected') : undefined));
    hooks.permission.tap('rest', (call) => (call.effect === 'read' ? allow('harmless') : env['ASK'] === undefined ? undefined : ask('asked')));
  },
});

describe('@pith/kernel/testing', () => {
  it('judge: folds what the taps of all given plugins say of a call, before a person is asked', async () => {
    const strict = definePlugin({ name: 'strict', setup({ hooks }) { hooks.permission.tap('strict', ({ mode }) => (mode === 'plan' ? deny('planning') : undefined)); } });

    assert.deepEqual(await judge([guard], { name: 'bash', input: { command: 'git push' } }), { verdict: 'deny', by: 'guard', reason: 'protected', rule: null, opinions: [{ plugin: 'guard', tap: 'branches', verdict: 'deny', reason: 'protected' }] });
    assert.equal((await judge([guard], { name: 'read', effect: 'read', input: { path: 'a' } })).verdict, 'allow');
    assert.equal((await judge([guard, strict], { name: 'read', effect: 'read', mode: 'plan' })).by, 'strict');
    assert.deepEqual(await judge([guard], { name: 'make', input: { command: 'make' } }, { env: { ASK: '1' } }).then(({ verdict, by, reason }) => ({ verdict, by, reason })), { verdict: 'ask', by: 'guard', reason: 'asked' });
    assert.equal((await judge([guard], { name: 'make', input: { command: 'make' } })).by, 'kernel', 'nobody has an opinion');
  });

  it('judge: never runs the tool, also where one of the plugins has it', async () => {
    const tool = recordedTool({ name: 'deploy', effect: 'exec', targets: () => [{ family: 'Deploy' }] });

    assert.equal((await judge([allowAll, tool.plugin], { name: 'deploy' })).verdict, 'allow');
    assert.equal((await judge([allowAll], { name: 'other', effect: 'exec', targets: [{ family: 'Other' }] })).verdict, 'allow');
    assert.equal(tool.calls.length, 0);
  });

  it('judge: throws what keeps a call from being judged', async () => {
    const broken = definePlugin({ name: 'broken', required: true, setup() { throw new Error('no table'); } });

    await assert.rejects(judge([broken], { name: 'bash', effect: 'exec' }), { code: 'GUARD_MISSING' });
    await assert.rejects(judge([definePlugin({ name: 'wrap', setup({ hooks }) { hooks.tool.tap({ name: 'wrap', zone: 'prepare' }, () => async () => { throw new Error('down'); }); } })], { name: 'bash', effect: 'exec' }), { code: 'TAP_THREW' });
  });

  it('recordedTool: gives one answer after the other, then the last again, and keeps its calls', async () => {
    const tool = recordedTool('look', ['one', new Error('gone'), (input) => `three ${JSON.stringify(input)}`]);
    const model = testModel([{ calls: [1, 2, 3, 4].map((n) => ({ name: 'look', input: { n } })) }]);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, tool.plugin, allowAll] });

    await session.runTurn({ text: 'go' });
    await close();

    assert.deepEqual(tool.calls.map(({ input }) => input), [{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    const ends = events.filter((event) => event.type === 'tool-end').sort((a, b) => a.index! - b.index!);
    assert.deepEqual(ends.map(({ status, content }) => `${status} ${JSON.stringify(content)}`), [
      'done [{"type":"text","text":"one"}]', 'error [{"type":"text","text":"look failed: gone."}]', 'done [{"type":"text","text":"three {\\"n\\":3}"}]', 'done [{"type":"text","text":"three {\\"n\\":4}"}]',
    ]);
  });

  it('tryTap: runs one tap alone and gives back what it did', async () => {
    assert.equal((await tryTap.permission(guard, { name: 'read', effect: 'read' })).opinion, undefined, 'the first tap has no opinion');
    assert.equal((await tryTap.permission(guard, { name: 'read', effect: 'read' }, { tap: { name: 'rest' } })).opinion?.reason, 'harmless');
    await assert.rejects(tryTap.permission(guard, { name: 'read', effect: 'read' }, { tap: { name: 'none' } }), { code: 'PLUGIN_INVALID', message: 'Plugin guard has no tap none in hook permission' });
    await assert.rejects(tryTap.input(guard, 'hi'), { message: 'Plugin guard has no tap in hook input' });
  });
});
