import { Args, Command } from '@oclif/core';
import { changeAccount } from '../../account/change-account.ts';
import { parseTier } from '../../account/check.ts';
import { type ShownAccount, toShown } from '../../account/shown.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsTier extends Command {
  static override summary = 'Say how much an account takes, in relation to the others.';
  static override description = 'Where nobody says it, it follows the limit of tokens that the vendor names: 20 from 800,000 on, 5 from 200,000 on, else 1.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> work 5'];
  static override args = {
    name: Args.string({ required: true, description: 'Its name, or its id.' }),
    tier: Args.string({ required: true, description: 'A whole number from 1 to 1000, as 1, 5 or 20; or the word limits.' }),
  };

  async run(): Promise<ShownAccount> {
    const { args } = await this.parse(AccountsTier);
    const tier = parseTier(args.tier);
    return withBalancer(this.config, async (balancer) => {
      const account = await changeAccount(await balancer.pool(), args.name, { type: 'changed', tier });
      this.log(`${account.name} has tier ${account.tier}${account.isTierChosen === true ? '' : ', and follows its limits'}.`);
      return toShown(account, Date.now());
    });
  }
}
