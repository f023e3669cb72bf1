import type { Facts } from './facts.ts';
import { isHard } from './reset.ts';

/** How long an account, or one model of it, gets nothing. */
export type Bench =
  | 'none'
  /** Until the vendor's reset, however far; where none is known, as `brief`. */
  | 'reset'
  /** 60 s at first, and 30 s × 2^(n−1) with the nth limit in a row, at most 5 min: then it is tried whether it is over. */
  | 'brief'
  /** As long as the vendor says, at most 60 s; 10 s where it says nothing. It is not the account that is at fault. */
  | 'overload'
  /** Until the reset, else 15 min: somebody must pay, or unlock it. */
  | 'long'
  /** 5 min: its credential was refused. */
  | 'refused';

/** One row. What is absent of a condition is not asked. */
export interface Rule {
  /** Code, as it is kept with the account; what it means to people is in words.ts. */
  reason: string;
  when: {
    /** First and last. */
    statuses?: readonly (readonly [from: number, to: number])[];
    errorType?: RegExp;
    message?: RegExp;
    phase?: Facts['phase'];
    unified?: 'hard' | 'payment_required';
    hasReset?: boolean;
    hasLimits?: boolean;
    shouldRetry?: boolean;
    isOfModel?: true;
    overage?: RegExp;
  };
  /** What is full: the account, this model of it, or only this request does not fit. */
  scope: 'account' | 'model' | 'request';
  bench: Bench;
  /** It counts towards the breaker of the account. */
  isFailure?: true;
  /** Tried again here first, so often in one request. */
  triesHere?: 2;
  /** A newer token is fetched first, once. */
  renews?: true;
  then: 'next' | 'pass';
  /** Where no other account is left: what came is passed on, or the pool's own answer says when one is back. */
  last: 'pass' | 'all-out';
}

/** The row that holds where no other does. */
export const ANSWERED = 'answered';

const only = (...statuses: readonly number[]): readonly (readonly [number, number])[] => statuses.map((status) => [status, status]);

const SPENT = /insufficient_quota|billing_(?:error|hard_limit|not_active)|credit balance is too low|reached your (?:specified )?API usage limits?/i;
const LOCKED = /(?:account|organi[sz]ation|workspace|key|project)[^.]{0,60}(?:disabled|suspended|deactivated|banned|locked|terminated)/i;

/**
 * The decision table: the first row that fits holds.
 * @see docs/decisions/0049-where-a-conversation-stays.md
 */
export const TABLE: readonly Rule[] = [
  // What the request itself is too large for; other accounts may have more room.
  { reason: 'request_above_limit', when: { statuses: only(429), message: /request too large|tokens must be reduced/i }, scope: 'request', bench: 'none', then: 'next', last: 'pass' },
  { reason: 'extra_usage_exhausted', when: { statuses: only(400, 402, 403, 429), message: /extra usage/i }, scope: 'request', bench: 'none', then: 'next', last: 'pass' },
  { reason: 'out_of_credits', when: { statuses: only(429), errorType: /out_of_credits/ }, scope: 'request', bench: 'none', then: 'next', last: 'pass' },
  { reason: 'out_of_credits', when: { statuses: only(400, 402, 403, 429), overage: /out_of_credits/, hasReset: false }, scope: 'request', bench: 'none', then: 'next', last: 'pass' },

  // The account has nothing left to spend.
  { reason: 'payment_required', when: { statuses: only(402) }, scope: 'account', bench: 'long', then: 'next', last: 'all-out' },
  { reason: 'payment_required', when: { statuses: only(400, 401, 403, 429), unified: 'payment_required' }, scope: 'account', bench: 'long', then: 'next', last: 'all-out' },
  { reason: 'payment_required', when: { statuses: only(400, 403, 429), errorType: SPENT }, scope: 'account', bench: 'long', then: 'next', last: 'all-out' },
  { reason: 'payment_required', when: { statuses: only(400, 403, 429), message: SPENT }, scope: 'account', bench: 'long', then: 'next', last: 'all-out' },

  // Limits.
  { reason: 'model_limit', when: { statuses: only(429), isOfModel: true }, scope: 'model', bench: 'reset', then: 'next', last: 'all-out' },
  { reason: 'upstream_429_retryable', when: { statuses: only(429), shouldRetry: true, hasLimits: false }, scope: 'request', bench: 'none', triesHere: 2, then: 'next', last: 'pass' },
  { reason: 'upstream_429_with_reset', when: { statuses: only(429), hasReset: true }, scope: 'account', bench: 'reset', then: 'next', last: 'all-out' },
  { reason: 'upstream_429_no_reset_probe_cooldown', when: { statuses: only(429) }, scope: 'account', bench: 'brief', then: 'next', last: 'all-out' },
  { reason: 'limit_status', when: { statuses: [[401, 403], [500, 599]], unified: 'hard' }, scope: 'account', bench: 'reset', then: 'next', last: 'all-out' },
  // The answer is good and paid for; the next one would not be.
  { reason: 'limit_status', when: { statuses: [[200, 299]], unified: 'hard' }, scope: 'account', bench: 'reset', then: 'pass', last: 'pass' },

  // The vendor has too much to do, whoever asks.
  { reason: 'upstream_529_overloaded_with_reset', when: { statuses: only(529), hasReset: true }, scope: 'account', bench: 'overload', triesHere: 2, then: 'next', last: 'pass' },
  { reason: 'upstream_529_overloaded_no_reset', when: { statuses: only(529) }, scope: 'account', bench: 'overload', triesHere: 2, then: 'next', last: 'pass' },
  { reason: 'upstream_529_overloaded_with_reset', when: { statuses: only(503), hasReset: true }, scope: 'account', bench: 'overload', then: 'next', last: 'pass' },
  { reason: 'upstream_529_overloaded_no_reset', when: { statuses: [[500, 599]], errorType: /overloaded/ }, scope: 'account', bench: 'overload', triesHere: 2, then: 'next', last: 'pass' },

  // The account, or the way to it.
  { reason: 'credential_refused', when: { statuses: only(401) }, scope: 'account', bench: 'refused', renews: true, then: 'next', last: 'all-out' },
  { reason: 'account_locked', when: { statuses: only(403), message: LOCKED }, scope: 'account', bench: 'long', then: 'next', last: 'pass' },
  { reason: 'forbidden', when: { statuses: only(403) }, scope: 'request', bench: 'none', isFailure: true, then: 'next', last: 'pass' },
  { reason: 'upstream_failed', when: { statuses: [[408, 408], [500, 599]] }, scope: 'account', bench: 'none', isFailure: true, then: 'next', last: 'pass' },
  { reason: 'unreachable', when: { statuses: only(0), phase: 'connect' }, scope: 'account', bench: 'none', isFailure: true, then: 'next', last: 'pass' },
  { reason: 'connection_lost', when: { statuses: only(0) }, scope: 'account', bench: 'none', isFailure: true, then: 'next', last: 'pass' },

  // Everything else is an answer to the request.
  { reason: ANSWERED, when: {}, scope: 'request', bench: 'none', then: 'pass', last: 'pass' },
];

export function ruleOf(facts: Facts): Rule {
  return TABLE.find(({ when }) => fits(when, facts)) ?? TABLE.at(-1)!;
}

function fits({ statuses, errorType, message, phase, unified, hasReset, hasLimits, shouldRetry, isOfModel, overage }: Rule['when'], facts: Facts): boolean {
  return (statuses?.some(([from, to]) => facts.status >= from && facts.status <= to) ?? true)
    && (errorType?.test(facts.errorType) ?? true) && (message?.test(facts.message) ?? true) && (overage?.test(facts.overage) ?? true)
    && (phase === undefined || facts.phase === phase)
    && (unified === undefined || (unified === 'hard' ? isHard(facts.unified) : facts.unified === unified))
    && (hasReset === undefined || (facts.resetAtMs !== undefined) === hasReset)
    && (hasLimits === undefined || facts.hasLimits === hasLimits)
    && (shouldRetry === undefined || facts.shouldRetry === shouldRetry)
    && (isOfModel === undefined || facts.isOfModel);
}
