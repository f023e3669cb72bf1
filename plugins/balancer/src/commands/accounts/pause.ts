import { Args, Command, Flags } from '@oclif/core';
import { changeAccount } from '../../account/change-account.ts';
import { type ShownAccount, toShown, toWord } from '../../account/shown.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsPause extends Command {
  static override summary = 'Keep requests from an account, in all processes, until it is resumed.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> work --reason "the bill is too high"'];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };
  static override flags = { reason: Flags.string({ summary: 'Why, for those who ask later.', default: '', helpValue: 'TEXT' }) };

  async run(): Promise<ShownAccount> {
    const { args, flags } = await this.parse(AccountsPause);
    return withBalancer(this.config, async (balancer) => {
      const account = await changeAccount(await balancer.pool(), args.name, { type: 'paused', reason: flags.reason });
      this.log(`${account.name} is paused. Requests that are under way go on. To resume it: pith accounts resume ${toWord(account.name)}`);
      return toShown(account, Date.now());
    }, { changes: true });
  }
}
