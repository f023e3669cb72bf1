import { escapeControl } from '@pith/kernel';
import { formatParagraph, formatTable, screenWidth } from '@pith/table';
import { toTimeText } from '../../account/time-text.ts';
import type { Stats } from '../query/stats.ts';
import { many, toCount, toDollars, toDuration, toErrorWords, toPercent } from './words.ts';

/** Of a table. */
const ROWS_MAX = 10;
const LABEL = 12;

/** Everything at a glance, for a person. */
export function formatStats(stats: Stats, { title, nameOf, keyNameOf, nowMs, width = screenWidth() }: { title: string; nameOf: (id: string | null) => string; keyNameOf: (id: string | null) => string; nowMs: number; width?: number }): string {
  const { requests, successShare, failovers, averageMs, tokens, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, cacheShare, costMicroUsd, unknownCosts, tokensPerSecond, models, accounts, clientKeys, errors, activeAccounts } = stats;
  const facts: readonly (readonly [string, string | null])[] = [
    ['Requests', `${toCount(requests)}${successShare === null ? '' : `, ${toPercent(successShare)} went well`}`],
    ['Accounts', `${activeAccounts} had requests`],
    ['Failover', failovers === 0 ? null : `${many(failovers, 'request')} needed more than one attempt`],
    ['Time', averageMs === null ? null : `${toDuration(averageMs)} on average${tokensPerSecond === null ? '' : `, ${tokensPerSecond.toFixed(1)} tokens a second`}`],
    ['Tokens', `${toCount(tokens)}: ${toCount(inputTokens)} in, ${toCount(outputTokens)} out, ${toCount(cacheReadTokens)} read from the cache and ${toCount(cacheWriteTokens)} written to it`],
    ['Cache', cacheShare === null ? null : `${toPercent(cacheShare)} of what went in was read from it`],
    ['Cost', `${toDollars(costMicroUsd)} USD${unknownCosts === 0 ? '' : `, and ${many(unknownCosts, 'request')} whose price is not known`}`],
  ];
  const head = facts.flatMap(([label, text]) => (text === null ? [] : [formatParagraph(text, width, label.padEnd(LABEL))]));
  const parts = [
    title, head.join('\n'),
    formatTable(['MODEL', 'REQUESTS', 'TOKENS', 'USD'], models.slice(0, ROWS_MAX).map((each) => [each.model, String(each.requests), toCount(each.tokens), toDollars(each.costMicroUsd)]), width),
    formatTable(['ACCOUNT', 'REQUESTS', 'WELL', 'TOKENS', 'USD'], accounts.slice(0, ROWS_MAX).map((each) => [nameOf(each.accountId), String(each.requests), toPercent(each.successShare ?? 0), toCount(each.tokens), toDollars(each.costMicroUsd)]), width),
    ...clientKeys.length === 0 ? [] : [formatTable(['CLIENT KEY', 'REQUESTS', 'WELL', 'TOKENS', 'USD'], clientKeys.slice(0, ROWS_MAX).map((each) => [keyNameOf(each.clientKeyId), String(each.requests), toPercent(each.successShare ?? 0), toCount(each.tokens), toDollars(each.costMicroUsd)]), width)],
    ...errors.length === 0 ? [] : [`Latest errors\n${errors.map((each) => formatParagraph(escapeControl(`${toTimeText(each.atMs, nowMs)}  ${nameOf(each.accountId)}  ${each.status ?? 'no answer'}  ${each.error === null ? '' : toErrorWords(each.error)}`.trimEnd()), width)).join('\n')}`],
  ];
  return parts.map((part) => escapeControl(part, { lines: true })).join('\n\n');
}
