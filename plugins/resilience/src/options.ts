import { defineOptions, isListOf, isWhole } from '@pith/kernel';

export interface ResilienceOptions {
  /** Models to go to, in order, as `--model` takes them. */
  fallback: readonly string[];
  /** Of one model in one call; 1 never tries again. */
  maxAttempts: number;
  /** The longest single wait, whoever asks for it. */
  maxWaitMs: number;
  /** From the first failure of a call on; no wait begins that would end later. */
  maxTotalMs: number;
}

const MAX_FALLBACKS = 8;
const DAY_MS = 86_400_000;

export const optionsSchema = defineOptions<ResilienceOptions>(
  { fallback: isListOf('models as --model takes them', MAX_FALLBACKS), maxAttempts: isWhole(1, 20), maxWaitMs: isWhole(0, DAY_MS), maxTotalMs: isWhole(0, DAY_MS) },
  { defaults: { fallback: [], maxAttempts: 6, maxWaitMs: 120_000, maxTotalMs: 600_000 } },
);
