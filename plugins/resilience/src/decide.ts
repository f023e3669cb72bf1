import type { Failure } from './failure.ts';
import type { ResilienceOptions } from './options.ts';
import { ruleOf } from './table.ts';

export interface Situation {
  /** Something of the reply was shown, thinking and half a tool call included. */
  shown: boolean;
  /** Attempts that the model at hand has had, from 1. */
  attempt: number;
  /** There is another model to go to. */
  hasNext: boolean;
  /** Since the first failure of this call. */
  elapsedMs: number;
}

export type Decision =
  | { action: 'retry'; waitMs: number }
  | { action: 'fall-back' }
  /** `limit` is the option that stands in the way of another attempt. */
  | { action: 'fail'; limit?: 'maxAttempts' | 'maxWaitMs' | 'maxTotalMs' };

/**
 * What becomes of a call whose attempt has failed.
 * @param random yields [0, 1)
 */
export function decide(failure: Failure, { shown, attempt, hasNext, elapsedMs }: Situation, { options, random }: { options: Omit<ResilienceOptions, 'fallback'>; random: () => number }): Decision {
  if (shown) return { action: 'fail' };
  const { alone, inPlace, fallsBack } = ruleOf(failure);
  const { maxAttempts, maxWaitMs, maxTotalMs } = options;
  const other = (limit?: 'maxAttempts' | 'maxWaitMs' | 'maxTotalMs'): Decision =>
    fallsBack && hasNext && elapsedMs <= maxTotalMs ? { action: 'fall-back' } : { action: 'fail', ...(limit === undefined ? {} : { limit }) };
  if (alone === 1 || failure.isFinal) return other();
  if (attempt >= Math.min(maxAttempts, hasNext && fallsBack ? inPlace : alone)) return other('maxAttempts');
  if (failure.askedMs !== undefined && failure.askedMs > maxWaitMs) return other('maxWaitMs'); // Earlier than asked is no use.
  const waitMs = failure.askedMs ?? Math.min(maxWaitMs, retryDelayMs(attempt - 1, random));
  return elapsedMs + waitMs > maxTotalMs ? other('maxTotalMs') : { action: 'retry', waitMs };
}

const FIRST_DELAY_MS = 1000;
const MAX_DELAY_MS = 60_000;

/**
 * Wait before another attempt, when the provider named none: doubles from 1 s to 60 s, with full jitter.
 * @param failed attempts before, from 0; `random` yields [0, 1)
 * @returns milliseconds
 * @throws RangeError when `failed` is negative
 */
export function retryDelayMs(failed: number, random: () => number): number {
  if (!(failed >= 0)) throw new RangeError(`There cannot be ${failed} attempts before`);
  return Math.floor(random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** failed));
}
