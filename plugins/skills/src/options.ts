import { describe, type Schema } from '@pith/kernel';

export interface SkillOptions {
  /** Of the list of skills in the system prompt; 0 leaves it out. */
  listTokens: number;
  /** Of a skill’s instructions, when it is loaded. */
  bodyTokens: number;
}

export const DEFAULTS: SkillOptions = { listTokens: 4000, bodyTokens: 5000 };
const LEAST: SkillOptions = { listTokens: 0, bodyTokens: 100 };
const MOST = 100_000;

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<SkillOptions> = { '~standard': { version: 1, vendor: 'pith', validate } };

type Result = { value: SkillOptions; issues?: undefined } | { issues: { path: string[]; message: string }[] };

function validate(value: unknown = {}): Result {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { issues: [{ path: [], message: `must be an object; found ${describe(value)}` }] };
  const issues = Object.entries(value).flatMap(([key, found]: [string, unknown]) => {
    if (!Object.hasOwn(DEFAULTS, key)) return [{ path: [key], message: `is not known; the options are ${Object.keys(DEFAULTS).join(', ')}` }];
    const least = LEAST[key as keyof SkillOptions];
    return Number.isSafeInteger(found) && (found as number) >= least && (found as number) <= MOST ? [] : [{ path: [key], message: `must be a whole number from ${least} to ${MOST}; found ${describe(found)}` }];
  });
  return issues.length > 0 ? { issues } : { value: { ...DEFAULTS, ...value } };
}
