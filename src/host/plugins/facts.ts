import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Interfaces } from '@oclif/core';
import { type Paths, PithError } from '@pith/kernel';
import { waitingOf } from '../host.ts';
import { digestOf } from './digest.ts';
import { readGrants } from './grants.ts';
import { capabilitiesOf, guards, nounOf, readManifest, readOclifManifest } from './manifest.ts';
import { toPackageName } from './source.ts';
import { integrityIn } from './stage.ts';
import { explainCapabilities } from './words.ts';

/** What a plugin is and does, read from its files: nothing of it is run. */
export interface PluginFacts {
  name: string;
  version: string;
  description: string | null;
  kind: 'shipped' | 'installed' | 'linked';
  folder: string;
  guards: boolean;
  kernel: string | null;
  /** By its manifest, which the kernel holds it to. */
  hooks: string[];
  contributions: string[];
  capabilities: { capability: string; meaning: string; isHeld: boolean }[];
  commands: string[];
  integrity: string | null;
  /** What was granted when it was installed; `null` for what is shipped or linked. */
  granted: string[] | null;
  /** Whether its files are byte for byte those that were installed. */
  unchanged: boolean | null;
  waiting: string | null;
  /** What is read when a turn starts: the manifests, the entry, and what it imports at once. */
  start: { files: number; sizeBytes: number };
}

/** @throws PithError PLUGIN_UNKNOWN */
export async function readFacts(word: string, config: Interfaces.Config, paths: Paths): Promise<PluginFacts> {
  const waiting = waitingOf(config).find((one) => one.name === word || nounOf(one.name) === word);
  const name = waiting?.name ?? toPackageName(word, config);
  const loaded = config.plugins.get(name);
  const folder = waiting === undefined ? loaded?.root : join(config.dataDir, 'node_modules', name);
  const manifest = folder === undefined ? undefined : readManifest(folder);
  if (folder === undefined || manifest === undefined) throw new PithError(waiting === undefined ? `${word} is not installed` : `${name} cannot be read: ${waiting.why}`, { code: 'PLUGIN_UNKNOWN', hint: `pith plugins lists what is installed. To install it: pith plugins install ${word}` });
  const kind = waiting !== undefined || loaded?.type === 'user' ? 'installed' : loaded?.type === 'link' ? 'linked' : 'shipped';
  const grant = kind === 'installed' ? (await readGrants(paths))[name] : undefined;
  const capabilities = capabilitiesOf(manifest);
  return {
    name, version: manifest.version, description: manifest.description ?? null, kind, folder, guards: guards(manifest), kernel: manifest.pith?.kernel ?? null,
    hooks: capabilities.filter((capability) => capability.startsWith('hook:')).map((capability) => capability.slice('hook:'.length)),
    contributions: capabilities.filter((capability) => /^(?:tool|tool-source|provider|command|agent|route|service):/.test(capability)),
    capabilities: capabilities.map((capability) => {
      const { held, declared } = explainCapabilities([capability]);
      return { capability, meaning: [...held, ...declared][0]!, isHeld: held.length > 0 };
    }),
    commands: Object.keys(readOclifManifest(folder)?.commands ?? {}).map((id) => `pith ${id.replaceAll(':', ' ')}`),
    integrity: kind === 'installed' ? integrityIn(config.dataDir, name) : null,
    granted: grant?.capabilities ?? null, unchanged: grant === undefined ? null : digestOf(folder) === grant.digest,
    waiting: waiting?.why ?? null, start: measureStart(folder, manifest.pith?.plugin),
  };
}

function measureStart(folder: string, entry: string | undefined): PluginFacts['start'] {
  const files = new Set(['package.json', 'oclif.manifest.json'].map((name) => join(folder, name)).filter((file) => existsSync(file)));
  const queue = entry === undefined ? [] : [join(folder, entry)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (files.has(file) || !existsSync(file)) continue;
    files.add(file);
    // Only what is imported at once, and from the package itself; what a turn needs later is not loaded at its start.
    for (const [, from, bare] of readFileSync(file, 'utf8').matchAll(/\bfrom\s*["'](\.{1,2}\/[^"']+)["']|\bimport\s*["'](\.{1,2}\/[^"']+)["']/g)) queue.push(join(dirname(file), (from ?? bare)!));
  }
  return { files: files.size, sizeBytes: [...files].reduce((sum, file) => sum + statSync(file).size, 0) };
}
