import { existsSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { PithError, type Paths } from '@pith/kernel';
import { describeRequest } from './consent.ts';
import { digestOf } from './digest.ts';
import { readGrants } from './grants.ts';
import { agree, type InstalledPlugin, keepGrants, reviewAll, type Workplace } from './install.ts';
import type { LockedPlugin } from './lockfile.ts';
import { readManifest } from './manifest.ts';
import { runNpm } from './npm.ts';
import { proveExamples } from './prove.ts';
import type { Reviewed } from './review.ts';
import { integrityIn, openRegistry, type Stage, withStage } from './stage.ts';

/** Where this machine is not as the lock file says, and what is here besides. */
export interface Difference { name: string; version: string; why: string }
export interface Comparison { wrong: Difference[]; /** Installed and not in the lock: left alone. */ besides: string[]; /** Linked from a folder, which no lock can hold. */ linked: string[] }

/** Holds everything installed against the lock, byte for byte. Changes nothing. */
export async function compareWithLock(locked: Readonly<Record<string, LockedPlugin>>, { config, paths }: { config: Interfaces.Config; paths: Paths }): Promise<Comparison> {
  const installed = await (await openRegistry(config)).list();
  const grants = await readGrants(paths);
  const linked = installed.filter(({ type }) => type === 'link').map(({ name }) => name);
  const users = new Set(installed.filter(({ type }) => type === 'user').map(({ name }) => name));
  const wrong = Object.entries(locked).filter(([name]) => !linked.includes(name)).flatMap(([name, { version, integrity }]) => {
    const folder = join(config.dataDir, 'node_modules', name);
    const found = users.has(name) ? readManifest(folder) : undefined;
    const why = found === undefined ? 'it is not installed'
      : found.version !== version ? `${found.version} is installed`
      : integrityIn(config.dataDir, name) !== integrity ? 'another package of the same version is installed'
      : grants[name] === undefined ? 'nobody has granted what it may do'
      : digestOf(folder) !== grants[name].digest ? 'its files were changed since they were installed'
      : undefined;
    return why === undefined ? [] : [{ name, version, why }];
  });
  return { wrong, besides: [...users].filter((name) => !(name in locked)).sort(), linked: linked.filter((name) => name in locked) };
}

/**
 * Installs what is missing or wrong, exactly as the lock says. What it finds is held against the lock before anything of
 * it can run; what is installed besides stays.
 * @throws PithError PLUGIN_INTEGRITY, PLUGINS_LOCK_INVALID, PLUGIN_NOT_GRANTED
 */
export async function syncPlugins(locked: Readonly<Record<string, LockedPlugin>>, wrong: readonly Difference[], place: Workplace): Promise<InstalledPlugin[]> {
  const { config, consent, signal } = place;
  const names = wrong.map(({ name }) => name);
  // The lock may be anybody's, and to ask a registry for a name is to send it there.
  consent.mustBePossible(names.map((name) => describeRequest({ name, manifest: { version: locked[name]!.version }, capabilities: locked[name]!.capabilities, commands: [] })).join('\n'));
  const reviewed = await withStage(config, async (stage) => {
    await forget(names, stage);
    consent.progress(`Fetching ${names.join(', ')} …`);
    await runNpm(config, ['install', ...names.map((name) => `${name}@${locked[name]!.version}`)], { cwd: stage.folder, signal });
    for (const name of names) checkIntegrity(name, locked[name]!, stage.integrityOf(name));
    const found = await reviewAll(names, stage, config);
    for (const one of found) checkCapabilities(one, locked[one.name]!);
    await agree(found, { grants: {}, consent, signal, question: `Install ${found.length === 1 ? 'it' : 'them'}?` });
    await proveExamples(found, signal);
    for (const name of names) await stage.add({ name, type: 'user', tag: locked[name]!.version });
    await stage.commit();
    return found;
  });
  return keepGrants(reviewed, place);
}

/** npm takes what is there for what it once put there; so that it looks again, it must be gone, and its notes of it, too. */
async function forget(names: readonly string[], { folder, at }: Stage): Promise<void> {
  for (const name of names) rmSync(at(name), { recursive: true, force: true });
  rmSync(join(folder, 'node_modules', '.package-lock.json'), { force: true });
  const file = join(folder, 'package-lock.json');
  if (!existsSync(file)) return;
  const notes = JSON.parse(await readFile(file, 'utf8')) as { packages?: Record<string, unknown> };
  for (const name of names) delete notes.packages?.[`node_modules/${name}`];
  await writeFile(file, JSON.stringify(notes, null, 2));
}

function checkIntegrity(name: string, { version, integrity }: LockedPlugin, found: string | null): void {
  if (found === integrity) return;
  throw new PithError(`${name} ${version} is not the package that was locked: its integrity is ${found ?? 'unknown'}, the lock says ${integrity}`, {
    code: 'PLUGIN_INTEGRITY', plugin: name, hint: 'Nothing was installed and nothing of it was run. Ask whoever runs the registry, or whoever wrote the lock.',
  });
}

function checkCapabilities({ name, manifest, capabilities }: Reviewed, locked: LockedPlugin): void {
  const wider = capabilities.filter((capability) => !locked.capabilities.includes(capability));
  if (wider.length === 0) return;
  throw new PithError(`${name} ${manifest.version} asks for more than the lock grants: ${wider.join(', ')}`, { code: 'PLUGINS_LOCK_INVALID', plugin: name, hint: 'Somebody has changed the lock by hand. Install the plugin, then: pith plugins lock' });
}

/** What the lock of this machine's plugins would say. @throws PithError PLUGIN_UNTRUSTED, PLUGIN_INTEGRITY */
export async function lockedNow({ config, paths }: { config: Interfaces.Config; paths: Paths }): Promise<{ plugins: Record<string, LockedPlugin>; linked: string[] }> {
  const installed = await (await openRegistry(config)).list();
  const grants = await readGrants(paths);
  const plugins: Record<string, LockedPlugin> = {};
  for (const { name } of installed.filter(({ type }) => type === 'user')) {
    const grant = grants[name];
    if (grant?.integrity == null) throw new PithError(`${name} cannot be locked: nobody has granted what it may do`, { code: 'PLUGIN_UNTRUSTED', plugin: name, hint: `pith plugins grant ${name}` });
    if (digestOf(join(config.dataDir, 'node_modules', name)) !== grant.digest) throw new PithError(`${name} cannot be locked: its files were changed since they were installed`, { code: 'PLUGIN_INTEGRITY', plugin: name, hint: `Install it anew: pith plugins uninstall ${name}, then: pith plugins install ${name}` });
    plugins[name] = { version: grant.version, integrity: grant.integrity, capabilities: grant.capabilities };
  }
  return { plugins, linked: installed.filter(({ type }) => type === 'link').map(({ name }) => name) };
}
