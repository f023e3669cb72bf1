import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Plugin } from '@oclif/core';
import { KERNEL_VERSION } from '@pith/kernel';
import { type NewFile, readTemplate, writeNewFiles } from './render-template.ts';

/**
 * Writes a plugin package that works as it stands: a tap, a command, a test, a README.
 * @param name the package's; `noun` what the plugin, its command and its settings are called
 * @returns the files, relative to the folder
 * @throws PithError FILE_EXISTS
 */
export async function createPlugin({ name, noun, folder, templates }: { name: string; noun: string; folder: string; templates: string }): Promise<string[]> {
  const files: NewFile[] = await readTemplate(join(templates, 'plugin'), { package: name, noun, kernel: KERNEL_VERSION });
  await writeNewFiles(folder, files);
  await writeFile(join(folder, 'oclif.manifest.json'), await commandManifest(folder), { flag: 'wx' });
  return [...files.map(({ path }) => path), 'oclif.manifest.json'].sort();
}

/** What spares oclif from loading every command at start; without it the package cannot be installed. */
async function commandManifest(root: string): Promise<string> {
  const plugin = new Plugin({ root, errorOnManifestCreate: true, ignoreManifest: true, respectNoCacheDefault: true });
  await plugin.load();
  return `${JSON.stringify(plugin.manifest, null, 2)}\n`;
}
