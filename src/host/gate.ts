import { join } from 'node:path';
import { digestOf } from './plugins/digest.ts';
import type { Grant, GrantStore } from './plugins/grants.ts';
import { capabilitiesOf, guards, isRecord, type Manifest, missesOclifManifest, readJson, readManifest } from './plugins/manifest.ts';

/** An installed plugin of which nothing is loaded: neither its commands, nor its hooks, nor what it brings to a turn. */
export interface Waiting { name: string; version: string | null; why: string; guards: boolean }

/** What of oclif's configuration is used here; the rest is not public, so that it is named as it is. */
interface OclifConfig {
  dataDir: string;
  configDir: string;
  plugins: Map<string, { type: string; commands: { id: string; aliases?: string[] }[]; pjson: unknown }>;
  loadPluginsAndCommands(options?: unknown): Promise<void>;
  pluginLoader: { loadPlugins(root: string, type: string, plugins: readonly Registered[], parent?: unknown): Promise<void> };
  _commands: Map<string, { id: string; pluginType?: string }>;
  waiting?: readonly Waiting[];
}
type Registered = string | { name: string; type?: string };

/**
 * Stands between oclif and the plugins that the user has installed: what nobody has granted is not loaded at all. Linked
 * plugins are the developer's own folder; to link one is to grant it.
 */
export function gateUserPlugins(given: object): void {
  const config = given as OclifConfig;
  const { loadPluginsAndCommands } = config;
  config.loadPluginsAndCommands = async (options) => {
    const { pluginLoader } = config;
    const { loadPlugins } = pluginLoader;
    const waiting = readWaiting({ config: config.configDir, data: config.dataDir });
    const held = new Set(waiting.map(({ name }) => name));
    pluginLoader.loadPlugins = (root, type, plugins, parent) => loadPlugins.call(pluginLoader, root, type, type === 'user' ? plugins.filter((plugin) => !held.has(typeof plugin === 'string' ? plugin : plugin.name)) : plugins, parent);
    config.waiting = waiting;
    await loadPluginsAndCommands.call(config, options);
    settleCommands(config);
  };
}

/** What is installed and may not be loaded as it is, and guards that were granted and are gone. */
export function readWaiting(folders: { config: string; data: string }): Waiting[] {
  const registry = readJson(join(folders.data, 'package.json'));
  const store = readJson(join(folders.config, 'plugins.json')) as GrantStore | undefined;
  const grants = isRecord(store?.plugins) ? store.plugins : {};
  const oclif = isRecord(registry) && isRecord(registry['oclif']) ? registry['oclif'] : {};
  const registered = (Array.isArray(oclif['plugins']) ? oclif['plugins'] as Registered[] : []).map((plugin) => (typeof plugin === 'string' ? { name: plugin, type: 'user' } : plugin));
  const waiting: Waiting[] = [];
  for (const { name } of registered.filter(({ type }) => type !== 'link')) {
    const folder = join(folders.data, 'node_modules', name);
    const manifest = readManifest(folder);
    const grant = grants[name];
    const why = manifest === undefined ? 'its files are gone or damaged' : whyNot(folder, name, manifest, grant);
    if (why !== undefined) waiting.push({ name, version: manifest?.version ?? null, why, guards: grant?.guards === true || (manifest !== undefined && guards(manifest)) });
  }
  const names = new Set(registered.map(({ name }) => name));
  for (const [name, grant] of Object.entries(grants)) {
    if (grant.guards && !names.has(name)) waiting.push({ name, version: grant.version, why: 'it is no longer installed', guards: true });
  }
  return waiting;
}

/** In a few words; nothing when all is as it was granted. */
export function whyNot(folder: string, name: string, manifest: Manifest, grant: Grant | undefined): string | undefined {
  if (manifest.name !== name) return `its package calls itself ${manifest.name}`;
  if ((manifest.oclif?.plugins ?? []).length > 0) return 'it brings plugins of its own';
  if (missesOclifManifest(folder, manifest)) return 'it has no oclif.manifest.json of its version';
  if (grant === undefined) return 'nobody has granted what it may do';
  if (grant.version !== manifest.version) return `version ${grant.version} was granted, ${manifest.version} is there`;
  const wider = capabilitiesOf(manifest).filter((capability) => !grant.capabilities.includes(capability));
  if (wider.length > 0) return `it asks for more than was granted: ${wider.join(', ')}`;
  // Of a guard every byte is looked at; of the others at `pith plugins`, since it costs time with every start.
  return grant.guards && digestOf(folder) !== grant.digest ? 'its files were changed since they were installed' : undefined;
}

/** A command that two bring is the shipped one's, unless the other's manifest says that it takes its place. */
function settleCommands({ plugins, _commands: commands }: OclifConfig): void {
  const others = [...plugins.values()].filter(({ type }) => type === 'user' || type === 'link');
  if (others.length === 0) return;
  const shipped = new Map([...plugins.values()].filter(({ type }) => type === 'core').flatMap((plugin) => plugin.commands.map((command) => [command.id, command])));
  for (const plugin of others) {
    const { replaces = [] } = (plugin.pjson as Manifest).pith ?? {};
    for (const command of plugin.commands) {
      const owner = shipped.get(command.id);
      if (owner !== undefined) commands.set(command.id, replaces.includes(`command:${command.id}`) ? command : owner);
    }
  }
}
