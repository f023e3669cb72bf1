import { describe, type Schema } from '@pith/kernel';

export interface CodemapOptions {
  /** Tokens of the map that the model is given at the start of a session without asking for it; 0 is none. */
  sectionTokens: number;
}

export const MAX_BUDGET_TOKENS = 100_000;

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<CodemapOptions> = {
  '~standard': {
    version: 1, vendor: 'pith',
    validate: (value = {}) => {
      const issue = (path: string[], message: string) => ({ issues: [{ path, message }] });
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return issue([], `must be an object; found ${describe(value)}`);
      const { sectionTokens = 0, ...rest } = value as Record<string, unknown>;
      for (const key of Object.keys(rest)) return issue([key], 'is not known; the option is sectionTokens');
      if (typeof sectionTokens !== 'number' || !Number.isInteger(sectionTokens) || sectionTokens < 0 || sectionTokens > MAX_BUDGET_TOKENS) return issue(['sectionTokens'], `must be a whole number from 0 to ${MAX_BUDGET_TOKENS}; found ${describe(sectionTokens)}`);
      return { value: { sectionTokens } };
    },
  },
};
