import assert from 'node:assert/strict';
import { definePlugin, type PluginDefinition, type ToolDeclaration } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';

const named = (name: string, description = 'x'): ToolDeclaration => ({ name, description, effect: 'read', inputSchema: { type: 'object' }, execute: async () => `ran ${name}` });

function source(list: () => Promise<readonly ToolDeclaration[]>, name = 'mcp'): PluginDefinition {
  return definePlugin({ name, toolSources: [{ name: `${name}-source`, list }] });
}

async function open(plugins: PluginDefinition[], script: ScriptStep[] = []) {
  const model = testModel(script);
  const made = await createTestKernel({ plugins: [model.plugin, allowAll, ...plugins], setupTimeoutMs: 20 });
  const notices = () => made.events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
  const offered = () => model.requests.map(({ tools }) => tools.map(({ name }) => name).join(' '));
  return { ...made, model, notices, offered };
}

describe('tools that appear at run time', () => {
  it('are there from the next turn on, and a change is said, since the prompt cache starts anew', async () => {
    let tools = [named('one')];
    const { session, notices, offered, close } = await open([source(async () => tools)]);
    await session.runTurn({ text: 'a' });
    tools = [named('one'), named('two')];
    await session.runTurn({ text: 'b' });
    tools = [named('two', 'something else')];
    await session.runTurn({ text: 'c' });
    await session.runTurn({ text: 'd' });
    assert.deepEqual(offered(), ['one', 'one two', 'two', 'two']);
    assert.deepEqual(notices(), ['Tools changed, so the prompt cache starts anew: +two', 'Tools changed, so the prompt cache starts anew: -one ~two']);
    await close();
  });

  it('may be listed anew each time: what says the same leaves the request as it is', async () => {
    const { session, model, notices, events, close } = await open([source(async () => [named('one')])]);
    await session.runTurn({ text: 'a' });
    await session.runTurn({ text: 'b' });
    assert.equal(model.requests[0]!.tools, model.requests[1]!.tools);
    assert.deepEqual(notices(), []);
    assert.ok(events.every((event) => event.type !== 'context-ready' || event.prefix.kept));
    await close();
  });

  it('are compared with those of the turn before, whichever plugins were loaded meanwhile', async () => {
    const { kernel, session, model, notices, close } = await open([source(async () => [named('one')])]);
    await session.runTurn({ text: 'a' });
    await kernel.load([model.plugin, allowAll, source(async () => [named('one')])]);
    await session.runTurn({ text: 'b' });
    assert.deepEqual(notices(), []);
    await kernel.load([model.plugin, allowAll, definePlugin({ name: 'other', tools: [named('two')] })]);
    await session.runTurn({ text: 'c' });
    assert.deepEqual(notices(), ['Tools changed, so the prompt cache starts anew: +two -one']);
    await close();
  });

  it('do not change within a turn, whatever another session finds', async () => {
    let tools = [named('one')];
    const began = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    const slow = definePlugin({ name: 'slow', tools: [{ name: 'wait', description: '', effect: 'read', inputSchema: {}, execute: async () => { began.resolve(); await go.promise; return ''; } }] });
    const { kernel, session, folder, offered, close } = await open([source(async () => tools), slow], [{ calls: [{ name: 'wait' }] }, 'other', { calls: [{ name: 'one' }] }, 'done']);
    const running = session.runTurn({ text: 'a' });
    await began.promise;
    tools = [named('two')];
    await kernel.openSession({ cwd: folder }).runTurn({ text: 'b' });
    go.resolve();
    assert.equal((await running).status, 'done');
    assert.deepEqual(offered(), ['one wait', 'two wait', 'one wait', 'one wait']);
    assert.equal(JSON.stringify(session.messages).includes('ran one'), true, 'the tool it was promised');
    await close();
  });

  it('stay when their source fails, hangs or lists nonsense, which is said once', async () => {
    let list: () => Promise<readonly ToolDeclaration[]> = async () => [named('one')];
    const { session, notices, offered, close } = await open([source(() => list())]);
    await session.runTurn({ text: 'a' });
    for (const [fault, says] of [
      [() => Promise.reject(new Error('server is down')), /could not list its tools: server is down/],
      [() => { throw new Error('not even a promise'); }, /not even a promise/],
      [() => new Promise<never>(() => {}), /it did not answer within 20 ms/],
      [async () => 'tools' as never, /it listed "tools" where a list of tools belongs/],
      [async () => [{ name: 'x' }] as never, /it listed "x" whose description is not a text/],
    ] as const) {
      list = fault;
      await session.runTurn({ text: 'b' });
      assert.match(notices().at(-1)!, says);
    }
    await session.runTurn({ text: 'c' });
    assert.equal(notices().length, 5);
    assert.deepEqual(new Set(offered()), new Set(['one']));
    await close();
  });

  it('do not take the name of a tool that is there', async () => {
    const own = definePlugin({ name: 'own', tools: [named('one')] });
    const { session, notices, events, close } = await open([own, source(async () => [named('one'), named('two')])], [{ calls: [{ name: 'one' }] }]);
    await session.runTurn({ text: 'a' });
    assert.deepEqual(notices(), ['Plugin mcp could not list its tools: tool one is already there, from own']);
    assert.equal(events.find((event) => event.type === 'tool-start')?.owner, 'own');
    await close();
  });
});

describe('a plugin that replaces what another one brings', () => {
  it('does so in whatever order the two come, for tools, providers, commands and services', async () => {
    const bring = (name: string, more: Partial<PluginDefinition> = {}) => definePlugin({
      name, tools: [named('bash', name)], providers: [{ name: 'p', models: [name], load: async () => ({ stream: () => { throw new Error('unused'); } }) }],
      slashCommands: [{ name: 'help', summary: name, run: async () => name }], services: { pricing: () => ({ costMicroUsd: () => name.length }) }, ...more,
    });
    const replaces = ['tool:bash', 'provider:p', 'command:help', 'service:pricing'];
    for (const plugins of [[bring('aaa', { replaces }), bring('base')], [bring('base'), bring('zzzzz', { replaces })]]) {
      const { kernel, close } = await createTestKernel({ plugins });
      const winner = plugins.find((plugin) => plugin.replaces !== undefined)!.name;
      assert.ok(kernel.plugins.every(({ state }) => state === 'active'));
      const { generation } = kernel;
      assert.deepEqual([generation.tools.get('bash')?.owner, generation.providers.get('p')?.owner, generation.slashCommands.map(({ owner }) => owner)], [winner, winner, [winner]]);
      const usage = { input: 1, output: 1 };
      assert.equal((await kernel.service('pricing')).costMicroUsd({ provider: 'p', model: 'm', usage }), winner.length);
      await close();
    }
  });
});
