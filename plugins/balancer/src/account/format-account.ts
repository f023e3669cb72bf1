import { escapeControl } from '@pith/kernel';
import { formatParagraph, screenWidth } from '@pith/table';
import { CREDENTIAL_WORDS, KIND_WORDS, type ShownAccount, toAgoText, toModelTexts, toStateText, toWindowTexts } from './shown.ts';
import { toTimeText, toUntilText } from './time-text.ts';

const LABEL = 12;

/** Everything about one account, a line each. */
export function formatAccount(account: ShownAccount, nowMs: number, width = screenWidth()): string {
  const { name, id, state, provider, family, credential, baseUrl, priority, tier, isTierChosen, models, token, createdMs, lastUsedMs } = account;
  const lines: [string, string][] = [
    ['Account', name], ['Id', id], ['State', `${KIND_WORDS[state.kind]} ${toStateText(state, nowMs)}`.trimEnd()],
    ...toModelTexts(account.coolingModels, nowMs).map((text): [string, string] => ['Model', text]),
    ['Provider', `${provider} (speaks ${family})`], ['Address', baseUrl], ['Paid by', CREDENTIAL_WORDS[credential]],
    ...(token === undefined ? [] : [['Token', toTokenText(token, nowMs)] as [string, string]]),
    ['Priority', `${priority} (the lower the sooner)`], ['Tier', `${tier} (${isTierChosen ? 'chosen' : 'by its limits'})`],
    ...Object.entries(models).map(([asked, own]): [string, string] => ['Model', `${asked} is ${own} there`]),
    ...toWindowTexts(account.windows, nowMs).map((text): [string, string] => ['Window', text]),
    ['Added', toTimeText(createdMs, nowMs)], ['Used', toAgoText(lastUsedMs, nowMs)],
  ];
  return lines.map(([label, text]) => `${label.padEnd(LABEL)}${formatParagraph(escapeControl(text), width, ' '.repeat(LABEL)).slice(LABEL)}`).join('\n');
}

function toTokenText({ version, expiresAtMs }: NonNullable<ShownAccount['token']>, nowMs: number): string {
  if (expiresAtMs === null) return `number ${version}, without an end`;
  return expiresAtMs > nowMs ? `number ${version}, until ${toUntilText(expiresAtMs, nowMs)}` : `number ${version}, ended at ${toTimeText(expiresAtMs, nowMs)}; the next request refreshes it`;
}
