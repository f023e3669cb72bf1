import type { Interfaces } from '@oclif/core';
import { checkKernelRange, KERNEL_VERSION, PithError } from '@pith/kernel';
import { takenError } from '../host.ts';
import { digestOf } from './digest.ts';
import type { Grant } from './grants.ts';
import { capabilitiesOf, guards, type Manifest, missesOclifManifest, readManifest, readOclifManifest } from './manifest.ts';

/** Everything about an installed package that can be known without running it. */
export interface Reviewed { name: string; manifest: Manifest; folder: string; integrity: string | null; capabilities: string[]; commands: string[] }

/**
 * Looks at a package before anything of it runs.
 * @throws PithError PLUGIN_INVALID, PLUGIN_KERNEL_RANGE, PLUGIN_NAME_TAKEN
 */
export async function reviewPackage({ name, folder, integrity, isLinked = false }: { name: string; folder: string; integrity: string | null; /** The folder of a developer, who may not have built the manifest of its commands yet. */ isLinked?: boolean }, config: Interfaces.Config): Promise<Reviewed> {
  const manifest = readManifest(folder);
  const invalid = (what: string): PithError => new PithError(`${name} ${what}, so it was not installed`, { code: 'PLUGIN_INVALID', plugin: name });
  if (manifest === undefined) throw invalid('has no package.json of the right form');
  if (manifest.pith === undefined && manifest.oclif === undefined) throw invalid('is no plugin: its package.json has neither a part "pith" nor a part "oclif"');
  if (manifest.name !== name) throw invalid(`calls itself ${manifest.name}`);
  if ((manifest.oclif?.plugins ?? []).length > 0) throw invalid('brings plugins of its own, which would be loaded unasked');
  if (!isLinked && missesOclifManifest(folder, manifest)) throw invalid('has no oclif.manifest.json of its version: its commands would all be loaded at every start');
  const { kernel } = manifest.pith ?? {};
  await checkKernelRange({ name, ...(kernel === undefined ? {} : { kernel }), load: () => Promise.resolve() }, KERNEL_VERSION);
  const commands = Object.values(readOclifManifest(folder)?.commands ?? {}).flatMap(({ id, aliases = [], hiddenAliases = [] }) => [id, ...aliases, ...hiddenAliases]).map((id) => id.replaceAll(' ', ':'));
  const reviewed = { name, manifest, folder, integrity, capabilities: capabilitiesOf(manifest), commands };
  const taken = findTaken(reviewed, config);
  if (taken !== undefined) throw taken;
  return reviewed;
}

export function toGrant({ manifest, folder, integrity, capabilities }: Reviewed): Grant {
  return { version: manifest.version, integrity, capabilities, digest: digestOf(folder), guards: guards(manifest), grantedMs: Date.now() };
}

/** Kinds of which there is one of each name. */
const UNIQUE = /^(?:tool|provider|command|agent|route|service):/;

/** A name that another plugin has already, and that this one does not say that it takes the place of. */
function findTaken({ name, manifest, capabilities, commands }: Reviewed, config: Interfaces.Config): PithError | undefined {
  const replaces = new Set(manifest.pith?.replaces);
  for (const other of config.plugins.values()) {
    if (other.name === name) continue;
    const theirs = new Set(other.commands.flatMap(({ id, aliases }) => [id, ...aliases]));
    const command = commands.find((id) => theirs.has(id) && !replaces.has(`command:${id}`));
    if (command !== undefined) return takenError(name, { what: `the command pith ${command.replaceAll(':', ' ')}`, key: `command:${command}`, owner: other.name });
    const declared = new Set((other.pjson as unknown as Manifest).pith?.capabilities);
    const key = capabilities.find((capability) => UNIQUE.test(capability) && declared.has(capability) && !replaces.has(capability));
    if (key !== undefined) return takenError(name, { what: `the ${key.replace(':', ' ')}`, key, owner: other.name });
  }
  return undefined;
}
