import { escapeControl } from '@pith/kernel';
import { formatParagraph, formatTable, screenWidth, wrap } from '@pith/table';
import type { ContextFacts, ContextPart, ErrorFacts } from './context-facts.ts';
import { toDollars, toPercent } from './numbers.ts';
import type { MadeRoom } from './session-record.ts';

/** So many rows of messages, and so many things that went, are shown; `--json` has all. */
const ROWS_MAX = 20;

export function formatContext(facts: ContextFacts, width = screenWidth()): string {
  const said = (text: string): string => wrap(escapeControl(text), width).join('\n');
  const remarks = facts.remarks.map(said);
  if (facts.reply !== undefined) return [said('Nothing would be sent: a plugin answers this by itself.'), formatParagraph(facts.reply, width), ...remarks].join('\n');
  const hasPrice = facts.costMicroUsd !== null;
  const rows = [...facts.parts.filter((part) => part.in !== 'messages'), ...shorten(facts.parts.filter((part) => part.in === 'messages'))];
  const head = ['PART', 'FROM', 'TOKENS', 'SHARE', ...(hasPrice ? ['COST'] : [])];
  return [
    said(toHeadline(facts)), said(toEstimate(facts)), ...toCounted(facts).map(said), '',
    rows.length === 0 ? 'Nothing is in the prompt.' : formatTable(head, rows.map((part) => toRow(part, hasPrice)), width),
    ...(facts.sections ?? []).flatMap(({ id, owner, text }) => ['', said(`── ${id} (${owner})`), formatParagraph(text, width, '')]),
    '', ...formatDropped(facts.dropped, width), ...remarks,
  ].join('\n').trimEnd();
}

function toHeadline({ provider, model, tokens, windowTokens, thresholdTokens, costMicroUsd, session }: ContextFacts): string {
  const window = windowTokens === null ? ', how long its window is, is not known' : `, ${toPercent(tokens / windowTokens)} of a window of ${windowTokens}`;
  const threshold = thresholdTokens === null ? '' : `; above ${thresholdTokens} room is made`;
  const cost = costMicroUsd === null ? 'what that costs is not known' : `${toDollars(costMicroUsd)} where none of it is cached`;
  return `${provider}/${model}: about ${tokens} tokens${window}${threshold}; ${cost}.${session === null ? '' : ` Session ${session}.`}`;
}

function toEstimate({ error }: ContextFacts): string {
  return `Estimated, ± ${toPercent(error.share)}${toSource(error)}`;
}

function toSource({ from, replies, rawShare }: ErrorFacts): string {
  if (from === 'session') return `: so far it was off by that, on average over ${replies} of this session's replies${rawShare === null ? '' : ` (± ${toPercent(rawShare)} before it was calibrated by them)`}.`;
  return ' as on sample texts; it gets better with the first replies of a session, whose tokens the provider has counted. --count asks the provider now.';
}

function toCounted({ counted, countError, tokens }: ContextFacts): string[] {
  if (countError !== undefined) return [`The provider did not count it (${countError.code}): ${countError.message}`];
  if (counted === undefined) return [];
  if (counted === null) return ['The provider has no address that counts tokens.'];
  return [`The provider counts ${counted} tokens${tokens === 0 || counted === 0 ? '' : `; the estimate is off by ${toPercent(Math.abs(tokens - counted) / counted)}`}.`];
}

function shorten(parts: readonly ContextPart[]): readonly ContextPart[] {
  if (parts.length <= ROWS_MAX) return parts;
  const rest = parts.slice(ROWS_MAX - 1);
  const sum = (pick: (part: ContextPart) => number): number => rest.reduce((total, part) => total + pick(part), 0);
  return [...parts.slice(0, ROWS_MAX - 1), { in: 'messages', name: `${rest.length} more kinds`, owner: null, count: sum(({ count }) => count), tokens: sum(({ tokens }) => tokens), share: sum(({ share }) => share), costMicroUsd: sum(({ costMicroUsd }) => costMicroUsd ?? 0) }];
}

function toRow({ in: place, name, owner, stability, count, tokens, share, costMicroUsd }: ContextPart, hasPrice: boolean): string[] {
  const title = place === 'system' ? `${name}${stability === 'volatile' ? ' (volatile)' : ''}` : place === 'tools' ? `${count} tool${count === 1 ? '' : 's'}` : `${name}${count === 1 ? '' : ` × ${count}`}`;
  return [`${place === 'tools' ? '' : `${place}: `}${title}`, owner ?? '', String(tokens), toPercent(share), ...(hasPrice ? [costMicroUsd === null ? '' : toDollars(costMicroUsd)] : [])];
}

function formatDropped(dropped: readonly MadeRoom[], width: number): string[] {
  if (dropped.length === 0) return [];
  const shown = dropped.slice(-ROWS_MAX);
  const lines = shown.map(({ plugin, what, tokensBefore, tokensAfter, dropped: went }) => {
    const by = tokensBefore === null ? '' : ` from ${tokensBefore} to ${tokensAfter} tokens`;
    return wrap(escapeControl(`${plugin ?? 'a plugin'}, ${what}:${by}${went.length === 0 ? '' : `${by === '' ? '' : ','} ${went.slice(0, 6).join(', ')}${went.length > 6 ? ` and ${went.length - 6} more` : ''}`}`), width - 2).map((line, index) => `${index === 0 ? '- ' : '  '}${line}`).join('\n');
  });
  return [`What went${dropped.length > shown.length ? ` (the last ${shown.length} of ${dropped.length})` : ''}:`, ...lines, ''];
}
