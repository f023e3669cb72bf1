import { describe, type Schema } from '@pith/kernel';
import { KEEP_DAYS, KEEP_MEGABYTES } from './remove.ts';

export interface SessionsOptions {
  /** False keeps no transcript: `pith run --no-session`. */
  record: boolean;
  /** Once a day, sessions that were not used for longer are deleted. */
  keepDays: number;
  /** Room for all sessions; beyond it the oldest are deleted, once a day. */
  keepMegabytes: number;
}

/** Written by hand, since a schema library would cost more than the plugin when pith starts. */
export const optionsSchema: Schema<SessionsOptions> = {
  '~standard': { version: 1, vendor: 'pith', validate: parseOptions },
};

type Issue = { message: string; path?: string[] };

function parseOptions(value: unknown): { value: SessionsOptions; issues?: undefined } | { issues: Issue[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { issues: [{ message: `must be an object; found ${describe(value)}` }] };
  const { record = true, keepDays = KEEP_DAYS, keepMegabytes = KEEP_MEGABYTES, ...others } = value as Record<string, unknown>;
  const issues: Issue[] = [
    ...(typeof record === 'boolean' ? [] : [{ message: `must be true or false; found ${describe(record)}`, path: ['record'] }]),
    ...[{ keepDays }, { keepMegabytes }].flatMap((option) => Object.entries(option)).filter(([, given]) => !isAmount(given))
      .map(([name, given]) => ({ message: `must be a whole number, 1 or more; found ${describe(given)}`, path: [name] })),
    ...Object.keys(others).map((key) => ({ message: 'is not known; the options are record, keepDays, keepMegabytes', path: [key] })),
  ];
  if (issues.length > 0 || typeof record !== 'boolean' || !isAmount(keepDays) || !isAmount(keepMegabytes)) return { issues };
  return { value: { record, keepDays, keepMegabytes } };
}

function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
