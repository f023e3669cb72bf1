import { type Block, type ModelEvent, PithError, type Reply, type Usage } from '@pith/kernel';
import { asCount, asRecord, asText, isRecord, type Json } from './json.ts';
import type { SseEvent } from './sse.ts';

/** Reads one reply of one vendor. What an event means is appended to `out`. */
export interface ReplyReader {
  /** @throws PithError PROVIDER_PROTOCOL */
  take(event: SseEvent, out: ModelEvent[]): void;
  /** A reply that came as one JSON body. */
  takeBody(body: unknown, out: ModelEvent[]): void;
  /** The bytes are over. Without the vendor's final event the reply is `truncated`. */
  close(out: ModelEvent[]): void;
  /** `end` was handed out: nothing further counts. */
  readonly ended: boolean;
}

/** What the three readers keep in the same way: the facts of the reply and the one `end`. */
export class ReplyFacts {
  id: string | null = null;
  model: string | null = null;
  stop: string | null = null;
  stopSequence: string | undefined;
  usage: Usage | null = null;
  /** Where the vendor itself states it. */
  costMicroUsd: number | undefined;
  ended = false;
  #started = false;

  start(out: ModelEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    out.push({ type: 'start', id: this.id, model: this.model, ...this.#usageNow() });
  }

  end(out: ModelEvent[], status: Reply['status'], blocks: readonly Block[], error?: ReplyError): void {
    if (this.ended) return;
    this.ended = true;
    const reply: Reply = {
      status, id: this.id, model: this.model, stop: this.stop,
      ...(this.stopSequence === undefined ? {} : { stopSequence: this.stopSequence }),
      ...error, blocks, usage: this.usage,
    };
    out.push({ type: 'end', reply, ...this.#usageNow(), ...(this.costMicroUsd === undefined ? {} : { costMicroUsd: this.costMicroUsd }) });
  }

  #usageNow(): { usage?: Usage } {
    return this.usage === null ? {} : { usage: this.usage };
  }
}

export type ReplyError = Pick<Reply, 'error' | 'retryAfterS'>;

/**
 * The JSON of an event; nothing for one that says nothing, or that the end of the bytes has cut.
 * @throws PithError PROVIDER_PROTOCOL
 */
export function parseEvent({ data, cut }: SseEvent): Json | undefined {
  if (data === '' || data === '[DONE]') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    if (cut) return undefined;
    throw new PithError(`The provider sent an event that is not JSON: ${JSON.stringify(data.slice(0, 80))}`, {
      code: 'PROVIDER_PROTOCOL', origin: 'provider', hint: 'Look at what answers at the provider’s address.',
    });
  }
  return isRecord(value) ? value : undefined;
}

/** What an event that is called an error holds; it need not be JSON. */
export function parseErrorEvent(event: SseEvent): Json {
  try {
    return parseEvent(event) ?? {};
  } catch {
    return { error: event.data };
  }
}

/** An error as vendors state it: `{ type, code, message }`, a bare text, or either of them nested in `error`. */
export function toReplyError(value: unknown, fallback = 'error'): ReplyError {
  const outer = asRecord(value);
  const inner = outer['error'] ?? value;
  if (typeof inner === 'string') return { error: { type: fallback, message: inner }, ...retryAfter(outer, inner) };
  const error = asRecord(inner);
  const message = asText(error['message']) ?? asText(outer['message']) ?? 'no reason given';
  const word = [error['type'], error['code'], outer['code']].find((each) => (typeof each === 'string' && each !== '' && each !== 'error') || typeof each === 'number');
  return { error: { type: word === undefined ? fallback : String(word), message }, ...retryAfter(error, message) };
}

const TRY_AGAIN = /(?:try again|retry) (?:in|after) ((?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|s|seconds?|m|minutes?|h|hours?)\s*)+)/i;
const UNIT_SECONDS: Record<string, number> = { m: 60, s: 1, h: 3600 };

/** Where it is stated: as a field, or in the sentence, as in “Please try again in 1m2.5s”. */
function retryAfter(error: Json, message: string): { retryAfterS?: number } {
  const field = error['retry_after'] ?? error['retry_after_seconds'];
  if (typeof field === 'number' && field >= 0) return { retryAfterS: field };
  const written = TRY_AGAIN.exec(message)?.[1];
  if (written === undefined) return {};
  let seconds = 0;
  for (const [, amount, unit] of written.matchAll(/(\d+(?:\.\d+)?)\s*(ms|milli|[smh])[a-z]*/gi)) {
    seconds += Number(amount) * (/^m(s|illi)$/i.test(unit!) ? 0.001 : UNIT_SECONDS[unit!.toLowerCase()]!);
  }
  return { retryAfterS: Math.round(seconds * 1000) / 1000 };
}

/**
 * Usage as OpenAI counts it: the prompt includes what was read from the cache and written to it, the output includes
 * reasoning. `names` are the format's own.
 */
export function toOpenAiUsage(value: unknown, names: { input: string; output: string; details: string }): Usage | undefined {
  if (!isRecord(value)) return undefined;
  const prompt = asCount(value[names.input]);
  const output = asCount(value[names.output]);
  if (prompt === undefined && output === undefined) return undefined;
  const details = asRecord(value[names.details]);
  const cacheRead = asCount(details['cached_tokens']) ?? asCount(value['prompt_cache_hit_tokens']) ?? 0;
  const cacheWrite = asCount(details['cache_write_tokens']) ?? 0;
  return toUsage({ input: Math.max(0, (prompt ?? 0) - cacheRead - cacheWrite), output: output ?? 0, cacheRead, cacheWrite });
}

/** Leaves out the cache counts that are zero. */
export function toUsage({ input, output, cacheRead, cacheWrite }: Required<Usage>): Usage {
  return { input, output, ...(cacheRead > 0 ? { cacheRead } : {}), ...(cacheWrite > 0 ? { cacheWrite } : {}) };
}

/** A JSON body that is neither a reply nor an error. */
export function notAReply(body: unknown): PithError {
  const keys = Object.keys(asRecord(body)).slice(0, 8);
  return new PithError(`The provider answered with JSON that is no reply${keys.length > 0 ? `; its keys are ${keys.map((key) => JSON.stringify(key.slice(0, 40))).join(', ')}` : ''}`, {
    code: 'PROVIDER_PROTOCOL', origin: 'provider', hint: 'Look at what answers at the provider’s address.',
  });
}
