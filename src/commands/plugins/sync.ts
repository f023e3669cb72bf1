import { Command, Flags } from '@oclif/core';
import { escapeControl, PithError } from '@pith/kernel';
import { pathsOf } from '../../host/host.ts';
import { createConsent } from '../../host/plugins/consent.ts';
import type { InstalledPlugin } from '../../host/plugins/install.ts';
import { untilInterrupted } from '../../host/plugins/interrupt.ts';
import { readLockFile } from '../../host/plugins/lockfile.ts';
import { compareWithLock, type Comparison, syncPlugins } from '../../host/plugins/sync.ts';

export default class PluginsSync extends Command {
  static override summary = 'Install the plugins that pith-plugins.lock names, exactly those.';
  static override description = 'Shows what is missing or different, down to a changed byte, asks, and puts it right. A package that is not the one that was locked is refused before anything of it runs. What is installed besides stays.';
  static override examples = ['<%= config.bin %> plugins sync --yes', { description: 'In a script: does this machine match?', command: '<%= config.bin %> plugins sync --check' }];
  static override enableJsonFlag = true;
  static override flags = {
    check: Flags.boolean({ summary: 'Change nothing; end with 1 when something differs.', exclusive: ['yes'] }),
    yes: Flags.boolean({ char: 'y', summary: 'Grant what they ask for without being asked.' }),
  };

  async run(): Promise<Comparison & { file: string; installed: InstalledPlugin[] }> {
    const { flags } = await this.parse(PluginsSync);
    const place = { config: this.config, paths: pathsOf(this.config) };
    const { file, plugins } = await readLockFile(process.cwd());
    const comparison = await compareWithLock(plugins, place);
    const { wrong, besides, linked } = comparison;
    for (const { name, version, why } of wrong) this.log(`${escapeControl(name)} ${version}: ${escapeControl(why)}`);
    for (const name of linked) this.log(`${escapeControl(name)} is linked from a folder, and left as it is.`);
    if (besides.length > 0) this.log(`Not in the lock, and left alone: ${escapeControl(besides.join(', '))}`);
    if (flags.check && wrong.length > 0) throw new PithError(`What is installed is not what ${file} says: ${wrong.map(({ name, why }) => `${name}: ${why}`).join('; ')}`, { code: 'PLUGINS_LOCK_DIFFERS', hint: 'pith plugins sync puts it right.' });
    if (wrong.length === 0) {
      this.log(`What is installed is what ${escapeControl(file)} says.`);
      return { ...comparison, file, installed: [] };
    }
    const consent = createConsent({ yes: flags.yes, json: this.jsonEnabled(), again: 'pith plugins sync --yes' });
    const installed = await untilInterrupted((signal) => syncPlugins(plugins, wrong, { ...place, consent, signal }));
    for (const { name, version } of installed) this.log(`${name} ${version} is installed.`);
    return { ...comparison, file, installed };
  }
}
