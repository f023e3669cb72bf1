import { readdirSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { type Config, createKernel, type Kernel, loadConfig, PithError, type Paths, type PluginSource, resolvePaths, type Settings, toMessage } from '@pith/kernel';
import { CATALOGUE } from './catalogue.ts';
import { containPlugins } from './run/stray-failure.ts';
import { createEntryImporter } from './shipped.ts';
import { createTraceKeeper } from './trace-files.ts';
import { isTrusted } from './trust.ts';

/** What a plugin's package.json says to pith. */
interface Manifest { plugin: string; kernel?: string; capabilities?: string[]; /** No turn runs without it, even when it cannot be imported. */ guards?: boolean }

export function pathsOf(oclif: Interfaces.Config): Paths {
  return resolvePaths(process.env, oclif);
}

/** All layers of the configuration, as they hold in `cwd`. */
export async function readConfig(oclif: Interfaces.Config, cwd: string, commandLine: Settings = {}): Promise<Config> {
  const paths = pathsOf(oclif);
  return loadConfig({ cwd, paths, env: process.env, commandLine, isTrusted: (project, files) => isTrusted(paths, project, files) });
}

/** The kernel with every plugin that oclif knows of. */
export async function openKernel(oclif: Interfaces.Config, config: Config, overrides: Readonly<Record<string, Record<string, unknown>>> = {}): Promise<Kernel> {
  containPlugins(oclif);
  const options: Record<string, unknown> = { ...config.settings.plugins };
  options['permissions'] = { ...config.rules, ...(options['permissions'] as object | undefined) };
  for (const [plugin, values] of Object.entries(overrides)) options[plugin] = { ...(options[plugin] as object | undefined), ...values };
  const paths = pathsOf(oclif);
  const isRecorded = (options['sessions'] as { record?: unknown } | undefined)?.record !== false;
  return createKernel({ plugins: toSources(oclif), options, knownPlugins: CATALOGUE, paths, ...(isRecorded ? { keepTrace: createTraceKeeper(paths.data) } : {}) });
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
