import assert from 'node:assert/strict';
import { definePlugin, type Effect, type PluginDefinition, type ToolContext, type Turn } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';
import { WriteQueue } from '../../src/kernel/tool/work-tree.ts';

/** Tools that tell when they start and end; each takes a turn of the event loop, so that others could come between. */
function tools(log: string[], ...effects: Effect[]): PluginDefinition {
  return definePlugin({
    name: 'tools',
    tools: effects.map((effect) => ({
      name: effect, description: '', effect, inputSchema: {}, targets: () => [{ family: 'Edit' }],
      execute: async ({ id }: { id: string }) => {
        log.push(`+${id}`);
        await new Promise(setImmediate);
        log.push(`-${id}`);
        return id;
      },
    })),
  });
}

/** A tool whose body is given. */
function starter(effect: Effect, execute: (turn: Turn, context: ToolContext) => Promise<unknown>): PluginDefinition {
  return definePlugin({
    name: 'starter',
    tools: [{ name: 'start', description: '', effect, inputSchema: {}, targets: () => [{ family: 'Agent' }], execute: async (_, context) => String(await execute(context.turn, context)) }],
  });
}

async function run(plugins: PluginDefinition[], script: ScriptStep[]) {
  const model = testModel(script);
  const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, ...plugins] });
  const result = await session.runTurn({ text: 'go' });
  await close();
  return { result, events, model, ends: events.filter((event) => event.type === 'tool-end') };
}

/** The model inside a sub-turn: its text is the calls to make, as `write:1 read:2`. */
const obey = ({ messages }: { messages: readonly { content: readonly { type: string; text?: string }[] }[] }): ScriptStep => {
  const { content } = messages.at(-1)!;
  const text = content[0]!.type === 'text' ? content[0]!.text! : '';
  const calls = [...text.matchAll(/(\w+):(\w+)/g)].map(([, name, id]) => ({ id: `c-${id}`, name: name!, input: { id } }));
  return calls.length === 0 ? 'done' : { calls };
};
const OBEY = Array.from({ length: 40 }, () => obey);

/** Whether each `+x` is followed by its `-x` before anything else begins. */
function isSerial(log: readonly string[]): boolean {
  return log.every((entry, index) => index % 2 === 0 || entry === log[index - 1]!.replace('+', '-'));
}

describe('calls of one reply', () => {
  it('run side by side where they change nothing, and one after the other where they do, in their order', async () => {
    const log: string[] = [];
    const script = { calls: ['read:1', 'network:2', 'read:3', 'write:4', 'exec:5', 'read:6', 'read:7'].map((call) => ({ name: call.split(':')[0]!, input: { id: call.split(':')[1] } })) };
    const { model } = await run([tools(log, 'read', 'network', 'write', 'exec')], [script]);
    assert.deepEqual(log, ['+1', '+2', '+3', '-1', '-2', '-3', '+4', '-4', '+5', '-5', '+6', '+7', '-6', '-7']);
    assert.deepEqual(model.requests[1]!.messages.at(-1)!.content.map((block) => (block.type === 'tool-result' ? block.content[0] : undefined)), ['1', '2', '3', '4', '5', '6', '7'].map((text) => ({ type: 'text', text })));
  });

  it('run at most sixteen side by side', async () => {
    let open = 0;
    let most = 0;
    const reader = definePlugin({ name: 'reader', tools: [{ name: 'read', description: '', effect: 'read', inputSchema: {}, execute: async () => { most = Math.max(most, ++open); await new Promise(setImmediate); open--; return ''; } }] });
    const { ends } = await run([reader], [{ calls: Array.from({ length: 50 }, () => ({ name: 'read' })) }]);
    assert.equal(ends.length, 50);
    assert.equal(most, 16);
  });
});

describe('writes in one work tree', () => {
  it('never overlap, also from sub-turns side by side', async () => {
    const log: string[] = [];
    const both = starter('agent', (turn) => Promise.all(['write:1 exec:2', 'exec:3 write:4'].map((text) => turn.runSubTurn({ name: 'sub', text }))));
    await run([tools(log, 'write', 'exec'), both], [{ calls: [{ name: 'start' }] }, ...OBEY]);
    assert.equal(log.length, 8);
    assert.ok(isSerial(log), log.join(' '));
  });

  it('never overlap, also from sub-turns side by side under a tool that writes itself', async () => {
    const log: string[] = [];
    const both = starter('exec', (turn) => Promise.all(['write:1 exec:2', 'exec:3 write:4'].map((text) => turn.runSubTurn({ name: 'sub', text }))));
    await run([tools(log, 'write', 'exec'), both], [{ calls: [{ name: 'start' }] }, ...OBEY]);
    assert.equal(log.length, 8);
    assert.ok(isSerial(log), log.join(' '));
  });

  it('never overlap, also when a writing tool leaves a sub-turn behind that still writes', async () => {
    const log: string[] = [];
    const leaver = starter('write', async (turn) => { void turn.runSubTurn({ name: 'left', text: 'write:1 write:2' }); log.push('+left', '-left'); });
    await run([tools(log, 'write'), leaver], [{ calls: [{ name: 'start' }, { name: 'write', input: { id: '9' } }] }, ...OBEY]);
    assert.deepEqual([...log].sort(), ['+1', '+2', '+9', '+left', '-1', '-2', '-9', '-left']);
    assert.ok(isSerial(log), log.join(' '));
  });

  it('of two sessions wait for each other, and of two trees do not', async () => {
    const log: string[] = [];
    const model = testModel(Array.from({ length: 10 }, () => obey));
    const { kernel, folder, close } = await createTestKernel({ plugins: [model.plugin, allowAll, tools(log, 'write')] });
    const turn = (cwd: string, id: string) => kernel.openSession({ cwd }).runTurn({ text: `write:${id}` });
    await Promise.all([turn(folder, '1'), turn(folder, '2'), turn(`${folder}/inner`, '3')]);
    assert.ok(isSerial(log), log.join(' '));
    log.length = 0;
    await Promise.all([turn(`${folder}/a`, '1'), turn(`${folder}/ab`, '2')]);
    assert.deepEqual(log.slice(0, 2).sort(), ['+1', '+2'], 'both at once');
    await close();
  });
});

describe('a tool that starts others', () => {
  for (const effect of ['agent', 'write', 'exec', 'network', 'read'] as const) {
    it(`of effect ${effect} does not block the writes of its sub-turn, nor of a call of its own`, async () => {
      const log: string[] = [];
      const both = starter(effect, async (turn) => {
        await turn.runSubTurn({ name: 'sub', text: 'write:1' });
        await turn.callTool({ name: 'write', input: { id: '2' } });
      });
      const { result } = await run([tools(log, 'write'), both], [{ calls: [{ name: 'start' }] }, ...OBEY]);
      assert.equal(result.status, 'done');
      assert.deepEqual(log, ['+1', '-1', '+2', '-2']);
    });
  }

  it('may be an execute tap around a write, which writes itself', async () => {
    const log: string[] = [];
    const checkpoint = definePlugin({
      name: 'checkpoint',
      setup({ hooks }) {
        hooks.tool.tap('c', (next) => async (call, turn) => {
          if (call.name === 'write') await turn.callTool({ name: 'exec', input: { id: 'save' } });
          return next(call, turn);
        });
      },
    });
    const { result } = await run([tools(log, 'write', 'exec'), checkpoint], [{ calls: [{ name: 'write', input: { id: '1' } }] }]);
    assert.equal(result.status, 'done');
    assert.deepEqual(log, ['+save', '-save', '+1', '-1']);
  });

  it('gets no deeper than eight sub-turns', async () => {
    let deepest = 0;
    const nest = starter('agent', async (turn) => { deepest = Math.max(deepest, turn.ancestorRunIds.length); const { text } = await turn.runSubTurn({ name: 'sub', text: 'start:1' }); return text; });
    const { ends, result } = await run([nest], Array.from({ length: 40 }, () => obey).with(0, () => ({ calls: [{ name: 'start' }] })));
    assert.equal(deepest, 8);
    assert.equal(ends[0]!.error?.code, 'CALL_DEPTH');
    assert.equal(result.status, 'done');
  });

  it('by a tap that meets its own call again gets no deeper than eight calls', async () => {
    let calls = 0;
    const loop = definePlugin({ name: 'loop', setup({ hooks }) { hooks.permission.tap('l', async (_, turn) => { calls++; await turn.callTool({ name: 'read', input: { id: 'x' } }); }); } });
    const { result, ends } = await run([tools([], 'read'), loop], [{ calls: [{ name: 'read', input: { id: '1' } }] }]);
    assert.equal(calls, 9);
    assert.equal(ends.at(-1)!.status, 'done', 'a refused inner call is an answer, not an error');
    assert.equal(result.status, 'done');
  });

  it('with a limit on its tools starts no sub-turn that has more', async () => {
    const log: string[] = [];
    const inner = starter('agent', async (turn) => (await turn.runSubTurn({ name: 'sub', text: 'write:1', tools: ['write', 'read'] })).text);
    const outer = definePlugin({ name: 'outer', tools: [{ name: 'outer', description: '', effect: 'agent', inputSchema: {}, targets: () => [{ family: 'Agent' }], execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'sub', text: 'start:1', tools: ['start', 'read'] })).text }] });
    const { ends, model } = await run([tools(log, 'write', 'read'), inner, outer], [{ calls: [{ name: 'outer' }] }, ...OBEY]);
    assert.deepEqual(log, []);
    assert.equal(ends.find(({ tool }) => tool === 'write')?.error?.code, 'TOOL_UNKNOWN');
    assert.deepEqual(model.requests.map(({ tools: given }) => given.map(({ name }) => name).join()), ['outer,read,start,write', 'read,start', 'read', 'read', 'read,start', 'outer,read,start,write']);
  });
});

describe('a sub-turn', () => {
  it('has a run of its own in the events, a start and an end, and no turn-start or turn-end', async () => {
    const agent = starter('agent', async (turn, { callId }) => { assert.equal(callId, 'call-1-0'); const { text, steps, status } = await turn.runSubTurn({ name: 'helper', text: 'look', system: [{ id: 's', text: 'be brief', owner: 'starter', stability: 'stable' }] }); return JSON.stringify({ text, steps, status }); });
    const { events, model, ends } = await run([agent], [{ calls: [{ name: 'start' }] }, 'looked', 'all done']);
    const start = events.find((event) => event.type === 'run-start')!;
    const end = events.find((event) => event.type === 'run-end')!;
    assert.deepEqual([start.name, start.callId, start.task], ['helper', 'call-1-0', 'look']);
    assert.deepEqual([end.name, end.callId, end.status, end.result, end.steps], ['helper', 'call-1-0', 'done', 'looked', 1]);
    const inside = events.filter(({ runId }) => runId === start.runId);
    assert.ok(inside.length > 4 && inside.every((event) => event.parentRunId === event.turnId && event.ancestorRunIds?.[0] === event.turnId));
    assert.equal(inside.find((event) => event.type === 'input-accepted')?.origin, 'agent');
    assert.equal(events.filter(({ type }) => type === 'turn-start').length, 1);
    assert.equal(events.filter(({ type }) => type === 'turn-end').length, 1);
    assert.deepEqual(model.requests[1]!.system.map(({ text }) => text), ['be brief']);
    assert.deepEqual(ends[0]!.content, [{ type: 'text', text: '{"text":"looked","steps":1,"status":"done"}' }]);
  });

  it('is counted: its cost is its own, and a part of the turn’s', async () => {
    const pricing = definePlugin({ name: 'pricing', services: { pricing: () => ({ costMicroUsd: ({ usage }) => usage.output * 100 }) } });
    const costs: (number | null)[] = [];
    const agent = starter('agent', async (turn) => { costs.push((await turn.runSubTurn({ name: 'a', text: 'x' })).costMicroUsd, turn.costMicroUsd); });
    const { result, events } = await run([pricing, agent], [{ calls: [{ name: 'start' }], usage: { input: 1, output: 1 } }, { text: 'sub', usage: { input: 2, output: 3 } }, { text: 'end', usage: { input: 4, output: 5 } }]);
    assert.deepEqual(costs, [300, 400]);
    assert.equal(result.costMicroUsd, 900);
    assert.deepEqual(result.usage, { input: 7, output: 9 });
    assert.equal(events.find((event) => event.type === 'run-end')?.costMicroUsd, 300);
  });

  it('is waited for, though the tool that started it was not', async () => {
    const leaver = starter('agent', async (turn) => { void turn.runSubTurn({ name: 'left', text: 'read:1' }); });
    const { events } = await run([leaver, tools([], 'read')], [{ calls: [{ name: 'start' }] }, ...OBEY]);
    const types = events.map(({ type }) => type);
    assert.ok(types.indexOf('run-end') > 0 && types.indexOf('run-end') < types.indexOf('turn-end'));
  });

  it('that was left behind is stopped when the turn fails', async () => {
    const hang = definePlugin({ name: 'hang', tools: [{ name: 'hang', description: '', effect: 'read', inputSchema: {}, execute: (_, { signal }) => new Promise((resolve) => { signal.addEventListener('abort', () => resolve('stopped')); }) }] });
    const leaver = starter('agent', async (turn) => { void turn.runSubTurn({ name: 'left', text: 'hang:1' }); });
    const isSub = ({ messages }: { messages: readonly unknown[] }) => messages.length === 1;
    const step = (request: Parameters<typeof obey>[0]): ScriptStep => (isSub(request) ? obey(request) : new Error('provider is down'));
    const { result, events } = await run([leaver, hang], [{ calls: [{ name: 'start' }] }, step, step]);
    assert.equal(result.error?.code, 'PROVIDER_FAILED');
    assert.equal(events.find((event) => event.type === 'run-end')?.status, 'error');
  });

  it('does not make text of an agent that of a person', async () => {
    const origins: string[] = [];
    const see = definePlugin({ name: 'see', setup({ hooks }) { hooks.input.tap('s', ({ origin }) => { origins.push(origin); }); } });
    const nested = starter('agent', async (turn) => { if (turn.ancestorRunIds.length < 2) await turn.runSubTurn({ name: 'a', text: 'start:1', ...(turn.origin === 'agent' ? { origin: 'person' as const } : {}) }); });
    await run([see, nested], [{ calls: [{ name: 'start' }] }, ...OBEY]);
    assert.deepEqual(origins, ['person', 'agent', 'agent']);
  });
});

describe('WriteQueue', () => {
  const signal = new AbortController().signal;

  it('lets a waiting writer go when its signal fires, and those behind it go on', async () => {
    const queue = new WriteQueue();
    const leave = await queue.enter(['/a'], signal);
    const stop = new AbortController();
    const second = queue.enter(['/'], stop.signal);
    const third = queue.enter(['/b'], signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(second, /stopped/);
    (await third)();
    leave();
    await queue.whenEmpty();
  });
});
