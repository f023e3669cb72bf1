import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, deny, type PluginDefinition, textResult, TOOL_ENTRY_PATHS, type ToolEntryPath, type TurnEvent } from '@pith/kernel';
import { allowAll, createTestKernel, type ScriptStep, testModel } from '@pith/kernel/testing';

/** How a call comes in by each path. A path that is added to the kernel's list and not here does not compile. */
const ENTER: Record<ToolEntryPath, { script: ScriptStep[]; plugins?: PluginDefinition[]; call?: true }> = {
  model: { script: [{ calls: [{ name: 'touch', input: { path: 'a' } }] }] },
  'sub-turn': {
    script: [{ calls: [{ name: 'agent' }] }, { calls: [{ name: 'touch', input: { path: 'a' } }] }],
    plugins: [definePlugin({
      name: 'agents',
      tools: [{ name: 'agent', description: '', effect: 'agent', inputSchema: {}, targets: () => [{ family: 'Agent' }], execute: async (_, { turn }) => (await turn.runSubTurn({ name: 'helper', text: 'touch a' })).text }],
    })],
  },
  session: { script: [], call: true },
  plugin: {
    script: [],
    plugins: [definePlugin({ name: 'bang', setup({ hooks }) { hooks.input.tap('!', async (input, turn) => { await turn.callTool({ name: 'touch', input: { path: 'a' } }); return input; }); } })],
  },
};

async function enter(path: ToolEntryPath, plugins: PluginDefinition[]) {
  const touched: unknown[] = [];
  const touch = definePlugin({
    name: 'touch',
    tools: [{ name: 'touch', description: '', effect: 'write', inputSchema: {}, targets: ({ path }: { path: string }) => [{ family: 'Edit', path }], execute: async (input) => { touched.push(input); return 'touched'; } }],
  });
  const { script, plugins: more = [], call } = ENTER[path];
  const { session, events, close } = await createTestKernel({ plugins: [testModel(script).plugin, touch, allowAll, ...more, ...plugins] });
  if (call) await session.callTool({ name: 'touch', input: { path: 'a' } });
  else await session.runTurn({ text: 'go' });
  await close();
  const of = <T extends TurnEvent['type']>(type: T) => events.filter((event) => event.type === type && 'tool' in event && event.tool === 'touch') as Extract<TurnEvent, { type: T }>[];
  return { touched, of };
}

/** Taps everything around a tool, and writes down in which order it is asked. */
function recorder(log: string[]): PluginDefinition {
  return definePlugin({
    name: 'recorder',
    setup({ hooks }) {
      const isOurs = ({ name }: { name: string }): boolean => name === 'touch';
      hooks.tool.tap({ name: 'p', zone: 'prepare' }, (next) => (call, turn) => { if (isOurs(call)) log.push('prepare'); return next(call, turn); });
      hooks.permission.tap('g', (call) => { if (isOurs(call)) log.push('permission'); });
      hooks.tool.tap('e', (next) => (call, turn) => { if (isOurs(call)) log.push('execute'); return next(call, turn); });
    },
  });
}

const denier = definePlugin({ name: 'denier', setup({ hooks }) { hooks.permission.tap('no', (call) => (call.name === 'touch' ? deny('not here', { rule: 'Edit(a)' }) : undefined)); } });

const cacheIn = (zone: 'prepare' | 'execute') => definePlugin({
  name: 'cache',
  setup({ hooks }) {
    // The two zones differ in what their wraps may call; an answer calls nothing.
    if (zone === 'prepare') hooks.tool.tap({ name: 'c', zone, answers: true }, (next) => async (call, turn) => (call.name === 'touch' ? textResult('cached') : next(call, turn)));
    else hooks.tool.tap({ name: 'c', zone, answers: true }, (next) => async (call, turn) => (call.name === 'touch' ? textResult('cached') : next(call, turn)));
  },
});

describe('every way to a tool', () => {
  it('is in this test', () => assert.deepEqual(Object.keys(ENTER), [...TOOL_ENTRY_PATHS]));

  for (const path of TOOL_ENTRY_PATHS) {
    it(`${path}: passes prepare, permission and execute, once, in this order`, async () => {
      const log: string[] = [];
      const { touched, of } = await enter(path, [recorder(log)]);
      assert.deepEqual(log, ['prepare', 'permission', 'execute']);
      assert.deepEqual(touched, [{ path: 'a' }]);
      assert.deepEqual(of('tool-call').map((event) => event.path), [path]);
      assert.deepEqual(of('permission-decided').map(({ verdict }) => verdict), ['allow']);
      assert.deepEqual([of('tool-start').length, of('tool-end').map(({ status }) => status)], [1, ['done']]);
    });

    it(`${path}: is stopped by a deny`, async () => {
      const log: string[] = [];
      const { touched, of } = await enter(path, [recorder(log), denier]);
      assert.deepEqual(log, ['prepare', 'permission']);
      assert.deepEqual(touched, []);
      assert.deepEqual(of('permission-decided').map(({ verdict, by, rule, kind }) => ({ verdict, by, rule, kind })), [{ verdict: 'deny', by: 'denier', rule: 'Edit(a)', kind: 'denied' }]);
      assert.deepEqual([of('tool-start').length, of('tool-end').map(({ status }) => status)], [0, ['refused']]);
    });

    for (const zone of ['prepare', 'execute'] as const) {
      it(`${path}: an answer from a cache in ${zone} meets a deny, too`, async () => {
        const { touched, of } = await enter(path, [cacheIn(zone), denier]);
        assert.deepEqual(touched, []);
        assert.deepEqual(of('tool-end').map(({ status, answeredBy }) => ({ status, answeredBy })), [{ status: 'refused', answeredBy: undefined }]);
        assert.doesNotMatch(JSON.stringify(of('tool-end')), /cached/);
      });

      it(`${path}: an answer from a cache in ${zone} is given when the call is allowed, and says who answered`, async () => {
        const { touched, of } = await enter(path, [cacheIn(zone)]);
        assert.deepEqual(touched, []);
        assert.deepEqual(of('permission-decided').map(({ verdict }) => verdict), ['allow']);
        assert.deepEqual(of('tool-end').map(({ status, answeredBy, content }) => ({ status, answeredBy, content })), [{ status: 'done', answeredBy: 'cache', content: textResult('cached').content }]);
      });
    }

    it(`${path}: no execute wrap changes the call`, async () => {
      const changer = definePlugin({ name: 'changer', setup({ hooks }) { hooks.tool.tap('x', (next) => (call, turn) => next(call.name === 'touch' ? { ...call, input: { path: 'b' } } : call, turn)); } });
      const { touched, of } = await enter(path, [changer]);
      assert.deepEqual(touched, []);
      assert.deepEqual(of('tool-end').map(({ status, error }) => ({ status, code: error?.code, plugin: error?.plugin })), [{ status: 'error', code: 'TAP_CHANGED_CALL', plugin: 'changer' }]);
    });
  }
});

/** Every place in a source text that reaches for a provider's `stream` or `countInput` or a tool's `execute`, other than by passing it on. */
function reaches(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\\n]|\\.)*'(?!\s*\])/g, (part) => part.replaceAll(/[^\n]/g, ' '));
  const found: string[] = [];
  for (const match of code.matchAll(/(?:\.|\?\.)\s*(stream|execute|countInput)\s*!?(?:\?\.\s*)?\(|(?:\.|\?\.)\s*(stream|execute|countInput)\s*\??\.\s*(?:call|apply|bind)\b|\[\s*['"`](stream|execute|countInput)['"`]\s*\]\s*[!?.]*\s*\(|\{[^{}]*\b(stream|execute|countInput)\b[^{}]*\}\s*=[^=>]/g)) {
    const line = code.slice(0, match.index).split('\n').length;
    const given = code.slice(match.index + match[0].length).trimStart();
    // A query of the database: no argument, or the connection. No provider and no tool can be called like this.
    if (match[0].endsWith('(') && /^(\)|(?:this\.)?#?(?:db|trx|database|connection)\))/.test(given)) continue;
    found.push(`${line}: ${text.split('\n')[line - 1]!.trim()}`);
  }
  return found;
}

async function sources(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries.filter((entry) => entry.isFile() && /\.[cm]?[jt]s$/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/\b(node_modules|dist|test)\b/.test(relative(folder, file)));
}

describe('the source', () => {
  it('calls a provider and a tool in one place each', async () => {
    const root = fileURLToPath(new URL('../..', import.meta.url));
    const files = (await Promise.all(['src', 'plugins'].map((folder) => sources(join(root, folder))))).flat();
    const found = await Promise.all(files.map(async (file) => reaches(await readFile(file, 'utf8')).map((place) => `${relative(root, file).split(sep).join('/')}:${place.replace(/^\d+: /, ' ')}`)));
    assert.deepEqual(found.flat().sort(), [
      'src/kernel/model.ts: const tokens: unknown = await callTap(frame, () => provider.countInput!(maskRequest(request, run.session.kernel.secrets), frame.turn));',
      'src/kernel/model.ts: return (await load()).stream(request, frame.turn);',
      'src/kernel/tool/tool-body.ts: return await tool.body!.execute(call.input, {',
    ]);
  });

  it('would be caught in any other spelling', () => {
    for (const spelling of [
      'provider.stream(request, turn)', 'provider?.stream(request, turn)', 'provider.stream?.(request, turn)', 'provider\n  .stream(request)', "provider['stream'](request)",
      'body.execute(input, context)', 'tool.body!.execute.call(tool, input)', 'tool["execute"]!(input)', 'const { execute } = body;', 'provider.countInput!(request, turn)', 'const { input, execute: run } = await load();', 'tool.execute.bind(tool)',
    ]) assert.equal(reaches(`const before = 1;\n${spelling}`).length, 1, spelling);
    for (const harmless of ['await query.execute()', 'sql`select 1`.execute(db)', '// tool.execute(input)', "say('tool.execute(input)')", 'const tool = { execute: async () => 1 };', 'if (typeof body.execute === "function") return;']) assert.deepEqual(reaches(harmless), [], harmless);
  });
});
