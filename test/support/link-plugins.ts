import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from './pith.ts';

export interface LinkedPlugin {
  name: string;
  /** Its entry, as JavaScript. */
  entry: string;
  /** What its manifest says besides; nothing is declared unless told. */
  manifest?: { capabilities?: readonly string[]; guards?: boolean; kernel?: string };
}

/** Plugins as packages beside the home of a place, linked as `pith plugins link` would. */
export async function linkPlugins(place: Place, plugins: readonly LinkedPlugin[]): Promise<void> {
  const data = join(place.env['PITH_HOME']!, 'data');
  const linked = await Promise.all(plugins.map(async ({ name, entry, manifest = {} }) => {
    const root = join(place.folder, '..', 'plugins', name);
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'index.js'), entry);
    await writeFile(join(root, 'package.json'), JSON.stringify({ name, version: '1.2.3', type: 'module', oclif: { commands: './commands' }, pith: { plugin: './index.js', capabilities: [], ...manifest } }));
    return { type: 'link', name, root };
  }));
  await mkdir(data, { recursive: true });
  await writeFile(join(data, 'package.json'), JSON.stringify({ private: true, name: 'pith', oclif: { schema: 1, plugins: linked } }));
}
