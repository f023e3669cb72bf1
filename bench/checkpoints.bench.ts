// What checkpoints add to a call: of a file tool, and of a command in a repository of 20 000 files, unchanged and with ten changed.
// Run with: npm run bench checkpoints
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, definePlugin, defineTool, type Effect, type Kernel, type PluginDefinition } from '@pith/kernel';
import checkpoints from '@pith/plugin-checkpoints';
import { interleave, report } from './measure.ts';

const MUST_FILE_MS = 5;
const MUST_UNCHANGED_MS = 120;
const MUST_CHANGED_MS = 160;
const FILES = 20_000;
const CHANGED = 10;
const ROUNDS = 15;

const place = realpathSync(mkdtempSync(join(tmpdir(), 'pith-bench-checkpoints-')));
const folder = join(place, 'project');
for (let index = 0; index < FILES; index++) {
  const below = join(folder, `p${index % 50}`, `d${index % 1000}`);
  if (index < 1000) mkdirSync(below, { recursive: true });
  writeFileSync(join(below, `f${index}.ts`), `export const value${index} = ${index};\n`.repeat(20));
}

let round = 0;
const tool = (name: string, effect: Effect, work: (count: number) => void) => defineTool<object>({
  name, description: '', effect, inputSchema: { type: 'object' },
  targets: () => (effect === 'write' ? [{ family: 'Edit', path: join(folder, 'p0', 'd0', 'f0.ts') }] : [{ family: 'Bash', command: name }]),
  execute: async () => { work(++round); return 'done'; },
});
const tools = definePlugin({
  name: 'bench-tools', capabilities: ['permission:allow'],
  tools: [
    tool('edit', 'write', (count) => writeFileSync(join(folder, 'p0', 'd0', 'f0.ts'), `changed ${count}\n`.repeat(100))),
    tool('look', 'exec', () => undefined),
    tool('change', 'exec', (count) => { for (let index = 0; index < CHANGED; index++) writeFileSync(join(folder, `p${index}`, `d${index}`, `f${index}.ts`), `changed ${count} ${index}\n`); }),
  ],
  setup({ hooks }) { hooks.permission.tap('allow', () => ({ verdict: 'allow', reason: 'bench' })); },
});

const kernels: Kernel[] = [];
async function caller(plugins: readonly PluginDefinition[]): Promise<(name: string) => () => Promise<void>> {
  const kernel = await createKernel({ plugins: [tools, ...plugins], env: { PATH: process.env['PATH'], HOME: place }, paths: { config: join(place, 'config'), data: join(place, 'data'), cache: join(place, 'cache') } });
  kernels.push(kernel);
  const session = kernel.openSession({ cwd: folder });
  return (name) => async () => {
    const { status, reason } = await session.callTool({ name, input: {} });
    if (status !== 'done') throw new Error(`a call of the bench ended as ${status}: ${reason}`);
  };
}

try {
  const [bare, kept] = [await caller([]), await caller([checkpoints as PluginDefinition])];
  const startMs = performance.now();
  await kept('look')();
  console.error(`the first look: ${(performance.now() - startMs).toFixed(0)} ms`);
  // One after the other: what one kind changes, the next look of another would see.
  const edits = await interleave({ bare: bare('edit'), kept: kept('edit') }, { rounds: ROUNDS });
  await kept('look')();
  const looks = await interleave({ bare: bare('look'), kept: kept('look') }, { rounds: ROUNDS });
  const changes = await interleave({ kept: kept('change') }, { rounds: ROUNDS });
  report('checkpoints', [
    { name: 'a file tool', unit: 'ms', must: MUST_FILE_MS, got: edits.kept - edits.bare },
    { name: 'a command in 20 000 files, nothing changed', unit: 'ms', must: MUST_UNCHANGED_MS, got: looks.kept - looks.bare },
    { name: 'a command in 20 000 files, ten changed', unit: 'ms', must: MUST_CHANGED_MS, got: changes.kept },
  ]);
} finally {
  for (const kernel of kernels) await kernel.close();
  rmSync(place, { recursive: true, force: true });
}
