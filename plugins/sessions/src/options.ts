import { describe, type Schema } from '@pith/kernel';

export interface SessionsOptions {
  /** False keeps no transcript: `pith run --no-session`. */
  record: boolean;
}

/** Written by hand, since a schema library would cost more than the plugin when pith starts. */
export const optionsSchema: Schema<SessionsOptions> = {
  '~standard': { version: 1, vendor: 'pith', validate: parseOptions },
};

function parseOptions(value: unknown): { value: SessionsOptions; issues?: undefined } | { issues: { message: string; path?: string[] }[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { issues: [{ message: `must be an object; found ${describe(value)}` }] };
  const { record = true, ...others } = value as { record?: unknown };
  const unknown = Object.keys(others).map((key) => ({ message: 'is not known; the option is record', path: [key] }));
  if (typeof record !== 'boolean') return { issues: [{ message: `must be true or false; found ${describe(record)}`, path: ['record'] }, ...unknown] };
  return unknown.length > 0 ? { issues: unknown } : { value: { record } };
}
