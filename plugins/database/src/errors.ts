import { EXIT, type ExitCode, PithError, type PithErrorOptions } from '@pith/kernel';

const EXITS = {
  DATABASE_ALONE: EXIT.failed,
  DATABASE_BUSY: EXIT.failed,
  DATABASE_CLOSED: EXIT.failed,
  DATABASE_CONFLICT: EXIT.failed,
  DATABASE_CONSTRAINT: EXIT.failed,
  DATABASE_COPY_NOT_FOUND: EXIT.usage,
  DATABASE_DAMAGED: EXIT.failed,
  DATABASE_ENDED: EXIT.failed,
  DATABASE_FULL: EXIT.failed,
  DATABASE_MIGRATION_FAILED: EXIT.failed,
  DATABASE_MIGRATION_INVALID: EXIT.usage,
  DATABASE_MOVED: EXIT.failed,
  DATABASE_NESTED: EXIT.failed,
  DATABASE_NEWER: EXIT.usage,
  DATABASE_OUTDATED: EXIT.usage,
  DATABASE_QUERY_FAILED: EXIT.failed,
  DATABASE_TIMEOUT: EXIT.failed,
  DATABASE_UNREACHABLE: EXIT.provider,
  DATABASE_UNWRITABLE: EXIT.failed,
  DATABASE_URL_INVALID: EXIT.usage,
  DATABASE_VALUE_INVALID: EXIT.failed,
} as const satisfies Record<string, ExitCode>;

export type DatabaseErrorCode = keyof typeof EXITS;

export function databaseError(code: DatabaseErrorCode, message: string, options: Pick<PithErrorOptions, 'hint' | 'cause' | 'details'> = {}): PithError {
  return new PithError(message, { ...options, code, exitCode: EXITS[code], plugin: 'database' });
}
