// What a spawned hook costs beside a tap in the process: the same call, refused by neither, with one of each.
// Run with: npm run bench command-hooks
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, definePlugin, type Kernel, type PluginDefinition } from '@pith/kernel';
import plugin from '@pith/plugin-command-hooks';
import { interleave } from './measure.ts';

const MUST = 500;
const CALLS = 400;
/** Spawned hooks of a round; one takes as long as many taps. */
const SPAWNED_CALLS = 20;
const TAPS = 50;
const ROUNDS = 15;

const tool = definePlugin({
  name: 'tool', capabilities: ['permission:allow'],
  tools: [{ name: 'bash', description: '', effect: 'read', inputSchema: {}, execute: async () => '' }],
  setup({ hooks }) { hooks.permission.tap('allow', () => ({ verdict: 'allow', reason: 'bench' })); },
});
/** What the spawned hook does, as taps: looks at the call and has no opinion. Several, since one is lost in what a call itself costs. */
const taps = definePlugin({
  name: 'taps',
  setup({ hooks }) { for (let n = 0; n < TAPS; n++) hooks.permission.tap(`tap-${n}`, (call) => ((call.input as { command: string }).command.includes('rm -rf') ? { verdict: 'deny', reason: 'no' } : undefined)); },
});

const home = await mkdtemp(join(tmpdir(), 'pith-bench-hooks-'));
await mkdir(join(home, '.claude'));
await writeFile(join(home, '.claude', 'settings.json'), JSON.stringify({ hooks: { PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command: 'exit 0' }] }] } }));

const kernels: Kernel[] = [];
async function caller(plugins: readonly PluginDefinition[], calls: number): Promise<() => Promise<void>> {
  const kernel = await createKernel({ plugins, env: { PATH: process.env['PATH'], HOME: home }, paths: { config: home, data: home, cache: home } });
  kernels.push(kernel);
  const session = kernel.openSession({ cwd: home });
  return async () => {
    for (let n = 0; n < calls; n++) {
      const { status } = await session.callTool({ name: 'bash', input: { command: 'ls' } });
      if (status !== 'done') throw new Error(`a call of the bench ended as ${status}`);
    }
  };
}

const times = await interleave({
  bare: await caller([tool], CALLS), tapped: await caller([tool, taps], CALLS), spawned: await caller([tool, plugin as PluginDefinition], SPAWNED_CALLS),
}, { rounds: ROUNDS });
for (const kernel of kernels) await kernel.close();
await rm(home, { recursive: true, force: true });

const bareMs = times.bare / CALLS;
const tapUs = ((times.tapped / CALLS - bareMs) * 1000) / TAPS;
const hookMs = times.spawned / SPAWNED_CALLS - bareMs;
const ratio = (hookMs * 1000) / tapUs;
console.error(`a tap ${tapUs.toFixed(2)} µs, a spawned hook ${hookMs.toFixed(2)} ms: ${ratio.toFixed(0)} times (must be at least ${MUST})`);
console.log(JSON.stringify({ bench: 'command-hooks', node: process.version, at: new Date().toISOString(), figures: [{ name: 'a spawned hook in taps', unit: 'times', atLeast: MUST, got: ratio, ok: ratio >= MUST }, { name: 'a tap', unit: 'µs', got: tapUs }, { name: 'a spawned hook', unit: 'ms', got: hookMs }] }));
