import { Args, Command } from '@oclif/core';
import { changeAccount } from '../../account/change-account.ts';
import { type ShownAccount, toShown } from '../../account/shown.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsRename extends Command {
  static override summary = 'Call an account otherwise. Its id, its secret and the books stay as they are.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> work office'];
  static override args = {
    name: Args.string({ required: true, description: 'Its name, or its id.' }),
    to: Args.string({ required: true, description: 'The new name: at most 64 letters, digits, blanks and . _ @ + -.' }),
  };

  async run(): Promise<ShownAccount> {
    const { args } = await this.parse(AccountsRename);
    return withBalancer(this.config, async (balancer) => {
      const account = await changeAccount(await balancer.pool(), args.name, { type: 'changed', name: args.to });
      this.log(`It is called ${account.name} now.`);
      return toShown(account, Date.now());
    });
  }
}
