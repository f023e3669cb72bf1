import assert from 'node:assert/strict';
import { setImmediate as soon } from 'node:timers/promises';
import { createKernel, definePlugin, deny, type ModelEvent, type PluginDefinition, type RecordedSitting, replaySitting, textResult, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';
import { Playback } from '../../src/kernel/replay/playback.ts';
import { hardAsker, hardPlugins, INPUTS, nothingReached, type Reached, tapeRecorder } from '../support/long-session.ts';

const REPLAYS = process.env['PITH_SOAK'] === undefined ? 5 : 100;
const STOPS = process.env['PITH_SOAK'] === undefined ? 6 : 60;

/** The session of 50 calls, with the real clock, real ids and real chance. */
async function record(reached: Reached, stopAfter = Infinity): Promise<RecordedSitting> {
  const stop = new AbortController();
  let heard = 0;
  const tape = tapeRecorder();
  const { kernel, session, close } = await createTestKernel({ host: {}, plugins: [...hardPlugins(reached), tape.plugin], session: { asker: hardAsker(reached) } });
  session.sink = () => { if (++heard === stopAfter) setImmediate(() => stop.abort()); };
  for (const text of INPUTS) await session.runTurn({ text }, { signal: stop.signal });
  await kernel.close();
  await close();
  return tape.sitting();
}

async function replay(sitting: RecordedSitting, plugins: readonly PluginDefinition[], idleMs?: number): Promise<Awaited<ReturnType<typeof replaySitting>>> {
  const kernel = await createKernel({ plugins, env: {} });
  try {
    return await replaySitting(kernel, sitting, idleMs === undefined ? {} : { idleMs });
  } finally {
    await kernel.close();
  }
}

describe('a replay', () => {
  const reached = nothingReached();
  let sitting: RecordedSitting;
  before(async () => { sitting = await record(reached); });

  it('records a session of 50 calls with all that makes it hard', () => {
    const of = (type: TurnEvent['type']): number => sitting.events.filter((event) => event.type === type).length;
    assert.ok(of('tool-call') >= 50, `${of('tool-call')} calls`);
    assert.ok(of('retry') > 0 && of('run-start') >= 4 && of('permission-asked') === 2);
    assert.deepEqual(new Set(sitting.events.flatMap((event) => (event.type === 'tool-end' ? [event.status] : []))), new Set(['done', 'refused', 'error']));
    assert.ok(sitting.events.some((event) => event.type === 'model-end' && event.reply.status === 'truncated'));
  });

  it(`gives the same events ${REPLAYS} times, and reaches nothing outside`, async function () {
    this.timeout(REPLAYS * 5000);
    const hashes = new Set<string>();
    for (let time = 0; time < REPLAYS; time++) {
      const now = nothingReached();
      const heard = await replay(sitting, [...hardPlugins(now), tapeRecorder().plugin]);
      assert.equal(heard.difference, null, JSON.stringify(heard.difference, undefined, 1)?.slice(0, 2000));
      assert.equal(heard.events, sitting.events.length);
      assert.deepEqual(now, nothingReached());
      hashes.add(heard.hash);
    }
    assert.equal(hashes.size, 1);
  });

  it('names the first event that differs, and the field, when the recording was tampered with', async () => {
    const events = structuredClone(sitting.events) as TurnEvent[];
    const at = events.findIndex((event) => event.type === 'tool-end' && event.status === 'done');
    const end = events[at]! as Extract<TurnEvent, { type: 'tool-end' }> & { content: { text: string }[] };
    const text = end.content[0]!.text;
    end.content[0]!.text = 'something else';

    const { difference, events: heard } = await replay({ ...sitting, events }, [...hardPlugins(nothingReached()), tapeRecorder().plugin]);

    assert.equal(heard, at);
    assert.deepEqual({ seq: difference?.seq, type: difference?.type, path: difference?.path }, { seq: at, type: 'tool-end', path: 'content.0.text' });
    assert.equal((difference!.replayed as typeof end).content[0]!.text, text);
  });

  it('names what a rule of now decides otherwise', async () => {
    const rule = definePlugin({ name: 'a-new-rule', setup({ hooks }) { hooks.permission.tap('no', ({ input }) => ((input as { file?: string }).file === 'b' ? deny('not b') : undefined)); } });
    const plugins = sitting.events.map((event) => (event.type === 'input-accepted' ? { ...event, plugins: ['a-new-rule', ...event.plugins].filter((name) => name !== 'tape') } : event));

    const { difference } = await replay({ ...sitting, events: plugins }, [...hardPlugins(nothingReached()), rule]);

    assert.deepEqual({ type: difference?.type, path: difference?.path }, { type: 'permission-decided', path: 'verdict' });
    assert.equal((difference!.replayed as { reason?: string }).reason, 'not b');
  });

  it('names an event that comes now and did not come then, and one that never comes', async () => {
    const chatty = definePlugin({ name: 'chatty', setup({ hooks }) { hooks.input.tap('chatty', (_, turn) => turn.emit({ type: 'plugin-event', name: 'hello', data: 1 })); } });
    const more = await replay(sitting, [...hardPlugins(nothingReached()), tapeRecorder().plugin, chatty]);
    assert.deepEqual({ recorded: more.difference?.recorded?.type, replayed: more.difference?.replayed?.type }, { recorded: 'input-accepted', replayed: 'plugin-event' });

    const [seq, ...rest] = [sitting.events.findIndex(({ type }) => type === 'context-ready'), ...sitting.events];
    const late = rest.map((event) => ({ ...event, seq: event.seq >= seq! ? event.seq + 1 : event.seq }));
    late.splice(seq!, 0, { ...sitting.events[seq!]!, type: 'plugin-event', plugin: 'gone', name: 'then', data: 0 } as TurnEvent);
    const less = await replay({ events: late, outside: sitting.outside }, [...hardPlugins(nothingReached()), tapeRecorder().plugin], 50);
    assert.deepEqual({ recorded: less.difference?.recorded?.type, replayed: less.difference?.replayed }, { recorded: 'plugin-event', replayed: null });
  });

  it('says what a plugin of now asks for and the recording does not hold', async () => {
    const asking = definePlugin({ name: 'taps', setup({ hooks }) { hooks.context.tap('other', async (_, turn) => { await turn.recorded('something new', () => 1); }); } });
    const [model, tools, rules] = hardPlugins(nothingReached());

    const { difference } = await replay(sitting, [model!, tools!, rules!, asking, tapeRecorder().plugin]);

    assert.equal(difference?.recorded?.type, 'context-ready');
    assert.match(JSON.stringify(difference?.replayed), /REPLAY_MISSING/);
  });

  it('is refused where the recording does not say how the session began', async () => {
    await assert.rejects(replay({ events: sitting.events, outside: [] }, []), { code: 'RECORDING_MISSING' });
  });

  it('lets nobody wait for what comes after its end', async () => {
    const playback = new Playback(sitting);
    const waiting = playback.when(5);
    assert.equal(playback.close().events, 0);
    await assert.rejects(waiting, { code: 'REPLAY_DIFFERS' });
    await assert.rejects(playback.when(5), { code: 'REPLAY_DIFFERS' });
  });

  it('stops a turn where it was stopped, and ends where a process ended', async () => {
    const tape = tapeRecorder();
    const stop = new AbortController();
    let started = 0;
    const hang = definePlugin({
      name: 'tools',
      tools: [{
        name: 'hang', effect: 'read', description: '', inputSchema: {},
        execute: async (_, { signal }) => {
          if (++started === 2) stop.abort();
          if (!signal.aborted) await new Promise<void>((resolve) => { signal.addEventListener('abort', () => resolve(), { once: true }); });
          await soon();
          return 'stopped';
        },
      }],
    });
    const plugins = (): PluginDefinition[] => [testModel([{ text: 'I wait.', calls: [{ name: 'hang' }, { name: 'hang' }] }]).plugin, hang, allowAll, tape.plugin];
    const { kernel, session, close } = await createTestKernel({ host: {}, plugins: plugins() });
    const { status } = await session.runTurn({ text: 'go' }, { signal: stop.signal });
    await kernel.close();
    await close();
    const recorded = tape.sitting();
    started = 0;

    const whole = await replay(recorded, plugins());
    const killedAt = recorded.events.findIndex(({ type }) => type === 'tool-start') + 1;
    const killed = await replay({ events: recorded.events.slice(0, killedAt), outside: recorded.outside.filter(({ at }) => at < killedAt) }, plugins());

    assert.equal(status, 'interrupted');
    assert.deepEqual([whole.difference, killed.difference], [null, null]);
    assert.deepEqual([whole.events, killed.events, started], [recorded.events.length, killedAt, 0]);
  });

  it(`stops a turn at whatever event it was stopped, at ${STOPS} of them`, async function () {
    this.timeout(STOPS * 5000);
    for (let stop = 0; stop < STOPS; stop++) {
      const stopped = await record(nothingReached(), 1 + Math.floor((stop + 0.5) * 440 / STOPS));
      assert.ok(stopped.events.some((event) => event.type === 'turn-end' && event.status === 'interrupted'));
      const { difference } = await replay(stopped, [...hardPlugins(nothingReached()), tapeRecorder().plugin]);
      assert.equal(difference, null, JSON.stringify(difference)?.slice(0, 2000));
    }
  });

  it('gives what wraps that reach outside gave, and calls neither them nor what is further in', async () => {
    const tape = tapeRecorder();
    let calls = 0;
    const outside = definePlugin({
      name: 'outside',
      setup({ hooks }) {
        hooks.model.tap({ name: 'ledger', replay: 'recorded' }, (next) => async function* (request, turn) {
          calls++;
          turn.emit({ type: 'plugin-event', name: 'held', data: Math.random() });
          for await (const event of next(request, turn)) yield event.type === 'end' ? { ...event, account: `account-${Math.random()}` } : event;
        });
        hooks.tool.tap({ name: 'cache', answers: true, replay: 'recorded' }, (next) => async (call, turn) => {
          calls++;
          return call.name === 'cached' ? textResult(`cached ${Math.random()}`) : next(call, turn);
        });
      },
    });
    const tool = (name: string) => ({ name, effect: 'read' as const, description: '', inputSchema: {}, execute: async () => { calls++; return `ran ${Math.random()}`; } });
    const model = testModel([{ calls: [{ name: 'cached' }, { name: 'plain' }] }]);
    const plugins = [model.plugin, definePlugin({ name: 'tools', tools: [tool('cached'), tool('plain')] }), outside, allowAll, tape.plugin];
    const { kernel, session, events, close } = await createTestKernel({ host: {}, plugins });
    await session.runTurn({ text: 'go' });
    await kernel.close();
    await close();
    assert.ok(events.some((event) => event.type === 'tool-end' && event.answeredBy === 'outside'));
    const before = [calls, model.requests.length];

    const { difference, events: heard } = await replay(tape.sitting(), plugins);

    assert.deepEqual([difference, heard], [null, tape.sitting().events.length]);
    assert.deepEqual([calls, model.requests.length], before);
  });

  it('does not wait again where a tap waited then, nor ask the clock or chance', async () => {
    const tape = tapeRecorder();
    const slow = definePlugin({
      name: 'slow',
      setup({ hooks }) {
        hooks.input.tap('slow', async (input, turn) => {
          await turn.sleep(3_600_000);
          return { ...input, text: `${turn.now()} ${turn.random()} ${turn.newId()} ${await turn.recorded('file', () => process.hrtime.bigint().toString())}` };
        });
      },
    });
    const plugins = [testModel().plugin, slow, tape.plugin];
    const { kernel, session, close } = await createTestKernel({ plugins }); // Its clock only jumps.
    await session.runTurn({ text: 'go' });
    await kernel.close();
    await close();

    assert.equal((await replay(tape.sitting(), plugins)).difference, null);
  });

  it('gives a tap the error that it met outside then', async () => {
    const tape = tapeRecorder();
    let reads = 0;
    const reading = definePlugin({ name: 'reading', setup({ hooks }) { hooks.context.tap('reading', async (_, turn) => { await turn.recorded('file', () => { throw new Error(`it was gone at ${++reads}`); }); }); } });
    const plugins = [testModel().plugin, reading, tape.plugin];
    const { kernel, session, close } = await createTestKernel({ plugins });
    const { reason } = await session.runTurn({ text: 'go' });
    await kernel.close();
    await close();

    assert.match(reason!, /it was gone at 1$/);
    assert.deepEqual([(await replay(tape.sitting(), plugins)).difference, reads], [null, 1]);
  });

  it('limits what a tap reads outside as its own time', async () => {
    const hanging = definePlugin({ name: 'hanging', setup({ hooks }) { hooks.context.tap({ name: 'hanging', timeoutMs: 20 }, async (_, turn) => { await turn.recorded('never', () => new Promise(() => undefined)); }); } });
    const { session, close } = await createTestKernel({ plugins: [testModel().plugin, hanging] });
    const { error } = await session.runTurn({ text: 'go' });
    await close();
    assert.equal(error?.code, 'TAP_TIMEOUT');
  });

  it('ends a plugin’s own model call that took too long then as it ended then, and waits for nothing', async () => {
    const tape = tapeRecorder();
    const codes: string[] = [];
    const judge = definePlugin({ name: 'judge', setup({ hooks }) { hooks.input.tap('j', async (_, turn) => { await turn.callModel({ messages: [] }, { purpose: 'x', timeoutMs: 20 }).catch((error: { code: string }) => codes.push(error.code)); }); } });
    const silent = (): AsyncIterable<ModelEvent> => (async function* (): AsyncIterable<ModelEvent> { yield { type: 'text-delta', index: 0, text: 'I thi' }; await new Promise(() => undefined); })();
    const plugins = [testModel([silent, 'hello']).plugin, judge, tape.plugin];
    const { kernel, session, close } = await createTestKernel({ plugins, graceMs: 5 });
    await session.runTurn({ text: 'go' });
    await kernel.close();
    await close();

    const { difference } = await replay(tape.sitting(), plugins);

    assert.deepEqual([difference, codes], [null, ['MODEL_TIMEOUT', 'MODEL_TIMEOUT']]);
  });

  it('knows the tools that sources had listed, and does not ask them', async () => {
    const tape = tapeRecorder();
    let lists = 0;
    const source = definePlugin({
      name: 'source',
      toolSources: [{ name: 'far', list: async () => { lists++; return [{ name: 'far', effect: 'read', description: 'far', inputSchema: {}, execute: async () => `far ${Math.random()}` }]; } }],
    });
    const plugins = [testModel([{ calls: [{ name: 'far' }] }, 'done', { calls: [{ name: 'far' }] }]).plugin, source, allowAll, tape.plugin];
    const { kernel, session, close } = await createTestKernel({ host: {}, plugins });
    await session.runTurn({ text: 'one' });
    await session.runTurn({ text: 'two' });
    await session.callTool({ name: 'far', input: {} });
    await kernel.close();
    await close();

    const { difference } = await replay(tape.sitting(), plugins);

    assert.deepEqual([difference, lists], [null, 3]);
  });
});

describe('what a tap may say of a replay', () => {
  const statusOf = async (setup: NonNullable<PluginDefinition['setup']>): Promise<string> => {
    const kernel = await createKernel({ plugins: [definePlugin({ name: 'it', setup })], env: {} });
    await kernel.close();
    return kernel.plugins[0]!.error?.message ?? 'active';
  };

  it('is refused where it would mean nothing', async () => {
    assert.match(await statusOf(({ hooks }) => { hooks.tool.tap({ name: 'p', zone: 'prepare', replay: 'recorded' }, (next) => next); }), /a prepare tap always runs in a replay/);
    assert.match(await statusOf(({ hooks }) => { hooks.model.tap({ name: 'm', replay: 'sometimes' as 'recorded' }, (next) => next); }), /gave replay as "sometimes"/);
    assert.match(await statusOf(({ hooks }) => { hooks.output.tap({ name: 'o', records: true }, () => undefined); }), /records without durable/);
    assert.match(await statusOf(({ hooks }) => { hooks.output.tap({ name: 'o', flush: async () => undefined }, () => undefined); }), /a flush that is without durable/);
    assert.match(await statusOf(({ hooks }) => { hooks.output.tap({ name: 'o', durable: true, flush: 'yes' } as never, () => undefined); }), /a flush that is no function/);
    assert.equal(await statusOf(({ hooks }) => { hooks.tool.tap({ name: 'e', replay: 'recorded' }, (next) => next); }), 'active');
  });
});
