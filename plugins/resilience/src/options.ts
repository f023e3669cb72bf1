import { describe, type Schema } from '@pith/kernel';

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

const DEFAULTS = { maxAttempts: 6, maxWaitMs: 120_000, maxTotalMs: 600_000 };
const LIMITS: Readonly<Record<keyof typeof DEFAULTS, { least: number; most: number }>> = {
  maxAttempts: { least: 1, most: 20 }, maxWaitMs: { least: 0, most: 86_400_000 }, maxTotalMs: { least: 0, most: 86_400_000 },
};
const MAX_FALLBACKS = 8;

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<ResilienceOptions> = { '~standard': { version: 1, vendor: 'pith', validate } };

type Result = { value: ResilienceOptions; issues?: undefined } | { issues: { path: string[]; message: string }[] };

function validate(value: unknown = {}): Result {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { issues: [{ path: [], message: `must be an object; found ${describe(value)}` }] };
  const { fallback = [], ...rest } = value as Record<string, unknown>;
  const issues: { path: string[]; message: string }[] = [];
  if (!isNames(fallback)) issues.push({ path: ['fallback'], message: `must be a list of at most ${MAX_FALLBACKS} models as --model takes them; found ${describeNames(fallback)}` });
  for (const [key, number] of Object.entries(rest)) {
    if (!isKey(key)) { issues.push({ path: [key], message: `is not known; the options are fallback, ${Object.keys(DEFAULTS).join(', ')}` }); continue; }
    const { least, most } = LIMITS[key];
    if (!Number.isSafeInteger(number) || (number as number) < least || (number as number) > most) issues.push({ path: [key], message: `must be a whole number from ${least} to ${most}; found ${describe(number)}` });
  }
  return issues.length > 0 ? { issues } : { value: { ...DEFAULTS, ...rest, fallback } as ResilienceOptions };
}

function isKey(key: string): key is keyof typeof DEFAULTS {
  return Object.hasOwn(DEFAULTS, key);
}

function isNames(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= MAX_FALLBACKS && value.every(isName);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function describeNames(value: unknown): string {
  if (!Array.isArray(value)) return describe(value);
  return value.length > MAX_FALLBACKS ? `${value.length} of them` : `${describe(value.find((name) => !isName(name)))} in it`;
}
