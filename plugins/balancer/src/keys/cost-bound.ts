import type { PricedCall, Pricing } from '@pith/kernel';
import type { RequestRow } from '../books/row.ts';
import type { KeyAsked } from '../proxy/parts.ts';
import { UNLIMITED } from '../proxy/scan-body.ts';

/** Fewer bytes for each token are seldom seen in JSON, in any language. */
const TOKEN_BYTES = 2;
/** What a vendor adds by itself, and what a short request cannot say by its length. */
const EXTRA_TOKENS = 1000;
const OUTPUT_TOKENS_MAX = 1_000_000;

/**
 * What a request may cost at most, in millionths of a dollar: each two bytes taken for a token, at the dearer of the prices for reading and for
 * writing to the cache, where several vendors have the model at the dearest, and as much output as it allows. Pictures and documents that are only named by address are not in it.
 * @returns null where the price is not known
 */
export function toBound(pricing: Pricing, { model, providers, requestBytes, output: limitsOf, endpoint }: KeyAsked & { model: string; providers: readonly string[] }): number | null {
  const { outputTokens, choices } = limitsOf();
  const input = Math.ceil(requestBytes / TOKEN_BYTES) + EXTRA_TOKENS;
  const output = endpoint === 'embeddings' ? 0 : Math.min(outputTokens ?? UNLIMITED, OUTPUT_TOKENS_MAX) * Math.max(1, choices ?? 1);
  const usages: PricedCall['usage'][] = [{ input, output }, { input: 0, cacheWrite: input, output }];
  const costs = providers.flatMap((provider) => usages.map((usage) => pricing.costMicroUsd({ provider, model, usage }))).filter((cost) => cost !== null);
  return costs.length === 0 ? null : Math.max(...costs);
}

/** What the answer names; nothing where it names no tokens. */
export function toPricedCall(row: RequestRow, { provider, model }: { provider: string; model: string }): PricedCall | undefined {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, atMs } = row;
  if (inputTokens === null && outputTokens === null) return undefined;
  return {
    provider, model: row.model ?? row.sentModel ?? model, requestedModel: row.sentModel ?? model, atMs,
    usage: { input: inputTokens ?? 0, output: outputTokens ?? 0, ...(cacheReadTokens ? { cacheRead: cacheReadTokens } : {}), ...(cacheWriteTokens ? { cacheWrite: cacheWriteTokens } : {}) },
  };
}
