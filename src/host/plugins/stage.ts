import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { PithError } from '@pith/kernel';
import { withLock } from '../store.ts';
import { isRecord, readJson } from './manifest.ts';

/** Where oclif and npm keep what is installed, in the data folder. `plugin-files` holds tarballs that came from no registry. */
const PARTS = ['node_modules', 'plugin-files', 'package-lock.json', 'package.json'] as const;

export type Registered = Interfaces.UserPlugin | Interfaces.LinkedPlugin;

/** A copy of everything installed, to be changed and looked at; nothing of it is used before it takes the place of the other. */
export interface Stage {
  folder: string;
  /** The folder of an installed package in here. */
  at(name: string): string;
  /** The integrity that npm has noted, and checked. */
  integrityOf(name: string): string | null;
  /** oclif's own list of the plugins here. */
  list(): Promise<Registered[]>;
  add(plugin: Registered): Promise<void>;
  remove(name: string): Promise<void>;
  /** @throws PithError STORE_BUSY when another process has changed the plugins meanwhile */
  commit(): Promise<void>;
}

/**
 * Works on a copy of what is installed. Whatever happens before `commit`, a refusal, an error, Ctrl-C, the power, leaves
 * everything as it was.
 */
export async function withStage<T>(config: Interfaces.Config, work: (stage: Stage) => Promise<T>): Promise<T> {
  const data = config.dataDir;
  await mkdir(data, { recursive: true, mode: 0o700 });
  recover(data);
  const before = await readPackage(data);
  const folder = await mkdtemp(join(data, `.stage-${process.pid}-`));
  try {
    for (const part of PARTS) if (existsSync(join(data, part))) await cp(join(data, part), join(folder, part), { recursive: true, verbatimSymlinks: true });
    if (before === '') await writeFile(join(folder, 'package.json'), `${JSON.stringify({ name: config.name, private: true, oclif: { schema: 1, plugins: [] }, dependencies: {} }, null, 2)}\n`);
    const registry = await openRegistry(config, folder);
    return await work({
      folder, ...registry,
      at: (name) => join(folder, 'node_modules', name),
      integrityOf: (name) => integrityIn(folder, name),
      commit: () => withLock(join(data, 'package.json'), async () => {
        if (await readPackage(data) !== before) throw new PithError('Another pith has changed the plugins meanwhile', { code: 'STORE_BUSY', hint: 'Nothing was changed; try again.' });
        dropUnusedFiles(folder, await registry.list());
        swap(folder, data);
      }),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** oclif's registry of plugins in a folder, which is what its own plugin manager reads and writes. */
export async function openRegistry(config: Interfaces.Config, folder = config.dataDir): Promise<Pick<Stage, 'list' | 'add' | 'remove'>> {
  const { Plugins } = await import('./oclif-plugins.ts');
  const plugins = new Plugins({ config: Object.create(config, { dataDir: { value: folder } }) as Interfaces.Config });
  return { list: () => plugins.list(), add: (plugin) => plugins.add(plugin), remove: (name) => plugins.remove(name) };
}

export function integrityIn(folder: string, name: string): string | null {
  const lock = readJson(join(folder, 'package-lock.json'));
  const entry = isRecord(lock) && isRecord(lock['packages']) ? lock['packages'][`node_modules/${name}`] : undefined;
  return isRecord(entry) && typeof entry['integrity'] === 'string' ? entry['integrity'] : null;
}

/** Tarballs of plugins that are gone, or are of another version by now. */
function dropUnusedFiles(folder: string, plugins: readonly Registered[]): void {
  const files = join(folder, 'plugin-files');
  if (!existsSync(files)) return;
  const used = new Set(plugins.map((plugin) => (plugin.type === 'user' ? plugin.url : undefined)));
  for (const name of readdirSync(files)) if (!used.has(`file:plugin-files/${name}`)) rmSync(join(files, name));
  if (readdirSync(files).length === 0) rmSync(files, { recursive: true });
}

/** Synchronous on purpose: a signal is heard before or after it. The list of plugins comes last. */
function swap(folder: string, data: string): void {
  const aside = join(data, `.old-${process.pid}`);
  rmSync(aside, { recursive: true, force: true });
  if (existsSync(join(data, 'node_modules'))) renameSync(join(data, 'node_modules'), aside);
  for (const part of PARTS) {
    const isThere = existsSync(join(folder, part));
    if (!isThere || part === 'plugin-files') rmSync(join(data, part), { recursive: true, force: true });
    if (isThere) renameSync(join(folder, part), join(data, part));
  }
  rmSync(aside, { recursive: true, force: true });
}

/** Puts right what a process has left that was killed in the middle. */
function recover(data: string): void {
  for (const name of readdirSync(data)) {
    const pid = /^\.(?:stage|old)-(\d+)/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    if (name.startsWith('.old-') && !existsSync(join(data, 'node_modules'))) renameSync(join(data, name), join(data, 'node_modules'));
    else rmSync(join(data, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function readPackage(data: string): Promise<string> {
  return readFile(join(data, 'package.json'), 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
}
