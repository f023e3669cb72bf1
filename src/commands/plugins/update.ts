import { Args, Command, Flags } from '@oclif/core';
import { EXIT, escapeControl } from '@pith/kernel';
import { pathsOf } from '../../host/host.ts';
import { createConsent } from '../../host/plugins/consent.ts';
import { untilInterrupted } from '../../host/plugins/interrupt.ts';
import { type Updated, updatePlugins } from '../../host/plugins/update.ts';

export default class PluginsUpdate extends Command {
  static override summary = 'Bring installed plugins to their newest version.';
  static override description = 'One that asks for more than you have granted asks you again; when you say no, it stays as it is.';
  static override examples = ['<%= config.bin %> plugins update balancer --yes', '<%= config.bin %> plugins update --json'];
  static override enableJsonFlag = true;
  static override strict = false;
  static override args = { plugin: Args.string({ ignoreStdin: true, description: 'Their names; all that came from a registry when left away.' }) };
  static override flags = { yes: Flags.boolean({ char: 'y', summary: 'Grant what they ask for anew without being asked.' }) };

  async run(): Promise<Updated> {
    const { argv, flags } = await this.parse(PluginsUpdate);
    const words = argv as string[];
    const consent = createConsent({ yes: flags.yes, json: this.jsonEnabled(), again: `pith plugins update${words.map((word) => ` ${word}`).join('')} --yes` });
    const result = await untilInterrupted((signal) => updatePlugins(words, { config: this.config, paths: pathsOf(this.config), consent, signal }));
    for (const { name, version } of result.updated) this.log(`${name} is now ${version}.`);
    for (const { name, version, why } of result.kept) this.log(escapeControl(`${name} stays at ${version}: ${why}.`));
    if (result.kept.length > 0) process.exitCode = result.kept.some(({ code }) => code === 'PLUGIN_NOT_GRANTED') ? EXIT.refused : EXIT.failed;
    if (result.updated.length + result.kept.length === 0) this.log('Everything is up to date.');
    return result;
  }
}
