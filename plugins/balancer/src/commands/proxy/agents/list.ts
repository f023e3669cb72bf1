import { Command } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { formatAgents, type ShownAgents, toShownAgents } from '../../../agents/shown.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyAgentsList extends Command {
  static override summary = 'List the agents that requests are recognised by, and which model each gets.';
  static override description = 'Agents are the files *.md in the folder agents of the configuration, and in .claude/agents and .agents of the folders that programs were seen to work in.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<ShownAgents> {
    await this.parse(ProxyAgentsList);
    return withBalancer(this.config, async (balancer) => {
      const shown = toShownAgents(await balancer.agents());
      this.log(shown.agents.length === 0 ? 'No agent is known. One is a file with a name and a prompt in the folder agents of the configuration, or in .claude/agents of a project.' : formatAgents(shown));
      for (const { file, problem } of shown.problems) this.logToStderr(escapeControl(`${file} ${problem}`));
      return shown;
    });
  }
}
