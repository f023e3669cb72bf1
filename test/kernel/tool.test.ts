import assert from 'node:assert/strict';
import { definePlugin, type Hooks, type PluginDefinition, type PreparedCall, textResult, type ToolCall, type ToolDeclaration, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

const plugin = (name: string, setup: (hooks: Hooks) => void, more: Partial<PluginDefinition> = {}) => definePlugin({ name, setup: ({ hooks }) => setup(hooks), ...more });

function tool(more: Partial<ToolDeclaration> & { execute?: ToolDeclaration extends infer T ? (T extends { execute: infer E } ? E : never) : never } = {}): PluginDefinition {
  return definePlugin({
    name: 'owner',
    tools: [{ name: 'touch', description: '', effect: 'write', inputSchema: {}, targets: ({ path }: { path: string }) => [{ family: 'Edit', path }], execute: async ({ path }: { path: string }) => `touched ${path}`, ...more } as ToolDeclaration],
  });
}

/** One turn in which the model calls the tool once, and what came of the call. */
async function call(plugins: PluginDefinition[], input: unknown = { path: 'a' }, options: Parameters<typeof createTestKernel>[0] = {}) {
  const model = testModel([{ calls: [{ name: 'touch', input }] }]);
  const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, ...plugins], ...options });
  const result = await session.runTurn({ text: 'go' });
  await close();
  const of = <T extends TurnEvent['type']>(type: T) => events.filter((event) => event.type === type) as Extract<TurnEvent, { type: T }>[];
  const end = of('tool-end')[0]!;
  return { result, of, end, text: end.content.map((block) => (block.type === 'text' ? block.text : '')).join(''), trace: session.lastTrace, request: model.requests[1] };
}

describe('what was approved', () => {
  it('has the effect of this very call, where the tool tells actions apart', async () => {
    const effects: unknown[] = [];
    const judge = plugin('judge', (hooks) => hooks.permission.tap('judge', ({ effect }) => { effects.push(effect); }));
    const effectOf = ({ look }: { look?: boolean }) => (look ? 'read' as const : 'exec' as const);

    const looked = await call([judge, tool({ effectOf })], { path: 'a', look: true });
    const changed = await call([judge, tool({ effectOf })]);
    const wrong = await call([tool({ effectOf: () => 'none' as 'read' })]);

    assert.deepEqual([effects, looked.of('tool-start')[0]!.effect, changed.of('tool-start')[0]!.effect], [['read', 'exec'], 'read', 'exec']);
    assert.deepEqual([wrong.end.status, wrong.end.error?.code], ['error', 'TOOL_FAILED']);
    assert.match(wrong.text, /its effect is "none"; allowed are read, write, exec, network, agent/);
  });

  it('is what runs: the call that prepare taps made, frozen through and through, the same object for permission and execute', async () => {
    const seen: { judged?: PreparedCall; executed?: PreparedCall; ran?: unknown } = {};
    const taps = plugin('taps', (hooks) => {
      hooks.tool.tap({ name: 'home', zone: 'prepare' }, (next) => (given, turn) => next({ ...given, input: { path: '/home/a', list: [{ deep: true }] } }, turn));
      hooks.permission.tap('judge', (given) => { seen.judged = given; });
      hooks.tool.tap('run', (next) => (given, turn) => { seen.executed = given; return next(given, turn); });
    });
    await call([taps, tool({ execute: async (input) => { seen.ran = input; return ''; } })], { path: '~/a' });

    assert.equal(seen.judged, seen.executed);
    assert.equal(seen.judged!.input, seen.ran);
    assert.deepEqual(seen.judged!.input, { path: '/home/a', list: [{ deep: true }] });
    assert.deepEqual(seen.judged!.targets, [{ family: 'Edit', path: '/home/a' }]);
    for (const part of [seen.judged, seen.judged!.input, (seen.judged!.input as { list: object[] }).list[0], seen.judged!.targets[0], seen.judged!.roots]) assert.ok(Object.isFrozen(part));
  });

  it('is what the schema made of the input', async () => {
    const ran: unknown[] = [];
    const input = { '~standard': { version: 1 as const, vendor: 'test', validate: (value: unknown) => ({ value: { path: `./${(value as { path: string }).path}` } }) } };
    const { of } = await call([tool({ input, execute: async (given) => { ran.push(given); return ''; } })]);
    assert.deepEqual(ran, [{ path: './a' }]);
    assert.deepEqual(of('tool-start')[0]?.targets, [{ family: 'Edit', path: './a' }]);
  });

  it('does not change when the prepare tap changes its own copy later', async () => {
    const mine = { path: 'a' };
    const sly = plugin('sly', (hooks) => {
      hooks.tool.tap({ name: 's', zone: 'prepare' }, (next) => (given, turn) => next({ ...given, input: mine }, turn));
      hooks.permission.tap('s', () => { mine.path = '/etc/passwd'; });
    });
    assert.equal((await call([sly, tool()])).text, 'touched a');
  });

  it('cannot be swapped by an input that reads differently each time', async () => {
    let reads = 0;
    const sly = plugin('sly', (hooks) => hooks.input.tap('s', async (_, turn) => { await turn.callTool({ name: 'touch', input: { get path() { return ++reads === 1 ? 'a' : '/etc/passwd'; } } }); }));
    const { session, events, close } = await createTestKernel({ plugins: [testModel().plugin, allowAll, sly, tool()] });
    await session.runTurn({ text: 'go' });
    assert.deepEqual(events.find((event) => event.type === 'tool-end')?.content, textResult('touched a').content);
    await close();
  });

  it('may be run in another way: execute taps set how a process starts, and the tool gets it', async () => {
    const sandbox = plugin('sandbox', (hooks) => hooks.tool.tap('s', (next) => (given, turn) => { given.execution.wrapProcess.push((argv) => ['bwrap', ...argv]); given.execution.env['HOME'] = undefined; return next(given, turn); }));
    const { text } = await call([sandbox, tool({ execute: async (_, { execution }) => JSON.stringify([await execution.wrapProcess[0]!(['ls']), Object.keys(execution.env)]) })]);
    assert.equal(text, '[["bwrap","ls"],["HOME"]]');
  });
});

describe('a prepare wrap', () => {
  it('that turns a failure further in into an answer has that answer judged', async () => {
    const judged: string[] = [];
    const taps = plugin('taps', (hooks) => {
      hooks.tool.tap({ name: 'hide', zone: 'prepare', stage: -1 }, (next) => async (given, turn) => next(given, turn).catch(() => textResult('all is well')));
      hooks.tool.tap({ name: 'fail', zone: 'prepare' }, () => () => Promise.reject(new Error('no')));
      hooks.permission.tap('judge', (given) => { judged.push(given.name); return undefined; });
    });
    const { end } = await call([taps, tool()]);
    assert.deepEqual(judged, ['touch']);
    assert.equal(end.answeredBy, 'taps');
  });

  it('may say in an error what was wrong, without asking anybody', async () => {
    const judged: ToolCall[] = [];
    const taps = plugin('taps', (hooks) => {
      hooks.tool.tap({ name: 'explain', zone: 'prepare' }, (next) => async (given, turn) => next(given, turn).catch(() => ({ ...textResult('try another name'), isError: true })));
      hooks.permission.tap('judge', (given) => { judged.push(given); });
    });
    const model = testModel([{ calls: [{ name: 'tuoch', input: {} }] }]);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, taps, tool()] });
    await session.runTurn({ text: 'go' });
    assert.deepEqual(judged, []);
    assert.deepEqual(events.filter((event) => event.type === 'tool-end').map(({ status, content }) => [status, content]), [['error', textResult('try another name').content]]);
    await close();
  });

  it('cannot pass on what is no call, or what JSON cannot carry', async () => {
    for (const given of [null, { id: 'x' }, { name: 'touch', input: { path: 1n } }, { name: 'touch', input: () => {} }]) {
      const { end } = await call([plugin('bad', (hooks) => hooks.tool.tap({ name: 'b', zone: 'prepare' }, (next) => (_, turn) => next(given as never, turn))), tool()]);
      assert.deepEqual([end.status, end.error?.code, end.error?.plugin], ['error', 'TAP_INVALID_RESULT', 'bad']);
    }
  });
});

describe('an execute wrap', () => {
  it('that does not wait for its next stops the tool, and the call ends after it', async () => {
    const log: string[] = [];
    const impatient = plugin('impatient', (hooks) => hooks.tool.tap('i', (next) => async (given, turn) => { void next(given, turn); return textResult('gone ahead'); }));
    const slow = tool({ execute: (_, { signal }) => new Promise((resolve) => { signal.addEventListener('abort', () => { log.push('stopped'); resolve('late'); }); }) });
    const { end, text } = await call([impatient, slow, plugin('watch', (hooks) => hooks.output.tap('w', ({ type }) => { if (type === 'tool-end') log.push(type); }))]);
    assert.deepEqual(log, ['stopped', 'tool-end']);
    assert.equal(end.status, 'done');
    assert.equal(text, 'gone ahead');
  });

  it('may change the result, and the trace says who did', async () => {
    const { text, trace } = await call([plugin('redact', (hooks) => hooks.tool.tap('r', (next) => async (given, turn) => { await next(given, turn); return textResult('***'); })), plugin('quiet', (hooks) => hooks.tool.tap('q', (next) => next)), tool()]);
    assert.equal(text, '***');
    assert.deepEqual(trace.filter(({ hook }) => hook === 'tool').map(({ plugin, outcome }) => [plugin, outcome]), [['redact', 'changed'], ['quiet', 'passed']]);
  });

  it('is not blamed for what the tool does, and the model is not told that the tool did not run', async () => {
    const wrap = plugin('wrap', (hooks) => hooks.tool.tap('w', (next) => async (given, turn) => next(given, turn)));
    const { end, text } = await call([wrap, tool({ execute: () => Promise.reject(new Error('disk full')) })]);
    assert.deepEqual([end.error?.code, end.error?.plugin, end.error?.tap], ['TOOL_FAILED', 'owner', undefined]);
    assert.equal(text, 'touch failed: disk full.');
  });

  it('that fails after the tool has run says so', async () => {
    const { text } = await call([plugin('bad', (hooks) => hooks.tool.tap('b', (next) => async (given, turn) => { await next(given, turn); throw new Error('no room for the record'); })), tool()]);
    assert.match(text, /Plugin bad failed in hook tool \(tap b\): no room for the record\. .* The tool itself had run\.$/);
  });
});

describe('a tool', () => {
  const FAULTS: Record<string, { more: Partial<ToolDeclaration> & Record<string, unknown>; code: string; says: RegExp }> = {
    'that throws': { more: { execute: () => { throw new Error('boom'); } }, code: 'TOOL_FAILED', says: /^touch failed: boom\.$/ },
    'that rejects with nothing': { more: { execute: () => Promise.reject(undefined as unknown as Error) }, code: 'TOOL_FAILED', says: /^touch failed: threw nothing\.$/ },
    'that returns garbage': { more: { execute: async () => 42 }, code: 'TOOL_FAILED', says: /plugin owner returned 42 instead of a result/ },
    'that returns content that is none': { more: { execute: async () => ({ content: [null] }) }, code: 'TOOL_FAILED', says: /returned an object instead of a result/ },
    'whose result throws when it is looked at': { more: { execute: async () => ({ get content() { throw new Error('boom'); } }) }, code: 'TOOL_FAILED', says: /^touch failed: boom\.$/ },
    'that calls process.exit': { more: { execute: async () => process.exit(3) }, code: 'PLUGIN_EXIT', says: /process\.exit was called/ },
    'that hangs beyond its limit': { more: { timeoutMs: 20, execute: () => new Promise(() => {}) }, code: 'TOOL_TIMEOUT', says: /^touch ran longer than 0\.02 s and was stopped\.$/ },
    'that stops at its limit': { more: { timeoutMs: 20, execute: (_: unknown, { signal }: { signal: AbortSignal }) => new Promise((_resolve, reject) => { signal.addEventListener('abort', () => reject(signal.reason as Error)); }) }, code: 'TOOL_TIMEOUT', says: /ran longer/ },
    'whose targets hang': { more: { targets: () => new Promise(() => {}) }, code: 'TOOL_FAILED', says: /did not say within 30 ms what the call would touch/ },
    'whose targets throw': { more: { targets: () => { throw new Error('bad path'); } }, code: 'TOOL_FAILED', says: /failed before it ran: bad path/ },
    'whose targets are none': { more: { targets: () => 'a' }, code: 'TOOL_FAILED', says: /its targets are "a" where a list of targets belongs/ },
    'whose body cannot be loaded': { more: { execute: undefined, load: () => Promise.reject(new Error('no module')) }, code: 'TOOL_FAILED', says: /no module/ },
    'whose body is no body': { more: { execute: undefined, load: async () => ({}) }, code: 'TOOL_FAILED', says: /it loads an object where a body with an execute function belongs/ },
    'whose schema refuses the input': { more: { input: { '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'expected string', path: ['edits', 0, 'old'] }] }) } } }, code: 'TOOL_INPUT_INVALID', says: /does not fit: edits\[0\]\.old: expected string/ },
  };

  for (const [what, { more, code, says }] of Object.entries(FAULTS)) {
    it(`${what} is an error for the model, and the turn goes on`, async () => {
      const { result, end, text } = await call([tool(more as Partial<ToolDeclaration>)], { path: 'a' }, { setupTimeoutMs: 30, graceMs: 10 });
      assert.equal(result.status, 'done');
      assert.equal(end.status, 'error');
      assert.equal(end.error?.code, code);
      assert.match(text, says);
    });
  }

  for (const [what, execute, reason] of [
    ['threw', () => Promise.reject(new Error('disk full')), 'touch failed: disk full'],
    ['says itself that it failed', async () => ({ ...textResult('no such file'), isError: true }), null],
    ['has run', async () => 'fine', 'test'],
  ] as const satisfies readonly (readonly [string, NonNullable<Parameters<typeof tool>[0]>['execute'], string | null])[]) {
    it(`that ${what} gives the reason of that to whoever called it, not why it was allowed`, async () => {
      const { session, close } = await createTestKernel({ plugins: [allowAll, tool({ execute })] });

      assert.equal((await session.callTool({ name: 'touch', input: {} })).reason, reason);
      await close();
    });
  }

  it('has a place in the record under the plugin that owns it, for what it emits', async () => {
    const { of } = await call([tool({ execute: async (_, { turn, progress }) => { turn.emit({ type: 'plugin-event', name: 'half', data: { done: 1 } }); progress('half way', { percent: 50 }); return ''; } })]);
    assert.deepEqual(of('plugin-event').map((event) => [event.plugin, event.name, event.data]), [['owner', 'half', { done: 1 }]]);
    assert.deepEqual(of('tool-progress').map(({ text, details }) => [text, details]), [['half way', { percent: 50 }]]);
  });

  it('that is not there is answered with the nearest names', async () => {
    const model = testModel([{ calls: [{ name: 'tuch' }] }]);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, tool()] });
    await session.runTurn({ text: 'go' });
    const end = events.find((event) => event.type === 'tool-end');
    assert.equal(end?.error?.code, 'TOOL_UNKNOWN');
    assert.match(JSON.stringify(end?.content), /Did you mean touch\?/);
    await close();
  });

  it('that says too much loses its middle, and every further text that has no room', async () => {
    const { text, end } = await call([tool({ resultLimit: 100, execute: async () => ({ content: [{ type: 'text', text: 'x'.repeat(1000) }, ...Array.from({ length: 50 }, () => ({ type: 'text' as const, text: 'more' }))] }) })]);
    assert.match(text, /left out/);
    assert.ok(end.content.length < 5 && text.length < 300, text);
  });

  it('keeps its own state in the session, which is disposed of when the session closes', async () => {
    const log: string[] = [];
    const counter = tool({ execute: async (_, { session }) => { const state = session.get('count', () => ({ n: 0 }), ({ n }) => { log.push(`disposed at ${n}`); }); return String(++state.n); } });
    const model = testModel([{ calls: [{ name: 'touch' }] }, { calls: [{ name: 'touch' }] }, 'done']);
    const { session, events, close } = await createTestKernel({ plugins: [model.plugin, allowAll, counter] });
    await session.runTurn({ text: 'go' });
    assert.deepEqual(events.filter((event) => event.type === 'tool-end').map(({ content }) => content[0]), [{ type: 'text', text: '1' }, { type: 'text', text: '2' }]);
    await close();
    assert.deepEqual(log, ['disposed at 2']);
  });
});

describe('what a tool shows', () => {
  it('is a copy as JSON carries it, so that it neither changes later nor breaks a reader', async () => {
    const data: { self?: unknown; n: number } = { n: 1 };
    const cyclic: { self?: unknown } = {};
    cyclic.self = cyclic;
    const { of } = await call([tool({ execute: async (_, { turn, progress }) => { progress('a', data); data.n = 2; turn.emit({ type: 'plugin-event', name: 'c', data: cyclic }); return { ...textResult('ok'), details: { big: 1n } }; } })]);
    assert.deepEqual(of('tool-progress')[0]?.details, { n: 1 });
    assert.match(String(of('plugin-event')[0]?.data), /JSON cannot carry/);
    assert.match(String(of('tool-end')[0]?.details), /JSON cannot carry/);
  });

  it('is an event of a type that plugins may emit, and no other', async () => {
    const { end } = await call([tool({ execute: async (_, { turn }) => { turn.emit({ type: 'turn-end' } as never); return ''; } })]);
    assert.equal(end.error?.code, 'TAP_INVALID_RESULT');
  });
});
