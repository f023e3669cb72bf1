import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { type Paths, PithError } from '@pith/kernel';
import { updateStore } from '../store.ts';
import { changeGrants, readGrants } from './grants.ts';
import type { Workplace } from './install.ts';
import { isRecord, nounOf, readJson, readManifest } from './manifest.ts';
import { runNpm } from './npm.ts';
import { dropTables, findTables } from './own-tables.ts';
import { refreshCompletion } from './refresh.ts';
import { toPackageName } from './source.ts';
import { type Registered, withStage } from './stage.ts';

export interface Uninstalled { removed: string[]; /** Folders with data of theirs that stay. */ dataLeft: string[]; /** Their tables in the database that stay. */ tablesLeft: string[] }

/**
 * Takes plugins away: code, commands, grant and the user's options. What they have stored stays, unless `purge`.
 * @param words none: all that the user has installed or linked
 * @throws PithError PLUGIN_UNKNOWN; with `purge` what the database says where it cannot be changed: then the rest is done
 */
export async function uninstallPlugins(words: readonly string[] | undefined, { purge, ...place }: Workplace & { purge: boolean }): Promise<Uninstalled> {
  const { config, paths, signal } = place;
  const granted = await readGrants(paths);
  const own = new Set<string>();
  const removed = await withStage(config, async (stage) => {
    const installed = await stage.list();
    // A grant without its plugin is what somebody has left who took the files away by hand.
    const names = words === undefined ? [...new Set([...installed.map(({ name }) => name), ...Object.keys(granted)])] : words.map((word) => chooseInstalled(word, { config, installed, granted }));
    const packages = names.filter((name) => installed.some((plugin) => plugin.name === name && plugin.type === 'user'));
    const isLast = installed.every(({ name }) => names.includes(name));
    if (!isLast && packages.length > 0) await runNpm(config, ['uninstall', ...packages], { cwd: stage.folder, signal });
    for (const plugin of installed) if (names.includes(plugin.name)) own.add(pluginName(plugin.name, plugin.type === 'link' ? plugin.root : stage.at(plugin.name)));
    for (const name of names) await stage.remove(name);
    if (isLast) for (const part of ['node_modules', 'package.json', 'package-lock.json', 'plugin-files']) rmSync(join(stage.folder, part), { recursive: true, force: true });
    await stage.commit();
    return names;
  });
  await changeGrants(paths, Object.fromEntries(removed.map((name) => [name, undefined])));
  // What goes by the same name and stays keeps its options and its data.
  for (const { name, root } of config.plugins.values()) if (!removed.includes(name)) own.delete(pluginName(name, root));
  for (const name of own) await dropOptions(paths, name);
  const folders = [...own].flatMap((name) => ownFolders(paths, name)).filter((folder) => existsSync(folder));
  if (purge) for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  await refreshCompletion(config);
  // Last, since it may fail where the rest does not.
  if (purge) await dropTables(config, { own, removed });
  return { removed, dataLeft: purge ? [] : folders, tablesLeft: purge ? [] : await findTables(config, { own, removed }) };
}

function chooseInstalled(word: string, { config, installed, granted }: { config: Interfaces.Config; installed: readonly Registered[]; granted: object }): string {
  const name = installed.find((plugin) => nounOf(plugin.name) === word)?.name ?? toPackageName(word, config);
  if (installed.some((plugin) => plugin.name === name) || name in granted) return name;
  const isShipped = config.plugins.has(name);
  throw new PithError(isShipped ? `${name} is part of pith, and was not installed by you` : `${word} is not installed`, { code: 'PLUGIN_UNKNOWN', hint: 'pith plugins lists what is installed.' });
}

function pluginName(packageName: string, folder: string): string {
  const name = readManifest(folder)?.pith?.name;
  return typeof name === 'string' ? name : nounOf(packageName);
}

/** The options in the user's own settings file; a project's file belongs to the project. */
async function dropOptions(paths: Paths, name: string): Promise<void> {
  const file = join(paths.config, 'settings.json');
  const settings = readJson(file);
  if (!isRecord(settings) || !isRecord(settings['plugins']) || !(name in settings['plugins'])) return;
  await updateStore(file, {} as { plugins?: Record<string, unknown> }, (data) => {
    delete data.plugins?.[name];
    if (data.plugins !== undefined && Object.keys(data.plugins).length === 0) delete data.plugins;
  });
}

/** What a plugin may call its own besides its tables: the folders of its name. */
function ownFolders(paths: Paths, name: string): string[] {
  return /^[a-z0-9][a-z0-9-]*$/.test(name) && !['node_modules', 'plugin-files', 'traces', 'autocomplete', 'compile'].includes(name) ? [join(paths.data, name), join(paths.cache, name)] : [];
}
