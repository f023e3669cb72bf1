import { Args, Command, Flags } from '@oclif/core';
import { confirmKeyName, openKeyStore } from '../../../keys/change-key.ts';
import { findKey } from '../../../keys/key.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyKeysRemove extends Command {
  static override summary = 'Remove a client key, in all processes at once. Asks for its name.';
  static override description = 'Its requests stay on the books. Without any key left, whoever reaches the proxy may use it.';
  static override enableJsonFlag = true;
  static override examples = [{ description: 'Without being asked', command: '<%= config.bin %> <%= command.id %> old-laptop --confirm old-laptop' }];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };
  static override flags = { confirm: Flags.string({ summary: 'Its name once more, where nobody can be asked.', helpValue: 'NAME' }) };

  async run(): Promise<{ key: string; id: string; removed: true }> {
    const { args, flags } = await this.parse(ProxyKeysRemove);
    return withBalancer(this.config, async (balancer) => {
      const { store } = await openKeyStore(balancer);
      const { name, id } = findKey(await store.list(), args.name);
      await confirmKeyName(name, flags.confirm);
      await store.remove(id);
      this.log(`${name} is removed. Programs that use it are refused from now on.`);
      return { key: name, id, removed: true };
    }, { changes: true });
  }
}
