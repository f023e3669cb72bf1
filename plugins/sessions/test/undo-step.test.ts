import assert from 'node:assert/strict';
import { definePlugin, type Message, type PluginDefinition, type UndoStep } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, type TestKernel, testHost, testModel } from '@pith/kernel/testing';
import sessions from '../src/index.ts';

const say = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });

/** `=WORD` is a change of the history outside of a turn, `@` one while the turn's request is made; `undo` takes back what the store says. */
const changer: PluginDefinition = definePlugin({
  name: 'changer',
  setup({ hooks }) {
    hooks.input.tap('change', async (input, turn) => {
      if (!input.text.startsWith('=')) return undefined;
      const reason = input.text.slice(1);
      const step = reason === 'undo' ? await (await turn.service('sessions')).undoStep(turn.sessionId) : undefined;
      await turn.setHistory(step?.messages ?? [say(reason)], { reason });
      return { ...input, handled: { reply: step?.text ?? reason } };
    });
    hooks.context.tap('squeeze', async (request, turn) => {
      if (!JSON.stringify(request.messages.at(-1)).includes('@')) return undefined;
      const messages = [say('squeezed')];
      await turn.setHistory(messages, { reason: 'squeeze' });
      return { ...request, messages };
    });
  },
});
const write = definePlugin({ name: 'write', tools: [{ name: 'write', description: '', effect: 'write', inputSchema: {}, targets: () => [{ family: 'Edit' }], execute: async () => ({ content: [], changes: [{ path: 'a.txt', kind: 'update' }] }) }] });

describe('the latest session of a folder', () => {
  it('is one in which something was said: a lone command begins none', async () => {
    const host = testHost();
    const { kernel, session, folder, close } = await createTestKernel({ host, plugins: [testModel(['one']).plugin, allowAll, sessions, changer] });
    await session.runTurn({ text: 'first' });
    host.advance(60_000);
    const other = kernel.openSession({ cwd: folder });
    const changeNothing = definePlugin({ name: 'mute', setup({ hooks }) { hooks.input.tap('mute', (input) => ({ ...input, handled: { reply: 'yes' } })); } });
    await kernel.load([testModel([]).plugin, allowAll, sessions, changeNothing]);
    await other.runTurn({ text: '/help' });

    assert.equal((await (await kernel.service('sessions')).latest(folder))?.id, session.id);
    await close();
  });
});

describe('a session that is taken up', () => {
  it('goes on with the model that was chosen last, though nothing was asked of it yet', async () => {
    const chooser = definePlugin({ name: 'chooser', setup({ hooks }) { hooks.input.tap('choose', async (input, turn) => (input.text === 'other' ? { ...input, handled: { reply: (await turn.useModel({ model: 'other' })).model } } : undefined)); } });
    const { kernel, session, close } = await createTestKernel({ plugins: [testModel(['one']).plugin, allowAll, sessions, chooser] });
    await session.runTurn({ text: 'go' });
    const before = (await (await kernel.service('sessions')).load(session.id)).model;
    await session.runTurn({ text: 'other' });

    assert.deepEqual([before, (await (await kernel.service('sessions')).load(session.id)).model], ['model', 'other']);
    await close();
  });
});

describe('the last step of a session', () => {
  let test: TestKernel | undefined;
  afterEach(() => test?.close());

  const run = async (steps: readonly ScriptStep[], inputs: readonly string[]): Promise<UndoStep | undefined> => {
    test = await createTestKernel({ plugins: [testModel(steps).plugin, allowAll, sessions, changer, write] });
    for (const text of inputs) await test.session.runTurn({ text });
    return (await test.kernel.service('sessions')).undoStep(test.session.id);
  };
  const texts = (step: UndoStep | undefined): string[] => step!.messages.flatMap(({ content }) => content.flatMap((block) => (block.type === 'text' ? [block.text] : [])));

  it('is the last turn, with what had been said before it and the files that it changed', async () => {
    const step = await run(['one', { calls: [{ name: 'write' }] }, 'two'], ['first', 'second']);

    assert.deepEqual([step?.kind, step?.text, texts(step), step?.changes], ['turn', 'second', ['first', 'one'], [{ path: 'a.txt', kind: 'update' }]]);
  });

  it('is a change of the history where that came later', async () => {
    const step = await run(['one'], ['first', '=clear']);

    assert.deepEqual([step?.kind, step?.text, texts(step), step?.changes], ['change', 'clear', ['first', 'one'], []]);
  });

  it('is the whole turn where the history was changed in the middle of it', async () => {
    const step = await run(['one', 'two'], ['first', 'second @']);

    assert.deepEqual([step?.kind, step?.text, texts(step)], ['turn', 'second @', ['first', 'one']]);
  });

  it('is the one before when one was taken back, until there is none', async () => {
    const inputs = ['first', '=clear', 'second', '=undo', '=undo'];
    const step = await run(['one', 'two'], inputs);

    assert.deepEqual([step?.text, step?.messages], ['first', []]);
    assert.deepEqual(test!.session.messages.map(({ role }) => role), ['user', 'assistant']);
    await test!.session.runTurn({ text: '=undo' });
    assert.deepEqual(test!.session.messages, []);
    assert.equal(await (await test!.kernel.service('sessions')).undoStep(test!.session.id), undefined);
  });
});
