import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type FakeModel, type FakeStep, startFakeModel } from './fake-model.ts';
import { childrenCpuMs, median, medianRatio, round, TIMED } from './processes.ts';

/**
 * pith against the bare loop: same Node, same fake model, same jobs, in turn. PITH_BENCH_ROUNDS is the number of rounds
 * (default 7), PITH_BENCH_JOBS names some of the jobs. Linux: it reads /proc for memory, and bash for the time of a whole
 * process tree.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = Number(process.env['PITH_BENCH_ROUNDS'] ?? 7);
const WANTED = (process.env['PITH_BENCH_JOBS'] ?? '').split(',').filter((name) => name !== '');
/** How many calls stand for one. */
const WINDOW = 16;

interface Measured {
  firstRequestMs: number;
  cpuMs: number;
  peakMiB: number;
  /** From the end of a reply to the next request, by step. */
  gapsMs: number[];
  bodies: string[];
}

const bash = (command: string): FakeStep => ({ tool: 'bash', input: { command } });
const read = (path: string): FakeStep => ({ tool: 'read', input: { path } });
const repeat = (count: number, step: (index: number) => FakeStep): FakeStep[] => Array.from({ length: count }, (_, index) => step(index));

const JOBS: Readonly<Record<string, readonly FakeStep[]>> = {
  fixABug: [bash('ls'), read('src/basket.js'), read('test/basket.test.js'), bash('true'), { tool: 'edit', input: { path: 'src/basket.js', old: 'pieces > 3', new: 'pieces >= 3' } }, bash('true'), { text: 'Mended.' }],
  calls50: [...repeat(50, (index) => (index % 2 === 0 ? read('src/basket.js') : bash('echo hello'))), { text: 'done' }],
  calls200: [...repeat(200, () => read('two-kilobytes.txt')), { text: 'done' }],
  shell200: [...repeat(200, () => bash('cat two-kilobytes.txt')), { text: 'done' }],
  tokens1000: [{ text: 'token ', deltas: 1000 }],
  tokens5000: [{ text: 'token ', deltas: 5000 }],
};

async function measure(argv: readonly string[], job: readonly FakeStep[], server: FakeModel, folder: string): Promise<Measured> {
  server.play(job);
  const project = join(folder, 'project');
  await rm(project, { recursive: true, force: true });
  await cp(join(root, 'examples', '00-demo', 'project'), project, { recursive: true });
  await writeFile(join(project, 'two-kilobytes.txt'), `${'x'.repeat(63)}\n`.repeat(32));
  const startMs = performance.now();
  const child = spawn('bash', [...TIMED, ...argv], {
    cwd: project, stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PITH_HOME: join(folder, 'home'), ANTHROPIC_API_KEY: 'none', ANTHROPIC_BASE_URL: server.url },
  });
  let times = '';
  let peakKiB = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => { times += text; });
  const sampler = setInterval(() => { void treeKiB(child.pid!).then((size) => { peakKiB = Math.max(peakKiB, size); }); }, 15);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(sampler);
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}`);
  const requests = [...server.requests];
  if (requests.length !== job.length) throw new Error(`${argv.join(' ')} made ${requests.length} requests instead of ${job.length}`);
  return {
    firstRequestMs: requests[0]!.firstByteMs - startMs, cpuMs: childrenCpuMs(times), peakMiB: peakKiB / 1024,
    gapsMs: requests.slice(1).map(({ firstByteMs }, index) => firstByteMs - requests[index]!.repliedMs), bodies: requests.map(({ body }) => body),
  };
}

/** Resident memory of everything below a process, without itself: it is the shell that measures. */
async function treeKiB(pid: number): Promise<number> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')));
  const children = lists.join(' ').split(' ').filter((child) => child !== '').map(Number);
  const sizes = await Promise.all(children.map(async (child) => (await residentKiB(child)) + (await treeKiB(child))));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function residentKiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''); // It may have ended.
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

const server = await startFakeModel();
const folder = await mkdtemp(join(tmpdir(), 'pith-bench-'));
const bare = [process.execPath, join(root, 'bench', 'bare-loop.js'), server.url, 'claude-fake', 'go'];
const pith = [process.execPath, join(root, 'bin', 'run.js'), 'run', '--provider', 'anthropic', '--model', 'claude-fake', '--mode', 'bypassPermissions', '--stream', 'go'];

const figures: Record<string, unknown> = {};
/** Of all rounds together: one call that the machine kept waiting says nothing of the calls around it. */
const around = (runs: readonly Measured[], call: number): number => median(runs.flatMap(({ gapsMs }) => gapsMs.slice(call - WINDOW / 2, call + WINDOW / 2)));
const flatness = (runs: readonly Measured[]): number => round(around(runs, 190) / around(runs, 10));
for (const [name, job] of Object.entries(JOBS).filter(([name]) => WANTED.length === 0 || WANTED.includes(name))) {
  const runs: { bare: Measured[]; pith: Measured[] } = { bare: [], pith: [] };
  await measure(bare, job, server, folder);
  await measure(pith, job, server, folder);
  for (let turn = 0; turn < ROUNDS; turn++) {
    runs.bare.push(await measure(bare, job, server, folder));
    runs.pith.push(await measure(pith, job, server, folder));
  }
  const ratio = (value: (run: Measured) => number): number => round(medianRatio(runs.pith.map(value), runs.bare.map(value)));
  const last = runs.pith.at(-1)!;
  figures[name] = {
    firstRequest: ratio(({ firstRequestMs }) => firstRequestMs), cpu: ratio(({ cpuMs }) => cpuMs), memory: ratio(({ peakMiB }) => peakMiB),
    cpuMs: { bare: round(median(runs.bare.map(({ cpuMs }) => cpuMs)), 0), pith: round(median(runs.pith.map(({ cpuMs }) => cpuMs)), 0) },
    peakMiB: { bare: round(median(runs.bare.map(({ peakMiB }) => peakMiB)), 0), pith: round(median(runs.pith.map(({ peakMiB }) => peakMiB)), 0) },
    ...(job.length > 20 ? {
      gap: ratio(({ gapsMs }) => median(gapsMs)),
      gapMs: { bare: round(median(runs.bare.map(({ gapsMs }) => median(gapsMs)))), pith: round(median(runs.pith.map(({ gapsMs }) => median(gapsMs)))) },
    } : {}),
    // The history that is sent grows, for the bare loop as well: what is more than its growth is pith's.
    ...(job.length > 150 ? { call190Over10: { bare: flatness(runs.bare), pith: flatness(runs.pith), ofBare: round(flatness(runs.pith) / flatness(runs.bare)) } } : {}),
    firstRequestBytes: last.bodies[0]!.length,
    prefixKept: last.bodies.slice(1).filter((body, index) => messagesOf(body).startsWith(messagesOf(last.bodies[index]!).slice(0, -1))).length,
    of: last.bodies.length - 1,
  };
  process.stderr.write(`${name} ${JSON.stringify(figures[name])}\n`);
}
await server.close();
await rm(folder, { recursive: true, force: true });
process.stdout.write(JSON.stringify(figures));

/** The conversation as it stands in a body, markers of the cache left out. */
function messagesOf(body: string): string {
  return JSON.stringify((JSON.parse(body) as { messages: unknown }).messages, (key, value: unknown) => (key === 'cache_control' ? undefined : value));
}
