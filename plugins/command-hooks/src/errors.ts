import { EXIT, PithError } from '@pith/kernel';

/** Every code of this plugin and what it says of the world. The README lists the same; a test compares them. */
export const CODES = {
  COMPACTION_REFUSED: [EXIT.refused, 'a PreCompact hook did not let room be made in a conversation that is too long'],
  HOOK_FAILED: [EXIT.refused, 'a hook that guards crashed, ran out of time or said nothing that makes sense'],
  HOOK_FILES_CHANGED: [EXIT.refused, 'hook files of this project are not as they were trusted'],
  HOOK_FILE_INVALID: [EXIT.usage, 'a hook file is not JSON, or an entry of it is of the wrong form'],
  HOOK_STOPPED: [EXIT.refused, 'a hook ended the turn'],
  PROMPT_REFUSED: [EXIT.refused, 'a UserPromptSubmit hook refused the prompt'],
} as const;

export function hookError(message: string, code: keyof typeof CODES, hint?: string, cause?: unknown): PithError {
  return new PithError(message, { code, exitCode: CODES[code][0], ...(hint === undefined ? {} : { hint }), ...(cause === undefined ? {} : { cause }) });
}
