import { Args, Command } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { findAccount } from '../../account/check.ts';
import { toWindowTexts, toWord } from '../../account/shown.ts';
import { balancerError } from '../../errors.ts';
import { type AccountTest, testAccount } from '../../token/test-account.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsTest extends Command {
  static override summary = 'Try an account with one request that costs nothing: the list of its models.';
  static override description = 'Says how long the answer took and what the vendor says of limits. Whatever comes of it, the account stays where it is; a token that has ended is refreshed. Exit code 5 where it is not well.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> work', '<%= config.bin %> <%= command.id %> work --json'];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };

  async run(): Promise<AccountTest> {
    const { args } = await this.parse(AccountsTest);
    return withBalancer(this.config, async (balancer) => {
      const pool = await balancer.pool();
      const account = findAccount(pool.accounts, args.name);
      const { redact, env } = balancer;
      const test = await testAccount(account, { credentials: await balancer.credentials(), redact, env });
      if (!test.ok) {
        throw balancerError('ACCOUNT_TEST_FAILED', `Account ${account.name} is not well: ${escapeControl(test.reason ?? 'no answer')} (${test.request})`, {
          details: { ...test }, hint: test.status === 401 || test.status === 403 ? `Give it another key, or sign in again: pith accounts reauth ${toWord(account.name)}` : `What happened to it before: pith accounts explain ${toWord(account.name)}`,
        });
      }
      this.log([
        `${account.name} answers well: ${test.request} in ${test.latencyMs} ms${test.models === null ? '' : `, ${test.models} ${test.models === 1 ? 'model' : 'models'}`}${test.refreshed ? ', after its token was refreshed' : ''}.`,
        ...toWindowTexts(test.windows, Date.now()),
      ].map((line) => escapeControl(line)).join('\n'));
      if (Object.keys(test.windows).length === 0) this.log('Its server says nothing of limits here.');
      return test;
    });
  }
}
