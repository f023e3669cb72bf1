import { formatTable } from '@pith/table';
import { KIND_WORDS, type ShownAccount, toAgoText, toModelTexts, toStateText, toWindowTexts } from './shown.ts';

/** One row an account; the last cell says why it is where it is, or how much of its limits is used. */
export function formatList(accounts: readonly ShownAccount[], nowMs: number, width?: number): string {
  const rows = accounts.map((account) => [
    account.name, KIND_WORDS[account.state.kind], account.provider, account.credential, String(account.priority), String(account.tier), toAgoText(account.lastUsedMs, nowMs), toWhyText(account, nowMs),
  ]);
  return formatTable(['ACCOUNT', 'STATE', 'PROVIDER', 'PAID BY', 'PRIORITY', 'TIER', 'USED', 'WHY'], rows, width);
}

function toWhyText({ state, coolingModels, windows }: ShownAccount, nowMs: number): string {
  return [toStateText(state, nowMs), ...toModelTexts(coolingModels, nowMs), ...(state.kind === 'active' ? toWindowTexts(windows, nowMs) : [])].filter((text) => text !== '').join('; ');
}
