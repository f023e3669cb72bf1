import { EXIT, type ExitCode, PithError } from '@pith/kernel';

/** Every code of this plugin: its exit code and what it says of the world. The README lists the same; a test compares them. */
export const CODES = {
  COMMAND_ARGUMENT_INVALID: [EXIT.usage, 'what stands behind a slash command is nothing that it takes'],
  MEDIA_UNSUPPORTED: [EXIT.usage, 'the model does not take images, or no PDF documents'],
  MENTION_LIMIT: [EXIT.usage, 'an input mentions too many things, or too large ones'],
  MENTION_MISSING: [EXIT.usage, 'there is nothing at a path that is mentioned'],
  MENTION_REFUSED: [EXIT.refused, 'permission to read what is mentioned was refused'],
  MENTION_UNREADABLE: [EXIT.usage, 'what is mentioned cannot be read'],
  MENTION_UNREACHABLE: [EXIT.provider, 'an address that is mentioned cannot be fetched'],
  SHELL_COMMAND_FAILED: [EXIT.failed, 'a command behind `!` could not be started'],
  SHELL_COMMAND_REFUSED: [EXIT.refused, 'permission for a command behind `!` was refused'],
  SLASH_UNKNOWN: [EXIT.usage, 'there is no slash command of that name'],
  UNDO_CONFLICT: [EXIT.refused, 'somebody else has changed files that would be brought back, and nobody can be asked'],
} as const satisfies Record<string, readonly [ExitCode, string]>;

/** @param hint what to type in its place */
export function refuseArgument(command: string, argument: string, hint: string): void {
  if (argument !== '') throw inputError(`/${command} takes nothing behind it; found ${JSON.stringify(argument)}`, 'COMMAND_ARGUMENT_INVALID', hint);
}

export function inputError(message: string, code: keyof typeof CODES, hint: string): PithError {
  return new PithError(message, { code, exitCode: CODES[code][0], hint });
}
