import { Args, Command } from '@oclif/core';
import { openKeyStore } from '../../../keys/change-key.ts';
import { findKey } from '../../../keys/key.ts';
import { formatKey, type ShownKey } from '../../../keys/shown.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyKeysShow extends Command {
  static override summary = 'Show everything about a client key but its secret.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> ci', '<%= config.bin %> <%= command.id %> ci --json'];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };

  async run(): Promise<ShownKey> {
    const { args } = await this.parse(ProxyKeysShow);
    return withBalancer(this.config, async (balancer) => {
      const { store, show } = await openKeyStore(balancer);
      const key = await show(findKey(await store.list(), args.name));
      this.log(formatKey(key, Date.now()));
      return key;
    });
  }
}
