import { Args, Command, Flags } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { pathsOf } from '../../host/host.ts';
import { createConsent } from '../../host/plugins/consent.ts';
import { untilInterrupted } from '../../host/plugins/interrupt.ts';
import { type Uninstalled, uninstallPlugins } from '../../host/plugins/uninstall.ts';

export default class PluginsUninstall extends Command {
  static override summary = 'Take plugins away, with their commands, what was granted to them, and your options for them.';
  static override description = 'What a plugin has stored stays: the folders of its name in pith’s data and cache folders, and its tables in the database. --purge removes both.';
  static override examples = ['<%= config.bin %> plugins uninstall balancer', '<%= config.bin %> plugins uninstall @acme/pith-plugin-guard --purge'];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = { plugin: Args.string({ required: true, ignoreStdin: true, description: 'Their names.' }) };
  static override flags = { purge: Flags.boolean({ summary: 'Remove their data, too: folders, and tables in the database.' }) };

  async run(): Promise<Uninstalled> {
    const { argv, flags } = await this.parse(PluginsUninstall);
    const consent = createConsent({ yes: false, json: this.jsonEnabled(), again: '' });
    const result = await untilInterrupted((signal) => uninstallPlugins(argv as string[], { config: this.config, paths: pathsOf(this.config), consent, signal, purge: flags.purge }));
    for (const name of result.removed) this.log(`${name} is gone.`);
    for (const folder of result.dataLeft) this.log(`Its data stays in ${escapeControl(folder)}`);
    if (result.tablesLeft.length > 0) this.log(`Its tables stay in the database: ${result.tablesLeft.join(', ')}`);
    return result;
  }
}
