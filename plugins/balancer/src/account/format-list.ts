import { formatTable, screenWidth } from '@pith/table';
import { KIND_WORDS, type ShownAccount, toAgoText, toModelTexts, toStateText, toWindowTexts } from './shown.ts';

/** On a narrower screen there is no room for what changes least. */
const ALL_COLUMNS_WIDTH = 140;

/** One row an account; the last cell says why it is where it is, or how much of its limits is used. */
export function formatList(accounts: readonly ShownAccount[], nowMs: number, width = screenWidth()): string {
  const isWide = width >= ALL_COLUMNS_WIDTH;
  const rows = accounts.map((account) => [
    account.name, KIND_WORDS[account.state.kind], account.provider, ...(isWide ? [account.credential] : []), String(account.priority), ...(isWide ? [String(account.tier)] : []),
    toAgoText(account.lastUsedMs, nowMs), toWhyText(account, nowMs),
  ]);
  return formatTable(['ACCOUNT', 'STATE', 'PROVIDER', ...(isWide ? ['PAID BY'] : []), 'PRIORITY', ...(isWide ? ['TIER'] : []), 'USED', 'WHY'], rows, width);
}

function toWhyText({ state, coolingModels, windows }: ShownAccount, nowMs: number): string {
  const short = { short: true };
  return [toStateText(state, nowMs, short), ...toModelTexts(coolingModels, nowMs, short), ...(state.kind === 'active' ? toWindowTexts(windows, nowMs, short) : [])].filter((text) => text !== '').join('; ');
}
