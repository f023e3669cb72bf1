// What a command costs in the sandbox, beside the same command without one and in a bare bubblewrap.
// Run with: npm run bench sandbox
import { mkdtemp, mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, definePlugin, type Kernel, type PluginDefinition } from '@pith/kernel';
import plugin from '@pith/plugin-sandbox';
import tools from '@pith/plugin-tools';
import { interleave } from './measure.ts';

/** On top of a bare bubblewrap, for a command that passes because of the sandbox: three looks through the folder. */
const MUST_MS = 30;
const CALLS = 5;
const ROUNDS = 15;

const allowing = definePlugin({ name: 'allowing', capabilities: ['permission:allow'], setup({ hooks }) { hooks.permission.tap('allow', () => ({ verdict: 'allow', reason: 'bench' })); } });
const bare = definePlugin({
  name: 'bare',
  setup({ hooks }) {
    hooks.tool.tap('bare', (next) => (call, turn) => {
      call.execution.wrapProcess.push((argv) => ['bwrap', '--die-with-parent', '--unshare-all', '--ro-bind', '/', '/', '--dev', '/dev', '--proc', '/proc', '--bind', call.cwd, call.cwd, ...argv]);
      return next(call, turn);
    });
  },
});

const folder = await realpath(await mkdtemp(join(tmpdir(), 'pith-bench-sandbox-')));
await Promise.all(Array.from({ length: 300 }, async (_, index) => {
  await mkdir(join(folder, `p${index}`, 'src'), { recursive: true });
  await writeFile(join(folder, `p${index}`, 'src', 'file.ts'), '');
}));
const kernels: Kernel[] = [];
async function caller(plugins: readonly PluginDefinition[]): Promise<() => Promise<void>> {
  const kernel = await createKernel({ plugins: [tools, ...plugins], options: { sandbox: { required: true, allowInside: true } }, env: { PATH: process.env['PATH'], HOME: folder }, paths: { config: '/nowhere', data: '/nowhere', cache: '/nowhere' } });
  kernels.push(kernel);
  const session = kernel.openSession({ cwd: folder, mode: 'acceptEdits' });
  return async () => {
    for (let n = 0; n < CALLS; n++) {
      const { status, reason } = await session.callTool({ name: 'bash', input: { command: 'true' } });
      if (status !== 'done') throw new Error(`a call of the bench ended as ${status}: ${reason}`);
    }
  };
}

const sandbox = plugin as PluginDefinition;
try {
  const times = await interleave({ without: await caller([allowing]), bare: await caller([allowing, bare]), confined: await caller([allowing, sandbox]), inside: await caller([sandbox]) }, { rounds: ROUNDS });
  const [withoutMs, bareMs, confinedMs, insideMs] = [times.without, times.bare, times.confined, times.inside].map((ms) => ms / CALLS) as [number, number, number, number];
  console.error(`a command: ${withoutMs.toFixed(1)} ms; in a bare bubblewrap ${bareMs.toFixed(1)} ms, in the sandbox ${confinedMs.toFixed(1)} ms, without a question ${insideMs.toFixed(1)} ms`);
  const got = insideMs - bareMs;
  console.log(JSON.stringify({ bench: 'sandbox', node: process.version, at: new Date().toISOString(), figures: [
    { name: 'without a question, beside a bare bubblewrap', unit: 'ms', atMost: MUST_MS, got, ok: got <= MUST_MS },
    { name: 'without a sandbox', unit: 'ms', got: withoutMs }, { name: 'bare bubblewrap', unit: 'ms', got: bareMs }, { name: 'in the sandbox', unit: 'ms', got: confinedMs },
  ] }));
} catch (error) {
  // There is nothing to measure where there is no sandbox.
  console.error(String(error));
  console.log(JSON.stringify({ bench: 'sandbox', node: process.version, at: new Date().toISOString(), figures: [] }));
} finally {
  for (const kernel of kernels) await kernel.close();
  await rm(folder, { recursive: true, force: true });
}
