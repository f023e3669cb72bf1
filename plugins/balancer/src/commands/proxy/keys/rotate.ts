import { Args, Command } from '@oclif/core';
import { openKeyStore } from '../../../keys/change-key.ts';
import { formatSecret, type MadeKey } from '../../../keys/shown.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyKeysRotate extends Command {
  static override summary = 'Give a client key another secret, shown once. The old one is refused at once, in all processes.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> ci'];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };

  async run(): Promise<MadeKey> {
    const { args } = await this.parse(ProxyKeysRotate);
    return withBalancer(this.config, async (balancer) => {
      const { store, show } = await openKeyStore(balancer);
      const { key, secret } = await store.rotate(args.name);
      this.log(formatSecret(key.name, secret));
      return { ...await show(key), key: secret };
    }, { changes: true });
  }
}
