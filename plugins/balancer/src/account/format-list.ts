import { widthOf } from '@pith/screen';
import { formatTable, screenWidth } from '@pith/table';
import { CREDENTIAL_WORDS, KIND_WORDS, type ShownAccount, toAgoText, toModelTexts, toStateText, toWindowTexts } from './shown.ts';

interface Column { title: string; cell: (account: ShownAccount, nowMs: number) => string }

const NAME: readonly Column[] = [{ title: 'ACCOUNT', cell: ({ name }) => name }, { title: 'STATE', cell: ({ state }) => KIND_WORDS[state.kind] }];
const USED: Column = { title: 'USED', cell: ({ lastUsedMs }, nowMs) => toAgoText(lastUsedMs, nowMs) };
const PROVIDER: Column = { title: 'PROVIDER', cell: ({ provider }) => provider };
const PRIORITY: Column = { title: 'PRIORITY', cell: ({ priority }) => String(priority) };
const MORE: readonly Column[] = [{ title: 'PAID BY', cell: ({ credential }) => CREDENTIAL_WORDS[credential] }, { title: 'TIER', cell: ({ tier }) => String(tier) }];
const WHY: Column = { title: 'WHY', cell: toWhyText };

/** From the most to the fewest: on a narrower screen there is no room for what changes least. */
const SETS: readonly (readonly Column[])[] = [[PROVIDER, PRIORITY, ...MORE, USED], [PROVIDER, PRIORITY, USED], [PROVIDER, USED], [USED]].map((some) => [...NAME, ...some, WHY]);
/** So much room the reason gets at least, where it is so long; what is longer may be cut. */
const WHY_WIDTH = 36;
const GAP = 2;

/** One row an account; the last cell says why it is where it is, or how much of its limits is used. */
export function formatList(accounts: readonly ShownAccount[], nowMs: number, width = screenWidth()): string {
  const cells = new Map(SETS[0]!.map((column) => [column, accounts.map((account) => column.cell(account, nowMs))]));
  const most = (column: Column): number => Math.max(column.title.length, ...cells.get(column)!.map(widthOf));
  const needed = (columns: readonly Column[]): number => columns.reduce((sum, column) => sum + (column === WHY ? Math.min(WHY_WIDTH, most(column)) : most(column) + GAP), 0);
  // Where none fits, each account is a paragraph, which has room for more.
  const columns = SETS.find((set) => needed(set) <= width) ?? SETS[1]!;
  return formatTable(columns.map(({ title }) => title), accounts.map((_, row) => columns.map((column) => cells.get(column)![row]!)), width);
}

function toWhyText({ state, coolingModels, windows }: ShownAccount, nowMs: number): string {
  const short = { short: true };
  return [toStateText(state, nowMs, short), ...toModelTexts(coolingModels, nowMs, short), ...(state.kind === 'active' ? toWindowTexts(windows, nowMs, short) : [])].filter((text) => text !== '').join('; ');
}
