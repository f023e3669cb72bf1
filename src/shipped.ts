import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Interfaces } from '@oclif/core';

/** What scripts/shipped-entry.js makes: the entries of the plugins that come with pith, by package. */
type Shipped = Readonly<Record<string, { version: string; definition: unknown }>>;

/**
 * What the entry of a plugin's package exports. One that comes with pith is taken out of the file that holds them all,
 * since opening one for each is most of what a start waits for; it is the same code.
 */
export async function importEntry(oclif: Pick<Interfaces.Config, 'root'>, { name, version, type, root }: Pick<Interfaces.Plugin, 'name' | 'version' | 'type' | 'root'>, entry: string): Promise<unknown> {
  if (type === 'core') {
    // One that throws as it is imported would take the others along; by itself it is named.
    const shipped = await importShipped(oclif.root).catch(() => undefined);
    const own = shipped?.[name];
    if (own?.version === version) return { default: own.definition };
  }
  return import(pathToFileURL(join(root, entry)).href);
}

async function importShipped(root: string): Promise<Shipped> {
  return (await import(pathToFileURL(join(root, 'dist', 'shipped.js')).href) as { default: Shipped }).default;
}
