import type { Reply } from './message.ts';

const AT_LIMIT = 'The reply is cut off: the model came to its limit of tokens for one reply. Say “go on”, or raise the limit (--max-tokens)';
const BY_FILTER = 'The reply is cut off: a content filter of the provider stopped it';

/** The vendors' own words for ends that are none, as a person should hear them. */
const ENDS: ReadonlyMap<string, string> = new Map([
  ['max_tokens', AT_LIMIT], ['length', AT_LIMIT], ['max_output_tokens', AT_LIMIT],
  ['content_filter', BY_FILTER],
  ['model_context_window_exceeded', 'The reply is cut off: the window of the model is full. /compact makes room'],
  ['pause_turn', 'The provider has paused the reply. Say “go on”'],
  ['refusal', 'The model has refused to go on'],
]);

/** Why a reply that came whole is not all that there was to say; nothing where the model was done. */
export function whyStopped({ stop }: Reply): string | undefined {
  return stop === null ? undefined : ENDS.get(stop);
}
