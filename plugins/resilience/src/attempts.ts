import type { ModelEvent, ModelRequest, NextModelCall, RateLimits, Turn } from '@pith/kernel';
import { type Beginning, readBeginning } from '@pith/wire/beginning';
import { type Chain, Chains, nameOf } from './chain.ts';
import { type Decision, decide } from './decide.ts';
import { type Failure, toFailure, toReplyFailure } from './failure.ts';
import type { ResilienceOptions } from './options.ts';

export const createChains = (fallback: readonly string[]): Chains => new Chains(fallback);

export interface Call { request: ModelRequest; turn: Turn; options: ResilienceOptions; chains: Chains }

/** One answer, by as many attempts as it takes: nothing of an attempt goes out before there is something to show. */
export async function* attempts(next: NextModelCall, { request, turn, options, chains }: Call): AsyncGenerator<ModelEvent, void, undefined> {
  const chain = await chains.of(request, turn);
  let attempt = 1;
  let total = 1;
  let failedMs: number | undefined;
  for (;;) {
    const stream = next(chain.request, turn)[Symbol.asyncIterator]();
    const begun = await readBeginning(stream);
    if (begun.isShown) {
      yield* begun.held;
      yield* { [Symbol.asyncIterator]: () => stream }; // From here on it is as if this plugin were not there.
      return;
    }
    const failure = begun.isAnswer ? undefined : failureOf(begun, turn);
    if (failure === undefined) return yield* end(begun);
    const nowMs = turn.now();
    failedMs ??= nowMs;
    const decision = decide(failure, { shown: begun.isShown, attempt, hasNext: chain.next !== undefined, elapsedMs: nowMs - failedMs }, { options, random: () => turn.random() });
    if (decision.action === 'fail') {
      sayGivenUp(decision, { failure, total, model: nameOf(chain.request), options, turn });
      return yield* end(begun);
    }
    turn.emit({ type: 'retry', attempt: total++, waitMs: decision.action === 'retry' ? decision.waitMs : 0, reason: failure.reason });
    if (decision.action === 'fall-back') {
      goOn(chain, failure, turn);
      attempt = 1;
    } else {
      await turn.sleep(decision.waitMs);
      attempt++;
    }
  }
}

function failureOf({ held, reply, thrown }: Beginning, turn: Turn): Failure | undefined {
  if (thrown !== undefined) return toFailure(thrown.error, turn.now());
  const limits: RateLimits | undefined = held.find((event) => event.limits !== undefined)?.limits;
  return toReplyFailure(reply ?? { status: 'truncated' }, { limits, nowMs: turn.now() });
}

/** Hands on what came, and how it ended. */
async function* end({ held, thrown }: Beginning): AsyncGenerator<ModelEvent, void, undefined> {
  yield* held;
  if (thrown !== undefined) throw thrown.error;
}

function goOn(chain: Chain, { reason }: Failure, turn: Turn): void {
  const from = nameOf(chain.request);
  chain.advance();
  turn.emit({ type: 'notice', level: 'warning', code: 'MODEL_FALLBACK', text: `${from} cannot answer now (${reason.replace(/\.$/, '')}); ${nameOf(chain.request)} takes its place for the rest of this turn.` });
}

/** The error itself says what failed; this says how hard it was tried. */
function sayGivenUp({ limit }: Extract<Decision, { action: 'fail' }>, { failure: { askedMs }, total, model, options, turn }: { failure: Failure; total: number; model: string; options: ResilienceOptions; turn: Turn }): void {
  if (limit === undefined || (limit === 'maxAttempts' && total === 1)) return;
  const seconds = (ms: number): string => `${Math.ceil(ms / 1000)} s`;
  const why = limit === 'maxAttempts' ? `after ${total} attempts`
    : limit === 'maxWaitMs' ? `since it asks to wait ${seconds(askedMs!)}, and at most ${seconds(options.maxWaitMs)} are waited (option maxWaitMs of plugin resilience)`
    : `after ${total} attempts, since further ones would take longer than ${seconds(options.maxTotalMs)} (option maxTotalMs of plugin resilience)`;
  turn.emit({ type: 'notice', level: 'warning', code: 'MODEL_GIVEN_UP', text: `Gave up on ${model} ${why}.` });
}
