import { Args, Command } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { pathsOf } from '../../host/host.ts';
import { createConsent } from '../../host/plugins/consent.ts';
import { untilInterrupted } from '../../host/plugins/interrupt.ts';
import { linkPlugin } from '../../host/plugins/link.ts';

export default class PluginsLink extends Command {
  static override summary = 'Use a plugin from the folder in which it is written.';
  static override description = 'The folder is taken to be your own: to link it is to grant what its manifest asks for, now and whenever that changes.';
  static override examples = ['<%= config.bin %> plugins link ./my-plugin'];
  static override enableJsonFlag = true;
  static override args = { folder: Args.string({ required: true, ignoreStdin: true, description: 'The folder with the package.json.' }) };

  async run(): Promise<{ name: string; version: string; folder: string; capabilities: string[] }> {
    const { args } = await this.parse(PluginsLink);
    const consent = createConsent({ yes: false, json: this.jsonEnabled(), again: '' });
    const { name, manifest: { version }, folder, capabilities } = await untilInterrupted((signal) => linkPlugin(args.folder, { config: this.config, paths: pathsOf(this.config), consent, signal }));
    this.log(`${escapeControl(name)} ${escapeControl(version)} runs from ${escapeControl(folder)} from now on, with all that its manifest asks for.`);
    return { name, version, folder, capabilities };
  }
}
