import assert from 'node:assert/strict';
import { applyHistory, createKernel, definePlugin, type Message, type PluginDefinition, replaySitting, type SlashCommand, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { tapeRecorder } from '../support/long-session.ts';

const say = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const answer = (text: string): Message => ({ role: 'assistant', content: [{ type: 'text', text }] });
const call = (id: string): Message => ({ role: 'assistant', content: [{ type: 'tool-call', id, name: 'echo', input: {}, complete: true }] });
const result = (id: string): Message => ({ role: 'user', content: [{ type: 'tool-result', toolCallId: id, content: [{ type: 'text', text: 'hi' }] }] });
const echo = definePlugin({ name: 'echo', tools: [{ name: 'echo', description: '', effect: 'read', inputSchema: {}, execute: async () => 'hi' }] });

/** What a person types after a slash goes to the command of that name. */
const dispatch = definePlugin({
  name: 'dispatch',
  setup({ hooks }) {
    hooks.input.tap('slash', async (input, turn) => {
      const [, name, argument] = /^\/(\S+) ?(.*)$/.exec(input.text) ?? [];
      if (name === undefined) return undefined;
      const done = await turn.runCommand({ name, argument: argument! });
      if (done === undefined) return undefined;
      return typeof done === 'string' ? { ...input, handled: { reply: done } } : { ...input, text: done.prompt, typed: input.text };
    });
  },
});
const commands = (...slashCommands: SlashCommand[]): PluginDefinition => definePlugin({ name: 'commands', slashCommands });

describe('another history in the place of what was said', () => {
  const halve: PluginDefinition = definePlugin({
    name: 'halver',
    setup({ hooks }) {
      hooks.context.tap({ name: 'halve', stage: -300 }, async (request, turn) => {
        if (request.messages.length < 6) return undefined;
        const messages = [say('what came before was long'), ...request.messages.slice(3)];
        await turn.setHistory(messages, { reason: 'too long' });
        return { ...request, messages };
      });
    },
  });

  it('is what the next requests are made from, kept as ranges of the one before, and names who broke the prefix', async () => {
    const model = testModel([{ calls: [{ name: 'echo', input: {} }] }, { calls: [{ name: 'echo', input: {} }] }, { calls: [{ name: 'echo', input: {} }] }, 'done', 'more']);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, echo, halve] });
    await session.runTurn({ text: 'go' });
    await session.runTurn({ text: 'on' });
    await close();
    const changes = events.filter((event) => event.type === 'history-changed');
    assert.deepEqual(changes.map(({ before, after, plugin, reason }) => ({ before, after, plugin, reason })), [{ before: 7, after: 5, plugin: 'halver', reason: 'too long' }, { before: 7, after: 5, plugin: 'halver', reason: 'too long' }]);
    assert.deepEqual(changes[0]!.messages, [say('what came before was long'), { from: 3, to: 7 }]);
    assert.deepEqual(model.requests.map(({ messages }) => messages.length), [1, 3, 5, 5, 5]);
    assert.deepEqual(session.messages.map(({ role }) => role), ['user', 'assistant', 'user', 'assistant', 'user', 'assistant']);
    const broken = events.flatMap((event) => (event.type === 'context-ready' && !event.prefix.kept ? [event.prefix.changedBy] : []));
    assert.deepEqual(broken, ['halver', 'halver']);
    for (const text of session.messages) assert.ok(Object.isFrozen(text));
  });

  it('is played again as it was', async () => {
    const tape = tapeRecorder();
    const clear = commands({ name: 'clear', summary: '', run: async (_, turn) => { await turn.setHistory([], { reason: 'clear' }); return 'Forgotten.'; } });
    const plugins = (): PluginDefinition[] => [testModel(['one', 'two', 'three']).plugin, allowAll, echo, halve, dispatch, clear];
    const { session, close } = await createTestKernel({ plugins: [...plugins(), tape.plugin] });
    for (const text of ['a', 'b', '/clear', 'c']) await session.runTurn({ text });
    assert.deepEqual(session.messages.map(({ role }) => role), ['user', 'assistant']);
    await close();
    const kernel = await createKernel({ plugins: [...plugins(), tapeRecorder().plugin], env: {} });
    const heard = await replaySitting(kernel, tape.sitting());
    await kernel.close();
    assert.equal(heard.difference, null, JSON.stringify(heard.difference)?.slice(0, 500));
  });

  const WRONG: Record<string, readonly Message[]> = {
    'begins with the assistant': [answer('hello')],
    'a call without its result': [say('a'), call('1'), say('b')],
    'a call that nothing comes after': [say('a'), call('1')],
    'a result without its call': [say('a'), result('1')],
    'one result too many': [say('a'), call('1'), { role: 'user', content: [...result('1').content, ...result('1').content] }],
    'an empty message': [{ role: 'user', content: [] }],
    'a call of the user': [{ role: 'user', content: call('1').content }, result('1')],
    'no message': [{} as Message],
  };
  for (const [what, messages] of Object.entries(WRONG)) {
    it(`is refused with HISTORY_INVALID, and nothing changes: ${what}`, async () => {
      const wrong = definePlugin({ name: 'wrong', setup({ hooks }) { hooks.context.tap('wrong', (_, turn) => turn.setHistory(messages, { reason: 'test' }).then(() => undefined)); } });
      const { session, events, close } = await createTestKernel({ plugins: [testModel(['done']).plugin, wrong] });
      const { error } = await session.runTurn({ text: 'go' });
      await close();
      assert.equal(error?.code, 'HISTORY_INVALID');
      assert.deepEqual(session.messages, [say('go')]);
      assert.equal(events.some((event) => event.type === 'history-changed'), false);
    });
  }

  it('is nothing that a tool, a model wrap or an observer may set', async () => {
    const meddler = definePlugin({
      name: 'meddler',
      tools: [{ name: 'forget', description: '', effect: 'read', inputSchema: {}, execute: async (_, { turn }) => { await turn.setHistory([], { reason: 'test' }); return 'gone'; } }],
    });
    const { session, events, close } = await createTestKernel({ plugins: [testModel([{ calls: [{ name: 'forget', input: {} }] }, 'done']).plugin, allowAll, meddler] });
    await session.runTurn({ text: 'go' });
    await close();
    const end = events.find((event) => event.type === 'tool-end');
    assert.equal(end?.status, 'error');
    assert.equal(session.messages.length, 4);
  });

  it('is made again from the event alone', () => {
    const before = ['a', 'b', 'c', 'd'].map(say);
    assert.deepEqual(applyHistory(before, [say('x'), { from: 2, to: 4 }, { from: 0, to: 1 }]), [say('x'), before[2], before[3], before[0]]);
  });
});

describe('a slash command', () => {
  const list = (events: readonly TurnEvent[]) => events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));

  it('answers, or gives the model a prompt in the place of what was typed', async () => {
    const model = testModel(['done']);
    const both = commands({ name: 'hello', summary: 'Greets', run: async (argument) => `Hello ${argument}` }, { name: 'review', summary: 'Reviews', run: async (argument) => ({ prompt: `Review ${argument}.` }) });
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, dispatch, both] });
    const greeted = await session.runTurn({ text: '/hello you' });
    assert.deepEqual([greeted.text, greeted.steps, session.messages.length], ['Hello you', 0, 0]);
    await session.runTurn({ text: '/review src' });
    await close();
    assert.deepEqual(model.requests[0]!.messages, [say('Review src.')]);
    assert.equal(events.find((event) => event.type === 'input-accepted')?.text, '/review src');
  });

  it('gets the options of its owner', async () => {
    const polite = definePlugin({
      name: 'polite', options: { '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) } },
      slashCommands: [{ name: 'hello', summary: '', run: async (_argument, _turn, { options }) => (options as { greeting: string }).greeting }],
    });
    const { session, close } = await createTestKernel({ plugins: [testModel([]).plugin, dispatch, polite], options: { polite: { greeting: 'Good day' } } });
    const { text } = await session.runTurn({ text: '/hello' });
    await close();
    assert.equal(text, 'Good day');
  });

  it('fails with the name of its owner, as does one that gives nothing', async () => {
    const bad = commands({ name: 'throw', summary: '', run: async () => { throw new Error('boom'); } }, { name: 'mute', summary: '', run: async () => undefined as unknown as string });
    const { session, close } = await createTestKernel({ plugins: [testModel([]).plugin, dispatch, bad] });
    const [thrown, mute] = [await session.runTurn({ text: '/throw' }), await session.runTurn({ text: '/mute' })];
    await close();
    assert.deepEqual([thrown.error?.plugin, mute.error?.plugin, mute.error?.code], ['commands', 'commands', 'TAP_INVALID_RESULT']);
    assert.match(thrown.error!.message, /commands.*\/throw.*boom/);
  });

  it('has the time that it states, from a source, too', async () => {
    const slow = (name: string): SlashCommand => ({ name, summary: '', timeoutMs: 20, run: () => new Promise(() => undefined) });
    const source = definePlugin({ name: 'files', commandSources: [{ name: 'files', list: async () => [slow('later')] }] });
    const { session, close } = await createTestKernel({ plugins: [testModel([]).plugin, dispatch, commands(slow('wait')), source] });
    const [declared, listed] = [await session.runTurn({ text: '/wait' }), await session.runTurn({ text: '/later' })];
    await close();
    assert.deepEqual([declared.error?.code, declared.error?.plugin, listed.error?.code, listed.error?.plugin], ['TAP_TIMEOUT', 'commands', 'TAP_TIMEOUT', 'files']);
  });

  it('may come from a source, which a replay does not ask again; one that fails is named', async () => {
    let asked = 0;
    const source = definePlugin({
      name: 'files',
      commandSources: [
        { name: 'files', list: async () => { asked++; return [{ name: 'pr', summary: 'Opens one', run: async () => ({ prompt: 'Open a pull request.' }) }, { name: 'hello', summary: 'Another', run: async () => 'never' }]; } },
        { name: 'broken', list: async () => { throw new Error('no folder'); } },
      ],
    });
    let listed: unknown;
    const lister = definePlugin({ name: 'lister', setup({ hooks }) { hooks.input.tap('list', async (_, turn) => { listed = await turn.slashCommands(); }); } });
    const own = commands({ name: 'hello', summary: 'Greets', run: async () => 'Hello' });
    const tape = tapeRecorder();
    const plugins = (): PluginDefinition[] => [testModel(['done']).plugin, dispatch, source, own, lister];
    const { session, events, close } = await createTestKernel({ plugins: [...plugins(), tape.plugin] });
    assert.equal((await session.runTurn({ text: '/hello' })).text, 'Hello');
    await session.runTurn({ text: '/pr' });
    await close();
    assert.deepEqual(listed, [{ name: 'hello', summary: 'Greets', owner: 'commands' }, { name: 'pr', summary: 'Opens one', owner: 'files' }]);
    assert.deepEqual(session.messages[0], say('Open a pull request.'));
    assert.deepEqual(list(events), ['Plugin files could not list its commands: no folder']);
    const before = asked;
    const kernel = await createKernel({ plugins: [...plugins(), tapeRecorder().plugin], env: {} });
    const heard = await replaySitting(kernel, tape.sitting());
    await kernel.close();
    assert.equal(heard.difference, null, JSON.stringify(heard.difference)?.slice(0, 800));
    assert.equal(asked, before);
  });

  it('chooses the model of the turns that follow', async () => {
    const chooser = commands({ name: 'model', summary: '', run: async (argument, turn) => `${turn.model} to ${(await turn.useModel({ model: argument })).model}` });
    const model = testModel(['done']);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, dispatch, chooser] });
    const before = session.model;
    assert.equal((await session.runTurn({ text: '/model nothing-of-the-kind' })).error?.code, 'MODEL_UNKNOWN');
    assert.equal(session.model, before);
    assert.equal((await session.runTurn({ text: '/model other' })).text, `${before} to other`);
    await session.runTurn({ text: 'go' });
    await close();
    assert.equal(model.requests[0]!.model, 'other');
    assert.deepEqual(events.flatMap((event) => (event.type === 'model-changed' ? [[event.plugin, event.provider, event.model]] : [])), [['commands', 'test', 'other']]);
  });
});
