import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HOOK_NAMES, type HookName } from '@pith/kernel';
import { linkPlugins } from '../support/link-plugins.ts';
import { conversation, createPlace, jsonLines, type Place } from '../support/pith.ts';

/** A tap of each hook that does `body` and is innocent otherwise. A hook that is missing here does not compile. */
const TAPS: Record<HookName, (body: string) => string> = {
  input: (body) => `hooks.input.tap('bad', () => { ${body} });`,
  context: (body) => `hooks.context.tap('bad', () => { ${body} });`,
  model: (body) => `hooks.model.tap('bad', (next) => (request, turn) => { ${body}; return next(request, turn); });`,
  tool: (body) => `hooks.tool.tap('bad', (next) => (call, turn) => { ${body}; return next(call, turn); });`,
  permission: (body) => `hooks.permission.tap('bad', () => { ${body} });`,
  output: (body) => `hooks.output.tap('bad', () => { ${body} });`,
};

const plugin = (setup: string, head = ''): string => `${head}\nimport { definePlugin } from '@pith/kernel';\nexport default definePlugin({ name: 'culprit', setup({ hooks }) { ${setup} } });`;

/** What becomes of a run. `left-out`: said, and the run is done; but a guard stops it. `ended`: the turn ends. `told`, `denied`, `reported`: and the run goes on. `done`: nothing happened. */
type Fate = 'left-out' | 'ended' | 'told' | 'denied' | 'reported' | 'done';

/** What a throw comes to, by hook: the table of docs/hooks.md. */
const THROWN: Record<HookName, Fate> = { input: 'ended', context: 'ended', model: 'ended', tool: 'told', permission: 'denied', output: 'reported' };

interface Fault { entry: (hook: HookName) => string; fate: (hook: HookName) => Fate; /** Only with npm run soak. */ isSlow?: true }
const atLoad = (entry: Fault['entry']): Fault => ({ entry, fate: () => 'left-out' });
const inTap = (body: string, fate: Fault['fate']): Fault => ({ entry: (hook) => plugin(TAPS[hook](body)), fate });

/** Once; a tap may be called often. */
const ONCE = 'if (!globalThis.hasFailed) { globalThis.hasFailed = true; BODY }';
const onlyOnce = (body: string): string => ONCE.replace('BODY', body);

// Faults that only a process of its own shows. What can be seen within one is in test/kernel/hooks-matrix.test.ts.
const FAULTS: Record<string, Fault> = {
  'throws on import': atLoad((hook) => plugin(TAPS[hook](''), 'throw new Error("boom");')),
  'has a syntax error': atLoad((hook) => plugin(TAPS[hook]('') + ' {{{')),
  'imports what is not there': atLoad((hook) => plugin(TAPS[hook](''), 'import "not-installed-anywhere";')),
  'calls process.exit on import': atLoad((hook) => plugin(TAPS[hook](''), 'process.exit(7);')),
  'throws in setup': atLoad((hook) => plugin(`${TAPS[hook]('')} throw new Error('boom');`)),
  'hangs in setup': { ...atLoad((hook) => plugin(`${TAPS[hook]('')} return new Promise(() => {});`)), isSlow: true },
  'calls process.exit in setup': atLoad((hook) => plugin(`${TAPS[hook]('')} process.exit(7);`)),
  'calls process.exit': inTap('process.exit(7)', (hook) => THROWN[hook]),
  'calls process.exit from a timer': inTap(onlyOnce('setTimeout(() => process.exit(7), 0)'), () => 'ended'),
  'calls process.exit from a promise': inTap(onlyOnce('void Promise.resolve().then(() => process.exit(7))'), () => 'ended'),
  'throws from a timer': inTap(onlyOnce('setTimeout(() => { throw new Error("boom"); }, 0)'), () => 'ended'),
  'leaves a timer': inTap('setInterval(() => {}, 1000)', () => 'done'),
  'leaves a server': { entry: (hook) => plugin(TAPS[hook](onlyOnce('createServer().listen(0, "127.0.0.1")')), 'import { createServer } from "node:net";'), fate: () => 'done' },
  'leaves a child process': { entry: (hook) => plugin(TAPS[hook](onlyOnce('writeFileSync("child.pid", String(spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" }).pid))')), 'import { spawn } from "node:child_process";\nimport { writeFileSync } from "node:fs";'), fate: () => 'done' },
};

/** Taps every hook, counts, and writes down what it saw when the turn ends. */
const WITNESS = `import { definePlugin } from '@pith/kernel';
import { writeFileSync } from 'node:fs';
export default definePlugin({ name: 'witness', setup({ hooks }) {
  const seen = {};
  const count = (hook) => { seen[hook] = (seen[hook] ?? 0) + 1; };
  hooks.input.tap('w', () => count('input'));
  hooks.context.tap('w', () => count('context'));
  hooks.model.tap('w', (next) => (request, turn) => { count('model'); return next(request, turn); });
  hooks.tool.tap('w', (next) => (call, turn) => { count('tool'); return next(call, turn); });
  hooks.permission.tap('w', () => count('permission'));
  hooks.output.tap('w', (event) => { if (event.type === 'turn-end') { count('output'); writeFileSync('seen.json', JSON.stringify(seen)); } });
} });`;

const LIMIT_MS = 20_000;

async function run(place: Place): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = place.start(['run', '--model', './c.json', '--output', 'stream-json', 'go']);
  let [stdout, stderr] = ['', ''];
  child.stdout!.setEncoding('utf8').on('data', (text: string) => { stdout += text; });
  child.stderr!.setEncoding('utf8').on('data', (text: string) => { stderr += text; });
  const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const [code] = await once(child, 'close') as [number | null];
  clearTimeout(timer);
  return { code, stdout, stderr };
}

describe('a plugin that misbehaves, in a process of its own', () => {
  let place: Place;
  beforeEach(async () => {
    place = await createPlace();
    await place.write('c.json', conversation({ calls: [{ tool: 'read', input: { path: 'c.json' } }] }, { text: 'done' }));
  });
  afterEach(async () => {
    const pid = Number(await readFile(join(place.folder, 'child.pid'), 'utf8').catch(() => '0'));
    if (pid > 0) process.kill(pid, 'SIGKILL');
    await place.remove();
  });

  for (const [index, [what, { entry, fate, isSlow }]] of Object.entries(FAULTS).entries()) {
    for (const [column, hook] of HOOK_NAMES.entries()) {
      for (const guards of [false, true]) {
        // A sample of a quarter, every fault and every hook in it; all of them with npm run soak.
        if (process.env['PITH_SOAK'] === undefined && (isSlow || (index + column + (guards ? 2 : 0)) % 4 !== 0)) continue;

        it(`${what}, tapping ${hook}${guards ? ', guarding' : ''}`, async () => {
          await linkPlugins(place, [
            { name: 'culprit', manifest: { capabilities: [`hook:${hook}`], guards }, entry: entry(hook) },
            { name: 'witness', manifest: { capabilities: HOOK_NAMES.map((name) => `hook:${name}`) }, entry: WITNESS },
          ]);

          const { code, stdout, stderr } = await run(place);

          const events = jsonLines(stdout);
          const seen = JSON.parse(await readFile(join(place.folder, 'seen.json'), 'utf8').catch(() => '{}')) as Record<string, number>;
          const ended = events.find(({ type }) => type === 'turn-end') as { status: string; error?: { plugin?: string; hook?: string; tap?: string } } | undefined;
          const about = events.filter((event) => event['plugin'] === 'culprit');
          const outcome = fate(hook);
          if (outcome === 'left-out' && (guards || hook === 'permission')) {
            assert.equal(code, 1);
            assert.match(stderr, /Plugin culprit guards this installation and did not load, so no turn runs/);
            assert.equal(events.some(({ type }) => type === 'model-start'), false);
            assert.deepEqual(seen, {});
          } else if (outcome === 'ended') {
            assert.equal(code, 1);
            assert.equal(ended?.status, 'error');
            assert.equal(ended.error?.plugin, 'culprit');
            assert.equal(seen['output'], 1, 'other plugins see the end');
          } else {
            assert.equal(code, 0, stderr);
            assert.equal(ended?.status, 'done');
            assert.deepEqual(seen, { input: 1, context: 2, model: 2, permission: 1, output: 1, ...(outcome === 'denied' || outcome === 'told' ? {} : { tool: 1 }) });
          }
          const tool = events.find(({ type }) => type === 'tool-end') as { status: string; error?: { plugin?: string; hook?: string; tap?: string } } | undefined;
          if (outcome === 'left-out' && code === 0) assert.deepEqual(about.map(({ type }) => type), ['notice'], 'it is said once');
          if (outcome === 'told') assert.deepEqual([tool?.status, tool?.error?.plugin, tool?.error?.hook, tool?.error?.tap], ['error', 'culprit', 'tool', 'bad']);
          if (outcome === 'denied') assert.deepEqual([tool?.status, (events.find(({ type }) => type === 'permission-decided') as { by?: string; kind?: string }).by], ['refused', 'culprit']);
          if (outcome === 'reported') assert.equal(about.filter(({ type }) => type === 'notice').length, 1);
          if (outcome === 'done') assert.deepEqual(about, []);
        });
      }
    }
  }
});
