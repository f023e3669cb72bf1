import { lstatSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { PithError } from '@pith/kernel';

/** A file that will be there. `path` is relative to the folder. */
export interface NewFile { path: string; text: string }

/** The files of a template, with `__name__` in names and texts replaced by the value of that name. */
export async function readTemplate(folder: string, values: Readonly<Record<string, string>>): Promise<NewFile[]> {
  const fill = (text: string): string => text.replaceAll(/__([a-z]+)__/g, (whole, key: string) => values[key] ?? whole);
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort();
  // npm leaves .gitignore out of what it packs, so it has another name there.
  return Promise.all(files.map(async (file) => ({ path: fill(relative(folder, file)).replace('_gitignore', '.gitignore'), text: fill(await readFile(file, 'utf8')) })));
}

/**
 * Writes all of them, or none where one is there already.
 * @throws PithError FILE_EXISTS
 */
export async function writeNewFiles(folder: string, files: readonly NewFile[]): Promise<void> {
  const taken = files.find(({ path }) => lstatSync(join(folder, path), { throwIfNoEntry: false }) !== undefined);
  if (taken !== undefined) throw new PithError(`${join(folder, taken.path)} is there already, so nothing was written`, { code: 'FILE_EXISTS', hint: 'Choose another name, or move it away.' });
  for (const { path, text } of files) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    // Also when it has come meanwhile, it is not written over.
    await writeFile(file, text, { flag: 'wx' });
  }
}
