import { join } from 'node:path';
import { expandBraces } from './braces.ts';
import { lookAt } from './held-folder.ts';
import { createMatcher, findRepository, IgnoreRules, toRelative } from './ignore-rules.ts';
import { type FoundFile, type FoundLine, type GrepJob, MAX_GLOBS, MAX_LINES, MAX_LINES_A_FILE, MAX_SEARCHED_BYTES, type SearchAnswer } from './job.ts';
import { protectNewlines, spansLines, toOneMatchALine } from './pattern.ts';
import { type RipgrepLine, type RipgrepRun, runRipgrep } from './ripgrep.ts';

/** Of a longer line the part around its first match is kept. */
const MAX_LINE_CHARACTERS = 300;
/** What is shown before the first match of a long line. */
const LEAD_CHARACTERS = 100;
const MAX_TROUBLES = 5;
/** Each match on a line costs memory; where they cannot be counted once a line, only smaller files are searched. */
const MAX_BYTES_OF_MANY = 1024 * 1024;

export async function search(job: GrepJob, stopped: Promise<void>): Promise<SearchAnswer> {
  const pattern = protectNewlines(job.pattern);
  const once = toOneMatchALine(pattern);
  if (once !== undefined) {
    const tried = await collect(job, { pattern: once, maxBytes: MAX_SEARCHED_BYTES }, stopped);
    if ('found' in tried) return tried;
  }
  // The pattern as it was given: where it is not valid, its own words are explained.
  return await collect(job, { pattern, maxBytes: MAX_BYTES_OF_MANY }, stopped);
}

async function collect(job: GrepJob, { pattern, maxBytes }: { pattern: string; maxBytes: number }, stopped: Promise<void>): Promise<SearchAnswer> {
  const files = new Map<string, FoundLine[]>();
  const selects = selector(job);
  let lines = 0;
  let complete = true;
  const end = await runRipgrep({ ...toRun(job), pattern, maxBytes }, stopped, (line, stop) => {
    if (lines >= MAX_LINES) {
      complete = false;
      stop();
      return;
    }
    if (!files.has(line.path) && !selects(line.path)) return;
    const found = files.get(line.path) ?? [];
    files.set(line.path, found);
    const more = toFoundLines(line).slice(0, MAX_LINES);
    found.push(...more);
    lines += more.length;
  });
  if (end.invalid !== undefined) return end.invalid;
  // A link may have come meanwhile. A name that is not UTF-8 cannot be looked at.
  const isThere = (path: string): boolean => path.includes('\ufffd') || (lookAt(job.folder, join(job.folder.path, path))?.isFile() ?? false);
  const found = [...files].map(([path, all]): FoundFile => ({ path, lines: all })).filter(({ path }) => isThere(path));
  const isFull = !job.filesOnly && found.some(({ lines: all }) => all.filter(({ isMatch }) => isMatch).length >= MAX_LINES_A_FILE);
  return { found: { files: found, complete: complete && !end.stopped && !isFull, maxBytes, troubles: end.troubles.slice(0, MAX_TROUBLES), troubleCount: end.troubles.length } };
}

function toRun(job: GrepJob): Omit<RipgrepRun, 'pattern' | 'maxBytes'> {
  const { glob, file, folder } = job;
  const isInRepository = findRepository(folder.path) !== undefined;
  return {
    program: job.ripgrep, folder: folder.anchor, ignoreCase: job.ignoreCase, context: job.filesOnly ? 0 : job.context, isMultiline: spansLines(job.pattern),
    includes: file !== undefined ? [escapeGlob(file)] : toIncludes(glob),
    excludes: ['**/.git', ...toExcludes(glob)],
    options: [
      '--sort=path', `--max-count=${job.filesOnly ? 1 : MAX_LINES_A_FILE}`, '--no-follow', '--no-ignore-dot', '--no-ignore-exclude',
      ...(isInRepository ? [] : ['--no-require-git', '--no-ignore-parent']),
    ],
  };
}

/** ripgrep takes a file that a glob names even where .gitignore leaves it out, and a glob with a slash too widely: this is the last word. */
function selector({ folder, glob, file }: GrepJob): (path: string) => boolean {
  if (file !== undefined) return (path) => path === file;
  if (glob === undefined || isNegative(glob)) return () => true;
  const matcher = createMatcher(expand(glob).map((one) => one.replace(/^#/, '\\#')));
  const rules = new IgnoreRules(folder.path);
  return (path) => matcher.ignores(toRelative('.', path)) && !rules.leavesOut(join(folder.path, path), false);
}

const isNegative = (glob: string | undefined): boolean => glob?.startsWith('!') ?? false;

/** At any depth, and with all that is in a folder of that name: at least what is meant. */
function toIncludes(glob: string | undefined): string[] {
  if (glob === undefined || isNegative(glob)) return [];
  return expand(glob).map((one) => `**/${one.replace(/^\//, '').replace(/\/$/, '')}`).flatMap((one) => [one, `${one}/**`]);
}

/** Exactly what is meant: with a slash in it a glob begins at the folder that is searched. */
function toExcludes(glob: string | undefined): string[] {
  if (glob === undefined || !isNegative(glob)) return [];
  return expand(glob.slice(1)).map((one) => (one.includes('/') ? one : `**/${one}`));
}

function expand(glob: string): readonly string[] {
  return expandBraces(glob, MAX_GLOBS) ?? [glob];
}

/** A name as a glob that means nothing but it. */
function escapeGlob(name: string): string {
  return name.replace(/[*?[\]{}\\]/g, (character) => (character === '\\' ? '\\\\' : `[${character}]`));
}

function toFoundLines({ line, text, isMatch, column }: RipgrepLine): FoundLine[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/).map((one, index) => ({ line: line + index, text: cutAround(one, index === 0 ? column : 0), isMatch }));
}

function cutAround(line: string, column: number): string {
  if (line.length <= MAX_LINE_CHARACTERS) return line;
  const start = Math.max(0, Math.min(column - LEAD_CHARACTERS, line.length - MAX_LINE_CHARACTERS));
  const end = start + MAX_LINE_CHARACTERS;
  return `${start > 0 ? '… ' : ''}${line.slice(start, end)}${end < line.length ? ` … [${line.length} characters]` : ''}`;
}
