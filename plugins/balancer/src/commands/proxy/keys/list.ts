import { Command } from '@oclif/core';
import { openKeyStore } from '../../../keys/change-key.ts';
import { formatKeys, type ShownKey } from '../../../keys/shown.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyKeysList extends Command {
  static override summary = 'List the client keys of pith proxy, with what they may do and have spent.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json'];

  async run(): Promise<ShownKey[]> {
    await this.parse(ProxyKeysList);
    return withBalancer(this.config, async (balancer) => {
      const { store, show } = await openKeyStore(balancer);
      const keys = await Promise.all((await store.list()).map(show));
      this.log(keys.length === 0 ? 'There is no client key, so whoever reaches the proxy may use it. Add one with: pith proxy keys add NAME' : formatKeys(keys, Date.now()));
      return keys;
    });
  }
}
