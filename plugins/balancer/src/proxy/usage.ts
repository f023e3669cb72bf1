import type { RequestRow } from '../books/row.ts';
import type { Endpoint } from './target.ts';
import { toUtf8 } from './to-utf8.ts';

/** What a reply says of itself, as far as it has come. */
export type Counted = Pick<RequestRow, 'model' | 'inputTokens' | 'outputTokens' | 'cacheReadTokens' | 'cacheWriteTokens' | 'reasoningTokens'> & {
  /** Its last event has come. */
  isEnded: boolean;
  /** The error that it ended with. */
  error: string | null;
};

export const nothingCounted = (): Counted => ({ model: null, inputTokens: null, outputTokens: null, cacheReadTokens: null, cacheWriteTokens: null, reasoningTokens: null, isEnded: false, error: null });

type Json = Record<string, unknown>;

/** Puts what one event, or a whole JSON reply, says into `counted`. Counts that come later replace earlier ones. */
export function count(counted: Counted, reply: Json): void {
  const type = reply['type'];
  const inner = asObject(reply['message'] ?? reply['response']);
  takeModel(counted, inner['model'] ?? reply['model']);
  takeUsage(counted, asObject(inner['usage'] ?? reply['usage'] ?? asObject(reply['x_groq'])['usage']));
  const error = asObject(inner['error'] ?? reply['error']);
  if (type === 'error' || type === 'response.failed' || Object.keys(error).length > 0) counted.error = textOf(error['type']) ?? textOf(error['code']) ?? textOf(reply['code']) ?? 'error';
}

function takeModel(counted: Counted, model: unknown): void {
  if (typeof model === 'string' && model !== '' && model.length <= 200) counted.model = toUtf8(model); // Most is read as bytes.
}

/** Anthropic counts cached input beside the rest of it, OpenAI within: on the books they are beside. */
function takeUsage(counted: Counted, usage: Json): void {
  const details = asObject(usage['prompt_tokens_details'] ?? usage['input_tokens_details']);
  const cached = whole(details['cached_tokens']);
  const written = whole(details['cache_write_tokens'] ?? details['cache_creation_tokens']);
  const input = whole(usage['input_tokens'] ?? usage['prompt_tokens']);
  if (input !== undefined) counted.inputTokens = Math.max(0, input - (cached ?? 0) - (written ?? 0));
  counted.outputTokens = whole(usage['output_tokens'] ?? usage['completion_tokens']) ?? counted.outputTokens;
  counted.cacheReadTokens = whole(usage['cache_read_input_tokens']) ?? cached ?? counted.cacheReadTokens;
  counted.cacheWriteTokens = whole(usage['cache_creation_input_tokens']) ?? written ?? counted.cacheWriteTokens;
  const thought = asObject(usage['completion_tokens_details'] ?? usage['output_tokens_details']);
  counted.reasoningTokens = whole(thought['reasoning_tokens'] ?? thought['thinking_tokens']) ?? counted.reasoningTokens;
}

/** The text by which the last event of a stream is known. In a text of the reply its quotes would be escaped. */
export function lastEvents(endpoint: Endpoint): readonly string[] {
  if (endpoint === 'messages') return ['"message_stop"'];
  if (endpoint === 'responses') return ['"response.completed"', '"response.incomplete"', '"response.failed"'];
  return ['[DONE]'];
}

export const asObject = (value: unknown): Json => (typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Json : {});
const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined);
/** As much as the books hold: no reply has more tokens, and a sum of money made of more would fit nowhere. */
const TOKENS_MAX = 2_147_483_647;
const whole = (value: unknown): number | undefined => (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= TOKENS_MAX ? value : undefined);
