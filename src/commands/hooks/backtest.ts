import { Args, Command, Flags } from '@oclif/core';
import { EXIT, PithError } from '@pith/kernel';
import { type Backtest, backtest, loadRule } from '../../host/backtest/backtest.ts';
import { formatBacktest } from '../../host/backtest/format-backtest.ts';
import { CATALOGUE } from '../../host/catalogue.ts';
import { openKernel, pathsOf, readConfig } from '../../host/host.ts';

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

export default class HooksBacktest extends Command {
  static override summary = 'Try a rule on recorded sessions: which calls it would have refused, changed or let through.';
  static override description = `Every recorded call goes through the prepare and permission taps of the hook file, beside what was decided then; a person who was asked then answers again. No tool and no model runs, and none of its other taps.

The hook file is run as trusted code: name only a file that you would run yourself.`;
  static override examples = [
    '<%= config.bin %> hooks backtest hooks/guard.ts',
    { description: 'One session, every call, for a program', command: '<%= config.bin %> hooks backtest hooks/guard.ts --session 3f2a91c0 --all --json' },
  ];
  static override enableJsonFlag = true;
  static override args = { hookfile: Args.string({ required: true, ignoreStdin: true, description: 'A .ts or .js file that exports a plugin as default.' }) };
  static override flags = {
    since: Flags.string({ summary: 'Sessions used in the last hours, days or weeks, as 12h, 30d or 4w.', default: '30d', helpValue: 'TIME', exclusive: ['session'] }),
    session: Flags.string({ char: 's', summary: 'Only this session, by its id or the beginning of it.', helpValue: 'ID' }),
    all: Flags.boolean({ char: 'a', summary: 'List every call, not only those that would go otherwise.' }),
  };

  async run(): Promise<Backtest> {
    const { args, flags } = await this.parse(HooksBacktest);
    const sinceMs = Date.now() - parseSince(flags.since);
    const rule = await loadRule(args.hookfile);
    const config = await readConfig(this.config, process.cwd());
    const host = await openKernel(this.config, config, { sessions: { record: false } });
    try {
      const kernel = { options: config.settings.plugins ?? {}, knownPlugins: [...CATALOGUE, ...host.plugins.map(({ name }) => name)], paths: pathsOf(this.config) };
      const result = await backtest(rule, { store: await host.service('sessions'), sinceMs, session: flags.session, all: flags.all, kernel });
      this.log(formatBacktest(result));
      return result;
    } finally {
      await host.close();
    }
  }
}

function parseSince(text: string): number {
  const [, number, unit] = /^(\d+)([hdw])$/.exec(text) ?? [];
  if (number !== undefined && unit !== undefined && Number(number) > 0) return Number(number) * UNITS_MS[unit]!;
  throw new PithError(`--since ${text} is not accepted; allowed is a number of hours, days or weeks such as 12h, 30d or 4w`, { code: 'FLAG_INVALID', exitCode: EXIT.usage, hint: 'pith hooks backtest --help shows examples.' });
}
