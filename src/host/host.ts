import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { type Config, createKernel, findHookConfig, type Kernel, type KernelOptions, loadConfig, PithError, type Paths, type PluginDefinition, type PluginSource, resolvePaths, type Settings, readProjectFiles, toMessage, toPithError } from '@pith/kernel';
import { CATALOGUE } from './catalogue.ts';
import { checkMode } from './check-mode.ts';
import type { Waiting } from './gate.ts';
import { guards, type Manifest } from './plugins/manifest.ts';
import { processSecrets } from './process-secrets.ts';
import { containPlugins } from './run/stray-failure.ts';
import { createEntryImporter } from './shipped.ts';
import { createTraceKeeper } from './trace-files.ts';
import { trustPlugin } from './trust-plugin.ts';
import type { FolderTrust } from './trust.ts';

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

/** Options of plugins that the command line states, by plugin. */
type Overrides = Readonly<Record<string, Record<string, unknown>>>;

/** The kernel with every plugin that oclif knows of, and with hook files where there are any. */
export async function openKernel(oclif: Interfaces.Config, config: HostConfig, overrides: Overrides = {}, sources: readonly PluginSource[] = toSources(oclif)): Promise<Kernel> {
  containPlugins(oclif);
  checkMode(config);
  const { forbidBypass } = config.restrictions;
  const options: Record<string, unknown> = { ...config.settings.plugins };
  // No settings file has any of these options: a replay has those of then.
  options['permissions'] = { ...config.rules, ...(forbidBypass === undefined ? {} : { forbidBypass }), ...(options['permissions'] as object | undefined) };
  for (const [plugin, values] of Object.entries(overrides)) options[plugin] = { ...(options[plugin] as object | undefined), ...values };
  const paths = pathsOf(oclif);
  const base = [...sources, trustPlugin(paths, config.restrictions)];
  const isRecorded = (options['sessions'] as { record?: unknown } | undefined)?.record !== false;
  return createKernel({ ...await withHooks(base, config, paths), options, origins: config.origins, knownPlugins: CATALOGUE, paths, secrets: processSecrets(), ...(forbidBypass === undefined ? {} : { forbidBypass }), passEnv: config.settings.passEnv ?? [], ...(isRecorded ? { keepTrace: createTraceKeeper(paths.data) } : {}) });
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

/** Every plugin there is, also those that wait until somebody grants what they may do: a guard among them is missed. */
export function toSources(oclif: Interfaces.Config, importEntry = createEntryImporter(oclif.root)): PluginSource[] {
  const loaded = [...oclif.plugins.values()].flatMap((plugin): PluginSource[] => {
    const manifest = plugin.pjson as unknown as Manifest;
    if (manifest.pith?.plugin === undefined) return [];
    const { plugin: entry, kernel, capabilities = [] } = manifest.pith;
    const refused = commandTaken(plugin, oclif);
    return [{
      name: plugin.name, version: plugin.version, from: `${plugin.type} plugin ${plugin.name}`, capabilities,
      ...(kernel === undefined ? {} : { kernel }), guards: guards(manifest), ...(refused === undefined ? {} : { refused }),
      load: () => importEntry(plugin, entry),
    }];
  });
  return [...loaded, ...waitingOf(oclif).map(toRefused)];
}

/** What bin/main.js has kept oclif from loading. */
export function waitingOf(oclif: Interfaces.Config): readonly Waiting[] {
  return (oclif as { waiting?: readonly Waiting[] }).waiting ?? [];
}

function toRefused({ name, version, why, guards: isGuard }: Waiting): PluginSource {
  const refused = new PithError(`Plugin ${name} waits for trust: ${why}`, { code: 'PLUGIN_UNTRUSTED', plugin: name, hint: `Look at it: pith plugins inspect ${name}. Then: pith plugins grant ${name}, or: pith plugins uninstall ${name}` });
  return { name, ...(version === null ? {} : { version }), from: `user plugin ${name}`, guards: isGuard, refused, load: () => Promise.reject(refused) };
}

/** A linked plugin is looked at when it runs: it may have got a command since that is somebody else's. */
function commandTaken(plugin: Interfaces.Plugin, oclif: Interfaces.Config): PithError | undefined {
  if (plugin.type !== 'link') return undefined;
  const { replaces = [] } = (plugin.pjson as unknown as Manifest).pith ?? {};
  for (const other of oclif.plugins.values()) {
    if (other === plugin) continue;
    const theirs = new Set(other.commands.map(({ id }) => id));
    const taken = plugin.commands.find(({ id }) => theirs.has(id) && !replaces.includes(`command:${id}`));
    if (taken !== undefined) return takenError(plugin.name, { what: `the command pith ${taken.id.replaceAll(':', ' ')}`, key: `command:${taken.id}`, owner: other.name });
  }
  return undefined;
}

/** A name that somebody has already, and nobody says that its place is taken on purpose. */
export function takenError(name: string, { what, key, owner }: { what: string; key: string; owner: string }): PithError {
  return new PithError(`${name} brings ${what}, which ${owner} has already`, { code: 'PLUGIN_NAME_TAKEN', plugin: name, hint: `To take its place on purpose a plugin says so in its package.json: "pith": { "replaces": ["${key}"] }` });
}

/**
 * A folder from the command line, links resolved.
 * @throws PithError FOLDER_UNREADABLE
 */
export function resolveFolder(given: string, flag: string, base = process.cwd()): string {
  const path = isAbsolute(given) ? given : resolve(base, given);
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) throw new Error('there is nothing of that name');
    if (!found.isDirectory()) throw new Error('it is not a folder');
    readdirSync(path);
    return realpathSync(path);
  } catch (error) {
    throw new PithError(`${flag} ${given} cannot be used: ${toMessage(error)}`, { code: 'FOLDER_UNREADABLE', cause: error, hint: 'Name a folder that is there and can be read.' });
  }
}
