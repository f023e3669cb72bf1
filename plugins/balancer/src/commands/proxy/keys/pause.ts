import { Args, Command } from '@oclif/core';
import { toWord } from '../../../account/shown.ts';
import { openKeyStore } from '../../../keys/change-key.ts';
import type { ShownKey } from '../../../keys/shown.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyKeysPause extends Command {
  static override summary = 'Refuse the requests of a client key, in all processes, until it is resumed.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> ci'];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };

  async run(): Promise<ShownKey> {
    const { args } = await this.parse(ProxyKeysPause);
    return withBalancer(this.config, async (balancer) => {
      const { store, show } = await openKeyStore(balancer);
      const key = await store.pause(args.name);
      this.log(`${key.name} is paused. Requests that are under way go on. To resume it: pith proxy keys resume ${toWord(key.name)}`);
      return show(key);
    }, { changes: true });
  }
}
