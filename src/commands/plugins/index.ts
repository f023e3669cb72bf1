import { Command } from '@oclif/core';
import { EXIT, escapeControl } from '@pith/kernel';
import { formatTable } from '@pith/table';
import { readConfig } from '../../host/host.ts';
import { readStatus, type ShownPlugin } from '../../host/plugins/status.ts';

export default class Plugins extends Command {
  static override summary = 'Show every plugin: whether it works, why not, and what its start costs.';
  static override description = 'Loads them all as a turn would. Ends with 1 when one of them is not active.';
  static override examples = ['<%= config.bin %> plugins', '<%= config.bin %> plugins --json'];
  static override enableJsonFlag = true;

  async run(): Promise<ShownPlugin[]> {
    await this.parse(Plugins);
    const plugins = await readStatus(this.config, await readConfig(this.config, process.cwd()));
    this.log(plugins.length === 0 ? 'There is no plugin. Install at least: pith plugins install tools permissions anthropic' : formatTable(['PLUGIN', 'STATE', 'VERSION', 'FROM', 'START'], plugins.map(toRow)));
    for (const { name, error } of plugins) if (error !== undefined) this.log(`\n${escapeControl(name)}: ${escapeControl(error.message)}${error.hint === undefined ? '' : `\n  ${escapeControl(error.hint, { lines: true })}`}`);
    for (const { name, package: packageName, unchanged, state } of plugins) if (unchanged === false && state === 'active') this.log(`\n${escapeControl(name)}: its files were changed since they were installed\n  Install it anew, or grant it as it is: pith plugins grant ${packageName}`);
    if (plugins.some(({ state }) => state !== 'active')) process.exitCode = EXIT.failed;
    return plugins;
  }
}

function toRow({ name, state, version, kind, guards, startMs }: ShownPlugin): string[] {
  return [name, `${state}${guards ? ', guards' : ''}`, version ?? '', kind, state === 'active' ? `${startMs.toFixed(1)} ms` : ''];
}
