import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createKernel, definePlugin, type PluginDefinition, type PluginSource } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { contributed } from '../../src/kernel/load/capability.ts';

declare module '@pith/kernel' { interface Services { colours: { red: string } } }

const root = new URL('../../', import.meta.url);
const tool = { name: 'paint', description: 'Paints.', effect: 'read' as const, inputSchema: { type: 'object' }, execute: async () => 'painted' };

/** A package: what its manifest says is all that it may do. */
const packaged = (definition: Omit<PluginDefinition, 'name'>, capabilities: string[], guards = false): PluginSource =>
  ({ name: '@acme/painter', capabilities, guards, load: async () => ({ default: { name: 'painter', ...definition } }) });

describe('a capability', () => {
  const UNDECLARED: Record<string, { definition: Omit<PluginDefinition, 'name'>; missing: string }> = {
    'a tap': { definition: { setup: ({ hooks }) => hooks.context.tap('a', () => undefined) }, missing: 'hook:context' },
    'a tap whose error the plugin swallows': { definition: { setup({ hooks }) { try { hooks.input.tap('a', () => undefined); } catch { /* goes on */ } } }, missing: 'hook:input' },
    'a tool': { definition: { tools: [tool] }, missing: 'tool:paint' },
    'a tool source': { definition: { toolSources: [{ name: 'brushes', list: async () => [tool] }] }, missing: 'tool-source:brushes' },
    'a provider': { definition: { providers: [{ name: 'muse', models: ['m'], load: async () => ({ stream: async function* () {} }) }] }, missing: 'provider:muse' },
    'a slash command': { definition: { slashCommands: [{ name: 'paint', summary: 'Paints.', run: async () => '' }] }, missing: 'command:paint' },
    'an agent': { definition: { agents: [{ name: 'painter', description: 'Paints.', load: async () => ({}) }] }, missing: 'agent:painter' },
    'a route': { definition: { routes: [{ method: 'GET', path: '/paint', summary: 'Paints.', handle: async () => new Response('') }] }, missing: 'route:GET /paint' },
    'a service': { definition: { services: { colours: () => ({ red: '#f00' }) } }, missing: 'service:colours' },
  };

  for (const [what, { definition, missing }] of Object.entries(UNDECLARED)) {
    it(`that the manifest does not declare keeps the plugin out: ${what}`, async () => {
      const { kernel, session, close } = await createTestKernel({ plugins: [packaged(definition, ['net:example.org']), testModel().plugin] });

      const [status] = kernel.plugins.filter(({ name }) => name === 'painter');
      assert.equal(status!.state, 'failed');
      assert.equal(status!.error!.code, 'CAPABILITY_MISSING');
      assert.equal(status!.error!.message, `The manifest of plugin @acme/painter does not declare ${missing}`);
      assert.equal((await session.runTurn({ text: 'hi' })).status, 'done');
      await close();
    });

    it(`that the manifest declares loads: ${what}`, async () => {
      const { kernel, close } = await createTestKernel({ plugins: [packaged(definition, [missing]), testModel().plugin] });

      assert.equal(kernel.plugins.find(({ name }) => name === 'painter')!.state, 'active');
      await close();
    });
  }

  it('that a guard lacks lets no turn run', async () => {
    const { session, close } = await createTestKernel({ plugins: [packaged({ setup: ({ hooks }) => hooks.permission.tap('a', () => undefined) }, [], true), testModel().plugin] });

    await assert.rejects(session.runTurn({ text: 'hi' }), { code: 'GUARD_MISSING' });
    await close();
  });

  it('keeps a plugin from a contribution before its setup has run', async () => {
    let ran = false;
    const { close } = await createTestKernel({ plugins: [packaged({ tools: [tool], setup() { ran = true; } }, ['hook:input'])] });

    assert.equal(ran, false);
    await close();
  });

  it('is not asked of a definition without a manifest, which speaks for itself', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [definePlugin({ name: 'painter', tools: [tool], setup: ({ hooks }) => hooks.output.tap('a', () => {}) })] });

    assert.equal(kernel.plugins[0]!.state, 'active');
    await close();
  });
});

describe('the use of a service', () => {
  const colours = definePlugin({ name: 'colours', services: { colours: () => ({ red: '#f00' }) } });
  const painter = (capabilities: string[]) => packaged({
    tools: [{ ...tool, execute: async (_input: unknown, { turn }) => (await turn.service('colours')).red }],
    setup({ hooks, service }) { hooks.input.tap('a', async (input) => ({ ...input, text: (await service('colours')).red })); },
  }, ['tool:paint', 'hook:input', ...capabilities]);

  it('is refused to a plugin whose manifest does not declare it, in its taps and in its tools', async () => {
    const { session, close } = await createTestKernel({ plugins: [painter([]), colours, allowAll, testModel().plugin] });

    const turn = await session.runTurn({ text: 'hi' });
    assert.equal(turn.status, 'error');
    assert.match(turn.reason!, /@acme\/painter does not declare uses:colours/);
    const called = await session.callTool({ name: 'paint', input: {} });
    assert.equal(called.status, 'error');
    assert.match(JSON.stringify(called.content), /does not declare uses:colours/);
    await close();
  });

  it('is given to one whose manifest declares it', async () => {
    const { session, close } = await createTestKernel({ plugins: [painter(['uses:colours']), colours, allowAll, testModel().plugin] });

    assert.equal((await session.runTurn({ text: 'hi' })).status, 'done');
    assert.deepEqual((await session.callTool({ name: 'paint', input: {} })).content, [{ type: 'text', text: '#f00' }]);
    await close();
  });
});

describe('the manifest of each plugin in this repository', () => {
  for (const file of globSync('plugins/*/package.json', { cwd: fileURLToPath(root) }).sort()) {
    it(`declares what the plugin does, and no more: ${file}`, async () => {
      const { name, pith } = JSON.parse(readFileSync(new URL(file, root), 'utf8')) as { name: string; pith: { capabilities: string[]; guards?: boolean } };
      const load = () => import(new URL(file.replace('package.json', 'src/index.ts'), root).href) as Promise<{ default: PluginDefinition }>;
      const { default: definition } = await load();
      const needs = new Set([...contributed(definition), ...(definition.toolSources ?? []).map((source) => `tool-source:${source.name}`), ...(definition.commandSources ?? []).map((source) => `command-source:${source.name}`)]);
      const kernel = await createKernel({ env: {}, plugins: [{ name, load, capabilities: pith.capabilities, guards: pith.guards ?? false }] });

      assert.deepEqual(kernel.plugins.map(({ state, error }) => [state, error]), [['active', undefined]]);
      for (const { hook } of kernel.generation.taps) needs.add(`hook:${hook}`);
      const unenforced = /^(?:net|exec|secret|uses):|^permission:allow$/;
      assert.deepEqual(pith.capabilities.filter((capability) => !unenforced.test(capability)).sort(), [...needs].sort());
      await kernel.close();
    });
  }
});
