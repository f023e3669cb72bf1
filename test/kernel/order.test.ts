import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import * as fc from 'fast-check';
import { definePlugin, KERNEL_VERSION, type PluginDefinition, STAGE } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { orderPlugins } from '../../src/kernel/load/plugin-order.ts';

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, index) => permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]));
}

describe('the order of taps', () => {
  it('is the same for every hook, in whatever order four plugins were installed', async () => {
    const log: string[] = [];
    const plugin = (name: string, placed: Partial<PluginDefinition>, stages: Partial<Record<string, number>> = {}) => definePlugin({
      name, ...placed,
      setup({ hooks }) {
        const at = (hook: string, tap = name) => ({ name: tap, stage: stages[hook] ?? STAGE.normal });
        const note = (hook: string, tap = name): undefined => { log.push(`${hook}:${name}${tap === name ? '' : `.${tap}`}`); };
        hooks.input.tap(at('input'), () => note('input'));
        hooks.context.tap(at('context'), () => note('context'));
        hooks.model.tap(at('model'), (next) => (request, turn) => { note('model'); return next(request, turn); });
        hooks.tool.tap({ ...at('prepare'), zone: 'prepare' }, (next) => (call, turn) => { note('prepare'); return next(call, turn); });
        hooks.tool.tap(at('execute'), (next) => (call, turn) => { note('execute'); return next(call, turn); });
        hooks.permission.tap(at('permission'), () => note('permission'));
        hooks.permission.tap(at('permission', 'second'), () => note('permission', 'second'));
        hooks.output.tap(at('output'), (event) => (event.type === 'turn-end' ? note('output') : undefined));
      },
    });
    const four = [
      plugin('amber', { after: ['copper'] }), plugin('bronze', {}, { input: STAGE.late, model: STAGE.replay }),
      plugin('copper', { before: ['bronze'] }, { context: STAGE.early }), plugin('dun', { requires: ['copper'], before: ['amber'] }),
    ];
    const orders = new Set<string>();

    for (const plugins of permutations(four)) {
      log.length = 0;
      const echo = definePlugin({ name: 'echo', tools: [{ name: 'echo', description: '', effect: 'read', inputSchema: {}, execute: async () => 'hi' }] });
      const { session, kernel, close } = await createTestKernel({ plugins: [...plugins, testModel([{ calls: [{ name: 'echo' }] }]).plugin, echo, allowAll] });
      await session.runTurn({ text: 'hi' });
      await close();
      orders.add([...log, ...kernel.plugins.map(({ name }) => name)].join(' '));
    }

    assert.equal(orders.size, 1);
    assert.deepEqual(log.filter((entry) => entry.startsWith('input')), ['input:copper', 'input:dun', 'input:amber', 'input:bronze']);
    assert.deepEqual(log.filter((entry) => entry.startsWith('model')).slice(0, 4), ['model:bronze', 'model:copper', 'model:dun', 'model:amber']);
    assert.deepEqual(log.filter((entry) => entry.startsWith('context')).slice(0, 4), ['context:copper', 'context:bronze', 'context:dun', 'context:amber']);
    assert.deepEqual(log.filter((entry) => entry.startsWith('permission')), ['copper', 'bronze', 'dun', 'amber'].flatMap((name) => [`permission:${name}`, `permission:${name}.second`]));
  });

  it('runs the stages of model from the outside in, whoever taps them', async () => {
    const log: string[] = [];
    const stages = ['recorder', 'billing', 'replay', 'balancer', 'resilience'] as const;
    const plugins = stages.map((stage) => definePlugin({
      name: stage, setup({ hooks }) { hooks.model.tap({ name: stage, stage: STAGE[stage] }, (next) => (request, turn) => { log.push(stage); return next(request, turn); }); },
    }));
    const { session, close } = await createTestKernel({ plugins: [...plugins, testModel().plugin] });
    await session.runTurn({ text: 'hi' });
    assert.deepEqual(log, ['replay', 'resilience', 'billing', 'balancer', 'recorder']);
    await close();
  });

  it('lists known names that are not there, and refuses names that nobody knows', async () => {
    const plugin = definePlugin({ name: 'guard', after: ['permissions', 'zebra'], before: ['billing'] });
    const { kernel, close } = await createTestKernel({ plugins: [plugin, definePlugin({ name: 'zebra' })], knownPlugins: ['permissions', 'billing'] });
    assert.deepEqual(kernel.plugins.map(({ name, absent }) => [name, absent]), [['zebra', []], ['guard', ['billing', 'permissions']]]);
    await close();
    const { refused } = orderPlugins([{ name: 'a', after: ['permision'] }], { known: ['permissions'] });
    assert.equal(refused.get('a')?.hint, 'Did you mean permissions?');
  });
});

describe('orderPlugins', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];
  const names = fc.subarray(NAMES, { maxLength: 2 });
  const plugin = (name: string) => fc.record({ name: fc.constant(name), after: names, before: names, requires: fc.subarray(NAMES, { maxLength: 1 }) });
  const plugins = fc.subarray(NAMES).chain((chosen) => fc.tuple(...chosen.map(plugin)));

  it('gives the same for every order of its input', () => {
    fc.assert(fc.property(plugins.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))), ([list, shuffled]) => {
      const show = (given: typeof list) => {
        const { ordered, refused } = orderPlugins(given, { known: NAMES });
        return [ordered.map(({ name }) => name), [...refused].map(([name, { code, message }]) => `${name} ${code} ${message}`).sort()];
      };
      assert.deepEqual(show(shuffled), show(list));
    }));
  });

  it('keeps every after, before and requires between those that load, and refuses the rest by name', () => {
    fc.assert(fc.property(plugins, (list) => {
      const { ordered, refused } = orderPlugins(list, { known: NAMES });
      const place = new Map(ordered.map(({ name }, index) => [name, index]));
      assert.deepEqual([...place.keys(), ...refused.keys()].sort(), list.map(({ name }) => name).sort());
      for (const { name, after, before, requires } of ordered) {
        for (const other of after) if (place.has(other)) assert.ok(place.get(other)! < place.get(name)!);
        for (const other of before) if (place.has(other)) assert.ok(place.get(other)! > place.get(name)!);
        for (const other of requires) assert.ok(place.get(other)! < place.get(name)!);
      }
    }));
  });

  it('refuses only those who stand in the cycle, not those who wait for it', () => {
    const { ordered, refused } = orderPlugins([{ name: 'a', after: ['b'] }, { name: 'b', after: ['c'] }, { name: 'c', after: ['a'] }, { name: 'waits', after: ['a'] }, { name: 'needs', requires: ['a'] }]);
    assert.deepEqual(ordered.map(({ name }) => name), ['waits']);
    assert.deepEqual([...refused].map(([name, { code }]) => [name, code]).sort(), [['a', 'PLUGIN_CYCLE'], ['b', 'PLUGIN_CYCLE'], ['c', 'PLUGIN_CYCLE'], ['needs', 'PLUGIN_REQUIRED_MISSING']]);
    assert.match(refused.get('a')!.message, /a, b, c/);
  });
});

describe('the version of the kernel', () => {
  it('is that of its package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../src/kernel/package.json', import.meta.url), 'utf8')) as { version: string };
    assert.equal(KERNEL_VERSION, version);
  });

  it('is held against the range of each manifest, exactly or by semver', async () => {
    const [major, minor] = KERNEL_VERSION.split('.');
    for (const [kernel, fits] of [[`^${KERNEL_VERSION}`, true], ['*', true], [`>=${major}.${minor}.0 <99`, true], [`~${major}.${minor}`, true], ['>=99', false], ['nonsense', false]] as const) {
      const { kernel: made, close } = await createTestKernel({ plugins: [{ name: 'x', kernel, guards: false, load: async () => ({ default: { name: 'x' } }) }] });
      assert.equal(made.plugins[0]?.state, fits ? 'active' : 'failed', kernel);
      await close();
    }
  });
});
