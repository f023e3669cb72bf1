import { describe, type Schema } from '@pith/kernel';

export interface DatabaseOptions {
  /** A PostgreSQL server, `postgres://user@host:5432/name`, without a password. Default: SQLite in the data folder. */
  url: string | undefined;
  /** How many copies of the SQLite file from before migrations are kept. */
  backups: number;
}

const BACKUPS = { usual: 10, most: 100 };

/** Checked by hand: zod would be loaded at every start. */
export const optionsSchema: Schema<DatabaseOptions> = { '~standard': { version: 1, vendor: 'pith', validate } };

type Result = { value: DatabaseOptions; issues?: undefined } | { issues: { path: string[]; message: string }[] };

function validate(given: unknown = {}): Result {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { issues: [{ path: [], message: `must be an object; found ${describe(given)}` }] };
  const { url, backups = BACKUPS.usual, ...others } = given as Record<string, unknown>;
  const issues = Object.keys(others).map((key) => ({ path: [key], message: 'is not known; the options are url, backups' }));
  // It may hold a password by mistake, so that what was found is not said.
  if (url !== undefined && (typeof url !== 'string' || !/^postgres(ql)?:\/\//.test(url))) issues.push({ path: ['url'], message: 'must be the address of a PostgreSQL server, as postgres://user@host:5432/name' });
  if (!Number.isSafeInteger(backups) || (backups as number) < 0 || (backups as number) > BACKUPS.most) issues.push({ path: ['backups'], message: `must be a whole number from 0 to ${BACKUPS.most}; found ${describe(backups)}` });
  return issues.length > 0 ? { issues } : { value: { url: url as string | undefined, backups: backups as number } };
}
