import type { Files } from './tarball.ts';

export interface FixtureOptions {
  name: string;
  version?: string;
  capabilities?: readonly string[];
  /** What stands under `pith` besides. */
  pith?: object;
  /** The body of the definition: `tools: […], setup() {…}`. */
  body?: string;
  /** Ids of commands, with `:`. Each prints its plugin's name and version. */
  commands?: readonly string[];
  packageJson?: object;
}

/** A plugin as its author would publish it. */
export function pluginFiles({ name, version = '1.0.0', capabilities = [], pith = {}, body = '', commands = [], packageJson = {} }: FixtureOptions): Files {
  const noun = name.replace(/^@[^/]+\//, '');
  const manifest = {
    name, version, type: 'module', description: `The plugin ${noun}.`,
    oclif: commands.length === 0 ? {} : { commands: { strategy: 'pattern', target: './commands' }, topicSeparator: ' ' },
    pith: { plugin: './index.js', kernel: '^0.1.0', capabilities, ...pith }, ...packageJson,
  };
  const command = (id: string): [string, object] => [id, { id, summary: 'A command.', aliases: [], hiddenAliases: [], args: {}, flags: {}, pluginName: name, pluginType: 'user', strict: true, enableJsonFlag: true, hasDynamicHelp: false, isESM: true, relativePath: ['commands', `${id.replaceAll(':', '/')}.js`] }];
  return {
    'package.json': JSON.stringify(manifest),
    'index.js': `import { definePlugin } from '@pith/kernel';\nexport default definePlugin({ name: ${JSON.stringify(noun)}, ${body} });\n`,
    'oclif.manifest.json': JSON.stringify({ version, commands: Object.fromEntries(commands.map(command)) }),
    ...Object.fromEntries(commands.map((id) => [`commands/${id.replaceAll(':', '/')}.js`, `import { Command } from '@oclif/core';\nexport default class extends Command { async run() { this.log('${name} ${version}'); } }\n`])),
  };
}
