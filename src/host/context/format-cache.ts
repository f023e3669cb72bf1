import { escapeControl } from '@pith/kernel';
import { formatTable, screenWidth, wrap } from '@pith/table';
import type { CacheReport, CacheRow } from './cache-report.ts';
import { toDollars, toPercent } from './numbers.ts';

/** Of a long session the last requests are shown, and every one that is remarkable. */
const LAST_SHOWN = 30;
const REMARKABLE_MAX = 50;

export function formatCache(report: CacheReport, width = screenWidth()): string {
  const { requests, subTurnRequests, advice } = report;
  const last = requests.length - LAST_SHOWN;
  const remarkable = requests.filter((row, index) => index < last && toRemark(row) !== '').slice(-REMARKABLE_MAX);
  const shown = [...remarkable, ...requests.slice(Math.max(0, last))];
  const said = (text: string): string => wrap(escapeControl(text), width).join('\n');
  return [
    said(toHeadline(report)),
    ...(advice === undefined ? [] : [said(advice)]),
    ...(shown.length === 0 ? [] : ['', formatTable(['REQUEST', 'INPUT', 'CACHED', 'SHARE', 'WHY'], shown.map(toCells), width)]),
    ...(shown.length < requests.length ? ['', said(`${requests.length - shown.length} of ${requests.length} requests ${requests.length - shown.length === 1 ? 'is' : 'are'} left out; --json has all.`)] : []),
    ...(subTurnRequests === 0 ? [] : ['', said(`${subTurnRequests} request${subTurnRequests === 1 ? '' : 's'} of sub-turns, with conversations of their own, not counted here.`)]),
  ].join('\n');
}

function toHeadline({ session, hitShare, inputTokens, readTokens, savedMicroUsd, breaks, requests }: CacheReport): string {
  const count = `${requests.length} request${requests.length === 1 ? '' : 's'}`;
  if (hitShare === null) return `Session ${session}, ${count}: how much came from the vendor's cache is not known.`;
  const saved = savedMicroUsd === null ? 'what that saved is not known' : savedMicroUsd < 0 ? `which cost ${toDollars(-savedMicroUsd)} more than without a cache` : `which saved ${toDollars(savedMicroUsd)}`;
  return `Session ${session}, ${count}: ${toPercent(hitShare)} of ${inputTokens} tokens of input came from the vendor's cache (${readTokens}), ${saved}. ${breaks === 0 ? 'Nothing that had been sent was changed.' : `What had been sent was changed ${breaks} time${breaks === 1 ? '' : 's'}.`}`;
}

function toCells(row: CacheRow): string[] {
  return [String(row.number), String(row.inputTokens), String(row.readTokens), row.share === null ? '' : toPercent(row.share), toRemark(row)];
}

function toRemark({ changedBy, change, note, mended }: CacheRow): string {
  if (changedBy !== undefined) return `${changedBy}: ${change}`;
  return [note, mended === undefined ? undefined : `put right: ${mended.plugin}, ${mended.change}`].filter((part) => part !== undefined).join('; ');
}
