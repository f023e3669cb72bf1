import { Args, Command } from '@oclif/core';
import { findAccount } from '../../account/check.ts';
import { type AccountExplanation, explain } from '../../account/explain.ts';
import { formatExplanation } from '../../account/format-explanation.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsExplain extends Command {
  static override summary = 'Say why an account is where it is: what happened to it, and what would change it.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> work'];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };

  async run(): Promise<AccountExplanation> {
    const { args } = await this.parse(AccountsExplain);
    return withBalancer(this.config, async (balancer) => {
      const pool = await balancer.pool();
      const account = findAccount(pool.accounts, args.name);
      const [events, forgottenMs] = await Promise.all([pool.story(account.id), pool.forgottenMs(account.id)]);
      const nowMs = Date.now();
      const explanation = explain(account, { events, forgottenMs, nowMs });
      this.log(formatExplanation(explanation, nowMs));
      return explanation;
    });
  }
}
