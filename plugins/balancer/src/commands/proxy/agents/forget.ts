import { Args, Command } from '@oclif/core';
import { findAgent } from '../../../agents/shown.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyAgentsForget extends Command {
  static override summary = 'Let requests of an agent ask for the model that they name.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> reviewer'];
  static override args = { agent: Args.string({ required: true, description: 'Its id, or its name where only one has it.' }) };

  async run(): Promise<{ agent: string; forgotten: string | null }> {
    const { args } = await this.parse(ProxyAgentsForget);
    return withBalancer(this.config, async (balancer) => {
      const registry = await balancer.agents();
      // Also of one whose file is gone.
      const id = registry.preferenceOf(args.agent) === undefined ? findAgent(registry.agents, args.agent).id : args.agent;
      const forgotten = registry.preferenceOf(id) ?? null;
      await registry.prefer(id, undefined);
      this.log(forgotten === null ? `No model was preferred for ${id}.` : `${forgotten} is no longer preferred for ${id}.`);
      return { agent: id, forgotten };
    });
  }
}
