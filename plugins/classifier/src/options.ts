import { describe, type Schema } from '@pith/kernel';

export interface ClassifierOptions {
  enabled: boolean;
  /** Who judges. Default: the model of the session. */
  provider?: string;
  model?: string;
  /** What holds here, in a person's words. */
  policy: string;
  /** Its yes counts, not only its no. */
  mayApprove: boolean;
  timeoutMs: number;
  maxCallsPerTurn: number;
  /** Of a session. */
  maxCostMicroUsd: number;
  /** Of a call, as JSON; more of it is cut, and such a call is not approved. */
  maxInputCharacters: number;
}

const DEFAULTS = { timeoutMs: 10_000, maxCallsPerTurn: 20, maxCostMicroUsd: 500_000, maxInputCharacters: 20_000 };
const KEYS = ['enabled', 'provider', 'model', 'policy', 'mayApprove', ...Object.keys(DEFAULTS)];

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<ClassifierOptions> = {
  '~standard': {
    version: 1, vendor: 'pith',
    validate: (value = {}) => {
      const issue = (path: string[], message: string) => ({ issues: [{ path, message }] });
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return issue([], `must be an object; found ${describe(value)}`);
      const { enabled = false, provider, model, policy = '', mayApprove = false, ...rest } = value as Record<string, unknown>;
      for (const [key, flag] of Object.entries({ enabled, mayApprove })) if (typeof flag !== 'boolean') return issue([key], `must be true or false; found ${describe(flag)}`);
      for (const [key, text] of Object.entries({ provider, model })) if (text !== undefined && (typeof text !== 'string' || text === '')) return issue([key], `must be a name; found ${describe(text)}`);
      if (typeof policy !== 'string') return issue(['policy'], `must be a text; found ${describe(policy)}`);
      for (const [key, number] of Object.entries(rest)) {
        if (!Object.hasOwn(DEFAULTS, key)) return issue([key], `is not known; the options are ${KEYS.join(', ')}`);
        if (!Number.isSafeInteger(number) || (number as number) < 1) return issue([key], `must be a whole number from 1 on; found ${describe(number)}`);
      }
      return { value: { enabled, policy, mayApprove, ...(provider === undefined ? {} : { provider }), ...(model === undefined ? {} : { model }), ...DEFAULTS, ...rest } as ClassifierOptions };
    },
  },
};
