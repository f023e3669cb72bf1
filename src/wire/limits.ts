import type { LimitWindow, RateLimits } from '@pith/kernel';
import { redact } from './redact.ts';

/** No vendor sends more than half as many. */
const MAX_HEADERS = 32;
const MAX_CHARACTERS = 200;

const HEADER = /^(?:retry-after(?:-ms)?|(?:anthropic|x)-ratelimit-.+)$/;
/** `anthropic-ratelimit-input-tokens-reset`, `x-ratelimit-reset-tokens`; without a name it is requests that are counted. */
const FIELD = /^(?:anthropic-ratelimit-(?<before>.+)-(?<last>limit|remaining|reset|status)|x-ratelimit-(?<first>limit|remaining|reset)(?:-(?<after>.+))?)$/;

/** What the headers of an answer say of the account's limits; nothing where they say nothing. */
export function readLimits(headers: Headers, { nowMs, secrets }: { nowMs: number; secrets: readonly string[] }): RateLimits | undefined {
  const kept = [...headers].filter(([name]) => HEADER.test(name)).slice(0, MAX_HEADERS).map(([name, value]) => [name, redact(value, secrets).slice(0, MAX_CHARACTERS)] as const);
  if (kept.length === 0) return undefined;
  const windows = new Map<string, LimitWindow>();
  const clock: Clock = { nowMs, aheadMs: nowMs - serverNowMs(headers, nowMs) };
  for (const [name, value] of kept) {
    const { before, last, first, after } = FIELD.exec(name)?.groups ?? {};
    const fact = toFact(last ?? first, value, clock);
    const window = before ?? after ?? 'requests';
    if (fact !== undefined) windows.set(window, { ...windows.get(window), ...fact });
  }
  const retryAfterS = readRetryAfter(headers, nowMs);
  return { ...(retryAfterS === undefined ? {} : { retryAtMs: Math.ceil(nowMs + retryAfterS * 1000) }), windows: Object.fromEntries(windows), headers: Object.fromEntries(kept) };
}

function toFact(field: string | undefined, value: string, clock: Clock): LimitWindow | undefined {
  if (field === undefined) return undefined;
  if (field === 'status') return { status: value };
  if (field === 'reset') {
    const resetAtMs = toTimeMs(value, clock);
    return resetAtMs === undefined ? undefined : { resetAtMs };
  }
  return /^\d{1,15}$/.test(value) ? { [field]: Number(value) } : undefined;
}

/** Our clock, and by how much it is ahead of the server's. */
interface Clock { nowMs: number; aheadMs: number }

/** A date has whole seconds and was on its way for a while; a server of another day is no clock. */
const SKEW_MIN_MS = 2500, SKEW_MAX_MS = 86_400_000;

/** Points in time are the server's, whose clock an answer tells: where ours is off, what they say would be over, or never come. */
function serverNowMs(headers: Headers, nowMs: number): number {
  const date = headers.get('date');
  const serverMs = date !== null && HTTP_DATE.test(date) ? Date.parse(date) : Number.NaN;
  const skewMs = Math.abs(nowMs - serverMs);
  return skewMs > SKEW_MIN_MS && skewMs < SKEW_MAX_MS ? serverMs : nowMs;
}

/** `Thu, 01 Jan 2026 00:00:30 GMT`. What else an engine takes for a date, as `-5`, is none. */
const HTTP_DATE = /^[a-z]{3,9}, \d\d[ -][a-z]{3}[ -]\d{2,4} \d\d:\d\d:\d\d GMT$/i;
const ISO_DATE = /^\d{4}-\d\d-\d\dT/;
const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A bare number is seconds from now, as Azure writes it; beyond this it might be milliseconds, so nothing is made of it. */
const BARE_SECONDS_MAX = 3600;

/** A date, seconds or milliseconds since 1970, or a time from now: with its units, as `6m0s`, or in seconds. */
function toTimeMs(text: string, { nowMs, aheadMs }: Clock): number | undefined {
  if (ISO_DATE.test(text) || HTTP_DATE.test(text)) {
    const dateMs = Date.parse(text);
    return Number.isNaN(dateMs) ? undefined : dateMs + aheadMs;
  }
  if (/^\d{10}(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000) + aheadMs;
  if (/^\d{13}$/.test(text)) return Number(text) + aheadMs;
  if (/^\d{1,4}(?:\.\d{1,9})?$/.test(text) && Number(text) <= BARE_SECONDS_MAX) return Math.ceil(nowMs + Number(text) * 1000);
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:[nuµm]s|[smhd]))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) ms += Number(amount) * UNIT_MS[unit!]!;
  return Math.ceil(nowMs + ms);
}

/** Seconds, milliseconds or a point in time, as the headers may have it. @returns seconds */
export function readRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const ms = toNumber(headers.get('retry-after-ms'));
  if (ms !== undefined) return ms / 1000;
  const value = headers.get('retry-after')?.trim();
  if (value === undefined) return undefined;
  const seconds = toNumber(value);
  if (seconds !== undefined && !/^1\d{9}(?:\d{3})?$/.test(value)) return seconds; // Nobody asks for thirty years: that is a point in time.
  const atMs = toTimeMs(value, { nowMs, aheadMs: nowMs - serverNowMs(headers, nowMs) });
  return atMs === undefined ? undefined : Math.max(0, Math.ceil((atMs - nowMs) / 1000));
}

/** A header that a gateway has sent on twice holds both values; the longer wait satisfies both. */
function toNumber(value: string | null): number | undefined {
  if (value === null || value.trim() === '') return undefined;
  const number = Math.max(...value.split(',').map(Number));
  return number >= 0 && number < Infinity ? number : undefined;
}
