import { EXIT, type ExitCode, PithError, type PithErrorOptions } from '@pith/kernel';

const EXITS = {
  BOOKS_UNWRITABLE: EXIT.failed,
} as const satisfies Record<string, ExitCode>;

export function booksError(code: keyof typeof EXITS, message: string, options: Pick<PithErrorOptions, 'hint' | 'cause' | 'details'> = {}): PithError {
  return new PithError(message, { ...options, code, exitCode: EXITS[code], plugin: 'balancer' });
}
