import { Command, Flags } from '@oclif/core';
import type { Stats } from '../books/query/stats.ts';
import { type Range, RANGE_NAMES } from '../books/query/range.ts';
import { withBalancer } from '../with-balancer.ts';

export default class StatsCommand extends Command {
  static override summary = 'Show how many requests the accounts had, how they went, and what they cost.';
  static override description = 'Counts the requests of pith itself and of the proxy, also those of processes that were killed, by model, account and client key. A request is said to have gone well where its answer was whole and no error, or its client left.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'The last 24 hours', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'One model, a month', command: '<%= config.bin %> <%= command.id %> --range 30d --model claude-sonnet-4-5' },
    { description: 'Everything, for a program', command: '<%= config.bin %> <%= command.id %> --range all --json' },
  ];
  static override flags = {
    range: Flags.string({ char: 'r', summary: 'How far back.', options: [...RANGE_NAMES, 'all'], default: '24h' }),
    account: Flags.string({ char: 'a', summary: 'Only of this account, by name or id.', helpValue: 'NAME', multiple: true }),
    model: Flags.string({ char: 'm', summary: 'Only of this model.', helpValue: 'MODEL', multiple: true }),
    key: Flags.string({ char: 'k', summary: 'Only of this client key of the proxy, by name or id.', helpValue: 'NAME', multiple: true }),
  };

  async run(): Promise<Stats> {
    const { flags } = await this.parse(StatsCommand);
    const [{ firstMs, readStats }, { formatStats }, { RANGE_WORDS, listKeys, toFilter, toKeyFilter, toNames, toTimes }, { foldEverything, textsOnBooks }] = await Promise.all([import('../books/query/stats.ts'), import('../books/show/format-stats.ts'), import('../books/show/scope.ts'), import('../books/show/command-books.ts')]);
    return withBalancer(this.config, async (balancer) => {
      const database = await foldEverything(balancer, (text) => this.logToStderr(text));
      const { accounts } = await balancer.pool();
      const nowMs = Date.now();
      const range = flags.range as Range | 'all';
      const stats = await readStats(database, { ...toFilter(flags, accounts, await textsOnBooks(database, flags.account)), ...await toKeyFilter(balancer, flags.key), ...toTimes(range, { nowMs, firstMs: range === 'all' ? await firstMs(database) : null }) });
      const title = `Requests of ${RANGE_WORDS[range]}`;
      if (stats.requests > 0) this.log(formatStats(stats, { title, nameOf: toNames(accounts), keyNameOf: toNames(await listKeys(database, stats.clientKeys)), nowMs }));
      else this.log(range === 'all' ? 'There are no requests on the books yet. They come with: pith run, pith chat or pith proxy' : `There are no such requests of ${RANGE_WORDS[range]}. Of all time: pith stats --range all`);
      return stats;
    });
  }
}
