import { Command, Flags } from '@oclif/core';
import type { Finding } from '../books/analyze/find.ts';
import { type Range, RANGE_NAMES } from '../books/query/range.ts';
import { withBalancer } from '../with-balancer.ts';

export default class Analyze extends Command {
  static override summary = 'Say what is unusual about the requests: slow models, failing accounts, what costs most.';
  static override description = 'Sentences that can be acted on, what matters first. Nothing is sent anywhere: it is counted from the books.';
  static override enableJsonFlag = true;
  static override examples = [
    { description: 'The last 24 hours', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'The last week, for a program', command: '<%= config.bin %> <%= command.id %> --range 7d --json' },
  ];
  static override flags = { range: Flags.string({ char: 'r', summary: 'How far back.', options: [...RANGE_NAMES, 'all'], default: '24h' }) };

  async run(): Promise<{ requests: number; findings: Finding[] }> {
    const { flags } = await this.parse(Analyze);
    const [{ readFacts }, { findAll }, { formatFindings }, { RANGE_WORDS, toNames, toTimes }, { foldEverything }, { firstMs }] = await Promise.all([
      import('../books/analyze/facts.ts'), import('../books/analyze/find.ts'), import('../books/show/format-findings.ts'), import('../books/show/scope.ts'), import('../books/show/command-books.ts'), import('../books/query/stats.ts'),
    ]);
    return withBalancer(this.config, async (balancer) => {
      const database = await foldEverything(balancer, (text) => this.logToStderr(text));
      const nowMs = Date.now();
      const range = flags.range as Range | 'all';
      const facts = await readFacts(database, toTimes(range, { nowMs, firstMs: range === 'all' ? await firstMs(database) : null }));
      const findings = findAll(facts, { nameOf: toNames((await balancer.pool()).accounts), nowMs });
      this.log(formatFindings(findings, { requests: facts.total.requests, span: RANGE_WORDS[range] }));
      return { requests: facts.total.requests, findings };
    });
  }
}
