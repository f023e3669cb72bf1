import { Command } from '@oclif/core';
import { formatList } from '../../account/format-list.ts';
import { type ShownAccount, toShown } from '../../account/shown.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsList extends Command {
  static override summary = 'List the accounts of the pool: which take requests, and why others do not.';
  static override enableJsonFlag = true;
  static override examples = [{ description: 'For a program', command: '<%= config.bin %> <%= command.id %> --json' }];

  async run(): Promise<ShownAccount[]> {
    await this.parse(AccountsList);
    return withBalancer(this.config, async (balancer) => {
      const nowMs = Date.now();
      const accounts = (await balancer.pool()).accounts.map((account) => toShown(account, nowMs));
      this.log(accounts.length === 0 ? 'There is no account yet. Add one with: pith accounts add NAME' : formatList(accounts, nowMs));
      return accounts;
    });
  }
}
