import assert from 'node:assert/strict';
import { definePlugin, deny, PithError, type PluginDefinition, type PluginSource, type TurnEvent } from '@pith/kernel';
import { createTestKernel, testModel } from '@pith/kernel/testing';

/** A plugin that shows in each reply which of its versions a turn runs with. */
const stamp = (text: string) => definePlugin({ name: 'stamp', setup({ hooks }) { hooks.input.tap('s', (input) => ({ ...input, text: `${input.text} ${text}` })); } });
const broken = (message: string): PluginSource => ({ name: 'hooks/stamp.ts', load: () => Promise.reject(new Error(message)) });
const notices = (events: readonly TurnEvent[]): string[] => events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));

describe('a refresh before a turn', () => {
  const model = testModel(Array.from({ length: 9 }, () => ({ messages }) => (messages.at(-1)!.content[0] as { text: string }).text)).plugin;
  let next: (() => Promise<readonly (PluginSource | PluginDefinition)[] | undefined>) | undefined;
  const start = () => createTestKernel({ plugins: [model, stamp('one')], refresh: async () => {
    const given = next;
    next = undefined;
    return given?.();
  } });
  beforeEach(() => { next = undefined; });

  it('brings the plugins of that turn', async () => {
    const { session, events, close } = await start();
    assert.equal((await session.runTurn({ text: 'hi' })).text, 'hi one');

    next = async () => [model, stamp('two')];

    assert.equal((await session.runTurn({ text: 'hi' })).text, 'hi two');
    assert.equal((await session.runTurn({ text: 'hi' })).text, 'hi two');
    assert.deepEqual(notices(events), []);
    await close();
  });

  it('that brings something which does not load keeps the old plugins, and says why once', async () => {
    const { session, events, close } = await start();
    next = async () => [model, broken('line 3 is wrong')];

    assert.equal((await session.runTurn({ text: 'hi' })).text, 'hi one');
    assert.equal((await session.runTurn({ text: 'hi' })).text, 'hi one');

    assert.deepEqual(notices(events), ['The plugins were not loaded anew, those from before stay: Plugin hooks/stamp.ts cannot be loaded: line 3 is wrong']);
    await close();
  });

  it('that fails is said in the turn, to each session', async () => {
    const { kernel, session, events, close } = await start();
    next = () => Promise.reject(new PithError('hooks/a.ts has changed', { code: 'TRUST_CHANGED', hint: 'Look: pith trust' }));
    const others: TurnEvent[] = [];

    await session.runTurn({ text: 'hi' });
    await kernel.openSession({ cwd: session.cwd, sink: (event) => { others.push(event); } }).runTurn({ text: 'hi' });

    const said = 'The plugins were not loaded anew, those from before stay: hooks/a.ts has changed. Look: pith trust';
    assert.deepEqual(notices(events), [said]);
    assert.deepEqual(notices(others), [said]);
    assert.ok(events.findIndex(({ type }) => type === 'notice') > events.findIndex(({ type }) => type === 'session-start'));
    await close();
  });

  it('that works again after one that failed leaves nothing to say to a new session', async () => {
    const { kernel, session, close } = await start();
    next = async () => [model, broken('typo')];
    await session.runTurn({ text: 'hi' });
    next = async () => [model, stamp('mended')];
    const events: TurnEvent[] = [];

    const { text } = await kernel.openSession({ cwd: session.cwd, sink: (event) => { events.push(event); } }).runTurn({ text: 'hi' });

    assert.equal(text, 'hi mended');
    assert.deepEqual(notices(events), []);
    await close();
  });

  it('never opens a guard: the one from before stays in force', async () => {
    const guard = definePlugin({ name: 'guard', setup({ hooks }) { hooks.permission.tap('g', () => deny('not here')); } });
    const tools = definePlugin({ name: 'tools', tools: [{ name: 'touch', description: '', effect: 'write', inputSchema: {}, execute: async () => 'ran' }] });
    let offered: readonly (PluginSource | PluginDefinition)[] | undefined;
    const { session, close } = await createTestKernel({ plugins: [model, tools, guard], refresh: async () => offered });
    offered = [model, tools, { name: 'guard', load: () => Promise.reject(new Error('typo')) }];

    const { status, reason } = await session.callTool({ name: 'touch', input: {} });

    assert.equal(status, 'refused');
    assert.match(reason!, /not here/);
    await close();
  });

  it('lets a session run one turn at a time all the same, and end meanwhile', async () => {
    const { session, close } = await start();
    const gate = Promise.withResolvers<undefined>();
    next = () => gate.promise;
    const first = session.runTurn({ text: 'hi' });

    await assert.rejects(session.runTurn({ text: 'hi' }), { code: 'SESSION_BUSY' });
    await session.close();
    gate.resolve(undefined);

    await assert.rejects(first, { code: 'KERNEL_CLOSED' });
    await close();
  });

  it('of two sessions at once happens one after the other', async () => {
    let running = 0;
    let most = 0;
    const { kernel, session, close } = await createTestKernel({ plugins: [model], refresh: async () => {
      most = Math.max(most, ++running);
      await new Promise(setImmediate);
      running--;
      return undefined;
    } });

    await Promise.all([session, kernel.openSession({ cwd: session.cwd })].map((each) => each.runTurn({ text: 'hi' })));

    assert.equal(most, 1);
    await close();
  });
});
