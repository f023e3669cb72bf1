import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeInstalledPlugins } from './installed-plugins.ts';
import { childrenCpuMs, interleave, median, medianRatio, round, runProcess, TIMED } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = Number(process.env['PITH_BENCH_ROUNDS'] ?? 21);

/** The smallest oclif command there can be, on the same bundled oclif: what pith's own commands are held against. */
async function writeBareOclif(folder: string): Promise<string> {
  const oclif = JSON.stringify(join(root, 'dist/oclif.code.cjs'));
  const kernelBoot = JSON.stringify(join(root, 'bench/kernel-boot.cjs'));
  const commands = { noop: '', kernel: `await require(${kernelBoot}).bootBare();`, shipped: `await require(${kernelBoot}).bootShipped();`, installed: `await require(${kernelBoot}).bootInstalled(this.config);` };
  await mkdir(join(folder, 'commands'), { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'bare', version: '1.0.0', type: 'commonjs', files: ['.'], oclif: { bin: 'bare', commands: './commands' } }));
  for (const [id, body] of Object.entries(commands)) await writeFile(join(folder, 'commands', `${id}.js`), `const { Command } = require(${oclif}); module.exports = class extends Command { async run() { ${body} } };`);
  const manifest = (id: string): object => ({ id, aliases: [], args: {}, flags: {}, pluginName: 'bare', pluginType: 'core', strict: true, enableJsonFlag: false, hasDynamicHelp: false, hiddenAliases: [], isESM: false, relativePath: ['commands', `${id}.js`] });
  await writeFile(join(folder, 'oclif.manifest.json'), JSON.stringify({ version: '1.0.0', commands: Object.fromEntries(Object.keys(commands).map((id) => [id, manifest(id)])) }));
  const start = join(folder, 'run.js');
  await writeFile(start, `require('node:module').enableCompileCache(${JSON.stringify(join(folder, 'cache'))}); require(${JSON.stringify(join(root, 'bin/code.js'))}).keepCode({ isOurs: () => true, runs: false }); process.env.OCLIF_DISABLE_ENGINE_WARNING = '1';
const { run, settings } = require(${oclif}); settings.enableAutoTranspile = false; run(process.argv.slice(2), __dirname).then(() => process.exit(0), (error) => { console.error(error); process.exit(1); });`);
  return start;
}

const folder = await mkdtemp(join(tmpdir(), 'pith-bench-'));
const bare = await writeBareOclif(folder);
const twelve = join(folder, 'twelve');
await writeInstalledPlugins(twelve, 12);
const env = { ...process.env, PITH_HOME: join(folder, 'home'), PITH_LOCAL_PROBE: 'off', BARE_DATA_DIR: join(folder, 'none') };
const pith = join(root, 'bin/run.js');
const time = (...args: string[]) => timeWith({}, ...args);
const timeWith = (more: Record<string, string>, ...args: string[]) => async () => {
  const { wallMs, code } = await runProcess([process.execPath, ...args], { env: { ...env, ...more }, cwd: folder });
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return wallMs;
};

/** User and system time, which a busy machine stretches much less than the clock. */
const cpu = (more: Record<string, string>, ...args: string[]) => async () => {
  const { stdout, code } = await runProcess(['bash', ...TIMED, process.execPath, ...args], { env: { ...env, ...more }, cwd: folder });
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  return childrenCpuMs(stdout);
};

/** From the last event on standard output to the end of the process. */
async function exitAfterLastEvent(): Promise<number> {
  const child = spawn(process.execPath, [pith, 'run', '--output', 'stream-json', 'hello'], { env, cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  let lastMs = 0;
  child.stdout.on('data', () => { lastMs = performance.now(); });
  await once(child, 'exit');
  return performance.now() - lastMs;
}

const samples = await interleave({
  bare: time('-e', '0'), version: time(pith, '--version'), help: time(pith, '--help'),
  oclif: time(bare, 'noop'), boot: time(bare, 'shipped'), kernel: time(bare, 'kernel'), twelve: timeWith({ BARE_DATA_DIR: twelve }, bare, 'noop'), twelveBooted: timeWith({ BARE_DATA_DIR: twelve }, bare, 'installed'), run: time(pith, 'run', '--quiet', 'hello'), runUnrecorded: time(pith, 'run', '--quiet', '--no-session', 'hello'),
}, ROUNDS);
const cpus = await interleave({ oclif: cpu({}, bare, 'noop'), boot: cpu({}, bare, 'shipped'), twelve: cpu({ BARE_DATA_DIR: twelve }, bare, 'installed') }, ROUNDS);
const exits = await interleave({ exit: exitAfterLastEvent }, ROUNDS);
await rm(folder, { recursive: true, force: true });

const over = (values: readonly number[], base: readonly number[]): number => round(median(values.map((value, index) => value - base[index]!)), 1);
const figures = {
  versionOverBare: { must: 1.25, got: round(medianRatio(samples.version, samples.bare)) },
  helpOverBare: { must: 3, better: 1.9, got: round(medianRatio(samples.help, samples.bare)) },
  // A bare oclif command that also imports the kernel and boots it with all shipped plugins.
  kernelBootOverOclifMs: { must: 15, better: 8, got: over(samples.boot, samples.oclif), cpu: over(cpus.boot, cpus.oclif) },
  // Twelve plugins that somebody installed, found, imported, set up and tapped: with the kernel's own boot, and without.
  twelveOverOclifMs: { must: 15, got: over(samples.twelveBooted, samples.oclif), found: over(samples.twelve, samples.oclif), overKernelAlone: over(samples.twelveBooted, samples.kernel), cpu: over(cpus.twelve, cpus.oclif) },
  // A whole turn on the offline provider, from start to exit, beyond a bare oclif command.
  runOverOclifMs: over(samples.runUnrecorded, samples.oclif),
  exitAfterLastEventMs: { must: 20, better: 10, got: round(median(exits.exit), 1) },
  medianMs: Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, round(median(values), 1)])),
};
process.stderr.write(`${JSON.stringify(figures, null, 2)}\n`);
process.stdout.write(JSON.stringify(figures));
