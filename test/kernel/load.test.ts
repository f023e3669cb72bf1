import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createKernel, definePlugin, examinePlugins, KERNEL_VERSION, type PluginDefinition, type PluginSource } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

const never = (): Promise<never> => new Promise(() => {});

/** A source whose manifest says whether it guards. */
function source(load: () => Promise<unknown>, more: Partial<PluginSource> = {}): PluginSource {
  return { name: 'culprit', from: 'hooks/culprit.ts', guards: false, load, ...more };
}

function exporting(definition: object): PluginSource {
  return source(async () => ({ default: { name: 'culprit', ...definition } }));
}

/** Standard Schema, by hand: one key, a number. */
const numberOption = {
  '~standard': {
    version: 1 as const, vendor: 'test',
    validate: (value: unknown) => (typeof (value as { limit?: unknown }).limit === 'number' ? { value } : { issues: [{ message: 'expected a number', path: ['limit'] }] }),
  },
};

describe('a plugin that fails to load', () => {
  let folder: string;
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'pith-load-')); });
  after(() => rm(folder, { recursive: true, force: true }));

  const importing = (text: string) => source(async () => {
    const file = join(folder, `${Math.random().toString(36).slice(2)}.ts`);
    await writeFile(file, text);
    return import(pathToFileURL(file).href);
  });

  const FAILURES: Record<string, { plugin: () => PluginSource | PluginDefinition; code: string; says: RegExp; options?: Record<string, unknown> }> = {
    'throws at import': { plugin: () => importing('throw new Error("no network");'), code: 'PLUGIN_LOAD_FAILED', says: /hooks\/culprit\.ts\) cannot be loaded: no network/ },
    'has a syntax error': { plugin: () => importing('export default {{{'), code: 'PLUGIN_LOAD_FAILED', says: /cannot be loaded/ },
    'imports what is not there': { plugin: () => importing('import "./missing.ts"; export default { name: "culprit" };'), code: 'PLUGIN_LOAD_FAILED', says: /missing\.ts/ },
    'hangs at import': { plugin: () => source(never), code: 'PLUGIN_LOAD_FAILED', says: /its import took longer than 50 ms/ },
    'calls process.exit at import': { plugin: () => importing('process.exit(7);'), code: 'PLUGIN_LOAD_FAILED', says: /process\.exit/ },
    'exports nothing': { plugin: () => importing('export const x = 1;'), code: 'PLUGIN_INVALID', says: /no valid name/ },
    'exports a number': { plugin: () => importing('export default 42;'), code: 'PLUGIN_INVALID', says: /found 42/ },
    'has a misspelt key': { plugin: () => exporting({ setpu() {} }), code: 'PLUGIN_INVALID', says: /"setpu"; near are: setup/ },
    'has projectFiles that are a list': { plugin: () => exporting({ projectFiles: ['.claude/settings.json'] }), code: 'PLUGIN_INVALID', says: /a projectFiles that is not a function; found an array/ },
    'has a tool without a body': { plugin: () => exporting({ tools: [{ name: 'x', description: '', effect: 'read', inputSchema: {} }] }), code: 'PLUGIN_INVALID', says: /tool x without an execute or a load/ },
    'has a route without a body': { plugin: () => exporting({ routes: [{ method: 'GET', path: '/x', summary: '' }] }), code: 'PLUGIN_INVALID', says: /route \/x without a handle or a load/ },
    'has a route of no path': { plugin: () => exporting({ routes: [{ method: 'GET', path: '/x/../y', summary: '', handle: async () => new Response() }] }), code: 'PLUGIN_INVALID', says: /path is "\/x\/..\/y"; it begins with \// },
    'has a route of no method': { plugin: () => exporting({ routes: [{ method: 'get', path: '/x', summary: '', handle: async () => new Response() }] }), code: 'PLUGIN_INVALID', says: /method is "get"; allowed are GET, POST/ },
    'has a route that anybody or nobody asks': { plugin: () => exporting({ routes: [{ method: 'GET', path: '/x', summary: '', access: 'all', handle: async () => new Response() }] }), code: 'PLUGIN_INVALID', says: /access is "all"; allowed are token, open/ },
    'has a tool of an unknown effect': { plugin: () => exporting({ tools: [{ name: 'x', description: '', effect: 'raed', inputSchema: {}, execute() {} }] }), code: 'PLUGIN_INVALID', says: /"raed"; allowed are read, write/ },
    'has a provider without models': { plugin: () => exporting({ providers: [{ name: 'x', load() {} }] }), code: 'PLUGIN_INVALID', says: /providers "x" whose models is not a list; found nothing/ },
    'throws in setup': { plugin: () => exporting({ setup() { throw new Error('no file'); } }), code: 'PLUGIN_SETUP_FAILED', says: /failed in its setup: no file/ },
    'rejects in setup': { plugin: () => exporting({ setup: () => Promise.reject(new Error('no file')) }), code: 'PLUGIN_SETUP_FAILED', says: /no file/ },
    'hangs in setup': { plugin: () => exporting({ setup: never }), code: 'PLUGIN_SETUP_FAILED', says: /setup took longer than 50 ms/ },
    'calls process.exit in setup': { plugin: () => exporting({ setup: () => process.exit(7) }), code: 'PLUGIN_EXIT', says: /process\.exit/ },
    'calls process.exit later in setup': { plugin: () => exporting({ setup: async () => { await null; process.exit(7); } }), code: 'PLUGIN_EXIT', says: /process\.exit/ },
    'taps with a misspelt option': { plugin: () => exporting({ setup({ hooks }: { hooks: { input: { tap(options: object, fn: () => void): void } } }) { hooks.input.tap({ name: 'a', timeout: 5 }, () => {}); } }), code: 'PLUGIN_INVALID', says: /"timeout"; near are: timeoutMs/ },
    'taps a zone that is none': { plugin: () => exporting({ setup({ hooks }: { hooks: { tool: { tap(options: object, fn: () => void): void } } }) { hooks.tool.tap({ name: 'a', zone: 'exectue' }, () => {}); } }), code: 'PLUGIN_INVALID', says: /"exectue", which is neither prepare nor execute/ },
    'taps with a wrap that makes no function': { plugin: () => definePlugin({ name: 'culprit', setup({ hooks }) { hooks.model.tap('a', () => 42 as never); } }), code: 'TAP_INVALID_RESULT', says: /makes 42 instead of a function/ },
    'taps with a wrap that throws': { plugin: () => definePlugin({ name: 'culprit', setup({ hooks }) { hooks.model.tap('a', () => { throw new Error('not now'); }); } }), code: 'PLUGIN_SETUP_FAILED', says: /not now/ },
    'taps with a wrap that calls next at once': { plugin: () => definePlugin({ name: 'culprit', setup({ hooks }) { hooks.model.tap('a', (next) => { next({} as never, {} as never); return next; }); } }), code: 'TAP_NEXT_MISUSED', says: /while its wrap was being made/ },
    'is made for another kernel': { plugin: () => source(async () => ({ default: { name: 'culprit' } }), { kernel: '^99.0.0' }), code: 'PLUGIN_KERNEL_RANGE', says: new RegExp(`made for kernel \\^99\\.0\\.0; this is ${KERNEL_VERSION}`) },
    'brings a tool that is there': { plugin: () => exporting({ after: ['echo'], tools: [{ name: 'echo', description: '', effect: 'read', inputSchema: {}, execute() {} }] }), code: 'PLUGIN_NAME_TAKEN', says: /tool echo, which plugin echo has already/ },
    'brings one tool twice': { plugin: () => exporting({ tools: [1, 2].map(() => ({ name: 'x', description: '', effect: 'read', inputSchema: {}, execute() {} })) }), code: 'PLUGIN_NAME_TAKEN', says: /tool x, which plugin culprit has already/ },
    'stands after somebody unknown': { plugin: () => exporting({ after: ['ecko'] }), code: 'PLUGIN_ORDER_UNKNOWN', says: /"ecko", which is known nowhere/ },
    'stands before itself': { plugin: () => exporting({ before: ['culprit'] }), code: 'PLUGIN_CYCLE', says: /cycle of after and before: culprit/ },
    'requires what is not there': { plugin: () => exporting({ requires: ['vault'] }), code: 'PLUGIN_REQUIRED_MISSING', says: /requires plugin vault, which is not there/ },
    'has options that do not fit': { plugin: () => exporting({ options: numberOption }), options: { culprit: { limit: 'many' } }, code: 'CONFIG_INVALID', says: /options of plugin culprit do not fit: limit: expected a number/ },
  };

  const echo = definePlugin({ name: 'echo', tools: [{ name: 'echo', description: '', effect: 'read', inputSchema: {}, execute: async () => 'hi' }] });

  for (const [what, { plugin, code, says, options }] of Object.entries(FAILURES)) {
    it(`${what}: is named and left out, and the turn runs`, async () => {
      const model = testModel(['hello']);
      const { kernel, session, events, close } = await createTestKernel({ plugins: [model.plugin, echo, allowAll, plugin()], setupTimeoutMs: what.startsWith('hangs') ? 50 : 10_000, ...(options === undefined ? {} : { options }) });

      const result = await session.runTurn({ text: 'hi' });

      assert.equal(result.text, 'hello');
      const status = kernel.plugins.find(({ name }) => name === 'culprit');
      assert.equal(status?.state, 'failed');
      assert.equal(status?.error?.code, code);
      assert.match(status?.error?.message ?? '', says);
      assert.deepEqual(kernel.plugins.filter(({ state }) => state === 'active').map(({ name }) => name), ['allow-all', 'echo', 'test-model']);
      assert.equal(events.filter((event) => event.type === 'notice' && event.plugin === 'culprit' && event.code === code).length, 1);
      await close();
    });

    it(`${what}: no turn runs when it guards`, async () => {
      const offered = plugin();
      const guarding: PluginSource = { ...('load' in offered ? offered : { name: offered.name, load: async () => offered }), guards: true };
      const { session, close } = await createTestKernel({ plugins: [testModel().plugin, echo, allowAll, guarding], setupTimeoutMs: what.startsWith('hangs') ? 50 : 10_000, ...(options === undefined ? {} : { options }) });

      await assert.rejects(session.runTurn({ text: 'hi' }), { code: 'GUARD_MISSING', plugin: 'culprit', message: says });
      await assert.rejects(session.callTool({ name: 'echo', input: {} }), { code: 'GUARD_MISSING' });
      await close();
    });
  }

  it('counts as a guard when it had tapped permission, or says required, before it failed', async () => {
    const tapped = definePlugin({ name: 'culprit', setup({ hooks }) { hooks.permission.tap('p', () => undefined); throw new Error('late'); } });
    const marked = definePlugin({ name: 'culprit', required: true, setup() { throw new Error('early'); } });
    for (const plugin of [tapped, marked]) {
      const { session, close } = await createTestKernel({ plugins: [testModel().plugin, plugin] });
      await assert.rejects(session.runTurn({ text: 'hi' }), { code: 'GUARD_MISSING' });
      await close();
    }
  });

  it('counts as a guard when its manifest declares that it taps permission, whatever else it says', async () => {
    for (const load of [async () => { throw new Error('typo'); }, async () => ({ default: { name: 'culprit', setup() { throw new Error('typo'); } } })]) {
      const { session, kernel, close } = await createTestKernel({ plugins: [testModel().plugin, source(load, { capabilities: ['hook:permission'] })] });
      await assert.rejects(session.runTurn({ text: 'hi' }), { code: 'GUARD_MISSING', message: /typo/ });
      assert.equal(kernel.plugins.find(({ name }) => name === 'culprit')?.guards, true);
      await close();
    }
  });

  it('counts as a guard when nobody can know, since it has no manifest and failed too early to say', async () => {
    const { guards: _, ...unknown } = importing('throw new Error("typo");');
    const { session, close } = await createTestKernel({ plugins: [testModel().plugin, unknown] });
    await assert.rejects(session.runTurn({ text: 'hi' }), { code: 'GUARD_MISSING', message: /typo/ });
    await close();
  });

  it('takes nothing with it that it had tapped', async () => {
    const half = definePlugin({ name: 'half', setup({ hooks }) { hooks.input.tap('i', () => { throw new Error('still here'); }); throw new Error('failed'); } });
    const { session, kernel, close } = await createTestKernel({ plugins: [testModel(['hello']).plugin, half] });
    assert.equal((await session.runTurn({ text: 'hi' })).text, 'hello');
    assert.deepEqual(kernel.generation.taps.map(({ plugin }) => plugin), []);
    await close();
  });

  it('is closed when its setup fails, also when it opens something after it was given up', async () => {
    const closed: string[] = [];
    const resume = Promise.withResolvers<void>();
    const slow = definePlugin({
      name: 'slow',
      async setup({ onClose }) {
        onClose(() => { closed.push('early'); });
        await resume.promise;
        onClose(() => { closed.push('late'); });
      },
    });
    const { close } = await createTestKernel({ plugins: [slow], setupTimeoutMs: 20 });
    assert.deepEqual(closed, ['early']);
    resume.resolve();
    await new Promise(setImmediate);
    assert.deepEqual(closed, ['early', 'late']);
    await close();
  });

  it('may not tap once its setup has ended', async () => {
    let later: (() => void) | undefined;
    const eager = definePlugin({ name: 'eager', setup({ hooks }) { later = () => hooks.input.tap('late', () => undefined); } });
    const { close } = await createTestKernel({ plugins: [eager] });
    assert.throws(() => later!(), { code: 'PLUGIN_INVALID', message: /tapped after its setup had ended/ });
    await close();
  });

  it('leaves out both of two plugins with one name, in whatever order they come', async () => {
    const twin = (from: string) => source(async () => ({ default: { name: 'twin' } }), { name: 'twin', from });
    for (const plugins of [[twin('a'), twin('b')], [twin('b'), twin('a')]]) {
      const { kernel, close } = await createTestKernel({ plugins });
      assert.deepEqual(kernel.plugins.map(({ state, error }) => [state, error?.message]), [['failed', '2 plugins are called twin: a and b'], ['failed', '2 plugins are called twin: a and b']]);
      await close();
    }
  });

  it('leaves out what requires it, and says that it did not load', async () => {
    const needy = definePlugin({ name: 'needy', requires: ['culprit'] });
    const { kernel, close } = await createTestKernel({ plugins: [needy, source(() => Promise.reject(new Error('no')))] });
    assert.match(kernel.plugins.find(({ name }) => name === 'needy')?.error?.message ?? '', /requires plugin culprit, which did not load/);
    await close();
  });

  it('does not take out those who only stand after it', async () => {
    const follower = definePlugin({ name: 'follower', after: ['culprit', 'catalogued'] });
    const { kernel, close } = await createTestKernel({ plugins: [follower, source(() => Promise.reject(new Error('no')))], knownPlugins: ['catalogued'] });
    const status = kernel.plugins.find(({ name }) => name === 'follower');
    assert.equal(status?.state, 'active');
    assert.deepEqual(status?.absent, ['catalogued', 'culprit']);
    await close();
  });

  it('is said once in a session, however many turns it has', async () => {
    const { session, events, close } = await createTestKernel({ plugins: [testModel().plugin, source(() => Promise.reject(new Error('no')))] });
    await session.runTurn({ text: 'one' });
    await session.runTurn({ text: 'two' });
    assert.equal(events.filter((event) => event.type === 'notice' && event.plugin === 'culprit').length, 1);
    await close();
  });
});

describe('a kernel without plugins', () => {
  it('runs, and says what is missing', async () => {
    const kernel = await createKernel();
    const session = kernel.openSession({ cwd: '/' });
    const result = await session.runTurn({ text: 'hi' });
    assert.equal(result.status, 'error');
    assert.equal(result.exitCode, 2);
    assert.equal(result.error?.code, 'PROVIDER_MISSING');
    assert.match(result.error?.hint ?? '', /Install one: @pith/);
    const outcome = await session.callTool({ name: 'bash', input: {} });
    assert.equal(outcome.code, 'TOOL_UNKNOWN');
    await kernel.close();
  });

  it('shares nothing with another one in the same process', async () => {
    const make = async (text: string) => createTestKernel({ plugins: [testModel([text]).plugin, definePlugin({ name: 'state', services: {}, setup({ hooks }) { let n = 0; hooks.input.tap('n', (input) => ({ ...input, text: `${input.text} ${++n}` })); } })] });
    const [a, b] = [await make('from a'), await make('from b')];
    const [inA, inB] = await Promise.all([a.session.runTurn({ text: 'hi' }), b.session.runTurn({ text: 'hi' })]);
    assert.deepEqual([inA.text, inB.text], ['from a', 'from b']);
    assert.deepEqual(a.session.messages[0], b.session.messages[0], 'each counts from one');
    assert.equal(a.events.some(({ sessionId }) => sessionId !== a.session.id), false);
    await a.close();
    assert.equal((await b.session.runTurn({ text: 'still' })).status, 'done', 'closing one leaves the other');
    await b.close();
  });
});

describe('the options of a plugin', () => {
  it('come with the layer of each that is set', async () => {
    const layers: unknown[] = [];
    const asking = definePlugin({ name: 'asking', setup({ layerOf }) { layers.push(layerOf('mine'), layerOf('other')); } });
    const { close } = await createTestKernel({ plugins: [asking], options: { asking: { mine: 1 } }, origins: { 'plugins.asking.mine': { layer: 'project' }, 'plugins.else.other': { layer: 'user' } } });
    await close();

    assert.deepEqual(layers, ['project', undefined]);
  });

  it('are known by it to its services and routes, too', async () => {
    const asking = definePlugin({ name: 'asking', routes: [{ method: 'GET', path: '/a', summary: 'A.', handle: async (_, { layerOf }) => Response.json(layerOf('mine')) }] });
    const { kernel, close } = await createTestKernel({ plugins: [asking], options: { asking: { mine: 1 } }, origins: { 'plugins.asking.mine': { layer: 'managed' } } });

    assert.equal(kernel.contributionContext('asking').layerOf('mine'), 'managed');
    await close();
  });
});

describe('what plugins say of the machine', () => {
  it('is heard from each of them, and that one cannot say is heard, too', async () => {
    const { kernel, close } = await createTestKernel({
      setupTimeoutMs: 20,
      plugins: [
        definePlugin({ name: 'fine', examine: async ({ env }) => [{ level: 'ok', text: `PATH is ${env['PATH']}` }] }), definePlugin({ name: 'silent' }),
        definePlugin({ name: 'broken', examine: () => Promise.reject(new Error('no disk')) }), definePlugin({ name: 'hanging', examine: never }),
      ],
      env: { PATH: '/bin' },
    });
    const findings = await examinePlugins(kernel);
    await close();

    assert.deepEqual(findings.map(({ plugin, level, text }) => [plugin, level, text]).sort(), [
      ['broken', 'error', 'it could not look at this machine: no disk'], ['fine', 'ok', 'PATH is /bin'], ['hanging', 'error', 'it could not look at this machine: it took longer than 20 ms'],
    ]);
  });
});
