import { Command } from '@oclif/core';
import { formatTable } from '@pith/table';
import { openKernel, readConfig } from '../../host/host.ts';

interface ListedTool { name: string; effect: string; owner: string; description: string; inputSchema: unknown }

export default class ToolsList extends Command {
  static override summary = 'List the tools that a model is offered.';
  static override examples = ['<%= config.bin %> tools list', { description: 'With their input schemas', command: '<%= config.bin %> tools list --json' }];
  static override enableJsonFlag = true;

  async run(): Promise<ListedTool[]> {
    await this.parse(ToolsList);
    const kernel = await openKernel(this.config, await readConfig(this.config, process.cwd()));
    try {
      const { generation } = kernel;
      await generation.refreshTools(AbortSignal.timeout(10_000));
      const tools = [...generation.tools.values()].map(({ declaration: { name, effect, description, inputSchema }, owner }) => ({ name, effect, owner, description, inputSchema })).sort((a, b) => (a.name < b.name ? -1 : 1));
      this.log(tools.length === 0 ? 'No tools are installed. The usual ones: pith plugins install tools' : formatTable(['TOOL', 'EFFECT', 'PLUGIN', 'DESCRIPTION'], tools.map(({ name, effect, owner, description }) => [name, effect, owner, description.split(/(?<=\.) |\n/, 1)[0]!])));
      return tools;
    } finally {
      await kernel.close();
    }
  }
}
