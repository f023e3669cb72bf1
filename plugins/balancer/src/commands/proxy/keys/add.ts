import { Args, Command, Flags } from '@oclif/core';
import { parseBudgets } from '../../../keys/budget.ts';
import { openKeyStore, toAccountIds } from '../../../keys/change-key.ts';
import { parseExpiry, parseModels } from '../../../keys/key.ts';
import { formatSecret, type MadeKey } from '../../../keys/shown.ts';
import { withBalancer } from '../../../with-balancer.ts';

export default class ProxyKeysAdd extends Command {
  static override summary = 'Make a client key for pith proxy. Its secret is shown once.';
  static override description = 'As soon as there is a key, every request to the proxy needs one, on this machine too.';
  static override enableJsonFlag = true;
  static override examples = ['<%= config.bin %> <%= command.id %> laptop', "<%= config.bin %> <%= command.id %> ci-nightly --models 'claude-*' --budget 5usd/day --expires 30d"];
  static override args = { name: Args.string({ required: true, description: 'What it is called.' }) };
  static override flags = {
    accounts: Flags.string({ summary: 'Only these accounts, by name or id, with commas between them.', helpValue: 'NAMES' }),
    models: Flags.string({ summary: 'Only these models, with commas between them; * stands for any rest.', helpValue: 'NAMES' }),
    budget: Flags.string({ summary: 'What it may spend a day, a month or ever: 5usd/day, 100usd/month, 500usd/total. Once for each.', multiple: true, multipleNonGreedy: true, helpValue: 'AMOUNT' }),
    expires: Flags.string({ summary: 'Until when it counts: 30d, 12h, 2030-12-31.', helpValue: 'TIME' }),
  };

  async run(): Promise<MadeKey> {
    const { args, flags } = await this.parse(ProxyKeysAdd);
    return withBalancer(this.config, async (balancer) => {
      const { store, accounts, show } = await openKeyStore(balancer);
      const { key, secret } = await store.add(args.name, {
        accounts: flags.accounts === undefined ? null : toAccountIds(flags.accounts, accounts), models: flags.models === undefined ? null : parseModels(flags.models),
        budgets: parseBudgets(flags.budget ?? []), expiresMs: flags.expires === undefined ? null : parseExpiry(flags.expires, Date.now()),
      });
      this.log(formatSecret(key.name, secret));
      return { ...await show(key), key: secret };
    }, { changes: true });
  }
}
