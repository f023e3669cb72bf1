import { hashOf } from './part-digest.ts';
import type { ModelRequest, Usage } from '../message.ts';
import { estimateBy, type ImageRule } from './token-parts.ts';

/** What tokens are counted of. */
export type Countable = Partial<Pick<ModelRequest, 'system' | 'tools' | 'messages'>>;

/** What a provider has counted of the last request that it answered. */
interface Counted { conversation: string; estimate: number; tokens: number }

/** What is known of one model: tokens for each that was estimated, and how far estimates were off. */
interface Known { rate: number; last: Counted; replies: number; errorRaw: number; error: number }

/** How far estimates were from what the provider counted, on average over the replies of a session, as a share. */
export interface CountError { replies: number; raw: number; calibrated: number }

/** What a provider counts beyond these is no count of this request: servers there are that say nothing, or anything. */
const RATE_MIN = 0.4, RATE_MAX = 3;
/** What vendors put in front of a request unseen is at most about this. */
const UNSEEN_MAX = 2000;
/** What grew by less says nothing of the rate; by this much, it says half of it. */
const GROWTH_MIN = 200, GROWTH_HALF = 2000;

/**
 * How many tokens requests have, without asking: of a conversation that goes on, what the provider counted of the last
 * request, and an estimate of what differs, at the rate of the replies before. Kept by provider and model.
 */
export class TokenGauge {
  readonly #known = new Map<string, Known>();

  count(model: string, request: Countable, rule?: ImageRule): number {
    return this.scale(model, request, estimateRequest(request, rule));
  }

  /** The same where the estimate is at hand. */
  scale(model: string, { system, tools, messages }: Countable, estimate: number): number {
    const known = this.#known.get(model);
    if (known === undefined) return estimate;
    const { rate, last } = known;
    const goesOn = system !== undefined && tools !== undefined && messages?.[0] !== undefined && hashOf(messages[0]) === last.conversation;
    const tokens = goesOn ? last.tokens + rate * (estimate - last.estimate) : rate * estimate;
    return Math.ceil(Math.min(Math.max(tokens, RATE_MIN * estimate), mostOf(estimate)));
  }

  /** @param estimate of the request that the usage is of */
  learn(model: string, request: Countable, estimate: number, { input, cacheRead = 0, cacheWrite = 0 }: Usage): void {
    const tokens = input + cacheRead + cacheWrite;
    const first = request.messages?.[0];
    if (first === undefined || !(tokens >= RATE_MIN * estimate && tokens <= mostOf(estimate))) return;
    const known = this.#known.get(model);
    const last: Counted = { conversation: hashOf(first), estimate, tokens };
    this.#known.set(model, {
      last, rate: nextRate(known, last), replies: (known?.replies ?? 0) + 1,
      errorRaw: (known?.errorRaw ?? 0) + Math.abs(estimate - tokens) / tokens,
      error: (known?.error ?? 0) + (known === undefined ? 0 : Math.abs(this.scale(model, request, estimate) - tokens) / tokens),
    });
  }

  /** Nothing before the second reply of the model: the first one is what estimates are calibrated by. */
  errorOf(model: string): CountError | undefined {
    const known = this.#known.get(model);
    if (known === undefined || known.replies < 2) return undefined;
    return { replies: known.replies, raw: known.errorRaw / known.replies, calibrated: known.error / (known.replies - 1) };
  }
}

/** What was added to a conversation says how the vendor counts, without what stands in front of every request unseen. */
function nextRate(known: Known | undefined, now: Counted): number {
  const { rate, last } = known ?? { rate: 1, last: { conversation: now.conversation, estimate: 0, tokens: 0 } };
  const growth = now.estimate - last.estimate;
  if (now.conversation !== last.conversation || growth < GROWTH_MIN) return rate;
  const seen = Math.min(Math.max((now.tokens - last.tokens) / growth, RATE_MIN), RATE_MAX);
  return rate + (growth / (growth + GROWTH_HALF)) * (seen - rate);
}

const mostOf = (estimate: number): number => RATE_MAX * estimate + UNSEEN_MAX;

/** About how many tokens parts of a request have, of nothing but its texts. */
export function estimateRequest({ system = [], tools, messages = [] }: Countable, rule?: ImageRule): number {
  const estimate = estimateBy(rule);
  let tokens = tools === undefined ? 0 : estimate(tools);
  for (const section of system) tokens += estimate(section);
  for (const message of messages) tokens += estimate(message);
  return tokens;
}
