import { escapeControl, type PithError } from '@pith/kernel';
import { hookError } from './errors.ts';
import type { HookSet } from './hook-set.ts';

/** Files that were trusted are not as they were: what they guard against is not known any more, so nothing passes. */
export function changedError({ root, projectFiles }: HookSet): PithError {
  const files = [...projectFiles.keys()].map((path) => escapeControl(path));
  const what = files.length === 0 ? `The hook files of ${escapeControl(root)} are gone` : `Files of this project are not as they were trusted, its hook files (${files.join(', ')}) or others`;
  return hookError(`${what}; a guard may be among them, so nothing passes`, 'HOOK_FILES_CHANGED', 'Look at them, then: pith trust. Where they were taken away on purpose, begin a new session.');
}
