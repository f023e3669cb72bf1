import { Args, Command, Flags } from '@oclif/core';
import { findAccount } from '../../account/check.ts';
import { confirmName } from '../../account/confirm-name.ts';
import { removeAccount } from '../../account/remove-account.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsRemove extends Command {
  static override summary = 'Remove an account and its secret. Asks for its name.';
  static override description = 'The key stays valid where it is from: revoke it there if others may know it. What the account has cost stays on the books.';
  static override enableJsonFlag = true;
  static override examples = [{ description: 'Without being asked', command: '<%= config.bin %> <%= command.id %> work --confirm work' }];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };
  static override flags = { confirm: Flags.string({ summary: 'Its name once more, where nobody can be asked.', helpValue: 'NAME' }) };

  async run(): Promise<{ account: string; id: string; removed: true }> {
    const { args, flags } = await this.parse(AccountsRemove);
    return withBalancer(this.config, async (balancer) => {
      const pool = await balancer.pool();
      const account = findAccount(pool.accounts, args.name);
      await confirmName(account.name, flags.confirm);
      await removeAccount(account, { pool, vault: await balancer.vault() });
      this.log(`${account.name} is removed, and its secret with it.`);
      return { account: account.name, id: account.id, removed: true };
    }, { changes: true });
  }
}
