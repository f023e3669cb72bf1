import assert from 'node:assert/strict';
import { definePlugin, type HookName, HOOK_NAMES, type Hooks, type PluginDefinition, STAGE } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]));
}

type Stages = Partial<Record<HookName, number>>;

/** A tap of each hook that notes that it was called. A hook that is missing here does not compile. */
const TAPS: Record<HookName, (hooks: Hooks, options: { name: string; stage: number }, note: (hook: string) => void) => void> = {
  input: (hooks, options, note) => hooks.input.tap(options, () => note('input')),
  context: (hooks, options, note) => hooks.context.tap(options, () => note('context')),
  model: (hooks, options, note) => hooks.model.tap(options, (next) => (request, turn) => { note('model'); return next(request, turn); }),
  tool: (hooks, options, note) => {
    hooks.tool.tap({ ...options, zone: 'prepare' }, (next) => (call, turn) => { note('prepare'); return next(call, turn); });
    hooks.tool.tap(options, (next) => (call, turn) => { note('execute'); return next(call, turn); });
  },
  permission: (hooks, options, note) => hooks.permission.tap(options, () => note('permission')),
  output: (hooks, options, note) => hooks.output.tap(options, ({ type }) => (type === 'turn-end' ? note('output') : undefined)),
};

const log: string[] = [];

/** Taps every hook twice. */
function plugin(name: string, placed: Partial<PluginDefinition> = {}, stages: Stages = {}): PluginDefinition {
  return definePlugin({
    name, ...placed,
    setup({ hooks }) {
      for (const hook of HOOK_NAMES) for (const tap of ['first', 'second']) TAPS[hook](hooks, { name: tap, stage: stages[hook] ?? STAGE.normal }, (at) => { log.push(`${at}:${name}.${tap}`); });
    },
  });
}

const tool = (name: string) => ({ name, description: '', effect: 'read' as const, inputSchema: {}, execute: async () => 'hi' });

const SIX = [
  plugin('amber', { after: ['copper', 'flint'] }, { output: STAGE.early }),
  plugin('bronze', {}, { input: STAGE.late, model: STAGE.replay, permission: STAGE.late }),
  plugin('copper', { before: ['bronze'] }, { context: STAGE.early, tool: 7 }),
  plugin('dun', { requires: ['copper'], before: ['amber'], replaces: ['tool:look'], tools: [tool('look')] }, { model: STAGE.resilience }),
  plugin('ember', { after: ['vault'], tools: [tool('look')] }, { context: STAGE.early, tool: -7 }),
  plugin('flint', { after: ['bronze'] }, { input: STAGE.late, model: STAGE.replay }),
];

describe('the order of six plugins', () => {
  it('is the same over all 720 orders in which they can be installed', async () => {
    const orders = new Set<string>();
    for (const plugins of permutations(SIX)) {
      const model = testModel([{ calls: [{ name: 'look' }] }]);
      const { kernel, session, close } = await createTestKernel({ plugins: [...plugins, model.plugin, allowAll], knownPlugins: ['vault'], folder: '/' });
      log.length = 0;
      await session.runTurn({ text: 'go' });
      await close();
      const taps = kernel.generation.taps.map((tap) => `${tap.hook} ${tap.zone ?? ''} ${tap.plugin}.${tap.name}`);
      orders.add(JSON.stringify([kernel.plugins.map(({ name, state }) => `${name} ${state}`), kernel.generation.tools.get('look')?.owner, [...log], taps]));
    }

    assert.equal(orders.size, 1);
    const [statuses, owner, ran] = JSON.parse([...orders][0]!) as [string[], string, string[]];
    assert.deepEqual(statuses, ['allow-all', 'copper', 'bronze', 'dun', 'ember', 'flint', 'amber', 'test-model'].map((name) => `${name} active`));
    assert.equal(owner, 'dun');
    const first = (at: string) => ran.filter((entry) => entry.startsWith(`${at}:`) && entry.endsWith('.first')).slice(0, 6).map((entry) => entry.slice(at.length + 1, -'.first'.length));
    assert.deepEqual(Object.fromEntries(['input', 'context', 'model', 'prepare', 'permission', 'execute', 'output'].map((at) => [at, first(at).join(' ')])), {
      input: 'copper dun ember amber bronze flint',
      context: 'copper ember bronze dun flint amber',
      model: 'bronze flint dun copper ember amber',
      prepare: 'ember bronze dun flint amber copper',
      permission: 'copper dun ember flint amber bronze',
      execute: 'ember bronze dun flint amber copper',
      output: 'amber copper bronze dun ember flint',
    });
    assert.ok(/input:copper\.first input:copper\.second input:dun\.first/.test(ran.join(' ')), 'within a plugin as in setup');
  });

  it('refuses a cycle, an unknown name, a missing requirement and a taken name, the same in all 720 orders', async () => {
    const six = [
      definePlugin({ name: 'amber', after: ['bronze'] }), definePlugin({ name: 'bronze', after: ['amber'] }),
      definePlugin({ name: 'copper', after: ['permision'] }), definePlugin({ name: 'dun', requires: ['copper'] }),
      definePlugin({ name: 'ember', tools: [tool('look')] }), definePlugin({ name: 'flint', before: ['ember'], tools: [tool('look')] }),
    ];
    const results = new Set<string>();
    for (const plugins of permutations(six)) {
      const { kernel, close } = await createTestKernel({ plugins, knownPlugins: ['permissions'], folder: '/' });
      results.add(JSON.stringify(kernel.plugins.map(({ name, error }) => [name, error === undefined ? 'active' : `${error.code}: ${error.message} ${error.hint ?? ''}`.trim()])));
      await close();
    }

    assert.equal(results.size, 1);
    assert.deepEqual(JSON.parse([...results][0]!), [
      ['flint', 'active'],
      ['amber', 'PLUGIN_CYCLE: Plugin amber stands in a cycle of after and before: amber, bronze Take one of them out, or mend its after and before.'],
      ['bronze', 'PLUGIN_CYCLE: Plugin bronze stands in a cycle of after and before: amber, bronze Take one of them out, or mend its after and before.'],
      ['copper', 'PLUGIN_ORDER_UNKNOWN: Plugin copper asks to stand before or after "permision", which is known nowhere Did you mean permissions?'],
      ['dun', 'PLUGIN_REQUIRED_MISSING: Plugin dun requires plugin copper, which did not load Mend copper first: pith doctor says what is wrong.'],
      ['ember', 'PLUGIN_NAME_TAKEN: Plugin ember brings the tool look, which plugin flint has already To take its place on purpose the plugin declares replaces: [\'tool:look\'].'],
    ]);
  });
});
