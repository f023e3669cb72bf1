import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pluginFiles } from '../test/support/fixture.ts';
import { startRegistry } from '../test/support/registry.ts';
import { interleave, median, round, runProcess } from './processes.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const ROUNDS = 11;
const pith = [process.execPath, join(root, 'bin/run.js')];
const npm = [process.execPath, join(root, 'node_modules/npm/bin/npm-cli.js')];

const registry = await startRegistry();
const folder = await mkdtemp(join(tmpdir(), 'pith-bench-'));
const names = Array.from({ length: 12 }, (_, index) => `bench-${index}`);
for (const name of names) await registry.put(pluginFiles({ name, capabilities: ['hook:output'], commands: [`${name}:go`], body: `setup({ hooks }) { hooks.output.tap('${name}', () => {}); }` }));
const homes = { empty: join(folder, 'empty'), full: join(folder, 'full'), eleven: join(folder, 'eleven') };
const envOf = (home: string): NodeJS.ProcessEnv => ({ ...process.env, ...registry.env, PITH_HOME: home, PITH_LOCAL_PROBE: 'off' });
const time = async (argv: readonly string[], options: { env: NodeJS.ProcessEnv; cwd?: string }): Promise<number> => {
  const { wallMs, code } = await runProcess(argv, { cwd: folder, ...options });
  if (code !== 0) throw new Error(`${argv.slice(2).join(' ')} ended with ${code}`);
  return wallMs;
};
await mkdir(homes.empty, { recursive: true });
await time([...pith, 'plugins', 'install', ...names, '--yes', '--json'], { env: envOf(homes.full) });
await time([...pith, 'plugins', 'install', ...names.slice(1), '--yes', '--json'], { env: envOf(homes.eleven) });

/** A package by npm alone, with what pith hands to it: into an empty folder, or beside eleven others. */
async function byNpm(beside: boolean): Promise<number> {
  const cwd = await mkdtemp(join(folder, 'npm-'));
  if (beside) await cp(join(homes.eleven, 'data'), cwd, { recursive: true });
  else await writeFile(join(cwd, 'package.json'), '{}');
  return time([...npm, 'install', 'bench-0', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd, env: envOf(homes.empty) });
}

/** The same by pith. */
async function byPith(beside: boolean): Promise<number> {
  const home = await mkdtemp(join(folder, 'home-'));
  if (beside) await cp(homes.eleven, home, { recursive: true });
  return time([...pith, 'plugins', 'install', 'bench-0', '--yes', '--json'], { env: envOf(home) });
}

const installs = await interleave({ npm: () => byNpm(false), pith: () => byPith(false), npmBeside: () => byNpm(true), pithBeside: () => byPith(true) }, ROUNDS);
const starts = await interleave({
  none: () => time([...pith, 'trust', '--list'], { env: envOf(homes.empty) }), twelve: () => time([...pith, 'trust', '--list'], { env: envOf(homes.full) }),
  runNone: () => time([...pith, 'run', '--quiet', '--no-session', 'hello'], { env: envOf(homes.empty) }), runTwelve: () => time([...pith, 'run', '--quiet', '--no-session', 'hello'], { env: envOf(homes.full) }),
}, 21);
await registry.close();
await rm(folder, { recursive: true, force: true });

const over = (a: readonly number[], b: readonly number[]): number => round(median(a.map((value, index) => value - b[index]!)), 1);
const figures = {
  installOverNpmMs: { must: 300, got: over(installs.pith, installs.npm) },
  installBesideElevenOverNpmMs: { must: 300, got: over(installs.pithBeside, installs.npmBeside) },
  // A command that starts no kernel: what oclif and the gate cost for twelve installed plugins.
  twelveOverNoneMs: { must: 15, got: over(starts.twelve, starts.none) },
  // A turn, with their import and set-up.
  runWithTwelveOverNoneMs: over(starts.runTwelve, starts.runNone),
  medianMs: Object.fromEntries(Object.entries({ ...installs, ...starts }).map(([name, values]) => [name, round(median(values), 1)])),
};
process.stderr.write(`${JSON.stringify(figures, null, 2)}\n`);
process.stdout.write(JSON.stringify(figures));
