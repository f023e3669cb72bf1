import type { Action, Signal } from '../engine.ts';
import { type Facts, readFacts } from './facts.ts';
import { type Bench, type Rule, ruleOf } from './table.ts';

/** What of the request and its account counts. */
export interface Situation {
  nowMs: number;
  /** As the account calls it. */
  model: string | null;
  /** How many limits in a row one that comes now would be. */
  streak: number;
  /** How often this request was tried again where it was. */
  triedHere: number;
  /** The account's token was fetched anew for this request already. */
  isRenewed: boolean;
  isBackground: boolean;
  replayable: boolean;
  /** Another account could take the request now. */
  hasOther: boolean;
}

export interface Decision {
  /** Code of the row. */
  reason: string;
  status: number;
  action: Action;
  /** A token is fetched anew before the same account is asked again. */
  renews: boolean;
  /** Until when the account gets nothing, or one model of it. */
  bench: { untilMs: number; model?: string } | undefined;
  /** It counts towards the breaker. */
  isFailure: boolean;
}

const PASS: Action = Object.freeze({ kind: 'pass' });

/**
 * What is done about an answer, or about its absence, and what is learned of the account.
 * @param random yields [0, 1)
 */
export function decide(signal: Signal, situation: Situation, random: () => number): Decision {
  const { nowMs, model } = situation;
  const facts = readFacts(signal, { nowMs, model });
  const rule = ruleOf(facts);
  const action = actionOf(rule, facts, situation, random);
  const learns = !situation.isBackground && action.kind !== 'retry';
  return {
    reason: rule.reason, status: facts.status, action, renews: action.kind === 'retry' && rule.renews === true,
    bench: learns ? benchOf(rule, facts, situation) : undefined, isFailure: learns && rule.isFailure === true,
  };
}

function actionOf({ reason, triesHere, renews, then, last }: Rule, facts: Facts, { nowMs, triedHere, isRenewed, replayable, hasOther }: Situation, random: () => number): Action {
  // What was shown is not taken back; what cannot be sent again is sent once, unless nothing of it left.
  if (facts.phase === 'shown' || (!replayable && facts.phase !== 'connect')) return PASS;
  if (renews && !isRenewed) return { kind: 'retry', waitMs: 0, reason };
  const waitMs = triedHere < (triesHere ?? 0) ? waitHere(triedHere, facts, nowMs, random) : undefined;
  if (waitMs !== undefined) return { kind: 'retry', waitMs, reason };
  return then === 'next' && (hasOther || last === 'all-out') ? { kind: 'next', reason } : PASS;
}

const WAIT_MIN_MS = 750, WAIT_MAX_MS = 3000;

/** 750 to 1500 ms, then to 3000; as long as the vendor asks, where that is no longer. Nothing where it is: then it is not waited here. */
function waitHere(triedHere: number, { resetAtMs }: Facts, nowMs: number, random: () => number): number | undefined {
  const most = Math.min(WAIT_MAX_MS, WAIT_MIN_MS * 2 ** (triedHere + 1));
  const waitMs = Math.round(WAIT_MIN_MS + random() * (most - WAIT_MIN_MS));
  if (resetAtMs === undefined) return waitMs;
  return resetAtMs - nowMs > WAIT_MAX_MS ? undefined : Math.max(waitMs, Math.ceil(resetAtMs - nowMs));
}

function benchOf({ bench, scope }: Rule, { resetAtMs }: Facts, { nowMs, streak, model }: Situation): Decision['bench'] {
  if (bench === 'none') return undefined;
  const untilMs = Math.ceil(benchUntil(bench, resetAtMs, { nowMs, streak }));
  return scope === 'model' && model !== null ? { untilMs, model } : { untilMs };
}

const SECOND_MS = 1000, MINUTE_MS = 60_000;
/** For so long an account gets nothing whose credential was refused, and no newer one came. */
export const REFUSED_MS = 5 * MINUTE_MS;

function benchUntil(bench: Exclude<Bench, 'none'>, resetAtMs: number | undefined, { nowMs, streak }: { nowMs: number; streak: number }): number {
  switch (bench) {
    case 'reset': return resetAtMs ?? nowMs + briefMs(streak);
    case 'brief': return nowMs + briefMs(streak);
    case 'overload': return resetAtMs === undefined ? nowMs + 10 * SECOND_MS : Math.min(resetAtMs, nowMs + MINUTE_MS);
    case 'long': return resetAtMs ?? nowMs + 15 * MINUTE_MS;
    case 'refused': return nowMs + REFUSED_MS;
  }
}

/** @param streak limits in a row, from 1 */
function briefMs(streak: number): number {
  return Math.min(5 * MINUTE_MS, Math.max(MINUTE_MS, 30 * SECOND_MS * 2 ** (streak - 1)));
}
