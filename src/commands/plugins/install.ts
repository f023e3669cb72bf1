import { Args, Command, Flags } from '@oclif/core';
import { pathsOf } from '../../host/host.ts';
import { createConsent } from '../../host/plugins/consent.ts';
import { type InstalledPlugin, installPlugins } from '../../host/plugins/install.ts';
import { untilInterrupted } from '../../host/plugins/interrupt.ts';

export default class PluginsInstall extends Command {
  static override summary = 'Install plugins from the registry, a tarball or a folder.';
  static override description = 'Shows what each of them asks for, and asks you. Nothing of a package runs while it is installed, and no part of it before you have said yes. A word of the catalogue, as balancer, stands for @pith/plugin-balancer.';
  static override examples = [
    '<%= config.bin %> plugins install balancer --yes',
    '<%= config.bin %> plugins install @acme/pith-plugin-guard@^2 --yes',
    { description: 'From this machine', command: '<%= config.bin %> plugins install ./acme-guard-2.0.0.tgz --yes' },
  ];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = { plugin: Args.string({ required: true, ignoreStdin: true, description: 'A name, with @VERSION or without; a tarball or a folder, with a / in it.' }) };
  static override flags = { yes: Flags.boolean({ char: 'y', summary: 'Grant what they ask for without being asked.' }) };

  async run(): Promise<{ installed: InstalledPlugin[] }> {
    const { argv, flags } = await this.parse(PluginsInstall);
    const typed = argv as string[];
    const consent = createConsent({ yes: flags.yes, json: this.jsonEnabled(), again: `pith plugins install ${typed.join(' ')} --yes` });
    const installed = await untilInterrupted((signal) => installPlugins(typed, { config: this.config, paths: pathsOf(this.config), consent, signal }));
    for (const { name, version } of installed) this.log(`${name} ${version} is installed.`);
    return { installed };
  }
}
