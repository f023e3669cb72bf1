import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { type ContextTap, definePlugin, estimateRequest, type Message, type ModelRequest, type PluginDefinition, type SystemSection, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

const section = (id: string, text: string, more: Partial<SystemSection> = {}): SystemSection => ({ id, text, owner: 'test', stability: 'stable', ...more });
const say = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const context = (name: string, tap: ContextTap) => definePlugin({ name, setup({ hooks }) { hooks.context.tap(name, tap); } });
const echo = definePlugin({ name: 'echo', tools: [{ name: 'sound', description: '', effect: 'read', inputSchema: {}, execute: async () => 'hi' }, { name: 'echo', description: '', effect: 'read', inputSchema: {}, execute: async () => 'hi' }] });

/** Marks the last block of the last message as the end of the cached part, as a context plugin would. */
const breakpoint = context('zz-breakpoint', (request) => {
  const last = request.messages.at(-1)!;
  return { ...request, messages: [...request.messages.slice(0, -1), { ...last, content: [...last.content.slice(0, -1), { ...last.content.at(-1)!, cache: true }] }] };
});

async function run(plugins: PluginDefinition[], { steps = 4, turns = 2, system = [section('base', 'You are pith.')] }: { steps?: number; turns?: number; system?: SystemSection[] } = {}) {
  const script = Array.from({ length: turns }, () => [...Array.from({ length: steps }, () => ({ calls: [{ name: 'echo', input: { cache: true } }] })), 'done']).flat();
  const model = testModel(script);
  const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, echo, ...plugins], session: { system } });
  for (let turn = 0; turn < turns; turn++) await session.runTurn({ text: `go ${turn}` });
  await close();
  const ready = events.filter((event) => event.type === 'context-ready') as Extract<TurnEvent, { type: 'context-ready' }>[];
  return { ready, requests: model.requests, broken: ready.flatMap(({ prefix }, index) => (prefix.kept ? [] : [[index, prefix.changedBy]])), changes: ready.flatMap(({ prefix }) => prefix.change ?? []) };
}

/** The bytes that a request shares with the one before, cache markers left out. */
const bytes = ({ tools, system, messages }: ModelRequest): string =>
  [JSON.stringify(tools), ...system.map(({ text }) => text), ...messages.map(({ role, content }) => JSON.stringify([role, content.map((block) => ({ ...block, cache: undefined }))]))].join('\n');

describe('the prefix of the requests of a session', () => {
  it('only grows, over steps and turns, with or without cache breakpoints', async () => {
    for (const plugins of [[], [breakpoint]]) {
      const { broken, requests, ready } = await run(plugins);
      assert.deepEqual(broken, []);
      for (const [index, request] of requests.entries()) if (index > 0) assert.ok(bytes(request).startsWith(bytes(requests[index - 1]!)));
      assert.deepEqual(ready.map(({ prefix }) => prefix.messages), requests.map(({ messages }) => messages.length));
      assert.equal(new Set(ready.map(({ prefix }) => prefix.hash)).size, requests.length);
    }
  });

  it('leaves out what stands behind the last breakpoint: that may change', async () => {
    const reminder = context('reminder', (request, turn) => ({ ...request, messages: [...request.messages, say(`step ${turn.step}`)] }));
    const marked = context('marker', ({ ...request }) => breakpointAt(request));
    assert.deepEqual((await run([marked, reminder])).broken, []);
  });

  it('may end in the system prompt, and then the messages are free', async () => {
    const system = [section('base', 'You are pith.', { cache: true }), section('now', 'volatile', { stability: 'volatile' })];
    const time = context('time', (request, turn) => ({ ...request, system: [request.system[0]!, section('now', `step ${turn.step}`)], messages: request.messages.slice(-1) }));
    const { broken, ready } = await run([time], { system });
    assert.deepEqual(broken, []);
    assert.ok(ready.every(({ prefix }) => prefix.messages === 0));
  });

  // The plugins that were seen to ruin the prompt cache of other agents, each between two that are innocent.
  const CULPRITS: Record<string, [says: RegExp, ContextTap]> = {
    'writes the time into the system prompt': [/^section time says something else$/, (request, turn) => ({ ...request, system: [...request.system, section('time', `step ${turn.step} of ${turn.turnId}`)] })],
    'changes a section': [/^section base says something else$/, (request, turn) => ({ ...request, system: request.system.map((old) => (old.id === 'base' ? { ...old, text: `${old.text} ${turn.step}` } : old)) })],
    'puts a section in at times': [/^section extra (came|went)$/, (request, turn) => ({ ...request, system: turn.step % 2 === 0 ? [...request.system, section('extra', 'more')] : request.system })],
    'drops a section at times': [/^section base (came|went)$/, (request, turn) => ({ ...request, system: turn.step % 2 === 0 ? request.system.filter(({ id }) => id !== 'base') : request.system })],
    'turns the sections round': [/^the sections of the system prompt stand in another order$/, (request, turn) => ({ ...request, system: turn.step % 2 === 0 ? request.system.toReversed() : request.system })],
    'puts a new message in front': [/^(something was put in front of message \d+ of \d+|message \d+ of \d+ was rewritten)$/, (request, turn) => ({ ...request, messages: [say(`memory ${turn.step} ${turn.turnId}`), ...request.messages] })],
    'drops the oldest messages': [/^message \d+ of \d+ was left out$/, (request) => ({ ...request, messages: request.messages.slice(-3) })],
    'rewrites an old message': [/^message \d+ of \d+ was rewritten$/, (request, turn) => ({ ...request, messages: request.messages.map((message, index) => (index === 0 ? say(`${turn.step}`) : message)) })],
    'describes a tool in other words': [/^tool echo is described in other words$/, (request, turn) => ({ ...request, tools: request.tools.map((tool) => ({ ...tool, description: `called ${turn.step} times` })) })],
    'turns the tools round': [/^the tools stand in another order$/, (request, turn) => ({ ...request, tools: turn.step % 2 === 0 ? request.tools.toReversed() : request.tools })],
    'leaves the tools away at times': [/^tool echo (came|went)$/, (request, turn) => ({ ...request, tools: turn.step % 2 === 0 ? [] : request.tools })],
    'switches thinking on at times': [/^options of the request: thinking$/, (request, turn) => ({ ...request, options: turn.step % 2 === 0 ? { thinkingTokens: 2000 } : {} })],
    'asks another model at times': [/^another model: test\/\w+, then test\/\w+$/, (request, turn) => ({ ...request, model: turn.step % 2 === 0 ? 'other' : 'model' })],
  };
  const innocents = [
    context('a-first', (request) => ({ ...request, system: [section('rules', 'Be kind.'), ...request.system] })),
    context('zz-last', (request) => ({ ...request, messages: [say('memory: likes tea'), ...request.messages], options: { ...request.options } })),
    breakpoint,
  ];
  for (const [what, [says, tap]] of Object.entries(CULPRITS)) {
    it(`is broken by a plugin that ${what}, which is named`, async () => {
      const { broken, changes } = await run([...innocents, context('culprit', tap)]);
      assert.ok(broken.length >= 2, 'more than once');
      assert.deepEqual(new Set(broken.map(([, by]) => by)), new Set(['culprit']));
      for (const change of changes) assert.match(change, says);
    });
  }

  it('is not broken by the innocents', async () => assert.deepEqual((await run(innocents)).broken, []));

  it('is broken by the kernel where the history itself is another one', async () => {
    const model = testModel();
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin] });
    await session.runTurn({ text: 'a' });
    session.messages.shift();
    await session.runTurn({ text: 'b' });
    assert.deepEqual(events.flatMap((event) => (event.type === 'context-ready' ? [event.prefix.changedBy] : [])), [undefined, 'kernel']);
    await close();
  });

  it('is broken by whoever has chosen another model, or changed the history, and says so', async () => {
    const model = testModel();
    const commands = definePlugin({
      name: 'chooser',
      setup({ hooks }) {
        hooks.input.tap('chooser', async (input, turn) => {
          if (input.text === 'other') await turn.useModel({ model: 'other' });
          if (input.text === 'clear') await turn.setHistory([say('what there was')], { reason: 'clear' });
        });
      },
    });
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, commands] });
    for (const text of ['a', 'other', 'b', 'clear', 'c']) await session.runTurn({ text });
    await close();
    assert.deepEqual(events.flatMap((event) => (event.type === 'context-ready' && !event.prefix.kept ? [[event.prefix.changedBy, event.prefix.change]] : [])), [
      ['chooser', 'another model: test/model, then test/other'],
      ['chooser', 'the history was changed: clear'],
    ]);
  });

  it('is broken by the plugin whose list of tools is another one', async () => {
    let count = 0;
    const source = definePlugin({ name: 'source', toolSources: [{ name: 'changing', list: async () => [{ name: `tool-${count++}`, description: '', effect: 'read', inputSchema: {}, execute: async () => '' }] }] });
    const { session, events, close } = await createTestKernel({ plugins: [testModel().plugin, source] });
    for (const text of ['a', 'b']) await session.runTurn({ text });
    await close();
    assert.deepEqual(events.flatMap((event) => (event.type === 'context-ready' && !event.prefix.kept ? [[event.prefix.changedBy, event.prefix.change]] : [])), [['source', 'tool tool-0 went']]);
  });

  it('may end inside of a message: what stands behind the breakpoint is free', async () => {
    const tail = context('tail', (request, turn) => {
      const last = request.messages.at(-1)!;
      const marked = last.content.map((block, index) => (index === last.content.length - 1 ? { ...block, cache: true } : block));
      return { ...request, messages: [...request.messages.slice(0, -1), { ...last, content: [...marked, { type: 'text', text: `step ${turn.step}` }] }] };
    });
    const rewrites = context('aa-culprit', (request, turn) => (turn.step < 4 ? request : { ...request, messages: [say('something else'), ...request.messages.slice(1)] }));
    assert.deepEqual((await run([tail])).broken, []);
    assert.deepEqual((await run([tail, rewrites], { turns: 1 })).broken, [[3, 'aa-culprit']]);
  });

  it('does not hold labels, which the model does not see', async () => {
    const labels = context('labels', (request, turn) => ({ ...request, messages: request.messages.map((message) => ({ ...message, content: message.content.map((block) => ({ ...block, label: { owner: 'labels', name: `step ${turn.step}` } })) })) }));
    assert.deepEqual((await run([labels])).broken, []);
  });

  it('takes a word called cache in the input of a tool for what it is', async () => {
    const { ready } = await run([]);
    assert.ok(ready.every(({ prefix }, index) => index === 0 || prefix.messages > ready[index - 1]!.prefix.messages));
  });
});

describe('the prefix of any two requests', () => {
  const text = fc.constantFrom('a', 'b');
  const mark = fc.option(fc.constant(true as const), { nil: undefined });
  const block = fc.record({ type: fc.constant('text' as const), text, cache: mark }).map(({ cache, ...rest }) => (cache === undefined ? rest : { ...rest, cache }));
  const message = fc.record({ role: fc.constantFrom('user' as const, 'assistant' as const), content: fc.array(block, { minLength: 1, maxLength: 3 }) });
  const someSection = fc.record({ text, cache: mark }).map(({ text: said, cache }) => section('s', said, cache === undefined ? {} : { cache }));
  const request = fc.record({ system: fc.array(someSection, { maxLength: 2 }), messages: fc.array(message, { minLength: 1, maxLength: 4 }), model: fc.constantFrom('model', 'model', 'model', 'other') });
  /** The second is often the first with more behind it. */
  const pairs = fc.tuple(request, request, fc.boolean()).map(([first, second, grows]) => [first, grows ? { ...first, messages: [...first.messages, ...second.messages] } : second] as const);
  type Made = { system: SystemSection[]; messages: Message[]; model: string };

  /** Block by block, as a vendor sees it, and how many of them stand up to the last breakpoint. */
  const flatten = ({ system, messages, model }: Made): { pieces: string[]; length: number } => {
    const marked: [string, boolean][] = [
      [model, false], ...system.map(({ text: said, cache }): [string, boolean] => [`system ${said}`, cache === true]),
      ...messages.flatMap(({ role, content }, index) => content.map((each, at): [string, boolean] => [`${role} ${index} ${at} ${(each as { text: string }).text}`, each.cache === true])),
    ];
    const last = marked.findLastIndex(([, isMarked]) => isMarked);
    return { pieces: marked.map(([piece]) => piece), length: last < 0 ? marked.length : last + 1 };
  };

  it('is kept exactly where the second begins with all that the first says up to its last breakpoint; else somebody is named', async () => {
    await fc.assert(fc.asyncProperty(pairs, async ([first, second]) => {
      const made = [first, second];
      const { session, events, close } = await createTestKernel({ plugins: [testModel().plugin, context('maker', (given) => ({ ...given, ...made.shift()! }))] });
      await session.runTurn({ text: 'one' });
      await session.runTurn({ text: 'two' });
      await close();
      const { prefix } = events.findLast((event) => event.type === 'context-ready')!;
      const [before, now] = [flatten(first), flatten(second)];
      const expected = before.pieces.slice(0, before.length).every((piece, index) => now.pieces[index] === piece);
      // Without any breakpoint all is taken for the prefix, message by message.
      if (before.length < before.pieces.length || prefix.kept) assert.equal(prefix.kept, expected);
      if (!prefix.kept) assert.deepEqual([prefix.changedBy, (prefix.change ?? '') !== ''], ['maker', true]);
    }), { numRuns: 150 });
  });
});

describe('context-ready', () => {
  it('says what the request is made of, and who left messages out', async () => {
    const { ready, requests } = await run([context('short', (request) => ({ ...request, messages: request.messages.slice(-2) }))], { turns: 1 });
    const last = ready.at(-1)!;
    const request = requests.at(-1)!;
    assert.deepEqual(last.dropped, [{ plugin: 'short', messages: 7 }]);
    assert.deepEqual(last.sections, [{ id: 'base', owner: 'test', stability: 'stable', tokens: 4 }]);
    assert.equal(last.tokens.system, 4);
    assert.equal(last.tokens.tools, estimateRequest({ tools: request.tools }));
    assert.ok(last.tokens.messages > 20);
  });
});

function breakpointAt(request: ModelRequest): ModelRequest {
  const last = request.messages.at(-1)!;
  return { ...request, messages: [...request.messages.slice(0, -1), { ...last, content: last.content.map((block) => ({ ...block, cache: true })) }] };
}
