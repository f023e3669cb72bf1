import { Command } from '@oclif/core';
import { formatHookList, type HookList, listTaps } from '../../host/hook-report/list-taps.ts';
import { openKernel, readConfig } from '../../host/host.ts';

export default class HooksList extends Command {
  static override summary = 'List every tap in the order it runs.';
  static override description = 'With its stage, its time limit, what happens when it fails, and where it is from. Plugins that were left out are named with what to do.';
  static override examples = ['<%= config.bin %> hooks list', { description: 'For a program, with file and line of each tap', command: '<%= config.bin %> hooks list --json' }];
  static override enableJsonFlag = true;

  async run(): Promise<HookList> {
    await this.parse(HooksList);
    const kernel = await openKernel(this.config, await readConfig(this.config, process.cwd()));
    try {
      const list = listTaps(kernel);
      this.log(formatHookList(list));
      return list;
    } finally {
      await kernel.close();
    }
  }
}
