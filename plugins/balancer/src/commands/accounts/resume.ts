import { Args, Command, Flags } from '@oclif/core';
import { escapeControl } from '@pith/kernel';
import { resumeAccount, toResumedText } from '../../account/resume-account.ts';
import { type ShownAccount, toShown } from '../../account/shown.ts';
import { withBalancer } from '../../with-balancer.ts';

export default class AccountsResume extends Command {
  static override summary = 'Let an account go on that was paused, or with --now one that is cooling.';
  static override enableJsonFlag = true;
  static override examples = [{ description: 'Also where its vendor has limited it', command: '<%= config.bin %> <%= command.id %> work --now' }];
  static override args = { name: Args.string({ required: true, description: 'Its name, or its id.' }) };
  static override flags = { now: Flags.boolean({ summary: 'Forget what limits have said, too: the next request tries it.' }) };

  async run(): Promise<ShownAccount> {
    const { args, flags } = await this.parse(AccountsResume);
    return withBalancer(this.config, async (balancer) => {
      const account = await resumeAccount(await balancer.pool(), args.name, { now: flags.now });
      const nowMs = Date.now();
      this.log(escapeControl(toResumedText(account, nowMs)));
      return toShown(account, nowMs);
    }, { changes: true });
  }
}
