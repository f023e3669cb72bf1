import { basename, join } from 'node:path';
import { findHookConfig, type Paths } from '@pith/kernel';
import type { HostConfig } from '../host.ts';
import { HookSet } from './hook-set.ts';
import { isInside } from './load-rules.ts';

export interface ShownHooks {
  /** The file that names the hook files. */
  config: string;
  level: 'user' | 'project';
  /** A person's own files need no trust. */
  state: 'own' | 'trusted' | 'untrusted' | 'changed';
  /** Relative to the config. Where it may not be run: what was approved of it. */
  files: readonly string[];
}

/** The hook files that there are for `config`, and whether they are in force. */
export async function listHooks({ hookConfig, trust }: HostConfig, paths: Paths): Promise<ShownHooks[]> {
  const userConfig = findHookConfig(paths.config);
  const approved = [...trust?.approved.keys() ?? []];
  const projectConfig = hookConfig ?? (trust?.hookConfig === undefined ? undefined : join(trust.folder, trust.hookConfig));
  const mayRun = trust?.state === 'trusted';
  const sources = userConfig === undefined && !mayRun ? [] : await new HookSet(paths).read({ hookConfig, trust: mayRun ? trust : undefined });
  const named = (config: string, isProject: boolean): string[] => sources
    .filter(({ name, from }) => name !== basename(config) && (trust !== undefined && isInside(trust.folder, from!)) === isProject).map(({ name }) => name);
  return [
    ...(userConfig === undefined ? [] : [{ config: userConfig, level: 'user' as const, state: 'own' as const, files: named(userConfig, false) }]),
    ...(projectConfig === undefined ? [] : [{
      config: projectConfig, level: 'project' as const, state: trust?.state ?? 'untrusted',
      files: mayRun ? named(projectConfig, true) : approved.filter((key) => /\.[cm]?[jt]s$/.test(key) && key !== basename(projectConfig) && !key.includes('node_modules/')),
    }]),
  ];
}

/** One line of it: `pith.config.ts, trusted: hooks/a.ts`. */
export function toHooksText({ config, state, files }: ShownHooks): string {
  return `${config}, ${state === 'own' ? 'yours' : state}${files.length === 0 ? '' : `: ${files.join(', ')}`}`;
}
