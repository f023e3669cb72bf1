import { setImmediate as nextRound } from 'node:timers/promises';
import type { Database } from '@pith/kernel';
import { fixed, piece, run } from '../statement.ts';
import { IS_OK, MODEL, type RequestFilter, toCondition } from './filter.ts';

/** What is added up over requests. All are whole numbers, so that parts add up to the same in any order. */
export interface Sums {
  requests: number;
  ok: number;
  failovers: number;
  durationMs: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  /** Of those whose cost is known. */
  costMicroUsd: number;
  /** How many had tokens, and no price that is known. */
  unknownCosts: number;
  speedTenths: number;
  speeds: number;
  speedTenthsMin: number | null;
  speedTenthsMax: number | null;
}

export interface GroupSums extends Sums { atMs: number; model: string | null; account: string | null; agent: string | null }

/** Longer, and whoever runs beside would notice. */
const SLICE_MS = 3_600_000;
/** Of a year, so that slices of nothing cost nothing. */
const SLICES_MAX = 1000;

/** Sums of requests by part of the time, model, account and agent: an hour at a time, with room for others between. */
export async function* readSums(database: Database, filter: RequestFilter & { fromMs: number; toMs: number }, { bucketMs, offsetMs = 0, signal }: { bucketMs: number; /** Of local time, so that days are those of people. */ offsetMs?: number; signal?: AbortSignal }): AsyncGenerator<GroupSums> {
  const { fromMs, toMs } = filter;
  // A server does it beside us, and each question is a way to it.
  const sliceMs = database.engine === 'postgres' ? toMs - fromMs : Math.max(SLICE_MS, Math.ceil((toMs - fromMs) / SLICES_MAX));
  for (let beginMs = fromMs; beginMs < toMs; beginMs += sliceMs) {
    signal?.throwIfAborted();
    const condition = toCondition({ ...filter, fromMs: beginMs, toMs: Math.min(toMs, beginMs + sliceMs) });
    const { rows } = await database.transaction('read', (queries) => run<GroupSums>(queries, piece`
      SELECT g.*, m.name AS model, a.name AS account, n.name AS agent FROM (
        SELECT (r.at_ms + ${offsetMs}) / ${bucketMs} * ${bucketMs} - ${offsetMs} AS "atMs", ${fixed(MODEL)} AS model_id, r.account AS account_id, r.agent AS agent_id,
          count(*) AS requests, sum(${fixed(IS_OK)}) AS ok, sum(CASE WHEN r.attempts > 1 THEN 1 ELSE 0 END) AS failovers, coalesce(sum(r.duration_ms), 0) AS "durationMs",
          coalesce(sum(r.input_tokens), 0) AS "inputTokens", coalesce(sum(r.output_tokens), 0) AS "outputTokens", coalesce(sum(r.cache_read_tokens), 0) AS "cacheReadTokens",
          coalesce(sum(r.cache_write_tokens), 0) AS "cacheWriteTokens", coalesce(sum(r.reasoning_tokens), 0) AS "reasoningTokens", coalesce(sum(r.cost_micro_usd), 0) AS "costMicroUsd",
          sum(CASE WHEN r.cost_micro_usd IS NULL AND (r.input_tokens IS NOT NULL OR r.output_tokens IS NOT NULL) THEN 1 ELSE 0 END) AS "unknownCosts",
          coalesce(sum(r.speed_tenths), 0) AS "speedTenths", count(r.speed_tenths) AS speeds, min(r.speed_tenths) AS "speedTenthsMin", max(r.speed_tenths) AS "speedTenthsMax"
        FROM balancer_requests r WHERE ${condition} GROUP BY 1, 2, 3, 4
      ) g LEFT JOIN balancer_names m ON m.id = g.model_id LEFT JOIN balancer_names a ON a.id = g.account_id LEFT JOIN balancer_names n ON n.id = g.agent_id
      ORDER BY 1, model, account, agent`));
    yield* rows;
    await nextRound();
  }
}

export function noSums(): Sums {
  return {
    requests: 0, ok: 0, failovers: 0, durationMs: 0, inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0, costMicroUsd: 0, unknownCosts: 0,
    speedTenths: 0, speeds: 0, speedTenthsMin: null, speedTenthsMax: null,
  };
}

export function addSums(to: Sums, more: Sums): void {
  to.requests += more.requests;
  to.ok += more.ok;
  to.failovers += more.failovers;
  to.durationMs += more.durationMs;
  to.inputTokens += more.inputTokens;
  to.outputTokens += more.outputTokens;
  to.cacheReadTokens += more.cacheReadTokens;
  to.cacheWriteTokens += more.cacheWriteTokens;
  to.reasoningTokens += more.reasoningTokens;
  to.costMicroUsd += more.costMicroUsd;
  to.unknownCosts += more.unknownCosts;
  to.speedTenths += more.speedTenths;
  to.speeds += more.speeds;
  to.speedTenthsMin = least(Math.min, to.speedTenthsMin, more.speedTenthsMin);
  to.speedTenthsMax = least(Math.max, to.speedTenthsMax, more.speedTenthsMax);
}

/** Sums by a name, in a map that grows. */
export function addTo<Key>(sums: Map<Key, Sums>, key: Key, more: Sums): void {
  let known = sums.get(key);
  if (known === undefined) sums.set(key, known = noSums());
  addSums(known, more);
}

export function tokensOf({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Sums): number {
  return inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens;
}

/** 0 to 1; nothing where there is nothing to share. */
export function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

/** Of the tokens that went in, those that a vendor had kept. */
export function cacheShare({ inputTokens, cacheReadTokens, cacheWriteTokens }: Sums): number | null {
  return share(cacheReadTokens, inputTokens + cacheReadTokens + cacheWriteTokens);
}

export function averageSpeed({ speedTenths, speeds }: Sums): number | null {
  return speeds === 0 ? null : speedTenths / speeds / 10;
}

function least(pick: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : pick(a, b);
}
