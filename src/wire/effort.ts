import type { ModelOptions } from '@pith/kernel';

/**
 * How hard a reasoning model is to think, in OpenAI's words. A number of tokens, which those models do not take, becomes
 * the nearest word.
 */
export function toEffort({ effort, thinkingTokens }: ModelOptions): string | undefined {
  if (effort !== undefined || thinkingTokens === undefined) return effort;
  if (thinkingTokens === 0) return 'none';
  return thinkingTokens <= 4096 ? 'low' : thinkingTokens <= 16_384 ? 'medium' : 'high';
}
