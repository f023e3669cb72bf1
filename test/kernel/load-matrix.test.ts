import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { definePlugin, HOOK_NAMES, type HookName, type Hooks, type PluginSource } from '@pith/kernel';
import { allowAll, createTestKernel, testModel } from '@pith/kernel/testing';

const never = (): Promise<never> => new Promise(() => {});

/** One innocent tap of each hook. A hook that is missing here does not compile. */
const TAPS: Record<HookName, (hooks: Hooks, seen: (hook: HookName) => void) => void> = {
  input: (hooks, seen) => hooks.input.tap('t', () => seen('input')),
  context: (hooks, seen) => hooks.context.tap('t', () => seen('context')),
  model: (hooks, seen) => hooks.model.tap('t', (next) => (request, turn) => { seen('model'); return next(request, turn); }),
  tool: (hooks, seen) => hooks.tool.tap('t', (next) => (call, turn) => { seen('tool'); return next(call, turn); }),
  permission: (hooks, seen) => hooks.permission.tap('t', () => seen('permission')),
  output: (hooks, seen) => hooks.output.tap('t', () => seen('output')),
};

type Setup = (tapped: () => void) => void | Promise<void>;
/** In a file of its own, or in the `setup` of a definition, before or after it has tapped. */
type LoadFault = { code: string; says: RegExp } & ({ text: string } | { load: () => Promise<unknown> } | { setup: Setup });

const FAULTS: Record<string, LoadFault> = {
  'throws on import': { text: 'throw new Error("boom");', code: 'PLUGIN_LOAD_FAILED', says: /boom/ },
  'rejects on import': { text: 'await Promise.reject(new Error("boom"));', code: 'PLUGIN_LOAD_FAILED', says: /boom/ },
  'has a syntax error': { text: 'export default {{{', code: 'PLUGIN_LOAD_FAILED', says: /cannot be loaded/ },
  'imports what is not there': { text: 'import "not-installed-anywhere";', code: 'PLUGIN_LOAD_FAILED', says: /not-installed-anywhere/ },
  'calls process.exit on import': { text: 'process.exit(7);', code: 'PLUGIN_LOAD_FAILED', says: /process\.exit/ },
  'exports garbage': { text: 'export default 42;', code: 'PLUGIN_INVALID', says: /found 42/ },
  'hangs on import': { load: never, code: 'PLUGIN_LOAD_FAILED', says: /took longer than 50 ms/ },
  'throws in setup': { setup: (tapped) => { tapped(); throw new Error('boom'); }, code: 'PLUGIN_SETUP_FAILED', says: /boom/ },
  'throws in setup before it taps': { setup: () => { throw new Error('boom'); }, code: 'PLUGIN_SETUP_FAILED', says: /boom/ },
  'rejects in setup': { setup: async (tapped) => { tapped(); await null; throw new Error('boom'); }, code: 'PLUGIN_SETUP_FAILED', says: /boom/ },
  'hangs in setup': { setup: (tapped) => { tapped(); return never(); }, code: 'PLUGIN_SETUP_FAILED', says: /took longer than 50 ms/ },
  'calls process.exit in setup': { setup: (tapped) => { tapped(); process.exit(7); }, code: 'PLUGIN_EXIT', says: /process\.exit/ },
};

/** How a plugin is known to guard, besides by what it taps. A definition that was never seen says nothing. */
const GUARDS = ['nothing', 'manifest', 'required'] as const;

describe('a plugin that does not load', () => {
  let folder: string;
  let files = 0;
  before(async () => { folder = await mkdtemp(join(tmpdir(), 'pith-matrix-')); });
  after(() => rm(folder, { recursive: true, force: true }));

  function sourceOf(fault: LoadFault, hook: HookName, guard: typeof GUARDS[number]): PluginSource {
    const load = async (): Promise<unknown> => {
      if ('load' in fault) return fault.load();
      if ('setup' in fault) return { default: definePlugin({ name: 'culprit', required: guard === 'required', setup: ({ hooks }) => fault.setup(() => TAPS[hook](hooks, () => assert.fail('it runs'))) }) };
      const file = join(folder, `${files++}.ts`);
      await writeFile(file, fault.text);
      return import(pathToFileURL(file).href);
    };
    return { name: 'culprit', from: 'hooks/culprit.ts', capabilities: [`hook:${hook}`], guards: guard === 'manifest', load };
  }

  for (const [what, fault] of Object.entries(FAULTS)) {
    for (const hook of HOOK_NAMES) {
      for (const guard of GUARDS) {
        if (guard === 'required' && !('setup' in fault)) continue;
        const stops = guard !== 'nothing' || hook === 'permission';

        it(`${what}, tapping ${hook}, its guard declared by ${guard}: ${stops ? 'no turn runs' : 'it is left out, and the turn runs'}`, async () => {
          const seen = new Set<HookName>();
          const witness = definePlugin({ name: 'witness', setup({ hooks }) { for (const name of HOOK_NAMES) TAPS[name](hooks, (called) => { seen.add(called); }); } });
          const echo = definePlugin({ name: 'echo', tools: [{ name: 'echo', description: '', effect: 'read', inputSchema: {}, execute: async () => 'hi' }] });
          const model = testModel([{ calls: [{ name: 'echo' }] }]);
          const exit = process.exit;
          const { kernel, session, events, close } = await createTestKernel({ plugins: [model.plugin, echo, allowAll, witness, sourceOf(fault, hook, guard)], setupTimeoutMs: what.startsWith('hangs') ? 50 : 10_000 });

          const status = kernel.plugins.find(({ name }) => name === 'culprit');
          assert.deepEqual([status?.state, status?.error?.code, status?.guards], ['failed', fault.code, stops]);
          assert.match(status?.error?.message ?? '', fault.says);
          assert.match(status?.error?.message ?? '', /culprit/);
          assert.equal(kernel.generation.taps.some(({ plugin }) => plugin === 'culprit'), false, 'nothing of it stays');
          if (stops) {
            await assert.rejects(session.runTurn({ text: 'go' }), { code: 'GUARD_MISSING', plugin: 'culprit', message: fault.says });
            assert.deepEqual([events.length, model.requests.length, seen.size], [0, 0, 0]);
          } else {
            assert.equal((await session.runTurn({ text: 'go' })).status, 'done');
            assert.deepEqual([...seen].sort(), HOOK_NAMES.toSorted(), 'other plugins are unharmed');
            assert.equal(events.filter((event) => event.type === 'notice' && event.plugin === 'culprit' && event.code === fault.code).length, 1, 'it is said once');
          }
          await close();
          assert.equal(process.exit, exit);
        });
      }
    }
  }
});
