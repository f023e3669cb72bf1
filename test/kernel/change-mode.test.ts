import assert from 'node:assert/strict';
import { allow, ask, createKernel, definePlugin, deny, type Mode, MODES, type PluginDefinition, type RecordedSitting, replaySitting, type Session, type Turn, type TurnEvent } from '@pith/kernel';
import { createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';
import { readCalls } from '../../src/host/backtest/recorded-calls.ts';
import { stricterMode } from '../../src/kernel/mode.ts';
import { hardAsker, hardPlugins, INPUTS, nothingReached, tapeRecorder } from '../support/long-session.ts';

const TIMES = process.env['PITH_SOAK'] === undefined ? 1 : 40;

/** Judges by the mode alone, as the permissions plugin does where no rule matches. */
const byMode = definePlugin({
  name: 'by-mode', capabilities: ['permission:allow'],
  setup({ hooks }) { hooks.permission.tap('by-mode', ({ mode }) => (mode === 'plan' ? deny('plan') : mode === 'acceptEdits' ? allow('acceptEdits') : ask(mode))); },
});

/** Tools that write, and whose run changes the session that `sessionOf` gives: in a replay they do not run. */
function workshop(sessionOf: () => Session, subMode?: Mode): PluginDefinition {
  return definePlugin({
    name: 'workshop',
    tools: [
      { name: 'write', effect: 'write', description: '', inputSchema: {}, targets: () => [{ family: 'Edit', path: '/x' }], execute: async () => 'written' },
      { name: 'switch', effect: 'read', description: '', inputSchema: {}, targets: () => [{ family: 'Read', path: '/x' }], execute: async (input) => { sessionOf().setMode((input as { mode: Mode }).mode); return 'switched'; } },
      { name: 'choose', effect: 'read', description: '', inputSchema: {}, execute: async () => { sessionOf().useModel({ model: 'other' }); return 'chosen'; } },
      {
        name: 'agent', effect: 'agent', description: '', inputSchema: {}, targets: () => [{ family: 'Agent' }],
        execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'helper', text: 'help', ...(subMode === undefined ? {} : { mode: subMode }) })).text,
      },
    ],
  });
}

const call = (name: string, input: object = {}): { name: string; input: object } => ({ name, input });
const decisions = (events: readonly TurnEvent[]): string[] => events.flatMap((event) => (event.type === 'permission-decided' && event.tool === 'write' ? [`${event.verdict}: ${event.reason}`] : []));
const changes = (events: readonly TurnEvent[]): string[] => events.flatMap((event) => (event.type === 'mode-changed' ? [`${event.from} → ${event.mode}${event.turnId === '' ? ', outside' : ''}`] : []));

interface Made { session: Session; events: TurnEvent[]; sitting: () => RecordedSitting; replay: () => Promise<unknown>; close: () => Promise<void> }

async function open(steps: readonly ScriptStep[], { mode, subMode, forbidBypass, more = [], asked = [] }: { mode?: Mode; subMode?: Mode; forbidBypass?: string; more?: readonly PluginDefinition[]; asked?: string[] } = {}): Promise<Made> {
  const tape = tapeRecorder();
  const plugins = (recorder: PluginDefinition): PluginDefinition[] => [testModel(steps).plugin, byMode, workshop(() => test.session, subMode), ...more, recorder];
  const test = await createTestKernel({
    host: {}, plugins: plugins(tape.plugin), ...(forbidBypass === undefined ? {} : { forbidBypass }),
    session: { ...(mode === undefined ? {} : { mode }), asker: async ({ title }) => { asked.push(title); return { verdict: 'allow' }; } },
  });
  const replay = async (): Promise<unknown> => {
    const kernel = await createKernel({ plugins: plugins(tapeRecorder().plugin), env: {} });
    try {
      return (await replaySitting(kernel, tape.sitting())).difference;
    } finally {
      await kernel.close();
    }
  };
  return { ...test, sitting: tape.sitting, replay };
}

describe('a change of the permission mode', () => {
  it('holds from the next call on, in the turn at work, and is an event of it', async () => {
    const { session, events, replay, sitting, close } = await open([{ calls: [call('write')] }, { calls: [call('switch', { mode: 'plan' })] }, { calls: [call('write')] }, 'done']);

    await session.runTurn({ text: 'go' });
    await close();

    assert.deepEqual(decisions(events), ['allow: a person said yes', 'deny: plan']);
    assert.deepEqual(changes(events), ['default → plan']);
    assert.equal(await replay(), null);
    assert.deepEqual(readCalls(sitting()).calls.map(({ tool, mode }) => `${tool} ${mode}`), ['write default', 'switch default', 'write plan']);
  });

  it('holds for sub-turns, and lets none do more than it was given', async () => {
    const steps: ScriptStep[] = [{ calls: [call('agent')] }, { calls: [call('switch', { mode: 'acceptEdits' })] }, { calls: [call('write')] }, 'helped', 'done'];
    const asWhole = await open(steps);
    const asStricter = await open(steps, { subMode: 'dontAsk' });
    const asLooser = await open([{ calls: [call('agent')] }, { calls: [call('write')] }, 'helped', 'done'], { subMode: 'acceptEdits' });

    for (const { session } of [asWhole, asStricter, asLooser]) await session.runTurn({ text: 'go' });
    for (const { close } of [asWhole, asStricter, asLooser]) await close();

    assert.deepEqual(decisions(asWhole.events), ['allow: acceptEdits']);
    assert.match(decisions(asStricter.events).join(), /^deny: dontAsk.*does not ask/);
    assert.deepEqual(decisions(asLooser.events), ['allow: a person said yes']);
    for (const { replay } of [asWhole, asStricter, asLooser]) assert.equal(await replay(), null);
  });

  it('ends the questions of a turn that asks, and lets nobody be asked in dontAsk', async () => {
    const asked: string[] = [];
    const { session, events, close } = await open([{ calls: [call('write')] }, { calls: [call('switch', { mode: 'acceptEdits' })] }, { calls: [call('write'), call('write')] }, { calls: [call('switch', { mode: 'dontAsk' })] }, { calls: [call('write')] }, 'done'], { asked });

    await session.runTurn({ text: 'go' });
    await close();

    assert.deepEqual(asked.filter((title) => title.includes('write')), ['Allow write?']);
    assert.match(decisions(events).join('\n'), /^allow: a person said yes\nallow: acceptEdits\nallow: acceptEdits\ndeny: dontAsk; .+mode dontAsk does not ask$/);
  });

  it('between turns is an event outside of any, before the first one none: the start of the session says it', async () => {
    const { session, events, replay, close } = await open(['one', 'two', { calls: [call('write')] }, 'three']);

    session.setMode('plan');
    await session.runTurn({ text: 'one' });
    session.setMode('plan');
    session.setMode('acceptEdits');
    await session.runTurn({ text: 'two' });
    await session.runTurn({ text: 'three' });
    session.setMode('default');
    await close();

    assert.equal(events[0]?.type === 'session-start' && events[0].mode, 'plan');
    assert.deepEqual(changes(events), ['plan → acceptEdits, outside', 'acceptEdits → default, outside']);
    assert.deepEqual(decisions(events), ['allow: acceptEdits']);
    assert.equal(await replay(), null);
  });

  it('is refused for a mode that there is not, that is ruled out, and after the end', async () => {
    const { session, events, close } = await open(['one'], { forbidBypass: '/etc/pith/settings.json:3' });
    await session.runTurn({ text: 'one' });

    assert.throws(() => session.setMode('yolo' as Mode), { code: 'MODE_REFUSED', message: 'There is no mode "yolo"', hint: 'Use one of: default, acceptEdits, plan, dontAsk.' });
    assert.throws(() => session.setMode('bypassPermissions'), { code: 'MODE_REFUSED', message: 'Mode bypassPermissions is not allowed on this machine (/etc/pith/settings.json:3)' });
    assert.deepEqual([session.mode, changes(events)], ['default', []]);
    await close();
    assert.throws(() => session.setMode('plan'), { code: 'KERNEL_CLOSED' });
    assert.throws(() => session.useModel({ model: 'other' }), { code: 'KERNEL_CLOSED' });
  });

  it('is seen by a tap at the same places in a replay, whatever came first then', async () => {
    const looking = definePlugin({
      name: 'looking',
      setup({ hooks }) {
        hooks.context.tap('look', (_, turn) => { turn.emit({ type: 'plugin-event', name: 'mode', data: `${turn.mode} ${turn.mode}` }); });
        hooks.tool.tap('look', (next) => async (given, turn) => { const result = await next(given, turn); turn.emit({ type: 'plugin-event', name: 'mode', data: `${given.mode} then ${turn.mode}` }); return result; });
      },
    });
    const { session, events, replay, close } = await open([{ calls: [call('switch', { mode: 'plan' }), call('switch', { mode: 'acceptEdits' }), call('write')] }, { calls: [call('write')] }, 'done'], { more: [looking], mode: 'default' });

    await session.runTurn({ text: 'go' });
    await close();

    const seen = events.flatMap((event) => (event.type === 'plugin-event' ? [String(event.data)] : []));
    assert.deepEqual([seen[0], seen.at(-1)], ['default default', 'acceptEdits acceptEdits']);
    assert.equal(await replay(), null);
  });
});

describe('a session of 50 calls whose mode changes at every turn of events', () => {
  it(`is played again as it was, ${TIMES} time(s)`, async function () {
    this.timeout(TIMES * 10_000);
    /** Says in which mode it was looked at, wherever a tap can look. */
    const looking = definePlugin({
      name: 'looking',
      setup({ hooks }) {
        const say = (turn: Turn, data: string): void => turn.emit({ type: 'plugin-event', name: 'mode', data: `${data} ${turn.mode}` });
        hooks.context.tap('look', (_, turn) => say(turn, 'context'));
        hooks.permission.tap('look', (given, turn) => say(turn, `${given.id} ${given.mode}`));
        hooks.tool.tap('look', (next) => async (given, turn) => { const result = await next(given, turn); say(turn, given.id); return result; });
      },
    });
    for (let time = 0; time < TIMES; time++) {
      const tape = tapeRecorder();
      const reached = nothingReached();
      const { kernel, session, close } = await createTestKernel({ host: {}, plugins: [...hardPlugins(reached), looking, tape.plugin], session: { asker: hardAsker(reached) } });
      let heard = 0;
      let isOver = false;
      session.sink = () => { if (++heard % (5 + time % 10) === 0) setImmediate(() => { if (!isOver) session.setMode(MODES[heard % MODES.length]!); }); };
      for (const text of INPUTS) await session.runTurn({ text });
      isOver = true;
      await close();
      const recorded = tape.sitting();
      assert.ok(recorded.events.filter(({ type }) => type === 'mode-changed').length > 10);
      const again = await createKernel({ plugins: [...hardPlugins(nothingReached()), looking, tapeRecorder().plugin], env: {} });
      const { difference } = await replaySitting(again, recorded);
      await Promise.all([kernel.close(), again.close()]);
      assert.equal(difference, null, JSON.stringify(difference)?.slice(0, 2000));
    }
  });
});

describe('the stricter of two modes', () => {
  it('is the same whichever comes first, and plan before all, bypassPermissions after all', () => {
    for (const a of MODES) {
      for (const b of MODES) assert.equal(stricterMode(a, b), stricterMode(b, a));
      assert.deepEqual([stricterMode(a, a), stricterMode(a, 'plan'), stricterMode(a, 'bypassPermissions')], [a, 'plan', a]);
    }
  });
});

describe('another model for a session', () => {
  it('answers from the next turn on, is an event, and is to blame for the cache', async () => {
    const { session, events, replay, close } = await open([{ calls: [call('choose')] }, 'one', 'two']);

    await session.runTurn({ text: 'one' });
    await session.runTurn({ text: 'two' });
    session.useModel({ provider: 'test' });
    session.useModel({ model: 'test/model' });
    await close();

    assert.deepEqual(events.flatMap((event) => (event.type === 'model-start' ? [event.model] : [])), ['model', 'model', 'other']);
    assert.deepEqual(events.flatMap((event) => (event.type === 'model-changed' ? [[event.plugin, event.model]] : [])), [['user', 'other'], ['user', 'model']]);
    assert.deepEqual(events.flatMap((event) => (event.type === 'context-ready' && !event.prefix.kept ? [event.prefix.changedBy] : [])), ['user']);
    assert.equal(await replay(), null);
  });

  it('is refused where no provider serves it, and nothing changes', async () => {
    const { session, close } = await open([]);
    assert.throws(() => session.useModel({ model: 'modell' }), { code: 'MODEL_UNKNOWN' });
    assert.deepEqual([session.provider, session.model], ['test', 'model']);
    await close();
  });
});
