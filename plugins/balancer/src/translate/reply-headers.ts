import { readLimits } from '@pith/wire';
import type { RawHeaders } from '../proxy/headers.ts';
import type { Wire } from './request.ts';

type ReplyHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** They mean the same to programs of both families. */
const SAME = ['retry-after', 'retry-after-ms', 'x-should-retry'];
/** The windows that both families count; others, as tokens of input alone, have no name in the other one. */
const WINDOWS = ['requests', 'tokens'];

/** What a vendor's headers say to a program of the other family: how long to wait, what is left of the limits, the request's id. */
export function translateHeaders(given: ReplyHeaders, { from, nowMs }: { from: Wire; nowMs: number }): RawHeaders {
  const headers = new Headers(Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]])));
  const passed: RawHeaders = [];
  const pass = (name: string, value: string | null | undefined): void => { if (value !== null && value !== undefined) passed.push(name, value); };
  for (const name of SAME) pass(name, headers.get(name));
  const isAnthropic = from === 'messages';
  pass(isAnthropic ? 'request-id' : 'x-request-id', headers.get('request-id') ?? headers.get('x-request-id'));
  const { windows = {} } = readLimits(headers, { nowMs, secrets: [] }) ?? {};
  for (const window of WINDOWS) {
    const { limit, remaining, resetAtMs } = windows[window] ?? {};
    for (const [field, value] of [['limit', limit?.toString()], ['remaining', remaining?.toString()], ['reset', toReset(resetAtMs, { isAnthropic, nowMs })]] as const) {
      pass(isAnthropic ? `anthropic-ratelimit-${window}-${field}` : `x-ratelimit-${field}-${window}`, value);
    }
  }
  return passed;
}

/** The one family says when, the other in how long. */
function toReset(resetAtMs: number | undefined, { isAnthropic, nowMs }: { isAnthropic: boolean; nowMs: number }): string | undefined {
  if (resetAtMs === undefined) return undefined;
  return isAnthropic ? new Date(resetAtMs).toISOString().replace(/\.\d+/, '') : `${Math.max(0, Math.ceil((resetAtMs - nowMs) / 1000))}s`;
}
