import { join, relative, resolve } from 'node:path';
import { Args, Command, Flags } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { createPlugin } from '../../host/create/create-plugin.ts';
import { checkName } from '../../host/create/name.ts';

export default class PluginsCreate extends Command {
  static override summary = 'Make a plugin package: a tap, a command, a test and a README that work as they stand.';
  static override description = 'No file that is there is written over. For a rule of one repository, pith hooks create needs no package.';
  static override examples = ['<%= config.bin %> plugins create protect-main', '<%= config.bin %> plugins create @acme/protect-main --dir protect-main'];
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ required: true, ignoreStdin: true, description: 'Name of the package, with or without a @scope/.' }) };
  static override flags = { dir: Flags.string({ summary: 'Folder to write into. Default: one of the name, here.', helpValue: 'DIR' }) };

  async run(): Promise<{ name: string; folder: string; files: string[] }> {
    const { args: { name }, flags } = await this.parse(PluginsCreate);
    const noun = checkName(name, 'plugin', this.config);
    const folder = resolve(flags.dir ?? noun);
    const files = await createPlugin({ name, noun, folder, templates: join(this.config.root, 'templates') });
    const shown = escapeControl(relative(process.cwd(), folder) || '.');
    this.log(`${shown}:\n${files.map((file) => `  ${file}`).join('\n')}`);
    this.log(`Next:\n  cd ${shown}\n  npm test\n  pith plugins link .\n  pith ${noun} check "git push --force"`);
    return { name, folder, files };
  }
}
