import { Args, Command } from '@oclif/core';
import { changeAccount } from '../../account/change-account.ts';
import { parsePriority } from '../../account/check.ts';
import { type ShownAccount, toShown } from '../../account/shown.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsPriority extends Command {
  static override summary = 'Say which accounts come first: those with the lowest number that take requests.';
  static override enableJsonFlag = true;
  static override examples = [{ description: 'Only where those before it are out', command: '<%= config.bin %> <%= command.id %> work 10' }];
  static override args = {
    name: Args.string({ required: true, description: 'Its name, or its id.' }),
    priority: Args.string({ required: true, description: 'A whole number from 0 to 100, the lower the sooner.' }),
  };

  async run(): Promise<ShownAccount> {
    const { args } = await this.parse(AccountsPriority);
    const priority = parsePriority(args.priority);
    return withBalancer(this.config, async (balancer) => {
      const account = await changeAccount(await balancer.pool(), args.name, { type: 'changed', priority });
      this.log(`${account.name} has priority ${account.priority}.`);
      return toShown(account, Date.now());
    });
  }
}
