import assert from 'node:assert/strict';
import { type ContributionContext, definePlugin, deny, type PluginDefinition, type PluginSource } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';

const never = (): Promise<never> => new Promise(() => {});

/** A plugin that shows in each reply which generation a turn runs with. */
const stamp = (text: string, more: Partial<PluginDefinition> = {}) => definePlugin({
  name: 'stamp', setup({ hooks, onClose }) { hooks.input.tap('s', (input) => ({ ...input, text: `${input.text} ${text}` })); onClose(() => { closed.push(text); }); }, ...more,
});
let closed: string[] = [];
beforeEach(() => { closed = []; });

const broken = (name: string, more: Partial<PluginSource> = {}): PluginSource => ({ name, guards: false, load: () => Promise.reject(new Error('typo in line 3')), ...more });
const echoInput = ({ messages }: { messages: readonly { content: readonly { type: string; text?: string }[] }[] }): ScriptStep => messages.at(-1)!.content[0]!.text!;

describe('a reload', () => {
  it('applies from the next turn; a turn keeps its generation, which closes after its last user', async () => {
    const began = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const model = testModel([async function* (request) { began.resolve(); await go.promise; yield { type: 'end', reply: { status: 'complete', id: null, model: null, stop: null, blocks: [{ type: 'text', text: String(echoInput(request)) }], usage: null } }; }, echoInput]);
    const { kernel, session, folder, close } = await createTestKernel({ plugins: [model.plugin, stamp('old')] });
    const running = session.runTurn({ text: 'hi' });
    await began.promise;

    await kernel.load([model.plugin, stamp('new')]);

    assert.equal((await kernel.openSession({ cwd: folder }).runTurn({ text: 'hi' })).text, 'hi new');
    assert.deepEqual(closed, [], 'somebody still uses it');
    go.resolve();
    assert.equal((await running).text, 'hi old');
    assert.deepEqual(closed, ['old']);
    await close();
    assert.deepEqual(closed, ['old', 'new']);
  });

  it('that loses a plugin which was active keeps the old generation, and says so', async () => {
    const tools = definePlugin({ name: 'tools', tools: [{ name: 'bash', description: '', effect: 'read', inputSchema: {}, execute: async () => 'bare' }] });
    const sandbox = definePlugin({ name: 'sandbox', replaces: ['tool:bash'], tools: [{ name: 'bash', description: '', effect: 'read', inputSchema: {}, execute: async () => 'sandboxed' }] });
    const { kernel, session, close } = await createTestKernel({ plugins: [testModel().plugin, allowAll, tools, sandbox] });
    const run = async () => (await session.callTool({ name: 'bash', input: {} })).content[0];
    assert.deepEqual(await run(), { type: 'text', text: 'sandboxed' });

    await assert.rejects(kernel.load([testModel().plugin, allowAll, tools, broken('sandbox')]), { code: 'RELOAD_FAILED', plugin: 'sandbox', message: /not loaded anew.*typo in line 3/ });

    assert.deepEqual(await run(), { type: 'text', text: 'sandboxed' }, 'and never the bare tool');
    await kernel.load([testModel().plugin, allowAll, tools]);
    assert.deepEqual(await run(), { type: 'text', text: 'bare' }, 'taken out on purpose');
    await close();
  });

  it('that loses a guard keeps the old generation, whatever its manifest says', async () => {
    const guard = definePlugin({ name: 'guard', setup({ hooks }) { hooks.permission.tap('g', () => deny('no')); } });
    const tools = definePlugin({ name: 'tools', tools: [{ name: 'bash', description: '', effect: 'read', inputSchema: {}, execute: async () => 'ran' }] });
    const { kernel, session, close } = await createTestKernel({ plugins: [testModel().plugin, allowAll, tools, guard] });
    await assert.rejects(kernel.load([testModel().plugin, allowAll, tools, broken('guard')]), { code: 'GUARD_MISSING', plugin: 'guard' });
    assert.equal((await session.callTool({ name: 'bash', input: {} })).status, 'refused');
    await close();
  });

  it('that brings a new plugin which fails leaves that one out, and goes on', async () => {
    const { kernel, session, events, close } = await createTestKernel({ plugins: [testModel().plugin] });
    await kernel.load([testModel().plugin, broken('fresh')]);
    assert.equal((await session.runTurn({ text: 'hi' })).status, 'done');
    assert.deepEqual(events.flatMap((event) => (event.type === 'notice' ? [event.plugin] : [])), ['fresh']);
    await close();
  });

  it('closes what it had set up when it is thrown away', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [stamp('old'), definePlugin({ name: 'other' })] });
    await assert.rejects(kernel.load([stamp('new'), broken('other')]), { code: 'RELOAD_FAILED' });
    assert.deepEqual(closed, ['new']);
    await close();
    assert.deepEqual(closed, ['new', 'old']);
  });

  it('mends a kernel whose guard was missing', async () => {
    const { kernel, session, close } = await createTestKernel({ plugins: [testModel().plugin, broken('guard', { guards: true })] });
    await assert.rejects(session.runTurn({ text: 'hi' }), { code: 'GUARD_MISSING' });
    await kernel.load([testModel().plugin, definePlugin({ name: 'guard', required: true })]);
    assert.equal((await session.runTurn({ text: 'hi' })).status, 'done');
    await close();
  });

  it('waits for the one before, so that the last one asked for holds', async () => {
    const slow = stamp('slow', { async setup({ hooks }) { await new Promise(setImmediate); hooks.input.tap('s', (input) => ({ ...input, text: 'slow' })); } });
    const { kernel, session, close } = await createTestKernel({ plugins: [testModel([echoInput]).plugin] });
    const model = testModel([echoInput]).plugin;
    await Promise.all([kernel.load([model, slow]), kernel.load([model, stamp('fast')])]);
    assert.equal((await session.runTurn({ text: 'hi' })).text, 'hi fast');
    await close();
    await assert.rejects(kernel.load([]), { code: 'KERNEL_CLOSED' });
  });

  it('keeps services, which close with the kernel', async () => {
    let made = 0;
    const pricing = (n: number) => definePlugin({ name: 'pricing', services: { pricing: () => { made++; return { costMicroUsd: () => n, close: () => { closed.push('service'); } }; } } });
    const plugins = (n: number) => [testModel(['x']).plugin, pricing(n)];
    const { kernel, session, close } = await createTestKernel({ plugins: plugins(1) });
    assert.equal((await session.runTurn({ text: 'hi' })).costMicroUsd, 1);
    await kernel.load(plugins(2));
    assert.equal((await session.runTurn({ text: 'hi' })).costMicroUsd, 1);
    assert.equal(made, 1);
    assert.deepEqual(closed, []);
    await close();
    assert.deepEqual(closed, ['service']);
  });
});

describe('closing', () => {
  it('ends plugins in the reverse of their order, each with what it opened last first, then services', async () => {
    const log: string[] = [];
    const plugin = (name: string, more: Partial<PluginDefinition> = {}) => definePlugin({ name, setup({ onClose }) { onClose(() => { log.push(`${name} 1`); }); onClose(async () => { await null; log.push(`${name} 2`); }); }, ...more });
    const provider = definePlugin({ name: 'vendor', after: ['a'], before: ['b'], providers: [{ name: 'p', models: ['m'], load: async () => ({ stream: () => { throw new Error('down'); }, close: () => { log.push('provider'); } }) }], services: { pricing: () => ({ costMicroUsd: () => 1, close: () => { log.push('service'); } }) } });
    const source = plugin('s', { after: ['b'], toolSources: [{ name: 's', list: async () => [], close: () => { log.push('source'); } }] });
    const { kernel, session, close } = await createTestKernel({ plugins: [plugin('b'), source, plugin('a'), provider] });
    await session.runTurn({ text: 'hi' });
    await kernel.service('pricing');
    await close();
    assert.deepEqual(log, ['s 2', 's 1', 'source', 'b 2', 'b 1', 'provider', 'a 2', 'a 1', 'service']);
  });

  it('ends a service before those that it uses, also where it asked for them late, and where they use each other', async () => {
    const log: string[] = [];
    const service = (name: 'pricing' | 'vault' | 'database', used: 'pricing' | 'vault' | 'database') => definePlugin({
      name, services: { [name]: ({ service }: ContributionContext) => ({ use: () => service(used), close: async () => { log.push(name); } }) },
    });
    const { kernel, close } = await createTestKernel({ plugins: [service('pricing', 'database'), service('database', 'vault'), service('vault', 'database')] });
    const use = async (name: 'pricing' | 'database' | 'vault') => (await kernel.service(name) as unknown as { use(): Promise<unknown> }).use();
    await use('pricing');
    await use('database');
    await use('vault');

    await close();

    assert.deepEqual(log, ['pricing', 'vault', 'database']);
  });

  it('reports what fails or hangs, by plugin, and closes the others', async () => {
    const plugin = (name: string, close: () => void | Promise<void>) => definePlugin({ name, setup({ onClose }) { onClose(close); } });
    const { kernel, close } = await createTestKernel({
      closeTimeoutMs: 20,
      plugins: [plugin('a', () => { closed.push('a'); }), plugin('b', () => { throw new Error('no'); }), plugin('c', never), plugin('d', () => Promise.reject(new Error('late'))), plugin('e', () => process.exit(1))],
    });
    await close();
    assert.deepEqual(closed, ['a']);
    assert.deepEqual(kernel.troubles.map(({ plugin: name, code, text }) => [name, code, text.replace(/^.*closed: /, '')]), [
      ['e', 'PLUGIN_CLOSE_FAILED', 'process.exit was called inside a plugin'], ['d', 'PLUGIN_CLOSE_FAILED', 'late'],
      ['c', 'PLUGIN_CLOSE_FAILED', 'it took longer than 20 ms'], ['b', 'PLUGIN_CLOSE_FAILED', 'no'],
    ]);
  });

  it('of a reload that hangs is said in the sessions that are open, and the new plugins run', async () => {
    const hang = definePlugin({ name: 'hang', setup({ onClose }) { onClose(never); } });
    const { kernel, session, events, close } = await createTestKernel({ plugins: [testModel().plugin, hang], closeTimeoutMs: 20 });
    await session.runTurn({ text: 'hi' });
    await kernel.load([testModel().plugin]);
    assert.equal((await session.runTurn({ text: 'hi' })).status, 'done');
    assert.deepEqual(events.flatMap((event) => (event.type === 'notice' ? [[event.code, event.plugin]] : [])), [['PLUGIN_CLOSE_FAILED', 'hang']]);
    await close();
  });

  it('twice is once', async () => {
    const { kernel, session, events, close } = await createTestKernel({ plugins: [testModel().plugin, stamp('x')] });
    await session.runTurn({ text: 'hi' });
    await Promise.all([kernel.close(), kernel.close(), session.close()]);
    await close();
    assert.deepEqual(closed, ['x']);
    assert.equal(events.filter(({ type }) => type === 'session-end').length, 1);
    assert.throws(() => kernel.openSession({ cwd: '/' }), { code: 'KERNEL_CLOSED' });
  });
});

describe('a service', () => {
  const using = (name: 'pricing') => definePlugin({ name: 'user', setup({ hooks }) { hooks.input.tap('u', async (_, turn) => { await turn.service(name); }); } });

  it('that nobody provides is said, with what to install where the name is one of the catalogue', async () => {
    const { session, close } = await createTestKernel({ plugins: [testModel().plugin, using('pricing')], knownPlugins: ['pricing'] });
    const { error } = await session.runTurn({ text: 'hi' });
    assert.deepEqual([error?.code, error?.plugin, error?.hint], ['SERVICE_MISSING', 'user', 'Install the plugin that does: pith plugins install pricing']);
    await close();
  });

  it('that nobody provides, since the plugin of its name did not load, says why that is', async () => {
    const { kernel, close } = await createTestKernel({ plugins: [testModel().plugin, broken('pricing')], knownPlugins: ['pricing'] });
    await assert.rejects(kernel.service('pricing'), { code: 'SERVICE_MISSING', message: /^Nothing provides the service pricing, since its plugin did not load: .*typo in line 3/ });
    await close();
  });

  it('that cannot be made, or hangs, names the plugin that should have made it, and is tried again', async () => {
    let tries = 0;
    const pricing = definePlugin({ name: 'prices', services: { pricing: () => { if (++tries === 1) throw new Error('no table'); if (tries === 2) return never(); return { costMicroUsd: () => 7 }; } } });
    const { session, close } = await createTestKernel({ plugins: [testModel().plugin, using('pricing'), pricing], serviceTimeoutMs: 20 });
    for (const says of [/pricing of plugin prices could not be made: no table/, /it was not there after 0\.02 s/]) {
      const { error, reason } = await session.runTurn({ text: 'hi' });
      assert.deepEqual([error?.code, error?.plugin], ['SERVICE_FAILED', 'prices']);
      assert.match(reason ?? '', says);
    }
    assert.equal((await session.runTurn({ text: 'hi' })).costMicroUsd, 7);
    await close();
  });

  it('is made from the options of its plugin, once, when it is first asked for', async () => {
    const seen: unknown[] = [];
    const pricing = definePlugin({ name: 'prices', services: { pricing: ({ options }) => { seen.push(options); return { costMicroUsd: () => 1 }; } } });
    const { kernel, close } = await createTestKernel({ plugins: [pricing], options: { prices: { table: 'x' } } });
    assert.deepEqual(seen, []);
    await Promise.all([kernel.service('pricing'), kernel.service('pricing')]);
    assert.deepEqual(seen, [{ table: 'x' }]);
    assert.deepEqual(kernel.contributionContext('prices').options, { table: 'x' });
    await close();
  });
});
