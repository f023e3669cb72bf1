import assert from 'node:assert/strict';
import { allow, ask, type ChatSetup, defineTool, definePlugin, type Message, type ModelEvent, PithError } from '@pith/kernel';
import { createTestKernel, type ScriptStep, testModel, type TestKernel } from '@pith/kernel/testing';
import { Conversation } from '../src/conversation.ts';
import { createView } from '../src/view.ts';

interface Started extends TestKernel { conversation: Conversation; stray(error: Error): void; stop: AbortController; until(isSo: (conversation: Conversation) => boolean): Promise<void> }

describe('A conversation', () => {
  let test: Started | undefined;
  afterEach(async () => { await test?.close(); test = undefined; });

  const start = async (steps: readonly ScriptStep[], more: Partial<ChatSetup> = {}, plugins: Parameters<typeof createTestKernel>[0] = {}): Promise<Started> => {
    const kernel = await createTestKernel({ ...plugins, plugins: [testModel(steps).plugin, ...plugins.plugins ?? []] });
    const stop = new AbortController();
    let stray: (error: Error) => void = () => assert.fail('nobody listens');
    const conversation = new Conversation({ session: kernel.session, turn: { signal: stop.signal }, notices: [], stdin: process.stdin, stdout: process.stdout, env: {}, version: '0', onStray: (listener) => { stray = listener; }, ...more });
    conversation.start();
    return test = { ...kernel, conversation, stop, stray: (error) => stray(error), until: (isSo) => until(conversation, isSo) };
  };
  const texts = ({ conversation }: Started): string[] => conversation.snapshot().items.flatMap((item) => ('text' in item ? [item.text] : []));
  const idle = ({ isAtWork }: Conversation): boolean => !isAtWork;

  it('sends what waited in its order, and gives the last of it back', async () => {
    const { step, release } = held('one');
    const it = await start([step, 'two', 'three']);
    for (const text of ['a', 'b', 'c', 'd']) it.conversation.send({ text });
    assert.deepEqual(it.conversation.snapshot().queue.map(({ text }) => text), ['b', 'c', 'd']);
    assert.equal(it.conversation.takeBack()?.text, 'd');
    let heardIdle = 0;
    it.conversation.subscribe(() => { if (!it.conversation.isAtWork) heardIdle++; });
    release();
    await it.until(({ snapshot }) => snapshot().items.filter(({ kind }) => kind === 'end').length === 3 && snapshot().status.phase === 'idle');

    assert.deepEqual([texts(it), it.conversation.snapshot().queue, heardIdle], [['a', 'one', 'b', 'two', 'c', 'three'], [], 1]);
    assert.equal(it.conversation.takeBack(), undefined);
  });

  it('takes no more of a stream that comes in one go than a frame can show', async () => {
    const piece = 'x'.repeat(100);
    const it = await start([() => (async function* (): AsyncGenerator<ModelEvent> {
      for (let count = 0; count < 100; count++) yield { type: 'text-delta', index: 0, text: piece };
      yield { type: 'end', reply: { status: 'complete', id: null, model: null, stop: null, blocks: [{ type: 'text', text: piece.repeat(100) }], usage: null } };
    })()]);
    let [seen, most] = [0, 0];
    it.conversation.subscribe(() => {
      const { open } = it.conversation.snapshot();
      most = Math.max(most, (open?.text.length ?? seen) - seen);
      seen = open?.text.length ?? seen;
    });
    it.conversation.send({ text: 'a' });
    await it.until(idle);

    assert.ok(most > 0 && most <= 2048 + piece.length, String(most));
    assert.equal(texts(it).at(-1)?.length, 10_000);
  });

  it('stops the turn at work, and goes on with the next one', async () => {
    const it = await start([hanging, 'again']);
    it.conversation.send({ text: 'a' });
    await it.until(({ snapshot }) => snapshot().open?.text === 'begun');
    assert.equal(it.conversation.interrupt(), true);
    await it.until(idle);
    assert.equal(it.conversation.interrupt(), false);
    it.conversation.send({ text: 'b' });
    await it.until(idle);

    assert.deepEqual(texts(it), ['a', 'begun', 'Interrupted. Say what to do instead, or how to go on.', 'b', 'again']);
  });

  it('puts a question, takes its answer and none of another, and takes it back when the turn is stopped', async () => {
    const tool = defineTool({ name: 'touch', description: 'x', effect: 'write', inputSchema: { type: 'object' }, targets: () => [{ family: 'Edit', path: '/x' }], execute: async () => ({ content: [{ type: 'text', text: 'touched' }] }) });
    const guard = definePlugin({ name: 'guard', tools: [tool], setup({ hooks }) { hooks.permission.tap('guard', () => ask('sure?')); } });
    const call = { text: '', calls: [{ name: 'touch' }] };
    const it = await start([call, 'done', call], {}, { plugins: [guard] });
    it.conversation.send({ text: 'a' });
    await it.until(({ snapshot }) => snapshot().question !== undefined);
    const { question, status } = it.conversation.snapshot();
    assert.equal(status.phase, 'asking');
    it.conversation.answer(question!.id + 1, { verdict: 'deny' });
    assert.notEqual(it.conversation.snapshot().question, undefined);
    it.conversation.answer(question!.id, { verdict: 'allow', scope: 'once' });
    await it.until(idle);
    assert.equal(texts(it).at(-1), 'done');

    it.conversation.send({ text: 'b' });
    await it.until(({ snapshot }) => snapshot().question !== undefined);
    it.conversation.interrupt();
    await it.until(idle);
    assert.equal(it.conversation.snapshot().question, undefined);
  });

  it('tells what keeps a turn from beginning, and of code that failed outside of any hook, and goes on', async () => {
    const it = await start([hanging, 'again']);
    it.stray(new PithError('Plugin x failed outside of any hook: oh', { code: 'TAP_THREW', hint: 'Mend it.' }));
    assert.deepEqual(texts(it), ['Plugin x failed outside of any hook: oh']);
    it.conversation.send({ text: 'a' });
    await it.until(({ snapshot }) => snapshot().open !== undefined);
    it.stray(new PithError('Plugin y failed outside of any hook: oh', { code: 'TAP_THREW' }));
    await it.until(idle);
    assert.equal(texts(it).at(-1), 'Plugin y failed outside of any hook: oh');
    it.conversation.send({ text: 'b' });
    await it.until(idle);
    assert.equal(texts(it).at(-1), 'again');
  });

  it('leaves when the session is closed, when the signal fires and when it is told to, with the code of each', async () => {
    const closed = await start([]);
    await closed.session.close();
    closed.conversation.send({ text: 'a' });
    assert.equal(await closed.conversation.left, new PithError('x', { code: 'KERNEL_CLOSED' }).exitCode);
    await closed.close();

    const stopped = await start([hanging]);
    stopped.conversation.send({ text: 'a' });
    stopped.stop.abort(new PithError('The process was told to end', { code: 'TERMINATED' }));
    assert.equal(await stopped.conversation.left, 143);
    assert.equal(stopped.events.filter(({ type }) => type === 'turn-end').length, 0); // The chat's own sink heard it.
    assert.equal(stopped.conversation.isAtWork, false);
    await stopped.close();

    const told = await start([hanging, 'never']);
    told.conversation.send({ text: 'a' });
    told.conversation.send({ text: 'b' });
    told.conversation.leave();
    assert.equal(await told.conversation.left, 0);
    assert.ok(!texts(told).includes('b'));
  });

  it('has the list of what is to do as what was said has it: gone on with, taken back, and brought again', async () => {
    const [one, two] = ['one', 'two'].map((text) => ({ items: [{ text, status: 'active' }] }));
    const todo = definePlugin({ name: 'list', tools: [{ name: 'todo', description: '', effect: 'read', inputSchema: {}, execute: async (input) => ({ content: [{ type: 'text', text: 'ok' }], details: input }) }] });
    const back = definePlugin({ name: 'back', capabilities: ['permission:allow'], setup: ({ hooks }) => { hooks.permission.tap('back', () => allow('fine')); hooks.input.tap('back', async (input, turn) => {
      if (!input.text.startsWith('/')) return undefined;
      await turn.setHistory(input.text === '/undo' ? turn.messages.slice(0, 4) : [], { reason: input.text.slice(1) });
      return { ...input, handled: { reply: 'ok' } };
    }); } });
    const it = await start([{ calls: [{ name: 'todo', input: one }] }, 'a', { calls: [{ name: 'todo', input: two }] }, 'b'], {}, { plugins: [todo, back] });
    const listed = async (text: string): Promise<readonly string[]> => {
      it.conversation.send({ text });
      await it.until(idle);
      return it.conversation.snapshot().todo.map((item) => item.text);
    };
    assert.deepEqual([await listed('first'), await listed('second'), await listed('/undo')], [['one'], ['two'], ['one']]);
    const goneOn = (messages: readonly Message[]): readonly string[] => createView({ cwd: '/', provider: '', model: '', mode: 'default', messages, atMs: 0 }).todo.map(({ text }) => text);
    assert.deepEqual([goneOn(it.session.messages), await listed('/clear'), goneOn([])], [['one'], [], []]);
    const failed: Message[] = [{ role: 'assistant', content: [{ type: 'tool-call', id: 'x', name: 'todo', input: two, complete: true }] }, { role: 'user', content: [{ type: 'tool-result', toolCallId: 'x', content: [], isError: true }] }];
    assert.deepEqual(goneOn(failed), []);
  });

  it('reads the list from the journal where room was made, and the call that set it is gone', async () => {
    const events = async function* (): AsyncGenerator<object> { yield { type: 'tool-end', tool: 'todo', status: 'done', details: { items: [{ text: 'kept', status: 'open' }] } }; };
    const store = definePlugin({ name: 'store', services: { sessions: () => ({ events }) as never } });
    const history: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'What was done', label: { owner: 'compaction', name: 'summary' } }] }];
    const it = await start([], {}, { plugins: [store], session: { history } });
    await it.until(({ snapshot }) => snapshot().todo.length > 0);
    assert.deepEqual(it.conversation.snapshot().todo, [{ text: 'kept', state: 'open' }]);
  });

  it('goes through the modes, and through all of them only where it began so', async () => {
    const modes = async (mode: 'default' | 'bypassPermissions'): Promise<string[]> => {
      const it = await start([], {}, { session: { mode } });
      const seen = Array.from({ length: 4 }, () => { it.conversation.nextMode(); return it.session.mode; });
      await it.close();
      return seen;
    };
    assert.deepEqual(await modes('default'), ['acceptEdits', 'plan', 'default', 'acceptEdits']);
    assert.deepEqual(await modes('bypassPermissions'), ['default', 'acceptEdits', 'plan', 'bypassPermissions']);
  });

  it('sends what it was begun with, and has all of the past in its transcript', async () => {
    const history = Array.from({ length: 12 }, (_, index) => ({ role: index % 2 === 0 ? 'user' as const : 'assistant' as const, content: [{ type: 'text' as const, text: `past ${index}` }] }));
    const it = await start(['now'], { first: { text: 'begin' }, notices: ['look out'] }, { session: { history } });
    await it.until(idle);
    assert.deepEqual(texts(it), [...Array.from({ length: 6 }, (_, index) => `past ${index + 6}`), 'look out', 'begin', 'now']);
    const transcript = it.conversation.transcript().flatMap((item) => ('text' in item ? [item.text] : []));
    assert.deepEqual(transcript, [...history.map((_, index) => `past ${index}`), 'look out', 'begin', 'now']);
  });
});

/** Says something, and then nothing until it is stopped. */
const hanging: ScriptStep = () => (async function* (): AsyncGenerator<ModelEvent> {
  yield { type: 'text-delta', index: 0, text: 'begun' };
  await new Promise(() => undefined);
})();

function held(text: string): { step: ScriptStep; release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const step: ScriptStep = () => (async function* (): AsyncGenerator<ModelEvent> {
    await promise;
    yield { type: 'end', reply: { status: 'complete', id: null, model: null, stop: null, blocks: [{ type: 'text', text }], usage: null } };
  })();
  return { step, release: resolve };
}

async function until(conversation: Conversation, isSo: (conversation: Conversation) => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = (): void => { if (isSo(conversation)) resolve(); };
  const stop = conversation.subscribe(look);
  look();
  await promise;
  stop();
}
