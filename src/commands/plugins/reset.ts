import { Command, Flags } from '@oclif/core';
import { PithError } from '@pith/kernel';
import { pathsOf } from '../../host/host.ts';
import { createConsent } from '../../host/plugins/consent.ts';
import { untilInterrupted } from '../../host/plugins/interrupt.ts';
import { openRegistry } from '../../host/plugins/stage.ts';
import { type Uninstalled, uninstallPlugins } from '../../host/plugins/uninstall.ts';

export default class PluginsReset extends Command {
  static override summary = 'Take away every plugin that did not come with pith.';
  static override examples = ['<%= config.bin %> plugins reset --yes'];
  static override enableJsonFlag = true;
  static override flags = {
    yes: Flags.boolean({ char: 'y', summary: 'Do it without being asked.' }),
    purge: Flags.boolean({ summary: 'Remove their data, too: folders, and tables in the database.' }),
  };

  async run(): Promise<Uninstalled> {
    const { flags } = await this.parse(PluginsReset);
    const consent = createConsent({ yes: flags.yes, json: this.jsonEnabled(), again: 'pith plugins reset --yes' });
    const names = (await (await openRegistry(this.config)).list()).map(({ name }) => name);
    consent.say(names.length === 0 ? 'Nothing is installed besides what came with pith.' : `This takes away: ${names.join(', ')}`);
    const result = await untilInterrupted(async (signal) => {
      if (names.length > 0 && !await consent.ask('Take them away?', signal)) throw new PithError('You said no, so nothing was changed', { code: 'PLUGIN_NOT_GRANTED' });
      return uninstallPlugins(undefined, { config: this.config, paths: pathsOf(this.config), consent, signal, purge: flags.purge });
    });
    for (const name of result.removed) this.log(`${name} is gone.`);
    return result;
  }
}
