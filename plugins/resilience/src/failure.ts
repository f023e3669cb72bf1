import { cutMiddle, isPithError, type LimitWindow, type RateLimits, type Reply } from '@pith/kernel';

/** What is known of an attempt that brought no answer. */
export interface Failure {
  code: string;
  /** As it was answered, or what the vendor's word stands for; 0 where nothing was answered. */
  status: number;
  /** The vendor, or the network, says that another attempt is no use. */
  isFinal: boolean;
  /** How long the vendor asks to wait; nothing where it does not say, or where that is over. */
  askedMs: number | undefined;
  /** For people. */
  reason: string;
}

/** Words of an error within a stream, which has no status of its own. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_api_key: 401, authentication_error: 401, billing_error: 402, insufficient_quota: 402, billing_hard_limit_reached: 402, billing_not_active: 402,
  permission_error: 403, not_found_error: 404, model_not_found: 404, timeout_error: 504, request_too_large: 413,
  rate_limit_error: 429, rate_limit_exceeded: 429, tokens: 429, requests: 429, api_error: 500, server_error: 500, internal_server_error: 500,
  overloaded_error: 529, overloaded: 529, server_is_overloaded: 503, slow_down: 503,
};

const REASON_CHARACTERS = 300;

/** @returns nothing for what no further attempt may follow: whatever is not the provider's own */
export function toFailure(error: unknown, nowMs: number): Failure | undefined {
  if (!isPithError(error) || error.origin !== 'provider') return undefined;
  const { status, type, retryable, retryAfterS, limits } = error.details ?? {};
  return {
    code: error.code, status: typeof status === 'number' ? status : statusOf(type), isFinal: retryable === false,
    askedMs: askedMs({ retryAfterS, limits }, nowMs), reason: toReason(error.message),
  };
}

/** Of a reply that is an error, or that broke off before it had said anything. */
export function toReplyFailure({ status, error, retryAfterS }: Pick<Reply, 'status' | 'error' | 'retryAfterS'>, { limits, nowMs }: { limits: RateLimits | undefined; nowMs: number }): Failure {
  if (status === 'truncated') return { code: 'PROVIDER_TRUNCATED', status: 0, isFinal: false, askedMs: undefined, reason: 'The reply ended before it had said anything' };
  const { type = '', message = 'no reason given' } = error ?? {};
  return {
    code: 'PROVIDER_FAILED', status: statusOf(type), isFinal: false, askedMs: askedMs({ retryAfterS, limits }, nowMs),
    reason: toReason(`The provider ended the reply with an error: ${message}`),
  };
}

/** Some servers put a status where others have a word. */
function statusOf(type: unknown): number {
  if (typeof type !== 'string') return 0;
  if (/^[1-5]\d\d$/.test(type)) return Number(type);
  if (Object.hasOwn(STATUS_OF_TYPE, type)) return STATUS_OF_TYPE[type]!;
  return type.startsWith('invalid_') ? 400 : 0;
}

/** What the vendor states outright comes first; else it is when the last limit that is used up begins anew. */
function askedMs({ retryAfterS, limits }: { retryAfterS?: unknown; limits?: unknown }, nowMs: number): number | undefined {
  const { retryAtMs, windows = {} } = (limits ?? {}) as Partial<RateLimits>;
  const resets = usedUp(Object.values(windows)).map(({ resetAtMs }) => resetAtMs! - nowMs);
  const stated = typeof retryAfterS === 'number' ? retryAfterS * 1000 : retryAtMs === undefined ? undefined : retryAtMs - nowMs;
  const ms = Math.ceil(stated ?? Math.max(0, ...resets));
  return ms > 0 && ms < Infinity ? ms : undefined;
}

/** Windows that are said to be used up; where none is, those of which only the reset is known. */
function usedUp(windows: readonly LimitWindow[]): readonly LimitWindow[] {
  const timed = windows.filter(({ resetAtMs }) => resetAtMs !== undefined);
  const spent = timed.filter(({ remaining, status }) => remaining === 0 || status === 'rejected');
  return spent.length > 0 ? spent : timed.filter(({ remaining, status }) => remaining === undefined && status === undefined);
}

function toReason(message: string): string {
  return cutMiddle(message, REASON_CHARACTERS);
}
