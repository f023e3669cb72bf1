import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Interfaces } from '@oclif/core';
import type { PluginSource, PluginStatus } from '@pith/kernel';
import { type HostConfig, openKernel, pathsOf, toSources } from '../host.ts';
import { digestOf } from './digest.ts';
import { type Grant, readGrants } from './grants.ts';

export interface ShownPlugin {
  name: string;
  package: string;
  version: string | null;
  kind: 'shipped' | 'installed' | 'linked' | 'hook file';
  state: 'active' | 'failed' | 'refused' | 'waiting';
  guards: boolean;
  /** Import and set-up. */
  startMs: number;
  /** Whether the files of an installed plugin are still those that were installed. */
  unchanged: boolean | null;
  error?: { code: string; message: string; hint?: string };
}

/** What the plugin has not done wrong while it ran: it does not belong here as it is. */
const REFUSALS = new Set(['CAPABILITY_MISSING', 'PLUGIN_CYCLE', 'PLUGIN_INVALID', 'PLUGIN_KERNEL_RANGE', 'PLUGIN_NAME_TAKEN', 'PLUGIN_ORDER_UNKNOWN', 'PLUGIN_REQUIRED_MISSING']);

/** Loads every plugin as a turn would, and says how it went and how long it took. */
export async function readStatus(oclif: Interfaces.Config, config: HostConfig): Promise<ShownPlugin[]> {
  const importMs = new Map<string, number>();
  const kernel = await openKernel(oclif, config, { sessions: { record: false } }, timeImports(toSources(oclif), importMs));
  try {
    const grants = await readGrants(pathsOf(oclif));
    // What is from nowhere is a part of pith itself.
    return kernel.plugins.filter(({ from }) => from !== null).map((status) => toShown(status, { oclif, importMs, grants })).sort((a, b) => (a.name < b.name ? -1 : 1));
  } finally {
    await kernel.close();
  }
}

/** One after the other: side by side, each would wait for the others and look as slow as they are. */
function timeImports(sources: readonly PluginSource[], importMs: Map<string, number>): PluginSource[] {
  let last: Promise<unknown> = Promise.resolve();
  return sources.map((source) => ({
    ...source, from: source.name,
    load: () => {
      const loading = last.then(async () => {
        const startMs = performance.now();
        const loaded = await source.load();
        importMs.set(source.name, performance.now() - startMs);
        return loaded;
      });
      last = loading.catch(() => undefined);
      return loading;
    },
  }));
}

function toShown({ name, from, version, state, guards, error, setupMs }: PluginStatus, { oclif, importMs, grants }: { oclif: Interfaces.Config; importMs: ReadonlyMap<string, number>; grants: Readonly<Record<string, Grant>> }): ShownPlugin {
  const packageName = from!;
  const type = oclif.plugins.get(packageName)?.type;
  const folder = join(oclif.dataDir, 'node_modules', packageName);
  const grant = grants[packageName];
  return {
    name, package: packageName, version, guards, unchanged: grant === undefined || !existsSync(folder) ? null : digestOf(folder) === grant.digest, startMs: (importMs.get(packageName) ?? 0) + setupMs,
    kind: error?.code === 'PLUGIN_UNTRUSTED' || type === 'user' ? 'installed' : type === 'link' ? 'linked' : type === undefined ? 'hook file' : 'shipped',
    state: error === undefined ? state : error.code === 'PLUGIN_UNTRUSTED' ? 'waiting' : REFUSALS.has(error.code) ? 'refused' : 'failed',
    ...(error === undefined ? {} : { error }),
  };
}
