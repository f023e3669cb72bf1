import assert from 'node:assert/strict';
import { definePlugin, DURABLE_EVENTS, type EventType, type ModelEvent, type ObserverOptions, type OutputTap, type PluginDefinition, type Sink, textResult, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';

const observer = (name: string, tap: OutputTap, more: Partial<ObserverOptions> = {}) => definePlugin({ name, setup({ hooks }) { hooks.output.tap({ name, ...more }, tap); } });
const tick = (): Promise<void> => new Promise(setImmediate);

/** A tool that counts its runs. */
function touch(ran: string[] = []): PluginDefinition {
  return definePlugin({ name: 'touch', tools: [{ name: 'touch', description: '', effect: 'write', inputSchema: {}, targets: () => [{ family: 'Edit', path: 'a' }], execute: async () => { ran.push('touch'); return 'touched'; } }] });
}
const CALL: ScriptStep[] = [{ calls: [{ name: 'touch' }] }, 'done'];

async function open(plugins: PluginDefinition[], { script = CALL, sink, deltas = 1 }: { script?: ScriptStep[]; sink?: Sink; deltas?: number } = {}) {
  const model = testModel(script, { deltas });
  const made = await createTestKernel({ plugins: [model.plugin, allowAll, ...plugins], session: sink === undefined ? {} : { sink } });
  return { ...made, model };
}

describe('the sink', () => {
  it('gets every event once, in order, without holes, each frozen through and through', async () => {
    const { session, events, close } = await open([touch()]);
    await session.runTurn({ text: 'go' });
    await session.runTurn({ text: 'again' });
    await close();
    assert.deepEqual(events.map(({ seq }) => seq), events.map((_, index) => index));
    const deep = (value: unknown): boolean => typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(deep));
    assert.deepEqual(events.filter((event) => !deep(event)), []);
  });

  it('that is slow slows the stream down, and loses nothing', async () => {
    let shown = 0;
    let made = 0;
    let furthest = 0;
    const slow: Sink = async (event) => { await tick(); if (event.type === 'text-delta') shown++; };
    const counting = definePlugin({ name: 'counting', setup({ hooks }) { hooks.model.tap('c', (next) => async function* (request, turn) { for await (const event of next(request, turn)) { if (event.type === 'text-delta') furthest = Math.max(furthest, ++made - shown); yield event; } }); } });
    const { session, close } = await open([counting], { script: ['abcd'.repeat(200)], sink: slow, deltas: 200 });
    await session.runTurn({ text: 'go' });
    await close();
    assert.deepEqual([made, shown], [200, 200]);
    assert.ok(furthest <= 1, `the model was ${furthest} events ahead`);
  });

  it('that is slow keeps the order, also of events that nobody waits for', async () => {
    const seen: TurnEvent[] = [];
    const chatty = definePlugin({ name: 'chatty', setup({ hooks }) { hooks.input.tap('c', (_, turn) => { for (let n = 0; n < 20; n++) turn.emit({ type: 'plugin-event', name: 'n', data: n }); }); } });
    const { session, close } = await open([chatty], { script: ['hi'], sink: async (event) => { if (event.seq % 3 === 0) await tick(); seen.push(event); } });
    await session.runTurn({ text: 'go' });
    await close();
    assert.deepEqual(seen.map(({ seq }) => seq), seen.map((_, index) => index));
    assert.deepEqual(seen.flatMap((event) => (event.type === 'plugin-event' ? [event.data] : [])), Array.from({ length: 20 }, (_, n) => n));
  });

  for (const how of ['throws', 'rejects']) {
    it(`that ${how} ends the turn before anything further runs, and is not called again`, async () => {
      const ran: string[] = [];
      const ends: string[] = [];
      let calls = 0;
      const sink: Sink = (event) => {
        calls++;
        if (event.type !== 'tool-call') return undefined;
        if (how === 'throws') throw new Error('EPIPE');
        return Promise.reject(new Error('EPIPE'));
      };
      const { session, close } = await open([touch(ran), observer('o', ({ type }) => { if (type.endsWith('-end')) ends.push(type); })], { sink });
      const result = await session.runTurn({ text: 'go' });
      const after = calls;
      assert.deepEqual([result.status, result.exitCode, result.error?.code, ran], ['error', 1, 'SINK_FAILED', []]);
      assert.match(result.reason ?? '', /EPIPE/);
      assert.deepEqual(ends, ['model-end', 'turn-end'], 'observers still see how it ends');
      await close();
      assert.equal(calls, after);
    });
  }

  it('that failed may be replaced, and the session goes on', async () => {
    const { session, events, close } = await open([], { script: ['one', 'two'], sink: () => { throw new Error('gone'); } });
    assert.equal((await session.runTurn({ text: 'a' })).error?.code, 'SINK_FAILED');
    session.sink = (event) => { events.push(event); };
    assert.equal((await session.runTurn({ text: 'b' })).status, 'done');
    assert.equal(events.at(-1)!.type, 'turn-end');
    await close();
  });
});

describe('an observer', () => {
  it('that is slow never slows the turn, and gets everything in order', async () => {
    const seen: number[] = [];
    const go = Promise.withResolvers<void>();
    const { session, close } = await open([observer('slow', async ({ seq }) => { await go.promise; seen.push(seq); })]);
    await session.runTurn({ text: 'go' });
    assert.deepEqual(seen, []);
    go.resolve();
    await close();
    assert.ok(seen.length > 10);
    assert.deepEqual(seen, seen.map((_, index) => index));
  });

  it('whose queue overflows misses events, which is counted and said', async () => {
    const go = Promise.withResolvers<void>();
    let seen = 0;
    const { kernel, session, events, close } = await open([observer('slow', async () => { await go.promise; seen++; }, { queueLimit: 4 })], { script: ['x'.repeat(100)], deltas: 100 });
    await session.runTurn({ text: 'go' });
    const total = events.length;
    const notices = events.flatMap((event) => (event.type === 'notice' ? [event] : []));
    go.resolve();
    await close();
    assert.deepEqual(new Set(notices.map(({ code, plugin }) => `${code} ${plugin}`)), new Set(['OBSERVER_OVERFLOW slow']));
    const said = notices.map(({ text }) => Number(/missed (\d+) event/.exec(text)![1]));
    assert.deepEqual(said, said.map((_, index) => 2 ** index), 'each time the number has doubled');
    assert.equal(seen, 5 + 1, 'the one at hand, four in the queue, and session-end');
    assert.ok(said.at(-1)! > (total - 5) / 2);
    assert.equal(kernel.troubles.length, said.length);
  });

  it('that fails is reported once, and all others get every event, in order', async () => {
    const seen: number[] = [];
    const { session, events, close } = await open([observer('a-bad', () => { throw new Error('no'); }), observer('b-good', ({ seq }) => { seen.push(seq); })]);
    await session.runTurn({ text: 'go' });
    await close();
    assert.deepEqual(seen, events.map(({ seq }) => seq));
    assert.deepEqual(seen, seen.map((_, index) => index));
    assert.deepEqual(events.flatMap((event) => (event.type === 'notice' ? [event.text] : [])), ['Observer a-bad of plugin a-bad failed: no. Further failures of it are not shown.']);
  });

  it('is timed: the trace sums up what each took', async () => {
    const { session, events, close } = await open([observer('sync', () => {}), observer('async', async () => { await null; }), observer('bad', () => { throw new Error('no'); })]);
    await session.runTurn({ text: 'go' });
    await close();
    const entries = session.lastTrace.filter(({ hook }) => hook === 'output');
    assert.deepEqual(entries.map(({ plugin, outcome }) => `${plugin} ${outcome}`).sort(), ['async passed', 'bad threw', 'sync passed']);
    assert.equal(entries.find(({ plugin }) => plugin === 'sync')!.events, events.filter(({ type }) => type !== 'session-end').length);
    assert.ok(entries.every(({ ownMs }) => ownMs >= 0));
  });
});

describe('a durable observer', () => {
  it('has kept an event before anybody is shown it', async () => {
    const kept = new Set<number>();
    const tooEarly: string[] = [];
    const check = (who: string) => (event: TurnEvent): void => { if (DURABLE_EVENTS.has(event.type) && !kept.has(event.seq)) tooEarly.push(`${who} ${event.type}`); };
    const journal = observer('journal', async ({ seq }) => { await tick(); kept.add(seq); }, { durable: true });
    const { session, close } = await open([journal, touch(), observer('other', check('observer'))], { sink: check('sink') });
    await session.runTurn({ text: 'go' });
    await close();
    assert.deepEqual(tooEarly, []);
    assert.ok(kept.size > 10);
  });

  it('is not waited for at deltas', async () => {
    const go = Promise.withResolvers<void>();
    const shown = Promise.withResolvers<void>();
    let deltas = 0;
    const journal = observer('journal', ({ type }) => (type === 'text-delta' ? go.promise : undefined), { durable: true });
    const { session, close } = await open([journal], { script: ['bcd'], deltas: 3, sink: ({ type }) => { if (type === 'text-delta' && ++deltas === 3) shown.resolve(); } });
    const running = session.runTurn({ text: 'go' });
    await shown.promise;
    go.resolve();
    assert.equal((await running).status, 'done');
    await close();
  });

  for (const type of DURABLE_EVENTS) {
    for (const how of ['throws', 'rejects', 'hangs'] as const) {
      it(`that ${how} at ${type} ends the turn before the next effect, once`, async () => {
        const ran: string[] = [];
        const seen: EventType[] = [];
        let broken = true;
        const journal = observer('journal', (event) => {
          if (event.type !== type || !broken) return undefined;
          if (how === 'throws') throw new Error('disk full');
          return how === 'rejects' ? Promise.reject(new Error('disk full')) : new Promise(() => {});
        }, { durable: true, timeoutMs: 30 });
        const forgetful = definePlugin({ name: 'forgetful', setup({ hooks }) { hooks.context.tap('f', (request, turn) => (turn.step === 2 ? turn.setHistory(request.messages, { reason: 'test' }) : undefined) as undefined); } });
        const { session, events, model, close } = await open([journal, touch(ran), forgetful, observer('other', (event) => { seen.push(event.type); })]);

        const result = await session.runTurn({ text: 'go' });

        assert.deepEqual([result.status, result.exitCode, result.error?.code, result.error?.plugin], ['error', 1, 'OBSERVER_FAILED', 'journal']);
        for (const types of [seen, events.map((event) => event.type)]) assert.equal(types.filter((each) => each === 'turn-end').length, 1);
        const end = events.find((event) => event.type === 'turn-end')!;
        assert.deepEqual([end.status, end.error?.code], ['error', 'OBSERVER_FAILED'], 'nobody is told that the turn is done');
        const effects: Record<string, [number, number]> = { 'input-accepted': [0, 0], 'model-end': [1, 0], 'tool-start': [1, 0], 'tool-end': [1, 1], 'history-changed': [1, 1], 'turn-end': [2, 1] };
        assert.deepEqual([model.requests.length, ran.length], effects[type]);

        broken = false;
        assert.equal((await session.runTurn({ text: 'again' })).status, 'done', 'the disk may have room again');
        await close();
      });
    }
  }

  describe('that flushes', () => {
    const tool = (name: string, effect: 'read' | 'write', onRun: () => void): PluginDefinition =>
      definePlugin({ name, tools: [{ name, description: '', effect, inputSchema: {}, targets: () => [{ family: 'Edit', path: 'a' }], execute: async () => { onRun(); return 'x'; } }] });
    const settle = async (): Promise<void> => { for (let n = 0; n < 5; n++) await tick(); };

    /** Flushes end while it is open. */
    function gate(): { plugin: PluginDefinition; open: () => void; shut: () => void; when: (type: EventType) => Promise<void> } {
      let held = Promise.withResolvers<void>();
      const heard = new Map<EventType, () => void>();
      const plugin = observer('journal', ({ type }) => heard.get(type)?.(), { durable: true, flush: () => held.promise });
      return { plugin, open: () => held.resolve(), shut: () => { held = Promise.withResolvers(); }, when: (type) => new Promise((resolve) => { heard.set(type, resolve); }) };
    }

    it('holds back every request and all that is shown, but nothing that only reads', async () => {
      const { plugin, open: letGo, shut, when } = gate();
      const ran = Promise.withResolvers<void>();
      const { session, events, model, close } = await open([plugin, tool('look', 'read', ran.resolve)], { script: [() => { shut(); return { calls: [{ name: 'look' }] }; }, 'done'] });
      const accepted = when('input-accepted');
      const running = session.runTurn({ text: 'go' });
      await accepted;
      await settle();
      assert.deepEqual([model.requests.length, events.some(({ type }) => type === 'input-accepted')], [0, false]);

      const ended = when('tool-end');
      letGo();
      await ran.promise;
      await ended;
      await settle();
      assert.deepEqual([model.requests.length, events.some(({ type }) => type === 'model-end')], [1, false]);

      letGo();
      assert.deepEqual([(await running).status, model.requests.length], ['done', 2]);
      assert.deepEqual(events.map(({ seq }) => seq), events.map((_, index) => index));
      await close();
    });

    it('holds back a tool that does more', async () => {
      const { plugin, open: letGo, shut, when } = gate();
      const ran: string[] = [];
      const { session, close } = await open([plugin, tool('touch', 'write', () => ran.push('touch'))], { script: [() => { shut(); return { calls: [{ name: 'touch' }] }; }, 'done'] });
      const started = when('tool-start');
      const running = session.runTurn({ text: 'go' });
      letGo();
      await started;
      await settle();
      assert.deepEqual(ran, []);

      letGo();
      assert.deepEqual([(await running).status, ran], ['done', ['touch']]);
      await close();
    });

    const effects = { 'input-accepted': [0, 0], 'model-end': [1, 0], 'tool-start': [1, 0], 'tool-end': [1, 1], 'turn-end': [2, 1] } as const;
    for (const [at, [requests, runs]] of Object.entries(effects)) {
      it(`and cannot at ${at} ends the turn before the next effect, and shows a notice in the place of what is not kept`, async () => {
        let isFull = false;
        let ran = 0;
        const flush = async (): Promise<void> => {
          await tick();
          if (isFull) throw new Error('disk full');
        };
        const journal = observer('journal', ({ type }) => { isFull ||= type === at; }, { durable: true, flush });
        const { session, events, model, close } = await open([journal, tool('touch', 'write', () => { ran++; })]);

        const { status, error } = await session.runTurn({ text: 'go' });

        assert.deepEqual([status, error?.code, model.requests.length, ran], ['error', 'OBSERVER_FAILED', requests, runs]);
        assert.deepEqual(events.map(({ seq }) => seq), events.map((_, index) => index));
        const notices = events.flatMap((event) => (event.type === 'notice' ? [event.text] : []));
        assert.ok(at === 'turn-end' || notices.includes(`An event could not be kept, so the turn ends here: ${at}`), notices.join());
        assert.equal(events.some(({ type }) => type === at), at === 'turn-end');
        assert.deepEqual(events.filter(({ type }) => type === 'turn-end').map((event) => event.type === 'turn-end' && event.status), ['error']);
        await close();
      });
    }
  });

  it('ends the turn also where a wrap catches the error', async () => {
    const ran: string[] = [];
    const journal = observer('journal', ({ type }) => { if (type === 'tool-start') throw new Error('disk full'); }, { durable: true });
    const calm = definePlugin({ name: 'calm', setup({ hooks }) { hooks.tool.tap({ name: 'c', zone: 'prepare' }, (next) => async (call, turn) => next(call, turn).catch(() => textResult('never mind'))); } });
    const { session, model, close } = await open([journal, calm, touch(ran)]);
    const result = await session.runTurn({ text: 'go' });
    assert.deepEqual([result.error?.code, model.requests.length, ran.length], ['OBSERVER_FAILED', 1, 0]);
    await close();
  });

  it('ends the turn also when it fails in a sub-turn', async () => {
    const journal = observer('journal', (event) => { if (event.type === 'model-end' && event.parentRunId !== undefined) throw new Error('disk full'); }, { durable: true });
    const agent = definePlugin({ name: 'agents', tools: [{ name: 'touch', description: '', effect: 'agent', inputSchema: {}, targets: () => [{ family: 'Agent' }], execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'a', text: 'x' })).status }] });
    const { session, events, model, close } = await open([journal, agent], { script: [{ calls: [{ name: 'touch' }] }, 'sub', 'never said'] });
    const result = await session.runTurn({ text: 'go' });
    assert.deepEqual([result.status, result.error?.code, model.requests.length], ['error', 'OBSERVER_FAILED', 2]);
    assert.deepEqual(events.flatMap((event) => (event.type === 'run-end' || event.type === 'turn-end' ? [`${event.type} ${event.status}`] : [])), ['run-end error', 'turn-end error']);
    await close();
  });

  it('that cannot keep the events of one session does not end the turns of another', async () => {
    let bad = '';
    const journal = observer('journal', async ({ sessionId, type }) => { await tick(); if (sessionId === bad && type === 'tool-start') throw new Error('disk full'); }, { durable: true });
    const script = Array.from({ length: 4 }, (): ScriptStep => ({ messages }) => (messages.length === 1 ? { calls: [{ name: 'touch' }] } : 'done'));
    const { kernel, session, folder, close } = await open([journal, touch()], { script });
    const other = kernel.openSession({ cwd: folder });
    bad = other.id;
    const results = await Promise.all([session.runTurn({ text: 'a' }), other.runTurn({ text: 'b' })]);
    assert.deepEqual(results.map(({ status, error }) => error?.code ?? status), ['done', 'OBSERVER_FAILED']);
    await close();
  });

  it('whose queue overflows has not kept everything, so the turn ends', async () => {
    const go = Promise.withResolvers<void>();
    const journal = observer('journal', ({ type }) => (type === 'text-delta' ? go.promise : undefined), { durable: true, queueLimit: 2 });
    const fast: ScriptStep = () => (async function* (): AsyncIterable<ModelEvent> {
      for (let n = 0; n < 8; n++) yield { type: 'text-delta', index: 0, text: 'x' };
      go.resolve();
    })();
    const { session, close } = await open([journal], { script: [fast] });
    const result = await session.runTurn({ text: 'go' });
    assert.equal(result.error?.code, 'OBSERVER_FAILED');
    assert.match(result.reason ?? '', /more than 2 events were waiting/);
    await close();
  });
});

describe('what observers emit', () => {
  it('comes after the event they have in hand, for everybody', async () => {
    const orders: number[][] = [[], []];
    let emit: ((n: number) => void) | undefined;
    const echo = definePlugin({
      name: 'echo',
      setup({ hooks }) {
        hooks.input.tap('keep', (_, turn) => { emit = (n) => turn.emit({ type: 'plugin-event', name: 'echo', data: n }); });
        hooks.output.tap('echo', (event) => { if (event.type !== 'plugin-event') emit?.(event.seq); });
      },
    });
    const { session, close } = await open([echo, observer('zz', ({ seq }) => { orders[0]!.push(seq); })], { script: ['hi'], sink: ({ seq }) => { orders[1]!.push(seq); } });
    await session.runTurn({ text: 'go' });
    await close();
    for (const order of orders) assert.deepEqual(order, order.map((_, index) => index));
  });
});
