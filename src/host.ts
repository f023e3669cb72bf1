import { readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Interfaces } from '@oclif/core';
import { type Config, createKernel, type Kernel, type KernelOptions, loadConfig, PithError, type Paths, type PluginSource, resolvePaths, type Settings, toMessage } from '@pith/kernel';
import { CATALOGUE } from './catalogue.ts';
import type { Waiting } from './gate.ts';
import { guards, type Manifest } from './plugins/manifest.ts';
import { containPlugins } from './run/stray-failure.ts';
import { createTraceKeeper } from './trace-files.ts';
import { isTrusted } from './trust.ts';

export function pathsOf(oclif: Interfaces.Config): Paths {
  return resolvePaths(process.env, oclif);
}

/** All layers of the configuration, as they hold in `cwd`. */
export async function readConfig(oclif: Interfaces.Config, cwd: string, commandLine: Settings = {}): Promise<Config> {
  const paths = pathsOf(oclif);
  return loadConfig({ cwd, paths, env: process.env, commandLine, isTrusted: (project, files) => isTrusted(paths, project, files) });
}

/** The kernel with every plugin that oclif knows of. */
export async function openKernel(oclif: Interfaces.Config, config: Config, overrides: Overrides = {}): Promise<Kernel> {
  containPlugins(oclif);
  return createKernel({ plugins: toSources(oclif), ...kernelOptions(oclif, config, overrides) });
}

/** Options of plugins that the command line states, by plugin. */
type Overrides = Readonly<Record<string, Record<string, unknown>>>;

/** How a kernel is made here, whatever plugins it gets. */
export function kernelOptions(oclif: Interfaces.Config, config: Config, overrides: Overrides = {}): KernelOptions {
  const options: Record<string, unknown> = { ...config.settings.plugins };
  options['permissions'] = { ...config.rules, ...(options['permissions'] as object | undefined) };
  for (const [plugin, values] of Object.entries(overrides)) options[plugin] = { ...(options[plugin] as object | undefined), ...values };
  const paths = pathsOf(oclif);
  const isRecorded = (options['sessions'] as { record?: unknown } | undefined)?.record !== false;
  return { options, knownPlugins: CATALOGUE, paths, ...(isRecorded ? { keepTrace: createTraceKeeper(paths.data) } : {}) };
}

/** Every plugin there is, also those that wait until somebody grants what they may do: a guard among them is missed. */
export function toSources(oclif: Interfaces.Config): PluginSource[] {
  const loaded = [...oclif.plugins.values()].flatMap((plugin): PluginSource[] => {
    const manifest = plugin.pjson as unknown as Manifest;
    if (manifest.pith?.plugin === undefined) return [];
    const { plugin: entry, kernel, capabilities = [] } = manifest.pith;
    const refused = commandTaken(plugin, oclif);
    return [{
      name: plugin.name, version: plugin.version, from: `${plugin.type} plugin ${plugin.name}`, capabilities,
      ...(kernel === undefined ? {} : { kernel }), guards: guards(manifest), ...(refused === undefined ? {} : { refused }),
      load: () => import(pathToFileURL(join(plugin.root, entry)).href),
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
    if (!statSync(path).isDirectory()) throw new Error('it is not a folder');
    readdirSync(path);
    return realpathSync(path);
  } catch (error) {
    throw new PithError(`${flag} ${given} cannot be used: ${toMessage(error)}`, { code: 'FOLDER_UNREADABLE', cause: error, hint: 'Name a folder that is there and can be read.' });
  }
}
