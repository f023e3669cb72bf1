import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Interfaces } from '@oclif/core';

/** What scripts/shipped-entry.js makes: the entries of the plugins that come with pith, by package. */
type Shipped = Readonly<Record<string, { version: string; definition: unknown }>>;

type Plugin = Pick<Interfaces.Plugin, 'name' | 'version' | 'type' | 'root'>;

/**
 * Imports what the entry of a plugin's package exports. One that comes with pith is taken out of the file that holds them
 * all, since opening one for each is most of what a start waits for; it is the same code.
 * @param root the folder of pith itself
 */
export function createEntryImporter(root: string): (plugin: Plugin, entry: string) => Promise<unknown> {
  let shipped: Promise<Shipped | undefined> | undefined;
  return async ({ name, version, type, root: folder }, entry) => {
    // One that throws as it is imported would take the others along; by itself it is named.
    const found = type === 'core' ? (await (shipped ??= importShipped(root).catch(() => undefined)))?.[name] : undefined;
    return found?.version === version ? { default: found.definition } : import(pathToFileURL(join(folder, entry)).href);
  };
}

async function importShipped(root: string): Promise<Shipped> {
  return (await import(pathToFileURL(join(root, 'dist', 'shipped.js')).href) as { default: Shipped }).default;
}
