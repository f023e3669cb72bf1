import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** A HEAD is a line. */
const MAX_BYTES = 4096;

/** The git branch that a folder is on, or the beginning of its commit; nothing where there is no repository. No program is started. */
export async function readBranch(cwd: string): Promise<string | undefined> {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const git = await findGit(join(folder, '.git'));
    if (git !== undefined) return toBranch(await readSmall(join(git, 'HEAD')));
    if (dirname(folder) === folder) return undefined;
  }
}

/** Of a work tree and of a submodule `.git` is a file that names the place. */
async function findGit(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return path;
    const named = found.isFile() ? /^gitdir: (.+)$/m.exec(await readSmall(path) ?? '')?.[1]?.trim() : undefined;
    return named === undefined ? undefined : isAbsolute(named) ? named : resolve(dirname(path), named);
  } catch {
    return undefined; // Nothing there, or nothing that we may look at.
  }
}

async function readSmall(file: string): Promise<string | undefined> {
  try {
    const found = await stat(file);
    return found.isFile() && found.size <= MAX_BYTES ? await readFile(file, 'utf8') : undefined;
  } catch {
    return undefined; // Gone, or not ours to read.
  }
}

function toBranch(head: string | undefined): string | undefined {
  if (head === undefined) return undefined;
  const branch = /^ref: (?:refs\/heads\/)?(.+)$/m.exec(head)?.[1]?.trim();
  return branch ?? /^[0-9a-f]{7,64}/.exec(head)?.[0].slice(0, 7);
}
