import { lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { defineToolBody } from '@pith/kernel';
import { fileError, toolError } from './errors.ts';
import { findRipgrep } from './find-ripgrep.ts';
import { toGrepResult } from './grep-result.ts';
import { type GrepInput, grepInput } from './inputs.ts';
import { judgedPath, toFileTarget } from './judged-path.ts';
import { openFolder } from './list.ts';
import { checkPlain, type Folder } from './open.ts';
import { expandBraces } from './search/braces.ts';
import { MAX_GLOBS, MAX_SEARCHED_BYTES } from './search/job.ts';
import { readable } from './search/readable.ts';
import { searchIn } from './search/run.ts';
import { showPath, toSizeText } from './shown.ts';

const LIMIT_MS = 20_000;

export default defineToolBody<GrepInput>({
  input: grepInput,
  targets: ({ path = '.' }, { cwd }) => toFileTarget('Read', path, cwd),
  async execute(input, context) {
    checkGlob(input.glob);
    const ripgrep = await findRipgrep();
    const path = judgedPath(context);
    const { folder, file } = await openPlace(path, showPath(path, context.cwd));
    try {
      const { pattern, ignoreCase = false, context: around = 0, filesOnly = false, glob } = input;
      const found = await searchIn(folder, {
        kind: 'grep', ripgrep, pattern, ignoreCase, context: around, filesOnly, ...(file === undefined ? (glob === undefined ? {} : { glob }) : { file }),
      }, context, LIMIT_MS);
      const files = file === undefined ? readable(found.files, ({ path }) => path, folder.path, context) : found.files;
      return await toGrepResult({ found, files, folder: folder.path, input, cwd: context.cwd, shown: showPath(path, context.cwd) });
    } finally {
      await folder.close();
    }
  },
});

/** ripgrep reads of a glob what braces stand for one by one. */
function checkGlob(glob: string | undefined): void {
  if (glob !== undefined && expandBraces(glob, MAX_GLOBS) === undefined) throw toolError(`The glob stands for more than ${MAX_GLOBS} others by its braces`, 'PATTERN_INVALID', 'Use * in the place of braces.');
}

async function openPlace(path: string, shown: string): Promise<{ folder: Folder; file?: string }> {
  let stats;
  try {
    stats = await lstat(path, { bigint: true });
  } catch (error) {
    throw fileError(error, shown);
  }
  if (stats.isDirectory()) return { folder: await openFolder(path, shown) };
  checkPlain(stats, shown);
  if (stats.size > MAX_SEARCHED_BYTES) throw toolError(`${shown} is ${toSizeText(Number(stats.size))}, which is too large for grep`, 'FILE_TOO_LARGE', 'Search it with bash: grep -n.');
  return { folder: await openFolder(dirname(path), shown), file: basename(path) };
}
