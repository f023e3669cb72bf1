import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createKernel, loadConfig, type PluginSource, PithError, resolvePaths } from '@pith/kernel';
import voicePlugin from './index.ts';
import type { Voice } from './voice.ts';

/** What oclif knows of pith and of a plugin. */
type HostConfig = Parameters<typeof resolvePaths>[1] & { plugins: ReadonlyMap<string, KnownPlugin> };
interface KnownPlugin { name: string; root: string; type: string; pjson: unknown }
interface Manifest { plugin: string; kernel?: string; capabilities?: readonly string[] }

/**
 * The service for a command of the terminal: a kernel of this plugin and of the one that brings the vault. The options are a person's
 * own: a project must not choose who hears them.
 * @throws PithError as the configuration does
 */
export async function openVoice(config: HostConfig): Promise<{ voice: Voice; close(): Promise<void> }> {
  const paths = resolvePaths(process.env, config);
  const { settings } = await loadConfig({ cwd: process.cwd(), paths, env: process.env, isTrusted: () => Promise.resolve(false) });
  const { voice: options = {} } = settings.plugins ?? {};
  const kernel = await createKernel({ plugins: [voicePlugin, ...findVault(config)], options: { voice: options }, paths, env: process.env, passEnv: settings.passEnv ?? [] });
  const { error } = kernel.plugins.find(({ name }) => name === voicePlugin.name)!;
  if (error !== undefined) {
    await kernel.close();
    throw new PithError(error.message, { code: error.code, ...(error.hint === undefined ? {} : { hint: error.hint }) });
  }
  return { voice: (await kernel.optionalService('voice'))!, close: () => kernel.close() };
}

/** Only one that came with pith: what was installed would need to be granted first. */
function findVault({ plugins }: HostConfig): PluginSource[] {
  return [...plugins.values()].flatMap(({ name, root, type, pjson }): PluginSource[] => {
    const { pith: manifest } = pjson as { pith?: Manifest };
    if (type !== 'core' || manifest?.capabilities?.includes('service:vault') !== true) return [];
    const { plugin, ...facts } = manifest;
    return [{ ...facts, name, load: () => import(pathToFileURL(join(root, plugin)).href) as Promise<unknown> }];
  });
}
