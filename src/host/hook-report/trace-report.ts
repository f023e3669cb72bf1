import { escapeControl, type HookName, type TapOutcome, type TraceEntry } from '@pith/kernel';
import { formatTable } from '@pith/table';
import type { KeptTrace } from '../trace-files.ts';
import { shortPlace, tapName, toTime } from './list-taps.ts';

export interface TapSum extends Sum {
  hook: HookName;
  zone?: 'prepare' | 'execute';
  tap: string;
  outcomes: Partial<Record<TapOutcome, number>>;
  /** What it failed with, each once. */
  errors: string[];
  /** File and line where it was tapped, where it did anything else than pass. */
  source?: string;
}

export interface Sum {
  plugin: string;
  /** How often it was called; of an observer, events. */
  calls: number;
  ownMs: number;
  /** What it added to the requests, below zero what it took away. */
  tokens: number;
  /** How often it changed what had been sent before. */
  brokePrefix: number;
}

export interface TraceReport {
  sessionId: string;
  cwd: string;
  turns: { turnId: string; atMs: number; entries: readonly TraceEntry[] }[];
  /** Older entries that are gone. */
  dropped: number;
  /** In the order of their first call. */
  taps: TapSum[];
  /** Those that took the most time first. */
  plugins: Sum[];
}

const OUTCOMES: readonly TapOutcome[] = ['passed', 'changed', 'answered', 'refused', 'threw', 'timed-out', 'interrupted'];
const ERRORS_SHOWN = 5;

/** What each tap did in these turns of one session. */
export function sumTraces(traces: readonly KeptTrace[]): TraceReport {
  const taps = new Map<string, TapSum>();
  for (const entry of traces.flatMap(({ entries }) => entries)) {
    const { hook, zone, plugin, tap } = entry;
    const key = JSON.stringify([hook, zone, plugin, tap]);
    const sum = taps.get(key) ?? { hook, ...(zone === undefined ? {} : { zone }), plugin, tap, calls: 0, outcomes: {}, ownMs: 0, tokens: 0, brokePrefix: 0, errors: [] };
    taps.set(key, sum);
    add(sum, entry);
    for (const [outcome, times] of deedsOf(entry)) sum.outcomes[outcome] = (sum.outcomes[outcome] ?? 0) + times;
    if (entry.error !== undefined && !sum.errors.includes(entry.error)) sum.errors.push(entry.error);
    if (entry.source !== undefined) sum.source = entry.source;
  }
  const { sessionId, cwd } = traces.at(-1)!;
  return {
    sessionId, cwd, turns: traces.map(({ turnId, atMs, entries }) => ({ turnId, atMs, entries })), dropped: traces.reduce((sum, { dropped }) => sum + dropped, 0),
    taps: [...taps.values()], plugins: sumPlugins([...taps.values()]),
  };
}

/** An observer has one entry for all its events. */
function deedsOf({ outcome, events, failed = 0 }: TraceEntry): [TapOutcome, number][] {
  if (events === undefined) return [[outcome, 1]];
  return [['passed', events - failed] as [TapOutcome, number], [outcome, failed] as [TapOutcome, number]].filter(([, times]) => times > 0);
}

function sumPlugins(taps: readonly TapSum[]): Sum[] {
  const sums = new Map<string, Sum>();
  for (const tap of taps) {
    const sum = sums.get(tap.plugin) ?? { plugin: tap.plugin, calls: 0, ownMs: 0, tokens: 0, brokePrefix: 0 };
    sums.set(tap.plugin, sum);
    sum.calls += tap.calls;
    sum.ownMs += tap.ownMs;
    sum.tokens += tap.tokens;
    sum.brokePrefix += tap.brokePrefix;
  }
  return [...sums.values()].sort((a, b) => b.ownMs - a.ownMs || (a.plugin < b.plugin ? -1 : 1));
}

function add(sum: Sum, { events = 1, ownMs, tokens = 0, brokePrefix }: TraceEntry): void {
  sum.calls += events;
  sum.ownMs += ownMs;
  sum.tokens += tokens;
  if (brokePrefix) sum.brokePrefix++;
}

export function formatTrace({ sessionId, cwd, turns, dropped, taps, plugins }: TraceReport, width?: number): string {
  const first = turns.length === 1 ? `The turn that ended at ${toClock(turns[0]!.atMs)}` : `${turns.length} turns, the last ended at ${toClock(turns.at(-1)!.atMs)}`;
  const errors = taps.flatMap((tap) => tap.errors.slice(0, ERRORS_SHOWN).map((error) => `${tapName(tap)}: ${error}${tap.source === undefined ? '' : ` (${shortPlace(tap.source)})`}`));
  return [
    escapeControl(`${first}, session ${sessionId}, in ${cwd}`),
    taps.length === 0 ? 'Nobody was called.' : formatTable(['TAP', 'HOOK', 'DID', 'OWN TIME', 'TOKENS', 'CACHE'], taps.map((tap) => [tapName(tap), tap.zone === undefined ? tap.hook : `${tap.hook}: ${tap.zone}`, toDeeds(tap), toTime(tap.ownMs), toTokens(tap.tokens), toCache(tap)]), width),
    ...(plugins.length < 2 ? [] : [formatTable(['PLUGIN', 'CALLS', 'OWN TIME', 'TOKENS', 'CACHE'], plugins.map((sum) => [sum.plugin, String(sum.calls), toTime(sum.ownMs), toTokens(sum.tokens), toCache(sum)]), width)]),
    ...(errors.length === 0 ? [] : [errors.map((error) => escapeControl(error)).join('\n')]),
    ...(dropped === 0 ? [] : [`${dropped} older entries are gone.`]),
  ].join('\n\n');
}

function toDeeds({ outcomes }: TapSum): string {
  return OUTCOMES.filter((outcome) => outcomes[outcome] !== undefined).map((outcome) => `${outcomes[outcome]} ${outcome.replace('-', ' ')}`).join(', ');
}

function toTokens(tokens: number): string {
  return tokens === 0 ? '' : `${tokens > 0 ? '+' : '−'}${Math.abs(tokens)}`;
}

function toCache({ brokePrefix }: Sum): string {
  return brokePrefix === 0 ? '' : brokePrefix === 1 ? 'broken' : `broken ${brokePrefix} times`;
}

/** In the local time zone, to the second. */
export function toClock(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
