import { Command, Flags } from '@oclif/core';
import { formatTable, screenWidth } from '@pith/table';
import type { Family } from '../../account/account.ts';
import { toUntilText } from '../../account/time-text.ts';
import { type Peeked, peek } from '../../engine/peek.ts';
import { toReasonWords, toRouteWords } from '../../limit/words.ts';
import { withBalancer } from '../../with-balancer.ts';

const FAMILIES: readonly Family[] = ['anthropic', 'openai'];

export default class AccountsPeek extends Command {
  static override summary = 'Show which account a request would go to, and which after it, without asking any.';
  static override description = 'Nothing is sent and nothing changes. Where conversations have moved to while a proxy runs, only that proxy knows; where they begin, every process does.';
  static override enableJsonFlag = true;
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    { description: 'For a model, which some accounts may be cooling for, or call by another name', command: '<%= config.bin %> <%= command.id %> --model claude-sonnet-5-5' },
  ];
  static override flags = {
    model: Flags.string({ char: 'm', summary: 'As it would be asked for.', helpValue: 'MODEL' }),
    conversation: Flags.string({ summary: 'As its client names it; of pith itself, the id of the session.', helpValue: 'ID' }),
    family: Flags.string({ summary: 'Only accounts whose server speaks this. Both where it is not said.', options: [...FAMILIES] }),
  };

  async run(): Promise<Peeked[]> {
    const { flags: { model, conversation, family } } = await this.parse(AccountsPeek);
    return withBalancer(this.config, async (balancer) => {
      const engine = await balancer.engine();
      const nowMs = Date.now();
      const peeked = FAMILIES.filter((each) => family === undefined || each === family)
        .flatMap((each) => peek(engine, { family: each, model: model ?? null, ...(conversation === undefined ? {} : { conversation }) }, nowMs));
      this.log(peeked.length === 0 ? `There is no account${family === undefined ? '' : ` of family ${family}`} yet. Add one with: pith accounts add NAME` : format(peeked, { model, nowMs }));
      return peeked;
    });
  }
}

/** Families and models are named where they differ. */
function format(peeked: readonly Peeked[], { model, nowMs }: { model: string | undefined; nowMs: number }): string {
  const hasFamily = new Set(peeked.map(({ family }) => family)).size > 1;
  const hasModel = peeked.some((each) => each.model !== (model ?? null));
  const rows = peeked.map(({ place, account, family, priority, model: own, reason, retryAtMs }) => [
    place === null ? 'out' : String(place), account, ...(hasFamily ? [family] : []), String(priority), ...(hasModel ? [own ?? ''] : []),
    place === null ? `${toReasonWords(reason)}${retryAtMs === null ? '' : `, until ${toUntilText(retryAtMs, nowMs)}`}` : reason === 'failover' ? 'where those before it cannot' : toRouteWords(reason),
  ]);
  return formatTable(['ORDER', 'ACCOUNT', ...(hasFamily ? ['FAMILY'] : []), 'PRIORITY', ...(hasModel ? ['MODEL'] : []), 'WHY'], rows, screenWidth());
}
