import { EXIT, PithError } from '@pith/kernel';

/** Every code of this plugin and what it says of the world. The README lists the same; a test compares them. */
export const CODES = {
  CHECKPOINT_BUSY: [EXIT.failed, 'another process, or a call that still runs, holds the files'],
  CHECKPOINT_CONFLICT: [EXIT.refused, 'somebody else has changed files since, or what is done could not be undone'],
  CHECKPOINT_FAILED: [EXIT.failed, 'the state of files could not be kept, or not be brought back'],
  CHECKPOINT_NOT_FOUND: [EXIT.usage, 'there is no checkpoint of that name'],
} as const;

export function checkpointError(message: string, code: keyof typeof CODES, { hint, cause, details }: { hint?: string; cause?: unknown; details?: Record<string, unknown> } = {}): PithError {
  return new PithError(message, { code, exitCode: CODES[code][0], ...(hint === undefined ? {} : { hint }), ...(cause === undefined ? {} : { cause }), ...(details === undefined ? {} : { details }) });
}

/** The record that was asked for. @throws PithError CHECKPOINT_NOT_FOUND */
export function notFound(id: string): Error {
  return checkpointError(`There is no checkpoint ${id}`, 'CHECKPOINT_NOT_FOUND', { hint: 'It may have been pruned: the oldest go first. Take one of those that are listed for the session.' });
}
