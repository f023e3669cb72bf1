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
  for (const [name, value] of kept) {
    const { before, last, first, after } = FIELD.exec(name)?.groups ?? {};
    const fact = toFact(last ?? first, value, nowMs);
    const window = before ?? after ?? 'requests';
    if (fact !== undefined) windows.set(window, { ...windows.get(window), ...fact });
  }
  const retryAfterS = readRetryAfter(headers, nowMs);
  return { ...(retryAfterS === undefined ? {} : { retryAtMs: Math.ceil(nowMs + retryAfterS * 1000) }), windows: Object.fromEntries(windows), headers: Object.fromEntries(kept) };
}

function toFact(field: string | undefined, value: string, nowMs: number): LimitWindow | undefined {
  if (field === undefined) return undefined;
  if (field === 'status') return { status: value };
  if (field === 'reset') {
    const resetAtMs = toTimeMs(value, nowMs);
    return resetAtMs === undefined ? undefined : { resetAtMs };
  }
  return /^\d{1,15}$/.test(value) ? { [field]: Number(value) } : undefined;
}

const UNIT_MS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A date, seconds or milliseconds since 1970, or a time from now with its units, as `6m0s`. A small bare number is one
 * thing to one vendor and another to the next, so nothing is made of it.
 */
function toTimeMs(text: string, nowMs: number): number | undefined {
  if (/^\d{4}-\d\d-\d\dT/.test(text)) {
    const dateMs = Date.parse(text);
    return Number.isNaN(dateMs) ? undefined : dateMs;
  }
  if (/^\d{10}(?:\.\d+)?$/.test(text)) return Math.ceil(Number(text) * 1000);
  if (/^\d{13}$/.test(text)) return Number(text);
  if (!/^(?:\d{1,9}(?:\.\d{1,9})?(?:[nuµm]s|[smhd]))+$/.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµ]+)/g)) ms += Number(amount) * UNIT_MS[unit!]!;
  return Math.ceil(nowMs + ms);
}

/** Seconds, milliseconds or a date, as the headers may have it. @returns seconds */
export function readRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const ms = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (ms >= 0 && ms < Infinity) return ms / 1000;
  const value = headers.get('retry-after');
  if (value === null) return undefined;
  const seconds = Number(value);
  if (value.trim() !== '' && seconds >= 0 && seconds < Infinity) return seconds;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, Math.ceil((dateMs - nowMs) / 1000));
}
