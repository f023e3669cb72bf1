import { Args, Command } from '@oclif/core';
import { checkModel, findAgent, type ShownAgent, toShownAgent } from '../../../agents/shown.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyAgentsPrefer extends Command {
  static override summary = 'Ask another model in all requests of an agent. Nothing else of a request changes.';
  static override description = 'A model of the other family is asked in its own words: the request is translated.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> reviewer claude-opus-4-6'];
  static override args = { agent: Args.string({ required: true, description: 'Its id, or its name where only one has it.' }), model: Args.string({ required: true, description: 'As its vendor calls it.' }) };

  async run(): Promise<ShownAgent> {
    const { args } = await this.parse(ProxyAgentsPrefer);
    return withBalancer(this.config, async (balancer) => {
      const registry = await balancer.agents();
      const agent = findAgent(registry.agents, args.agent);
      await registry.prefer(agent.id, checkModel(args.model));
      this.log(`Requests of ${agent.id} ask for ${args.model} from now on.`);
      return toShownAgent(agent, registry);
    });
  }
}
