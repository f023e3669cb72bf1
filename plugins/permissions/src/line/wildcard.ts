import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WILD } from './loose-command.ts';

/** No path is longer; a longer pattern may stand for anything. */
const LENGTH_LIMIT = 4096;

export function isPattern(word: string): boolean {
  return /[*?[\uffff]/.test(word);
}

/** Whether a shell pattern may stand for a name. `[…]` counts as any character, an expansion as any text. */
export function mayStandFor(pattern: string, name: string): boolean {
  if (pattern.length > LENGTH_LIMIT) return true;
  const parts = pattern.replace(/\[[^\]]*\]/g, '?').replaceAll(WILD, '*');
  // Going back to the last star only keeps the time within the product of both lengths.
  let at = 0;
  let star = -1;
  let retry = 0;
  for (let index = 0; index < name.length;) {
    if (parts[at] === '*') { star = at++; retry = index; }
    else if (parts[at] === '?' || parts[at] === name[index]) { at++; index++; }
    else if (star === -1) return false;
    else { at = star + 1; index = ++retry; }
  }
  while (parts[at] === '*') at++;
  return at === parts.length;
}

/** How many folders may still be listed, and names be taken from them, for the patterns of one command. */
export interface PatternBudget { folders: number; names: number }

/**
 * The paths on disk that a shell pattern stands for, spelled as it is; the pattern itself where there are none.
 * @returns nothing where that would take more than the budget
 */
export function expandPattern(pattern: string, cwd: string, budget: PatternBudget): string[] | undefined {
  if (!isPattern(pattern) || pattern.includes(WILD)) return [pattern];
  if (pattern.length > LENGTH_LIMIT) return undefined;
  let found = [pattern.startsWith('/') ? '/' : ''];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    if (isPattern(part)) budget.folders -= found.length;
    if (budget.folders < 0) return undefined;
    found = found.flatMap((folder) => namesFor(part, resolve(cwd, folder)).map((name) => join(folder, name)));
    if (found.length > budget.names) return undefined;
  }
  budget.names -= found.length;
  return found.length === 0 ? [pattern] : found;
}

function namesFor(part: string, folder: string): string[] {
  if (!isPattern(part)) return [part];
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return []; // What cannot be listed here, the shell cannot list either.
  }
  // A leading dot is never part of a wildcard.
  return names.filter((name) => name.startsWith('.') === part.startsWith('.') && mayStandFor(part, name));
}
