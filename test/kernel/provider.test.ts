import assert from 'node:assert/strict';
import { definePlugin, type ModelEvent, type ModelRequest, PithError, type PluginDefinition, type ProviderDeclaration, type Reply, type Turn } from '@pith/kernel';
import { allowAll, createTestKernel } from '@pith/kernel/testing';

const never = (): Promise<never> => new Promise(() => {});
const START: ModelEvent = { type: 'start', id: 'r1', model: 'm' };
const text = (given: string): ModelEvent => ({ type: 'text-delta', index: 0, text: given });
const reply = (more: Partial<Reply> = {}): Reply => ({ status: 'complete', id: 'r1', model: 'm', stop: 'end', blocks: [{ type: 'text', text: 'hello' }], usage: { input: 3, output: 4 }, ...more });
const end = (more: Partial<Reply> = {}): ModelEvent => ({ type: 'end', reply: reply(more) });

type Stream = (request: ModelRequest, turn: Turn) => AsyncIterable<ModelEvent>;

function provider(stream: Stream, more: Partial<ProviderDeclaration> = {}): PluginDefinition {
  return definePlugin({ name: 'vendor', providers: [{ name: 'vend', models: ['m'], load: async () => ({ stream }), ...more }] });
}

/** A stream that fails at its first event. */
const failing = (error: Error): Stream => () => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) });

async function run(streams: Stream[], plugins: PluginDefinition[] = [], idleTimeoutMs = 40) {
  let calls = 0;
  const { session, events, close } = await createTestKernel({ plugins: [provider((request, turn) => streams[Math.min(calls++, streams.length - 1)]!(request, turn)), allowAll, ...plugins], idleTimeoutMs });
  const result = await session.runTurn({ text: 'hi' });
  await close();
  return { result, events, session, ends: events.filter((event) => event.type === 'model-end'), shown: events.flatMap((event) => (event.type === 'text-delta' ? [event.text] : [])).join('') };
}

describe('a provider', () => {
  it('that yields a whole reply ends the turn with it', async () => {
    const { result, ends, shown } = await run([async function* () { yield START; yield text('hel'); yield text('lo'); yield end(); }]);
    assert.deepEqual([result.status, result.text, shown, result.usage, result.reply], ['done', 'hello', 'hello', { input: 3, output: 4 }, reply()]);
    assert.equal(ends[0]!.error, undefined);
  });

  it('is asked with a task budget only where it knows one', async () => {
    const asked: unknown[] = [];
    const stream: Stream = async function* (request) { asked.push(request.options.taskBudgetTokens); yield end(); };
    const able = definePlugin({ name: 'able', providers: [{ name: 'able', models: ['a'], takesTaskBudget: true, load: async () => ({ stream }) }] });
    const { kernel, folder, close } = await createTestKernel({ plugins: [provider(stream), able] });
    const open = (name: string) => kernel.openSession({ cwd: folder, provider: name, modelOptions: { taskBudgetTokens: 5 } });

    const refused = await open('vend').runTurn({ text: 'hi' });
    const done = await open('able').runTurn({ text: 'hi' });

    assert.deepEqual([refused.status, refused.exitCode, refused.error?.code, refused.error?.message], ['error', 2, 'PROVIDER_OPTION_UNKNOWN', 'Provider vend has no task budget']);
    assert.match(refused.error?.hint ?? '', /able/);
    assert.deepEqual([done.status, asked], ['done', [5]]);
    await close();
  });

  it('says with any event what limits the account, and the last word is on the end of the call', async () => {
    const limits = (remaining: number) => ({ windows: { requests: { remaining } }, headers: { 'x-ratelimit-remaining-requests': String(remaining) } });
    const { ends } = await run([async function* () { yield { ...START, limits: limits(7) }; yield { ...text('hello'), limits: limits(6) }; yield end(); }]);
    assert.deepEqual(ends[0]!.limits, limits(6));
  });

  it('that says nonsense of limits is not believed', async () => {
    for (const limits of [7, null, {}, { windows: {} }, { windows: 'no', headers: {} }]) {
      const { result } = await run([async function* () { yield { ...START, limits } as unknown as ModelEvent; yield end(); }]);
      assert.equal(result.error?.code, 'PROVIDER_PROTOCOL', JSON.stringify(limits));
    }
  });

  it('that is silent for too long is given up, and its signal fires', async () => {
    let reason: unknown;
    for (const stream of [
      async function* (_: ModelRequest, turn: Turn) { turn.signal.addEventListener('abort', () => { reason = turn.signal.reason; }); await never(); yield START; },
      async function* (_: ModelRequest, turn: Turn) { yield START; yield text('half'); turn.signal.addEventListener('abort', () => { reason = turn.signal.reason; }); await never(); },
    ] as Stream[]) {
      const { result } = await run([stream]);
      assert.deepEqual([result.status, result.exitCode, result.error?.code, result.error?.plugin, result.error?.hook], ['error', 5, 'PROVIDER_IDLE', 'vendor', 'model']);
      assert.match(result.reason ?? '', /Provider vend sent nothing for 0\.04 s/);
      assert.ok(reason instanceof Error);
      reason = undefined;
    }
  });

  it('that keeps sending is not idle, however long it takes', async () => {
    const { result } = await run([async function* () { for (let n = 0; n < 10; n++) { await new Promise((resolve) => setTimeout(resolve, 30)); yield text('.'); } yield end(); }], [], 250);
    assert.equal(result.status, 'done');
  });

  const FAILURES: Record<string, { stream: Stream; code: string; says: RegExp; kept?: string }> = {
    'throws before the first event': { stream: failing(new Error('ECONNREFUSED')), code: 'PROVIDER_FAILED', says: /Provider vend failed: ECONNREFUSED/ },
    'throws at once': { stream: () => { throw new Error('no key'); }, code: 'PROVIDER_FAILED', says: /no key/ },
    'throws after some text': { stream: async function* () { yield START; yield text('half'); throw new Error('socket hang up'); }, code: 'PROVIDER_FAILED', says: /socket hang up/, kept: 'half' },
    'throws an error of its own code': { stream: async function* () { yield text('h'); throw new PithError('Too many requests', { code: 'VENDOR_BUSY', origin: 'provider', exitCode: 5 }); }, code: 'VENDOR_BUSY', says: /Too many requests/, kept: 'h' },
    'ends without its final event': { stream: async function* () { yield START; yield text('half'); }, code: 'PROVIDER_TRUNCATED', says: /ended before its final event/, kept: 'half' },
    'says that the reply is an error': { stream: async function* () { yield text('half'); yield end({ status: 'error', blocks: [{ type: 'text', text: 'half' }], error: { type: 'overloaded', message: 'try later' } }); }, code: 'PROVIDER_FAILED', says: /ended the reply with an error: try later/, kept: 'half' },
    'returns no stream': { stream: () => 42 as never, code: 'PROVIDER_PROTOCOL', says: /returned no stream/ },
    'yields nonsense': { stream: async function* () { yield null as never; }, code: 'PROVIDER_PROTOCOL', says: /yielded something that is no model event/ },
    'yields text that is none': { stream: async function* () { yield { type: 'text-delta', index: 0, text: undefined as never }; }, code: 'PROVIDER_PROTOCOL', says: /no model event/ },
    'ends with a reply that is none': { stream: async function* () { yield { type: 'end', reply: { blocks: 'hello' } as never }; }, code: 'PROVIDER_PROTOCOL', says: /no model event/ },
    'counts tokens that are none': { stream: async function* () { yield end({ usage: { input: Number.NaN, output: 1 } }); }, code: 'PROVIDER_PROTOCOL', says: /no model event/ },
  };
  for (const [what, { stream, code, says, kept }] of Object.entries(FAILURES)) {
    it(`that ${what} fails the turn, and what was shown stays`, async () => {
      const { result, session, ends, shown } = await run([stream]);
      assert.deepEqual([result.status, result.error?.code], ['error', code]);
      assert.match(result.reason ?? '', says);
      assert.equal(result.text ?? '', kept ?? '');
      assert.equal(shown, kept ?? '');
      assert.equal(ends.length, 1);
      assert.deepEqual(session.messages.slice(1), kept === undefined ? [] : [{ role: 'assistant', content: [{ type: 'text', text: kept }], ...(session.messages[1]?.id === undefined ? {} : { id: 'r1' }) }]);
    });
  }

  it('that goes on after its end is not listened to any more', async () => {
    const { result, shown } = await run([async function* () { yield end(); yield text('and another thing'); yield end({ blocks: [] }); }]);
    assert.deepEqual([result.status, result.text, shown], ['done', 'hello', '']);
  });

  it('that does not hang up after its end is hung up on', async () => {
    let closed = false;
    const { result } = await run([async function* (_, turn) { turn.signal.addEventListener('abort', () => { closed = true; }); yield end(); await never(); }]);
    assert.equal(result.status, 'done');
    assert.ok(closed);
  });

  it('may send events of types that nobody knows: they are skipped', async () => {
    const { result } = await run([async function* () { yield { type: 'ping' } as never; yield { type: 'weather', mood: 3 } as never; yield end(); }]);
    assert.equal(result.status, 'done');
  });

  it('that repeats its token counts is counted once', async () => {
    const { result } = await run([async function* () { yield { ...START, usage: { input: 3, output: 1 } }; yield { ...text('hello'), usage: { input: 3, output: 9 } }; yield end({ usage: null }); }]);
    assert.deepEqual(result.usage, { input: 3, output: 9 });
  });

  it('whose tool call did not arrive whole has it answered with an error, and nothing runs', async () => {
    let runs = 0;
    const tool = definePlugin({ name: 'tools', tools: [{ name: 'touch', description: '', effect: 'read', inputSchema: {}, execute: async () => { runs++; return ''; } }] });
    const { events, result, session } = await run([
      async function* () { yield START; yield { type: 'tool-input-delta', index: 0, id: 'c1', name: 'touch', json: '{"path": "/tm' }; },
      async function* () { yield end(); },
    ], [tool]);
    assert.equal(runs, 0);
    assert.equal(result.status, 'done');
    assert.deepEqual(session.messages[1]!.content, [{ type: 'tool-call', id: 'c1', name: 'touch', input: undefined, complete: false, raw: '{"path": "/tm' }]);
    const block = session.messages[2]!.content[0]!;
    assert.match(JSON.stringify(block), /did not arrive whole\. Make the call again/);
    assert.deepEqual(events.filter((event) => event.type === 'tool-end').map(({ error }) => error?.code), ['TOOL_INPUT_INVALID']);
  });

  it('that breaks off after a whole tool call leaves a history in which the call has a result', async () => {
    const { session, result } = await run([async function* () { yield { type: 'block', index: 0, block: { type: 'tool-call', id: 'c1', name: 'touch', input: {}, complete: true } }; throw new Error('gone'); }]);
    assert.equal(result.status, 'error');
    assert.deepEqual(session.messages[2]!.content, [{ type: 'tool-result', toolCallId: 'c1', isError: true, content: [{ type: 'text', text: 'The turn ended before this call had a result.' }] }]);
  });

  it('that refuses says so in the answer, and that is a turn that is done', async () => {
    const { result } = await run([async function* () { yield end({ stop: 'refusal', blocks: [{ type: 'refusal', text: 'I would rather not.' }] }); }]);
    assert.deepEqual([result.status, result.exitCode, result.text], ['done', 0, 'I would rather not.']);
  });

  it('whose window is too small is asked once more, after context has made room', async () => {
    const reasons: string[] = [];
    const shorten = definePlugin({ name: 'shorten', setup({ hooks }) { hooks.context.tap('s', (request) => { reasons.push(request.reason); return undefined; }); } });
    const tooLong: Stream = (...given) => failing(new PithError('prompt is too long', { code: 'CONTEXT_TOO_LONG', origin: 'provider' }))(...given);
    const once = await run([tooLong, async function* () { yield end(); }], [shorten]);
    assert.deepEqual([once.result.status, once.result.steps, reasons], ['done', 1, ['step', 'overflow']]);
    assert.deepEqual(once.events.filter((event) => event.type === 'context-ready').map(({ reason }) => reason), ['step', 'overflow']);
    reasons.length = 0;
    const twice = await run([tooLong], [shorten]);
    assert.deepEqual([twice.result.status, twice.result.exitCode, twice.result.error?.code, twice.result.error?.plugin, reasons], ['error', 5, 'CONTEXT_TOO_LONG', 'vendor', ['step', 'overflow']]);
  });

  it('is loaded when it is first used, once, and again only after it failed to load', async () => {
    let loads = 0;
    const lazy = provider(async function* () { yield end(); }, { load: async () => { if (++loads === 1) throw new Error('no module'); return { stream: async function* () { yield end(); } }; } });
    const { session, close } = await createTestKernel({ plugins: [lazy] });
    assert.equal(loads, 0);
    assert.match((await session.runTurn({ text: 'one' })).reason ?? '', /no module/);
    assert.equal((await session.runTurn({ text: 'two' })).status, 'done');
    await session.runTurn({ text: 'three' });
    assert.equal(loads, 2);
    await close();
  });

  it('gets a request that nobody can change any more', async () => {
    let seen: ModelRequest | undefined;
    await run([async function* (request) { seen = request; yield end(); }]);
    const deep = (value: unknown): boolean => typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(deep));
    assert.ok(deep(seen));
  });
});

describe('the choice of a provider', () => {
  const named = (name: string, more: Partial<ProviderDeclaration> = {}) => definePlugin({ name, providers: [{ name, models: [`${name}-1`, `${name}-2`], load: async () => ({ stream: async function* () { yield end(); } }), ...more }] });
  const open = async (options: { provider?: string; model?: string }, plugins = [named('apple'), named('pear', { rank: 2 }), named('fig', { rank: 9, ready: () => false })]) => {
    const { kernel, folder, close } = await createTestKernel({ plugins });
    try {
      const { provider: chosen, model } = kernel.openSession({ cwd: folder, ...options });
      return `${chosen}/${model}`;
    } finally {
      await close();
    }
  };

  it('is the ready one of the highest rank, unless one is asked for', async () => {
    assert.equal(await open({}), 'pear/pear-1');
    assert.equal(await open({ provider: 'apple' }), 'apple/apple-1');
    assert.equal(await open({ model: 'apple-2' }), 'apple/apple-2');
    assert.equal(await open({ model: 'fig/fig-2' }), 'fig/fig-2');
    assert.equal(await open({ model: 'any', provider: 'open' }, [named('open', { serves: () => true })]), 'open/any');
  });

  it('says what there is when it cannot be made', async () => {
    await assert.rejects(open({ provider: 'plum' }), { code: 'PROVIDER_MISSING', hint: 'Installed: apple, fig, pear' });
    await assert.rejects(open({ model: 'aple-1' }), { code: 'MODEL_UNKNOWN', hint: /Did you mean apple-1/ });
    await assert.rejects(open({}, [named('fig', { ready: () => false })]), { code: 'PROVIDER_MISSING', hint: /Installed: fig\. Set a key/ });
  });

  it('is made anew for a session that was opened before there was any', async () => {
    const { kernel, session, close } = await createTestKernel({ plugins: [] });
    assert.equal((await session.runTurn({ text: 'hi' })).error?.code, 'PROVIDER_MISSING');
    await kernel.load([named('apple')]);
    assert.equal((await session.runTurn({ text: 'hi' })).status, 'done');
    await close();
  });
});
