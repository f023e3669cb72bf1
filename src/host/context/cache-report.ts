import type { Pricing, Usage } from '@pith/kernel';
import { inputOf, type MadeRequest, type SessionRecord } from './session-record.ts';

/** A request, by what of it came from the vendor's cache. */
export interface CacheRow {
  number: number;
  inputTokens: number;
  readTokens: number;
  writtenTokens: number;
  /** Of all input; `null` where the provider says nothing of a cache. */
  share: number | null;
  /** Who changed what had been sent before. */
  changedBy?: string;
  change?: string;
  /** Who would have changed it, had it not been put right. */
  mended?: { plugin: string; change: string };
  /** Why else little was found. */
  note?: string;
}

export interface CacheReport {
  session: string;
  requests: readonly CacheRow[];
  /** Of all input of the session's own conversation. */
  hitShare: number | null;
  inputTokens: number;
  readTokens: number;
  /** What the same tokens would have cost without a cache, less what they did; `null` where a price is not known. */
  savedMicroUsd: number | null;
  breaks: number;
  /** Requests of sub-turns have conversations of their own, and are not in the list. */
  subTurnRequests: number;
  /** What would be needed, where nothing came from a cache. */
  advice?: string;
}

/** How long vendors keep what was sent, at least. */
const KEPT_MS = 5 * 60_000;
/** The shortest that Anthropic and OpenAI keep. */
const CACHEABLE_MIN = 1024;

export function reportCache(session: string, { requests: all }: SessionRecord, pricing: Pricing | undefined): CacheReport {
  const requests = all.filter(({ isSubTurn, usage }) => !isSubTurn && usage !== null);
  const knowsCache = requests.some(({ usage }) => usage!.cacheRead !== undefined || usage!.cacheWrite !== undefined);
  const rows = requests.map((request, index) => toRow(request, requests[index - 1], knowsCache));
  const sum = (pick: (row: CacheRow) => number): number => rows.reduce((total, row) => total + pick(row), 0);
  const [inputTokens, readTokens] = [sum((row) => row.inputTokens), sum((row) => row.readTokens)];
  const advice = adviseOn(rows, { knowsCache, readTokens });
  return {
    session, requests: rows, hitShare: knowsCache && inputTokens > 0 ? readTokens / inputTokens : null, inputTokens, readTokens,
    savedMicroUsd: sumOrNull(requests.map((request) => savedBy(request, pricing))), breaks: rows.filter(({ changedBy }) => changedBy !== undefined).length,
    subTurnRequests: all.filter(({ isSubTurn }) => isSubTurn).length, ...(advice === undefined ? {} : { advice }),
  };
}

function toRow(request: MadeRequest, before: MadeRequest | undefined, knowsCache: boolean): CacheRow {
  const { number, ready } = request;
  const usage = request.usage!;
  const inputTokens = inputOf(usage);
  const { kept = true, changedBy, change, mended } = ready?.prefix ?? {};
  const found: CacheRow = { number, inputTokens, readTokens: usage.cacheRead ?? 0, writtenTokens: usage.cacheWrite ?? 0, share: knowsCache && inputTokens > 0 ? (usage.cacheRead ?? 0) / inputTokens : null };
  const row = mended === undefined ? found : { ...found, mended };
  if (!kept) return { ...row, changedBy: changedBy ?? 'kernel', change: change ?? 'what had been sent before' };
  const note = noteOf(request, before, row);
  return note === undefined ? row : { ...row, note };
}

/** A request that should have been found, and was not. */
function noteOf({ atMs, provider, model, isFirst }: MadeRequest, before: MadeRequest | undefined, { share, readTokens, inputTokens }: CacheRow): string | undefined {
  if (share === null) return undefined;
  if (before === undefined) return 'the first: there was nothing to find';
  if (before.provider !== provider || before.model !== model) return `asked of ${provider}/${model}, the one before of ${before.provider}/${before.model}`;
  const known = inputOf(before.usage!);
  if (known < CACHEABLE_MIN || readTokens >= 0.5 * Math.min(known, inputTokens)) return undefined;
  const waited = atMs - before.atMs;
  if (waited > KEPT_MS) return `${Math.round(waited / 60_000)} min after the one before: what was kept had run out`;
  return isFirst ? 'the session was taken up again, perhaps with another system prompt or other tools' : 'the prompt was the same, and the vendor did not find it';
}

/** What a request cost less than without a cache. What it wrote costs more, and counts against it. */
function savedBy({ usage, provider, model, atMs }: MadeRequest, pricing: Pricing | undefined): number | null {
  const { output } = usage!;
  const price = (of: Usage): number | null => pricing?.costMicroUsd({ provider, model, usage: of, atMs }) ?? null;
  const [without, paid] = [price({ input: inputOf(usage!), output }), price(usage!)];
  return without === null || paid === null ? null : without - paid;
}

function sumOrNull(values: readonly (number | null)[]): number | null {
  return values.reduce((total, value) => (total === null || value === null ? null : total + value), 0 as number | null);
}

function adviseOn(rows: readonly CacheRow[], { knowsCache, readTokens }: { knowsCache: boolean; readTokens: number }): string | undefined {
  if (rows.length === 0) return 'No request of this session has an answer whose tokens were counted.';
  if (readTokens > 0) return undefined;
  if (!knowsCache) return 'The provider says nothing of a cache in its usage. Anthropic and OpenAI do; of a local server it depends.';
  if (rows.length === 1) return 'There was one request; the cache is of use from the second one on, which must come within minutes.';
  if (rows.every(({ inputTokens }) => inputTokens < CACHEABLE_MIN)) return `Prompts shorter than ${CACHEABLE_MIN} tokens are not kept by the vendors; some models want 4096.`;
  if (rows.every(({ writtenTokens }) => writtenTokens === 0)) return 'Nothing was kept, either: option cache of plugin anthropic may be false, or plugin context, which sets the breakpoints, may be missing.';
  return 'What was kept was never found again: see the changes above, or ask again within five minutes.';
}
