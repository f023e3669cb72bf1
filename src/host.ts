import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { type Config, createKernel, findHookConfig, type Kernel, type KernelOptions, loadConfig, PithError, type Paths, type PluginDefinition, type PluginSource, resolvePaths, type Settings, readProjectFiles, toMessage, toPithError } from '@pith/kernel';
import { CATALOGUE } from './catalogue.ts';
import { containPlugins } from './run/stray-failure.ts';
import { createEntryImporter } from './shipped.ts';
import { createTraceKeeper } from './trace-files.ts';
import { trustPlugin } from './trust-plugin.ts';
import type { FolderTrust } from './trust.ts';

/** What a plugin's package.json says to pith. */
interface Manifest { plugin: string; kernel?: string; capabilities?: string[]; /** No turn runs without it, even when it cannot be imported. */ guards?: boolean }

type Plugin = PluginSource | PluginDefinition;

export function pathsOf(oclif: Interfaces.Config): Paths {
  return resolvePaths(process.env, oclif);
}

export interface HostConfig extends Config {
  cwd: string;
  /** What a person approved of the project; nothing where it has no files and never had. */
  trust: FolderTrust | undefined;
}

/** All layers of the configuration, as they hold in `cwd`. */
export async function readConfig(oclif: Interfaces.Config, cwd: string, commandLine: Settings = {}): Promise<HostConfig> {
  const paths = pathsOf(oclif);
  let trust: FolderTrust | undefined;
  const config = await loadConfig({ cwd, paths, env: process.env, commandLine, isTrusted: async (project, files) => (trust = await (await loadTrust()).readTrust(paths, project, files)).state === 'trusted' });
  return { ...config, cwd, trust: await withLost(paths, cwd, trust) };
}

/** Most folders have nothing that would need it. */
const loadTrust = (): Promise<typeof import('./trust.ts')> => import('./trust.ts');

/** Hooks that were approved are missed, also when every file that would have led to them is gone. */
async function withLost(paths: Paths, cwd: string, found: FolderTrust | undefined): Promise<FolderTrust | undefined> {
  if (!existsSync(join(paths.config, 'trust.json'))) return found;
  const { findHookedFolder, readTrust } = await loadTrust();
  const hooked = await findHookedFolder(paths, cwd);
  return hooked === undefined || (found !== undefined && found.folder.length >= hooked.length) ? found : readTrust(paths, hooked, new Map());
}

/** The kernel with every plugin that oclif knows of, and with hook files where there are any. */
export async function openKernel(oclif: Interfaces.Config, config: HostConfig, overrides: Readonly<Record<string, Record<string, unknown>>> = {}): Promise<Kernel> {
  containPlugins(oclif);
  const options: Record<string, unknown> = { ...config.settings.plugins };
  options['permissions'] = { ...config.rules, ...(options['permissions'] as object | undefined) };
  for (const [plugin, values] of Object.entries(overrides)) options[plugin] = { ...(options[plugin] as object | undefined), ...values };
  const paths = pathsOf(oclif);
  const base = [...toSources(oclif), trustPlugin(paths)];
  const isRecorded = (options['sessions'] as { record?: unknown } | undefined)?.record !== false;
  return createKernel({ ...await withHooks(base, config, paths), options, knownPlugins: CATALOGUE, paths, ...(isRecorded ? { keepTrace: createTraceKeeper(paths.data) } : {}) });
}

async function withHooks(base: readonly Plugin[], config: HostConfig, paths: Paths): Promise<Pick<KernelOptions, 'plugins' | 'refresh'>> {
  const { trust } = config;
  if (trust?.hookConfig === undefined && findHookConfig(paths.config) === undefined) return { plugins: base };
  const { HookSet, toFailing } = await import('./hook-files/hook-set.ts');
  const hooks = new HookSet(paths);
  const refresh = async (): Promise<Plugin[] | undefined> => {
    if (!hooks.hasChanged()) return undefined;
    const { project, hookConfig, files } = await readProjectFiles(config.cwd);
    const found = files.size === 0 ? undefined : await (await loadTrust()).readTrust(paths, project, files);
    return [...base, ...await hooks.read({ hookConfig, trust: await withLost(paths, config.cwd, found) })];
  };
  const own = await hooks.read(config).catch((error: unknown) => {
    const known = toPithError(error, 'HOOK_FILE_INVALID');
    return [toFailing(known.plugin ?? 'pith.config', trust?.folder ?? paths.config, known)];
  });
  return { plugins: [...base, ...own], refresh };
}

export function toSources(oclif: Interfaces.Config): PluginSource[] {
  const importEntry = createEntryImporter(oclif.root);
  return [...oclif.plugins.values()].flatMap((plugin) => {
    const manifest = (plugin.pjson as unknown as { pith?: Manifest }).pith;
    if (manifest === undefined) return [];
    const { kernel, capabilities = [], guards = false } = manifest;
    return [{
      name: plugin.name, version: plugin.version, from: `${plugin.type} plugin ${plugin.name}`, capabilities,
      ...(kernel === undefined ? {} : { kernel }), guards,
      load: () => importEntry(plugin, manifest.plugin),
    }];
  });
}

/**
 * A folder from the command line, links resolved.
 * @throws PithError FOLDER_UNREADABLE
 */
export function resolveFolder(given: string, flag: string, base = process.cwd()): string {
  const path = isAbsolute(given) ? given : resolve(base, given);
  try {
    if (!statSync(path).isDirectory()) throw new Error('it is not a folder');
    readdirSync(path);
    return realpathSync(path);
  } catch (error) {
    throw new PithError(`${flag} ${given} cannot be used: ${toMessage(error)}`, { code: 'FOLDER_UNREADABLE', cause: error, hint: 'Name a folder that is there and can be read.' });
  }
}
