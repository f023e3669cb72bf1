import { dirname, join } from 'node:path';
import { type HeldFolder, type IgnoreRules, isPlainRules, lookAt, lookIn, readFolder } from '@pith/files';

/** Names that are looked at, and how long. */
const MAX_NAMES = 500_000;
const LIMIT_MS = 3000;

/**
 * A `.gitignore` that is no plain file, or a giant. ripgrep would read it all the same: wait for a pipe, or fill its memory with a
 * device or a sparse file.
 * @param above those of the folders above count, too
 * @returns its path; the folder itself where there is too much to look at all of it
 */
export function findOddRules(folder: HeldFolder, rules: IgnoreRules, above: boolean): string | undefined {
  const odd = above ? foldersAbove(folder.path).find((path) => !isPlainRules(lookAt(join(path, '.gitignore')))) : undefined;
  return odd === undefined ? findBelow(folder, rules) : join(odd, '.gitignore');
}

function findBelow(folder: HeldFolder, rules: IgnoreRules): string | undefined {
  const endMs = performance.now() + LIMIT_MS;
  const left = [folder.path];
  let names = 0;
  for (let path = left.pop(); path !== undefined; path = left.pop()) {
    const entries = readFolder(folder, path) ?? [];
    if ((names += entries.length) > MAX_NAMES || performance.now() > endMs) return folder.path;
    for (const entry of entries) {
      const at = join(path, entry.name);
      if (entry.name === '.gitignore' && !isPlainRules(lookIn(folder, at))) return at;
      if (entry.isDirectory() && entry.name !== '.git' && !rules.leavesOut(at, true)) left.push(at);
    }
  }
  return undefined;
}

function foldersAbove(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [] : [above, ...foldersAbove(above)];
}
