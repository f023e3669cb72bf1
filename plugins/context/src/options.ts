import { describe, type Schema } from '@pith/kernel';

export interface ContextOptions {
  /** Whether files of instructions are read. */
  instructions: boolean;
  /** Whether the model is told of machine, folder and date. */
  environment: boolean;
  /** Whether it is told of the repository. */
  git: boolean;
  /** Patterns of files of instructions that are passed over. */
  exclude: readonly string[];
}

const SWITCHES = ['instructions', 'environment', 'git'] as const;
const DEFAULTS: ContextOptions = { instructions: true, environment: true, git: true, exclude: [] };
const MAX_PATTERNS = 100;

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<ContextOptions> = { '~standard': { version: 1, vendor: 'pith', validate } };

type Result = { value: ContextOptions; issues?: undefined } | { issues: { path: string[]; message: string }[] };

function validate(value: unknown = {}): Result {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { issues: [{ path: [], message: `must be an object; found ${describe(value)}` }] };
  const issues = Object.entries(value).flatMap(([key, given]) => {
    const message = whyWrong(key, given);
    return message === undefined ? [] : [{ path: [key], message }];
  });
  return issues.length > 0 ? { issues } : { value: { ...DEFAULTS, ...value } };
}

function whyWrong(key: string, given: unknown): string | undefined {
  if ((SWITCHES as readonly string[]).includes(key)) return typeof given === 'boolean' ? undefined : `must be true or false; found ${describe(given)}`;
  if (key !== 'exclude') return `is not known; the options are ${Object.keys(DEFAULTS).join(', ')}`;
  const isPatterns = Array.isArray(given) && given.length <= MAX_PATTERNS && given.every((pattern) => typeof pattern === 'string' && pattern !== '');
  return isPatterns ? undefined : `must be a list of at most ${MAX_PATTERNS} patterns of paths; found ${describe(given)}`;
}
