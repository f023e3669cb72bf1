import { setImmediate as nextRound } from 'node:timers/promises';
import type { Database, Queries } from '@pith/kernel';
import { fixed, joinPieces, piece, run } from '../statement.ts';
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

export interface GroupSums extends Sums { atMs: number; model: string | null; account: string | null; agent: string | null; clientKey: string | null }

/** Of the time that is looked at, at first; then as much as takes about this long, so that whoever runs beside hardly notices. */
const SLICE_MS = 3_600_000;
const SLICE_MS_MIN = 10_000;
const HOLD_MS = 8;
/** Of one question. */
const NAMES_MAX = 500;

/** As it comes from the database: with the numbers of names. */
interface Group extends Sums { atMs: number; model: number | null; account: number | null; agent: number | null; clientKey: number | null }

/** Sums of requests by part of the time, model, account, agent and client key: a piece at a time, with room for others between. One group may come in several. */
export async function* readSums(database: Database, filter: RequestFilter & { fromMs: number; toMs: number }, { bucketMs, offsetMs = 0, signal }: { bucketMs: number; /** Of local time, so that days are those of people. */ offsetMs?: number; signal?: AbortSignal }): AsyncGenerator<GroupSums> {
  const { fromMs, toMs } = filter;
  // A server does it beside us, and each question is a way to it.
  let sliceMs = database.engine === 'postgres' ? toMs - fromMs : SLICE_MS;
  const names = new Map<number, string>();
  const nameOf = (id: number | null): string | null => (id === null ? null : names.get(id) ?? null);
  for (let beginMs = fromMs; beginMs < toMs;) {
    signal?.throwIfAborted();
    const [endMs, startedMs] = [Math.min(toMs, beginMs + sliceMs), performance.now()];
    const condition = toCondition({ ...filter, fromMs: beginMs, toMs: endMs });
    const groups = await database.transaction('read', async (queries) => {
      const { rows } = await run<Group>(queries, piece`
        SELECT (r.at_ms + ${offsetMs}) / ${bucketMs} * ${bucketMs} - ${offsetMs} AS "atMs", ${fixed(MODEL)} AS model, r.account AS account, r.agent AS agent, r.client_key AS "clientKey",
          count(*) AS requests, sum(${fixed(IS_OK)}) AS ok, sum(CASE WHEN r.attempts > 1 THEN 1 ELSE 0 END) AS failovers, coalesce(sum(r.duration_ms), 0) AS "durationMs",
          coalesce(sum(r.input_tokens), 0) AS "inputTokens", coalesce(sum(r.output_tokens), 0) AS "outputTokens", coalesce(sum(r.cache_read_tokens), 0) AS "cacheReadTokens",
          coalesce(sum(r.cache_write_tokens), 0) AS "cacheWriteTokens", coalesce(sum(r.reasoning_tokens), 0) AS "reasoningTokens", coalesce(sum(r.cost_micro_usd), 0) AS "costMicroUsd",
          sum(CASE WHEN r.cost_micro_usd IS NULL AND (r.input_tokens IS NOT NULL OR r.output_tokens IS NOT NULL) THEN 1 ELSE 0 END) AS "unknownCosts",
          coalesce(sum(r.speed_tenths), 0) AS "speedTenths", count(r.speed_tenths) AS speeds, min(r.speed_tenths) AS "speedTenthsMin", max(r.speed_tenths) AS "speedTenthsMax"
        FROM balancer_requests r WHERE ${condition} GROUP BY 1, 2, 3, 4, 5`);
      await addNames(queries, names, rows);
      return rows;
    });
    beginMs = endMs;
    const tookMs = performance.now() - startedMs;
    sliceMs = tookMs > HOLD_MS * 2 ? Math.max(SLICE_MS_MIN, Math.ceil(sliceMs / 2)) : tookMs < HOLD_MS / 2 ? sliceMs * 2 : sliceMs;
    for (const group of groups) yield { ...group, model: nameOf(group.model), account: nameOf(group.account), agent: nameOf(group.agent), clientKey: nameOf(group.clientKey) };
    await nextRound();
  }
}

/** Of numbers that have not been met yet. */
async function addNames(queries: Queries, names: Map<number, string>, groups: readonly Group[]): Promise<void> {
  const missing = new Set<number>();
  for (const { model, account, agent, clientKey } of groups) for (const id of [model, account, agent, clientKey]) if (id !== null && !names.has(id)) missing.add(id);
  const ids = [...missing];
  for (let at = 0; at < ids.length; at += NAMES_MAX) {
    const { rows } = await run<{ id: number; name: string }>(queries, piece`SELECT id, name FROM balancer_names WHERE id IN (${joinPieces(ids.slice(at, at + NAMES_MAX).map((id) => piece`${id}`), ', ')})`);
    for (const { id, name } of rows) names.set(id, name);
  }
}

/** What is added up by mere addition; of the speeds the least and the most are kept, too. */
const ADDED = ['requests', 'ok', 'failovers', 'durationMs', 'inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'reasoningTokens', 'costMicroUsd', 'unknownCosts', 'speedTenths', 'speeds'] as const satisfies readonly (keyof Sums)[];

export function noSums(): Sums {
  return { ...Object.fromEntries(ADDED.map((name) => [name, 0])) as Record<(typeof ADDED)[number], number>, speedTenthsMin: null, speedTenthsMax: null };
}

export function addSums(to: Sums, more: Sums): void {
  for (const name of ADDED) to[name] += more[name];
  to.speedTenthsMin = pickOf(Math.min, to.speedTenthsMin, more.speedTenthsMin);
  to.speedTenthsMax = pickOf(Math.max, to.speedTenthsMax, more.speedTenthsMax);
}

/** Sums by a name, in a map that grows. */
export function addTo<Key>(sums: Map<Key, Sums>, key: Key, more: Sums): void {
  let known = sums.get(key);
  if (known === undefined) sums.set(key, known = noSums());
  addSums(known, more);
}

/** Everything together, and by each of its names; accounts and client keys by id. */
export interface Totals { total: Sums; models: Map<string, Sums>; accounts: Map<string, Sums>; agents: Map<string, Sums>; clientKeys: Map<string, Sums> }

export function noTotals(): Totals {
  return { total: noSums(), models: new Map(), accounts: new Map(), agents: new Map(), clientKeys: new Map() };
}

export function addGroup({ total, models, accounts, agents, clientKeys }: Totals, group: GroupSums): void {
  addSums(total, group);
  if (group.model !== null) addTo(models, group.model, group);
  if (group.account !== null) addTo(accounts, group.account, group);
  if (group.agent !== null) addTo(agents, group.agent, group);
  if (group.clientKey !== null) addTo(clientKeys, group.clientKey, group);
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

function pickOf(pick: (a: number, b: number) => number, a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : pick(a, b);
}
