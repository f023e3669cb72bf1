import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A data folder as the installation of so many plugins leaves it; each has a manifest, a command and a tap. */
export async function writeInstalledPlugins(folder: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, index) => `bench-plugin-${index}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({
    private: true, oclif: { schema: 1, plugins: names.map((name) => ({ name, type: 'user', tag: 'latest' })) },
    dependencies: Object.fromEntries(names.map((name) => [name, '1.0.0'])),
  }));
  await Promise.all(names.map((name) => writePlugin(join(folder, 'node_modules', name), name)));
}

async function writePlugin(folder: string, name: string): Promise<void> {
  const files = {
    'package.json': JSON.stringify({
      name, version: '1.0.0', type: 'module', files: ['dist', 'oclif.manifest.json'], exports: './dist/index.js',
      oclif: { commands: './dist/commands' }, pith: { plugin: './dist/index.js', kernel: '^0.1.0', capabilities: ['hook:context'] },
    }),
    'oclif.manifest.json': JSON.stringify({
      version: '1.0.0',
      commands: {
        [name]: {
          id: name, aliases: [], args: {}, flags: {}, hasDynamicHelp: false, hiddenAliases: [], strict: true, enableJsonFlag: false, summary: 'Does nothing.',
          pluginAlias: name, pluginName: name, pluginType: 'user', isESM: true, relativePath: ['dist', 'commands', `${name}.js`],
        },
      },
    }),
    'dist/index.js': `import { definePlugin } from '@pith/kernel';
export default definePlugin({ name: '${name}', setup({ hooks }) { hooks.context.tap('look', () => undefined); } });\n`,
    [`dist/commands/${name}.js`]: `import { Command } from '@oclif/core';
export default class extends Command { static summary = 'Does nothing.'; async run() {} }\n`,
  };
  await mkdir(join(folder, 'dist', 'commands'), { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
}
