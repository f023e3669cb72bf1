import assert from 'node:assert/strict';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { definePlugin, type Message, type PluginDefinition, type SessionSteps } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, type TestKernel, testHost, testModel } from '@pith/kernel/testing';
import sessions from '../src/index.ts';

const say = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });

const NONE: SessionSteps = { done: [], undone: [], turnIds: [] };

/** `=WORD` is a change of the history outside of a turn, `@` one while the turn's request is made; `undo` and `redo` do what the store says. */
const changer: PluginDefinition = definePlugin({
  name: 'changer',
  setup({ hooks }) {
    hooks.input.tap('change', async (input, turn) => {
      if (!input.text.startsWith('=')) return undefined;
      const [reason = '', count = '1'] = input.text.slice(1).split(' ');
      const store = await turn.service('sessions');
      const { done, undone } = reason === 'undo' || reason === 'redo' ? await store.steps(turn.sessionId) : NONE;
      const position = reason === 'undo' ? done.at(-Number(count))!.position : undone.at(-1)?.position;
      const messages = position === undefined ? [say(reason)] : await store.historyAt(turn.sessionId, position);
      for (let change = 0; change < Number(count); change++) await turn.setHistory(messages, { reason });
      return { ...input, handled: { reply: reason } };
    });
    hooks.context.tap('squeeze', async (request, turn) => {
      if (!JSON.stringify(request.messages.at(-1)).includes('@')) return undefined;
      const messages = [say('squeezed')];
      await turn.setHistory(messages, { reason: 'squeeze' });
      return { ...request, messages };
    });
  },
});
const tools = definePlugin({
  name: 'some-tools',
  tools: [
    { name: 'write', description: '', effect: 'write', inputSchema: {}, targets: () => [{ family: 'Edit' }], execute: async () => ({ content: [], changes: [{ path: 'a.txt', kind: 'update' }] }) },
    { name: 'fetch', description: '', effect: 'network', inputSchema: {}, targets: () => [{ family: 'WebFetch' }], execute: async () => 'a page' },
  ],
});

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

describe('the steps of a session', () => {
  let test: TestKernel | undefined;
  afterEach(() => test?.close());

  const play = async (inputs: readonly string[]): Promise<SessionSteps> => {
    for (const text of inputs) assert.equal((await test!.session.runTurn({ text })).status, 'done');
    return (await test!.kernel.service('sessions')).steps(test!.session.id);
  };
  const run = async (steps: readonly ScriptStep[], inputs: readonly string[]): Promise<SessionSteps> => {
    test = await createTestKernel({ plugins: [testModel(steps).plugin, allowAll, sessions, changer, tools] });
    return play(inputs);
  };
  const textsOf = (messages: readonly Message[]): string[] => messages.flatMap(({ content }) => content.flatMap((block) => (block.type === 'text' ? [block.text] : [])));
  const before = async (position: number): Promise<string[]> => textsOf(await (await test!.kernel.service('sessions')).historyAt(test!.session.id, position));
  const names = ({ done, undone }: SessionSteps) => [done.map(({ text }) => text), undone.map(({ steps }) => steps.map(({ text }) => text))];

  it('are turns, each with what had been said before it, the files that it changed and what it ran elsewhere', async () => {
    const { done } = await run(['one', { calls: [{ name: 'write' }, { name: 'fetch' }] }, 'two'], ['first', 'second']);

    assert.deepEqual(done.map(({ kind, text, changes, outside }) => [kind, text, changes, outside]), [['turn', 'first', [], []], ['turn', 'second', [{ path: 'a.txt', kind: 'update' }], [{ tool: 'fetch', effect: 'network' }]]]);
    assert.deepEqual([await before(done[0]!.position), await before(done[1]!.position)], [[], ['first', 'one']]);
  });

  it('are changes of the history, too, but not those in the middle of a turn', async () => {
    const { done } = await run(['one', 'two'], ['first', '=clear', 'second @']);

    assert.deepEqual(done.map(({ kind, text }) => [kind, text]), [['turn', 'first'], ['change', 'clear'], ['turn', 'second @']]);
    assert.deepEqual(await before(done[2]!.position), ['clear']);
  });

  it('are taken back one by one or several at once, and brought again as they were taken, byte for byte', async () => {
    const all = await run(['one', 'two', 'three'], ['first', 'second', 'third']);
    const history = JSON.stringify(test!.session.messages);

    assert.deepEqual(names(all), [['first', 'second', 'third'], []]);
    assert.deepEqual(names(await play(['=undo'])), [['first', 'second'], [['third']]]);
    assert.deepEqual(names(await play(['=undo 2'])), [[], [['third'], ['first', 'second']]]);
    assert.deepEqual(test!.session.messages, []);
    assert.deepEqual(names(await play(['=redo'])), [['first', 'second'], [['third']]]);
    assert.deepEqual(names(await play(['=redo'])), [['first', 'second', 'third'], []]);
    assert.equal(JSON.stringify(test!.session.messages), history);
    assert.deepEqual(JSON.stringify((await (await test!.kernel.service('sessions')).load(test!.session.id)).messages), history);
  });

  it('can no longer be brought again when a new one came', async () => {
    assert.deepEqual(names(await run(['one', 'two', 'new'], ['first', 'second', '=undo', 'third'])), [['first', 'third'], []]);
  });

  it('may be taken back by nobody but the one who writes the session', async () => {
    await run(['one'], ['first']);
    const store = await test!.kernel.service('sessions');
    const [file] = readdirSync(join(test!.kernel.paths.data, 'sessions'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.jsonl'));
    await store.checkWriter(test!.session.id);
    // By a process that is there as long as this one is.
    writeFileSync(join(test!.kernel.paths.data, 'sessions', `${file}.0.lock`), JSON.stringify({ pid: process.ppid, started: null, host: hostname(), sinceMs: Date.now(), space: readlinkSync('/proc/self/ns/pid') }));

    await assert.rejects(store.checkWriter(test!.session.id), { code: 'SESSION_LOCKED', message: new RegExp(`is being written by process ${process.ppid}`) });
  });
});
