import { defineOptions, isWhole } from '@pith/kernel';

export interface CodemapOptions {
  /** Tokens of the map that the model is given at the start of a session without asking for it; 0 is none. */
  sectionTokens: number;
}

export const MAX_BUDGET_TOKENS = 100_000;

export const optionsSchema = defineOptions<CodemapOptions>({ sectionTokens: isWhole(0, MAX_BUDGET_TOKENS) }, { defaults: { sectionTokens: 0 } });
