import type { Pricing, WindowLimits } from '@pith/kernel';
import type { CompactionOptions } from './options.ts';
import type { Window } from './state.ts';

const WINDOW_MIN_TOKENS = 1000;
/** Where nobody knows. */
export const WINDOW_DEFAULT_TOKENS = 200_000;

interface Model { provider: string; model: string }

/** When room is made for a model, for whoever shows how full its window is. */
export async function limitsOf(model: Model, { options, findPricing }: { options: CompactionOptions; findPricing: () => Promise<Pricing | undefined> }): Promise<WindowLimits> {
  const { tokens, isKnown } = toWindow(options.windowTokens ?? await listedTokens(model, findPricing));
  return { windowTokens: tokens, isKnown, thresholdTokens: Math.floor(tokens * options.threshold) };
}

/** @param tokens as the options or the model list say it */
export function toWindow(tokens: number | null): Window {
  return tokens === null ? { tokens: WINDOW_DEFAULT_TOKENS, isKnown: false } : { tokens: Math.max(tokens, WINDOW_MIN_TOKENS), isKnown: true };
}

export async function listedTokens(model: Model, findPricing: () => Promise<Pricing | undefined>): Promise<number | null> {
  const pricing = await findPricing().catch(() => undefined); // It may be left out, and what it knows with it.
  return (await pricing?.findModel?.(model))?.contextTokens ?? null;
}
