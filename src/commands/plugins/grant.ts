import { Args, Command, Flags } from '@oclif/core';
import { pathsOf } from '../../host/host.ts';
import { createConsent } from '../../host/plugins/consent.ts';
import { grantPlugin } from '../../host/plugins/grant.ts';
import type { InstalledPlugin } from '../../host/plugins/install.ts';
import { untilInterrupted } from '../../host/plugins/interrupt.ts';

export default class PluginsGrant extends Command {
  static override summary = 'Grant an installed plugin what it asks for, as it lies there now.';
  static override description = 'For a plugin that waits for trust: it was installed by other means, or its files have changed since.';
  static override examples = ['<%= config.bin %> plugins grant @acme/pith-plugin-guard --yes'];
  static override enableJsonFlag = true;
  static override args = { plugin: Args.string({ required: true, ignoreStdin: true, description: 'Its name.' }) };
  static override flags = { yes: Flags.boolean({ char: 'y', summary: 'Grant it without being asked.' }) };

  async run(): Promise<InstalledPlugin> {
    const { args, flags } = await this.parse(PluginsGrant);
    const consent = createConsent({ yes: flags.yes, json: this.jsonEnabled(), again: `pith plugins grant ${args.plugin} --yes` });
    const granted = await untilInterrupted((signal) => grantPlugin(args.plugin, { config: this.config, paths: pathsOf(this.config), consent, signal }));
    this.log(`${granted.name} ${granted.version} may do what it asks for.`);
    return granted;
  }
}
