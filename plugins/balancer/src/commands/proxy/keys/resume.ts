import { Args, Command } from '@oclif/core';
import { openKeyStore } from '../../../keys/change-key.ts';
import type { ShownKey } from '../../../keys/shown.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyKeysResume extends Command {
  static override summary = 'Take requests of a paused client key again.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> ci'];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };

  async run(): Promise<ShownKey> {
    const { args } = await this.parse(ProxyKeysResume);
    return withBalancer(this.config, async (balancer) => {
      const { store, show } = await openKeyStore(balancer);
      const key = await store.resume(args.name);
      this.log(`${key.name} may be used again.`);
      return show(key);
    }, { changes: true });
  }
}
