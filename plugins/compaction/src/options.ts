import { describe, type Schema } from '@pith/kernel';

export interface CompactionOptions {
  /** Tokens of the model's window, where the model list does not know it or says too much. */
  windowTokens: number | undefined;
  /** The share of the window above which room is made. */
  threshold: number;
  /** The share of the window down to which it is made. */
  target: number;
  /** The newest steps that stay whole, where they fit. */
  keepSteps: number;
  /** The model that writes summaries, as `--model` takes it. Default: the one of the turn. */
  summaryModel: string | undefined;
  /** How long it may take for one, in milliseconds. */
  summaryTimeoutMs: number;
}

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<CompactionOptions> = { '~standard': { version: 1, vendor: 'pith', validate } };

interface Rule { is: (value: unknown) => boolean; must: string }
const whole = (least: number, most: number): Rule => ({ is: (value) => Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most, must: `a whole number from ${least} to ${most}` });
const share = (least: number, most: number): Rule => ({ is: (value) => typeof value === 'number' && value >= least && value <= most, must: `a number from ${least} to ${most}, a share of the window` });

const RULES: Readonly<Record<keyof CompactionOptions, Rule>> = {
  windowTokens: whole(2000, 100_000_000), threshold: share(0.2, 0.95), target: share(0.1, 0.9), keepSteps: whole(1, 100),
  summaryModel: { is: (value) => typeof value === 'string' && value.trim() !== '', must: 'the name of a model' }, summaryTimeoutMs: whole(1000, 3_600_000),
};
const DEFAULTS: Omit<CompactionOptions, 'target'> = { windowTokens: undefined, threshold: 0.7, keepSteps: 4, summaryModel: undefined, summaryTimeoutMs: 120_000 };
const TARGET = 0.45;
/** Of a threshold that is set lower. */
const TARGET_SHARE = 0.65;

type Result = { value: CompactionOptions; issues?: undefined } | { issues: { path: string[]; message: string }[] };

function validate(value: unknown = {}): Result {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { issues: [{ path: [], message: `must be an object; found ${describe(value)}` }] };
  const issues = Object.entries(value).flatMap(([key, found]) => {
    const rule = Object.hasOwn(RULES, key) ? RULES[key as keyof CompactionOptions] : undefined;
    if (rule === undefined) return [{ path: [key], message: `is not known; the options are ${Object.keys(RULES).join(', ')}` }];
    return rule.is(found) ? [] : [{ path: [key], message: `must be ${rule.must}; found ${describe(found)}` }];
  });
  if (issues.length > 0) return { issues };
  const given = { ...DEFAULTS, ...value } as CompactionOptions;
  const options: CompactionOptions = { ...given, target: given.target ?? Math.min(TARGET, given.threshold * TARGET_SHARE) };
  if (options.target < options.threshold) return { value: options };
  return { issues: [{ path: ['target'], message: `must be below the threshold, which is ${options.threshold}; found ${options.target}` }] };
}
