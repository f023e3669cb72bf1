import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Interfaces } from '@oclif/core';
import { createKernel, type Kernel, type PluginSource } from '@pith/kernel';
import { CATALOGUE } from './catalogue.ts';
import { pathsOf, readConfig, toSources } from './host.ts';
import { processSecrets } from './process-secrets.ts';

/**
 * What a command of a plugin gets of `openCommandKernel`: the plugins that bring these services, and those whose services these
 * use, with the settings of the folder. No turn runs in it, so neither hook files nor other plugins are loaded.
 */
export async function openForCommand(oclif: Interfaces.Config, services: readonly string[]): Promise<Kernel> {
  const { settings, origins } = await readConfig(oclif, process.cwd());
  return createKernel({
    // Of the few that are needed, each by itself: the file of all of them takes longer.
    plugins: findProviders(toSources(oclif, ({ root }, entry) => import(pathToFileURL(join(root, entry)).href) as Promise<unknown>), services),
    options: settings.plugins ?? {}, origins, knownPlugins: CATALOGUE, paths: pathsOf(oclif), secrets: processSecrets(), passEnv: settings.passEnv ?? [],
  });
}

/** By what their manifests say. */
export function findProviders(sources: readonly PluginSource[], services: readonly string[]): PluginSource[] {
  const found = new Set<PluginSource>();
  const wanted = new Set(services);
  for (const name of wanted) {
    for (const source of sources) {
      if (!source.capabilities?.includes(`service:${name}`)) continue;
      found.add(source);
      for (const capability of source.capabilities) if (capability.startsWith('uses:')) wanted.add(capability.slice('uses:'.length));
    }
  }
  return [...found];
}
