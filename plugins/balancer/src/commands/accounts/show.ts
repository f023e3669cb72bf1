import { Args, Command } from '@oclif/core';
import { findAccount } from '../../account/check.ts';
import { formatAccount } from '../../account/format-account.ts';
import { type ShownAccount, toShown } from '../../account/shown.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsShow extends Command {
  static override summary = 'Show everything about an account but its secret.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> work'];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };

  async run(): Promise<ShownAccount> {
    const { args } = await this.parse(AccountsShow);
    return withBalancer(this.config, async (balancer) => {
      const nowMs = Date.now();
      const account = toShown(findAccount((await balancer.pool()).accounts, args.name), nowMs);
      this.log(formatAccount(account, nowMs));
      return account;
    });
  }
}
