import { EXIT, PithError } from '@pith/kernel';

/** Every code of this plugin and what it says of the world. The README lists the same; a test compares them. */
export const CODES = {
  SANDBOX_FAILED: [EXIT.failed, 'what a command has left could not be looked at'],
  SANDBOX_MISSING: [EXIT.refused, 'there is no sandbox here, so no command runs, or none runs confined'],
} as const;

export function sandboxError(message: string, code: keyof typeof CODES, hint?: string, cause?: unknown): PithError {
  return new PithError(message, { code, exitCode: CODES[code][0], ...(hint === undefined ? {} : { hint }), ...(cause === undefined ? {} : { cause }) });
}
