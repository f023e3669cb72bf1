import { defineOptions, isWhole, type OptionCheck } from '@pith/kernel';

export interface DatabaseOptions {
  /** A PostgreSQL server, `postgres://user@host:5432/name`, without a password. `PITH_DATABASE_URL` sets it before all files. Default: SQLite in the data folder. */
  url: string | undefined;
  /** How many copies of the SQLite file from before migrations are kept. */
  backups: number;
}

/** It may hold a password by mistake, so that what was found is not said. */
const isAddress: OptionCheck = (given, path) => (typeof given === 'string' && /^postgres(ql)?:\/\//.test(given) ? [] : [{ path, message: 'must be the address of a PostgreSQL server, as postgres://user@host:5432/name' }]);

export const optionsSchema = defineOptions<DatabaseOptions>({ url: isAddress, backups: isWhole(0, 100) }, { defaults: { url: undefined, backups: 10 } });
