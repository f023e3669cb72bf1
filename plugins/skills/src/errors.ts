import { EXIT, type ExitCode, PithError } from '@pith/kernel';

const EXIT_CODES = {
  COMMAND_INVALID: EXIT.usage,
  COMMAND_UNTRUSTED: EXIT.refused,
  COMMAND_REFUSED: EXIT.refused,
  SKILL_UNKNOWN: EXIT.usage,
  SKILL_INVALID: EXIT.usage,
} as const satisfies Record<string, ExitCode>;

export function skillError(message: string, code: keyof typeof EXIT_CODES, hint: string, cause?: unknown): PithError {
  return new PithError(message, { code, hint, exitCode: EXIT_CODES[code], ...(cause === undefined ? {} : { cause }) });
}
