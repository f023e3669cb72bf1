import type { RateLimits } from '@pith/kernel';
import { readLimits } from '@pith/wire';
import type { Signal } from '../engine.ts';
import { isHard, trustedReset } from './reset.ts';

/** What of an answer, or of its absence, the table looks at. */
export interface Facts {
  /** As it was answered, or what the error in a stream stands for; 0 where no answer came, or it broke off. */
  status: number;
  phase: Signal['phase'];
  errorType: string;
  message: string;
  /** The vendor's own word for how the account stands; empty where it says nothing. */
  unified: string;
  /** When the limit ends, where the vendor says so and it can be true. */
  resetAtMs: number | undefined;
  /** The vendor says itself whether another try is of use. */
  shouldRetry: boolean | undefined;
  /** It says anything of limits or of waiting. */
  hasLimits: boolean;
  /** The limit is one of this model alone. */
  isOfModel: boolean;
  /** Why what is beyond the limit cannot be bought: `out_of_credits`. */
  overage: string;
}

/** Errors that a stream begins with have no status of their own. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400, authentication_error: 401, invalid_api_key: 401, billing_error: 402, insufficient_quota: 402, billing_hard_limit_reached: 402, billing_not_active: 402,
  permission_error: 403, not_found_error: 404, model_not_found: 404, request_too_large: 413, timeout_error: 504,
  rate_limit_error: 429, rate_limit_exceeded: 429, rate_limited: 429, tokens: 429, requests: 429, out_of_credits: 429,
  api_error: 500, server_error: 500, internal_server_error: 500, overloaded_error: 529, overloaded: 529, server_is_overloaded: 529, slow_down: 529, engine_overloaded: 529,
};

const CLAIM = 'anthropic-ratelimit-unified-representative-claim';
/** Families that a vendor counts by themselves. */
const CLAIM_OF_MODEL = /(?:^|_)(?:opus|sonnet|haiku|fable|mythos)/;
const TYPE_OF_MODEL = /^model_(?!not_found)/;
/** A message is as long as its sender likes. */
const MESSAGE_MAX = 2000;

/** Whether a good answer came, and nothing else is said: nearly always. */
export function isPlainAnswer({ status, errorType, networkCode, headers }: Signal): boolean {
  return status !== null && status >= 200 && status < 300 && errorType === undefined && networkCode === undefined && !isHard(headers['anthropic-ratelimit-unified-status']);
}

/** @param model as the account calls it */
export function readFacts(signal: Signal, { nowMs, model }: { nowMs: number; model: string | null }): Facts {
  const { headers, phase, errorType = '', errorMessage = '' } = signal;
  const limits = limitsOf(headers, nowMs);
  const message = errorMessage.slice(0, MESSAGE_MAX);
  return {
    status: statusOf(signal), phase, errorType, message,
    unified: headers['anthropic-ratelimit-unified-status'] ?? '', resetAtMs: trustedReset(limits, nowMs),
    shouldRetry: headers['x-should-retry'] === undefined ? undefined : headers['x-should-retry'] === 'true',
    hasLimits: limits !== undefined, overage: headers['anthropic-ratelimit-unified-overage-disabled-reason'] ?? '',
    isOfModel: CLAIM_OF_MODEL.test(headers[CLAIM] ?? '') || TYPE_OF_MODEL.test(errorType) || (model !== null && namesModel(message, model)),
  };
}

function statusOf({ status, errorType, networkCode }: Signal): number {
  if (status === null || status < 200 || status > 299) return status ?? 0;
  if (errorType !== undefined) return Object.hasOwn(STATUS_OF_TYPE, errorType) ? STATUS_OF_TYPE[errorType]! : /^[45]\d\d$/.test(errorType) ? Number(errorType) : status;
  return networkCode === undefined ? status : 0;
}

function limitsOf(headers: Signal['headers'], nowMs: number): RateLimits | undefined {
  const kept = new Headers();
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && (name === 'date' || name.startsWith('retry-after') || name.includes('ratelimit'))) kept.set(name, value);
  }
  return readLimits(kept, { nowMs, secrets: [] });
}

/** The name as a word of its own, not as a part of a longer one. */
function namesModel(message: string, model: string): boolean {
  const parts = model === '' ? [] : message.split(model);
  return parts.slice(1).some((after, index) => !/[\w.-]$/.test(parts[index]!) && !/^(?:[\w-]|\.\w)/.test(after));
}
