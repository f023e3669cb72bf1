import { relative } from 'node:path';
import { escapeControl } from '@pith/kernel';
import { isWithin, toSlashes } from '@pith/files';

/** A path as people see it: from the working folder, from home, or whole; always in one line. */
export function toName(path: string, { cwd, home }: { cwd: string; home: string | undefined }): string {
  if (isWithin(path, cwd)) return escapeControl(toSlashes(relative(cwd, path))) || '.';
  if (home !== undefined && isWithin(path, home)) return escapeControl(`~/${toSlashes(relative(home, path))}`);
  return escapeControl(path);
}
