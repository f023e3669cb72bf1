import assert from 'node:assert/strict';
import { createKernel, definePlugin, type Message, type ModelEvent, type ModelRequest, PithError, type PluginDefinition, type Reply, replaySitting, toText, type Turn, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';
import { tapeRecorder } from '../../../test/support/long-session.ts';
import compaction from '../src/index.ts';
import { optionsSchema } from '../src/options.ts';
import { watch } from '../src/watch.ts';
import { lines } from './histories.ts';

/** Four characters of what was sent as a token, so that the kernel's rate stays what it was. */
const usageOf = (request: ModelRequest) => ({ input: Math.ceil(JSON.stringify([request.system.map(({ text }) => text), request.messages]).length / 4), output: 5 });
const isSummary = ({ purpose }: ModelRequest): boolean => purpose === 'compaction';
const ended = async function* (reply: Pick<Reply, 'stop' | 'blocks'>): AsyncGenerator<ModelEvent> { yield { type: 'end', reply: { status: 'complete', id: null, model: null, usage: null, ...reply } }; };
type Sum = Extract<ScriptStep, (request: ModelRequest) => unknown>;
const called = (request: ModelRequest, path: string): ScriptStep => ({ text: 'Next.', calls: [{ name: 'read', input: { path } }], usage: usageOf(request) });

/** Reads so many files in a turn, one after the other; a summary is what `sum` says. */
function reader(files: number, sum: Sum = (request) => ({ text: 'SUMMARY', usage: usageOf(request) })) {
  let read = 0;
  return testModel(Array.from({ length: 1000 }, () => (request: ModelRequest): ScriptStep => {
    if (isSummary(request)) return sum(request) as ScriptStep; // Or a stream, which is played as it is.
    return ++read % (files + 1) === 0 ? { text: `done ${read}`, usage: usageOf(request) } : called(request, `src/${read}.ts`);
  }));
}

const files = (characters: number) => definePlugin({ name: 'files', tools: [{ name: 'read', description: '', effect: 'read', inputSchema: {}, execute: async ({ path }: { path: string }) => lines(characters, path) }] });

/** What a person types after a slash goes to the command of that name; `/undo` puts back what a pass has taken. */
const slash = definePlugin({
  name: 'slash',
  setup({ hooks }) {
    let [seen, before]: (readonly Message[])[] = [[], []];
    hooks.context.tap({ name: 'see', stage: -301 }, ({ messages }) => { seen = messages; });
    hooks.context.tap({ name: 'keep', stage: -299 }, ({ messages }) => { if (messages !== seen) before = structuredClone(seen) as Message[]; });
    hooks.input.tap('slash', async (input, turn) => {
      if (input.text === '/undo') {
        await turn.setHistory(before!, { reason: '/undo' });
        return { ...input, handled: { reply: 'undone' } };
      }
      if (!input.text.startsWith('/compact')) return undefined;
      return { ...input, handled: { reply: String(await turn.runCommand({ name: 'compact', argument: input.text.slice(8).trim() })) } };
    });
  },
});

const open = (model: { plugin: PluginDefinition }, { options = {}, plugins = [], isKnown = true }: { options?: object; plugins?: PluginDefinition[]; /** The window. */ isKnown?: boolean } = {}) =>
  createTestKernel({ plugins: [model.plugin, compaction, slash, allowAll, ...plugins], options: { compaction: isKnown ? { windowTokens: 10_000, ...options } : options } });
const stagesOf = (events: readonly TurnEvent[]): string[] => events.flatMap((event) => (event.type === 'compaction' ? [event.stage] : []));
const notices = (events: readonly TurnEvent[]): string[] => events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
const changes = (events: readonly TurnEvent[]) => events.filter((event) => event.type === 'history-changed');

describe('a look at every request', () => {
  it('changes nothing below the threshold, and what it looks at does not grow with the history', async () => {
    let counted = 0;
    let looked = 0;
    const turn = { session: { get: (_: string, create: () => unknown) => (state ??= create()) }, parentRunId: undefined, runId: 'r', countTokens: () => { counted++; return 6999; } } as unknown as Turn;
    let state: unknown;
    const given = optionsSchema['~standard'].validate({ windowTokens: 10_000 });
    const request = (length: number): ModelRequest => ({ provider: 'p', model: 'm', system: [], tools: [], purpose: 'turn', reason: 'step', options: {}, messages: new Proxy(Array.from({ length }, (): Message => ({ role: 'user', content: [] })), { get: (target, key) => { looked++; return Reflect.get(target, key) as unknown; } }) });
    assert.ok(!(given instanceof Promise) && given.issues === undefined);
    const { value } = given;

    await watch(request(1), turn, value); // The window is looked up once.
    for (const length of [10, 1000]) assert.equal(watch(request(length), turn, value), undefined);
    assert.deepEqual({ counted, looked }, { counted: 3, looked: 0 });
  });

  it('counts the system prompt and the tools that others add later', async () => {
    const prompt = definePlugin({ name: 'prompt', setup({ hooks }) { hooks.context.tap('prompt', (request) => ({ ...request, system: [{ id: 'long', owner: 'prompt', stability: 'stable', text: lines(20_000) }] })); } });
    const { session, events, close } = await open(reader(5), { plugins: [files(2000), prompt] });
    await session.runTurn({ text: 'go' });
    await close();

    const first = events.find((event) => event.type === 'compaction');
    assert.ok(first !== undefined && first.tokensBefore > 7000 && first.tokensAfter > 5000, JSON.stringify(first));
  });

  it('says once that a window is not known, and only where that matters', async () => {
    const { session, events, close } = await open(reader(3), { isKnown: false, plugins: [files(100)] });
    await session.runTurn({ text: 'go' });
    await session.runTurn({ text: lines(700_000) });
    await session.runTurn({ text: 'and then?' });
    await close();

    assert.deepEqual(notices(events).filter((text) => text.includes('not known')), ['How much fits into the window of test/model is not known; 200 000 tokens are assumed. Set plugins.compaction.windowTokens to what it takes.']);
  });

  it('takes the window from what is known of the model', async () => {
    const facts = { provider: 'test', model: 'model', contextTokens: 8000, outputTokensMax: null, abilities: {}, prices: null, priceDate: null };
    const asked: string[] = [];
    const pricing = definePlugin({ name: 'pricing', services: { pricing: () => ({ costMicroUsd: () => 0, findModel: async ({ model }: { model: string }) => { asked.push(model); return facts; } }) } });
    const { session, events, close } = await open(reader(8), { isKnown: false, plugins: [files(4000), pricing] });
    await session.runTurn({ text: 'go' });
    await session.runTurn({ text: 'go on' });
    await close();

    const before = events.flatMap((event) => (event.type === 'compaction' ? [event.tokensBefore] : []));
    assert.ok(before.length > 0 && before[0]! > 5600 && before[0]! < 8000, String(before));
    assert.deepEqual(asked, ['model']);
  });

  it('keeps apart what a sub-turn and its parent have said', async () => {
    const agent = definePlugin({ name: 'agent', tools: [{ name: 'agent', description: '', effect: 'agent', targets: () => [{ family: 'Agent', name: 'a' }], inputSchema: {}, execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'a', text: 'sub' })).text }] });
    let read = 0;
    const model = testModel(Array.from({ length: 100 }, () => (request: ModelRequest): ScriptStep => {
      if (isSummary(request)) return { text: 'SUMMARY', usage: usageOf(request) };
      const isSub = toText(request.messages[0]!.content).startsWith('sub');
      if (!isSub) return request.messages.length === 1 ? { calls: [{ name: 'agent' }], usage: usageOf(request) } : { text: 'parent done', usage: usageOf(request) };
      return ++read > 20 ? { text: 'sub done', usage: usageOf(request) } : called(request, `src/${read}.ts`);
    }));
    const { session, events, close } = await open(model, { plugins: [files(3000), agent] });
    const { text } = await session.runTurn({ text: 'go' });
    await close();

    assert.equal(text, 'parent done');
    assert.ok(changes(events).length > 0 && changes(events).every(({ parentRunId }) => parentRunId !== undefined));
    assert.equal(session.messages.length, 4);
  });
});

describe('a summary', () => {
  it('is asked for only where the first stages were not enough, and says what the next request begins with', async () => {
    const model = reader(60);
    const { session, events, close } = await open(model, { plugins: [files(3000)] });
    await session.runTurn({ text: 'THE TASK' });
    await close();

    const stages = stagesOf(events);
    assert.ok(stages.indexOf('snip') >= 0 && stages.indexOf('auto') > stages.indexOf('snip'), String(stages));
    const at = model.requests.findIndex(isSummary);
    const [head] = model.requests[at + 1]!.messages;
    assert.match(toText(head!.content), /^THE TASKTo make room, [^\n]*\n\nSUMMARY$/);
    assert.match(toText(model.requests[at]!.messages[0]!.content), /<entry of="user">\nTHE TASK\n<\/entry>\n<entry of="assistant">\nNext\.\n<\/entry>\n<entry of="call of read">\n\{"path":"src\/1\.ts"\}\n<\/entry>\n<entry of="result of read">\n/);
    assert.deepEqual(model.requests[at]!.tools, []);
  });

  it('takes what an earlier one said, and what the user has written about summaries', async () => {
    const model = reader(90);
    const rules = definePlugin({ name: 'rules', setup({ hooks }) { hooks.context.tap('rules', (request) => ({ ...request, system: [{ id: 'agents', owner: 'rules', stability: 'stable', text: '# Rules\n## Compact Instructions\nKeep the tide table.\n### More\nAnd the moon.\n## Other\nNot this.' }] })); } });
    const { session, close } = await open(model, { plugins: [files(3000), rules] });
    await session.runTurn({ text: 'THE TASK' });
    await close();

    const asked = model.requests.filter(isSummary);
    assert.ok(asked.length > 1);
    assert.match(asked[0]!.system[0]!.text, /say on how to sum up:\nKeep the tide table\.\n### More\nAnd the moon\.$/);
    assert.match(toText(asked[1]!.messages[0]!.content), /<entry of="earlier summary">\nTo make room[^\n]*\n\nSUMMARY\n/);
    assert.equal(toText(model.requests.at(-1)!.messages[0]!.content).match(/SUMMARY/g)?.length, 1);
  });

  const FAILURES: Record<string, { sum: Sum; why: RegExp }> = {
    'an error': { sum: () => new PithError('no credit', { code: 'PROVIDER_FAILED', origin: 'provider' }), why: /no credit/ },
    'an empty reply': { sum: () => ({ text: '' }), why: /the reply had no text/ },
    'one that is too long': { sum: () => ({ text: lines(30_000) }), why: /the summary was too long: about/ },
    'a refusal with words': { sum: () => ended({ stop: 'refusal', blocks: [{ type: 'text', text: 'I cannot sum this up.' }] }), why: /the model refused/ },
    'a call of a tool': { sum: () => ({ text: 'Let me look at it again.', calls: [{ name: 'read', input: { path: 'a.ts' } }] }), why: /went on with the task instead/ },
    'one that was cut off': { sum: () => ended({ stop: 'max_tokens', blocks: [{ type: 'text', text: 'half' }] }), why: /longer than the reply may be/ },
  };
  for (const [what, { sum, why }] of Object.entries(FAILURES)) {
    it(`that fails (${what}) is said, and the oldest steps go instead; after three none is asked for`, async () => {
      const model = reader(110, sum);
      const { session, events, close } = await open(model, { plugins: [files(3000)] });
      const { status } = await session.runTurn({ text: 'THE TASK' });
      await close();

      assert.equal(status, 'done');
      assert.ok(stagesOf(events).includes('collapse') && !stagesOf(events).includes('auto'));
      assert.equal(model.requests.filter(isSummary).length, 3);
      const said = notices(events).filter((text) => text.startsWith('There is no summary'));
      assert.equal(said.length, 3);
      assert.match(said[0]!, why);
      assert.match(said[2]!, /3 times, so none is asked for by itself any more; \/compact does\.$/);
    });
  }

  it('may be another model’s, and one that nobody serves is no reason to stop', async () => {
    for (const [summaryModel, asked] of [['other', 'other'], ['nobody-serves-this', undefined]] as const) {
      const model = reader(60);
      const { session, close } = await open(model, { options: { summaryModel }, plugins: [files(3000)] });
      const { status } = await session.runTurn({ text: 'THE TASK' });
      await close();
      assert.equal(status, 'done');
      assert.equal(model.requests.find(isSummary)?.model, asked);
    }
  });

  it('that takes too long is given up', async () => {
    const model = reader(60, () => (async function* () { yield { type: 'start' as const, id: null, model: null }; await new Promise(() => undefined); })());
    const { session, events, close } = await open(model, { options: { summaryTimeoutMs: 1000 }, plugins: [files(3000)] });
    const { status } = await session.runTurn({ text: 'THE TASK' }, { maxSteps: 32 });
    await close();

    assert.equal(status, 'limit');
    assert.match(notices(events).find((text) => text.startsWith('There is no summary'))!, /took longer than 1000 ms/);
  });
});

describe('a request that was too long', () => {
  const tooLong = (): PithError => new PithError('too long', { code: 'CONTEXT_TOO_LONG', origin: 'provider' });

  it('is made again with half as much, though the threshold was not reached, and the window counts as smaller', async () => {
    let failed = 0;
    const model = testModel(Array.from({ length: 60 }, () => (request: ModelRequest): ScriptStep => {
      if (isSummary(request)) return { text: 'SUMMARY', usage: usageOf(request) };
      if (usageOf(request).input > 6000) { failed++; return tooLong(); }
      return request.messages.length > 80 || failed > 3 ? { text: 'done', usage: usageOf(request) } : called(request, `src/${request.messages.length}.ts`);
    }));
    const { session, events, close } = await open(model, { options: { windowTokens: 100_000 }, plugins: [files(3000)] });
    const { status } = await session.runTurn({ text: 'THE TASK' }, { maxSteps: 50 });
    await close();

    assert.equal(status, 'limit');
    assert.equal(failed, 1);
    assert.equal(changes(events)[0]!.reason, 'the request was too long');
    assert.ok(changes(events).length > 1);
  });

  it('loses even the middle of the newest result and of the input where nothing else is left', async () => {
    const model = testModel(Array.from({ length: 60 }, () => (request: ModelRequest): ScriptStep => (usageOf(request).input > 6000 ? tooLong() : { text: 'done', usage: usageOf(request) })));
    const { session, events, close } = await open(model, { options: { windowTokens: 100_000 } });
    const { status } = await session.runTurn({ text: `BEGIN ${lines(40_000)} END` });
    await close();

    assert.equal(status, 'done');
    assert.deepEqual(stagesOf(events), ['collapse']);
    assert.match(toText(session.messages[0]!.content), /^BEGIN [\s\S]*characters were left out here, since the request was too long[\s\S]* END$/);
  });

  it('fails as the provider says where there is nothing to leave out', async () => {
    const { session, close } = await open(testModel([tooLong(), tooLong()]));
    const { error } = await session.runTurn({ text: 'short' });
    await close();

    assert.equal(error?.code, 'CONTEXT_TOO_LONG');
  });
});

describe('what keeps it from going in a circle', () => {
  /** Reads for ever, a giant in each step: new ones, or the same one. */
  const giants = (pathOf: (step: number) => string) => {
    let step = 0;
    return testModel(Array.from({ length: 200 }, () => (request: ModelRequest): ScriptStep => (isSummary(request) ? { text: 'SUMMARY', usage: usageOf(request) } : called(request, pathOf(++step)))));
  };
  for (const [what, pathOf, passes] of [['brings the same again', () => 'src/a.ts', 11], ['brings something new', (step: number) => `src/${step}.ts`, 51]] as const) {
    it(`ends the turn with CONTEXT_REFILLED when each step ${what} and fills the window, after it has done without summaries`, async () => {
      const model = giants(pathOf);
      const { session, events, close } = await open(model, { plugins: [files(30_000)] });
      const { status, exitCode, error } = await session.runTurn({ text: 'THE TASK' });
      await close();

      assert.deepEqual([status, exitCode, error?.code, error?.plugin], ['limit', 4, 'CONTEXT_REFILLED', 'compaction']);
      assert.match(error!.message, new RegExp(` ${passes} times in a row$`));
      assert.ok(model.requests.filter(isSummary).length <= 3);
      assert.equal(notices(events).filter((text) => text.includes('from here on that is done without summaries')).length, 1);
    });
  }

  it('lets work get on in which every step or two fill the window', async () => {
    for (const characters of [6000, 12_000]) {
      const model = reader(40);
      const { session, close } = await open(model, { plugins: [files(characters)] });
      const { status, text } = await session.runTurn({ text: 'THE TASK' });
      await close();

      assert.deepEqual([status, text], ['done', 'done 41']);
    }
  });

  it('says once that what must stay fills the window, and does not try again at every step', async () => {
    const rule = definePlugin({ name: 'rule', setup({ hooks }) { hooks.context.tap('rule', (request) => ({ ...request, system: [{ id: 'rules', owner: 'rule', stability: 'stable', text: lines(29_000) }] })); } });
    const { session, events, close } = await open(reader(20), { plugins: [files(10), rule] });
    const { status } = await session.runTurn({ text: 'THE TASK' });
    await close();

    assert.equal(status, 'done');
    assert.equal(notices(events).filter((text) => text.startsWith('What has to stay in the prompt fills more than 70 % of the window of 10 000 tokens')).length, 1);
    assert.ok(changes(events).length <= 1);
  });

  it('does not take at once what a person has put back, and takes it before the window is full', async () => {
    const model = reader(7);
    const { session, events, close } = await open(model, { plugins: [files(4000)] });
    await session.runTurn({ text: 'one' });
    const taken = changes(events).length;
    assert.equal(taken, 1);
    await session.runTurn({ text: '/undo' });
    const before = changes(events).length;

    const from = model.requests.length;
    await session.runTurn({ text: 'two' });
    await close();

    const sizes = model.requests.slice(from).filter((request) => !isSummary(request)).map((request) => usageOf(request).input);
    assert.ok(sizes[0]! > 7000, `${sizes[0]} tokens of the first request after it`);
    assert.ok(Math.max(...sizes) < 10_000, String(sizes));
    assert.ok(changes(events).length > before);
  });
});

describe('/compact', () => {
  it('makes room now, with what is to be kept in mind, and says what each stage has saved', async () => {
    const model = reader(6);
    const { session, events, close } = await open(model, { options: { windowTokens: 100_000 }, plugins: [files(4000)] });
    await session.runTurn({ text: 'THE TASK' });
    const { text } = await session.runTurn({ text: '/compact the tide table' });
    const { status } = await session.runTurn({ text: 'and then?' });
    await close();

    assert.match(text!, /^Made room: about \d+ → \d+ tokens\. \/undo takes it back\.\n(  (budget|snip|auto): \d+ → \d+ \([a-z ]+: \d+\)\n?)+$/);
    assert.match(model.requests.find(isSummary)!.system[0]!.text, /kept before all: the tide table$/);
    assert.equal(changes(events)[0]!.reason, '/compact');
    assert.equal(status, 'done');
  });

  it('says that there is nothing to do', async () => {
    const { session, events, close } = await open(testModel(['hello']));
    assert.equal((await session.runTurn({ text: '/compact' })).text, 'There is nothing to make room in yet.');
    await session.runTurn({ text: 'hi' });
    assert.match((await session.runTurn({ text: '/compact' })).text!, /^There is nothing to leave out/);
    await close();
    assert.equal(changes(events).length, 0);
  });

  it('does without a summary where there is none, and says so', async () => {
    const { session, close } = await open(reader(6, () => new PithError('no', { code: 'PROVIDER_FAILED' })), { options: { windowTokens: 100_000 }, plugins: [files(4000)] });
    await session.runTurn({ text: 'THE TASK' });
    const { text } = await session.runTurn({ text: '/compact' });
    await close();

    assert.match(text!, /tokens\. There is no summary\. \/undo takes it back/);
  });
});

describe('a replay of a session in which room was made', () => {
  it('comes to the same history, summaries and events, and asks nobody', async () => {
    const tape = tapeRecorder();
    const options = { compaction: { windowTokens: 10_000 } };
    const plugins = (model: PluginDefinition): PluginDefinition[] => [model, compaction, slash, allowAll, files(3000)];
    const { session, events, close } = await createTestKernel({ plugins: [...plugins(reader(60).plugin), tape.plugin], options });
    for (const text of ['one', '/compact what matters', 'two']) await session.runTurn({ text });
    await close();
    assert.ok(stagesOf(events).includes('auto'));

    const kernel = await createKernel({ plugins: [...plugins(testModel([]).plugin), tapeRecorder().plugin], options, env: {} });
    const { difference } = await replaySitting(kernel, tape.sitting());
    await kernel.close();
    assert.equal(difference, null, JSON.stringify(difference)?.slice(0, 1000));
  });
});
