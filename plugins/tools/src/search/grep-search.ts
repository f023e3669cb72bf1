import { join, normalize, relative } from 'node:path';
import { createMatcher, findRepository, IgnoreRules, toSlashes } from '@pith/files';
import { expandBraces } from './braces.ts';
import { type FoundFile, type FoundLine, type GrepJob, MAX_GLOBS, MAX_LINES, MAX_LINES_A_FILE, MAX_SEARCHED_BYTES, type SearchAnswer } from './job.ts';
import { findOddRules } from './odd-rules.ts';
import { protectNewlines, spansLines, toOneMatchALine } from './pattern.ts';
import { type GivenLine, standIn } from './prove-lines.ts';
import { type RipgrepLine, type RipgrepRun, runRipgrep } from './ripgrep.ts';

/** Of a longer line the part around its first match is kept. */
const MAX_LINE_CHARACTERS = 300;
/** What is shown before the first match of a long line. */
const LEAD_CHARACTERS = 100;
const MAX_TROUBLES = 5;
/** Each match on a line costs memory; where they cannot be counted once a line, only smaller files are searched. */
const MAX_BYTES_OF_MANY = 1024 * 1024;

/** What a search of one folder is limited by. */
interface Scope {
  /** It is in a repository, so that rules of the folders above count. */
  isInRepository: boolean;
  rules: IgnoreRules;
  /** A .gitignore that ripgrep had better not read: then the rules are applied to what it finds. */
  odd: string | undefined;
}

export async function search(given: GrepJob, stopped: Promise<void>): Promise<SearchAnswer> {
  const job = { ...given, ...toScope(given) };
  const pattern = protectNewlines(job.pattern);
  const once = toOneMatchALine(pattern);
  if (once !== undefined) {
    const tried = await collect(job, { pattern: once, maxBytes: MAX_SEARCHED_BYTES }, stopped);
    if ('found' in tried) return tried;
  }
  // The pattern as it was given: where it is not valid, its own words are explained.
  return await collect(job, { pattern, maxBytes: MAX_BYTES_OF_MANY }, stopped);
}

function toScope({ folder, file }: GrepJob): Scope {
  const isInRepository = findRepository(folder.path) !== undefined;
  const rules = new IgnoreRules(folder.path);
  // Of one file that is named the rules are not asked.
  return { isInRepository, rules, odd: file === undefined ? findOddRules(folder, rules, isInRepository) : folder.path };
}

async function collect(job: GrepJob & Scope, { pattern, maxBytes }: { pattern: string; maxBytes: number }, stopped: Promise<void>): Promise<SearchAnswer> {
  const files = new Map<string, GivenLine[]>();
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
    const more = toGivenLines(line).slice(0, MAX_LINES);
    found.push(...more);
    lines += more.length;
  });
  if (end.invalid !== undefined) return end.invalid;
  // What is not UTF-8 cannot be named as ripgrep names it.
  const unnamed = [...files.keys()].some((path) => path.includes('\ufffd'));
  const troubles = [...unnamed ? ['files that match, whose names are not UTF-8'] : [], ...job.odd === undefined || job.file !== undefined ? [] : [oddText(job.odd, job.folder.path)], ...end.troubles];
  const found = [...files].filter(([path, lines]) => standIn(job.folder, path, lines)).map(([path, lines]): FoundFile => ({ path, lines: lines.map(toFoundLine) }));
  const isFull = !job.filesOnly && found.some(({ lines: all }) => all.filter(({ isMatch }) => isMatch).length >= MAX_LINES_A_FILE);
  return { found: { files: found, complete: complete && !end.stopped && !isFull, maxBytes, troubles: troubles.slice(0, MAX_TROUBLES), troubleCount: troubles.length } };
}

function toRun(job: GrepJob & Scope): Omit<RipgrepRun, 'pattern' | 'maxBytes'> {
  const { glob, file, folder, isInRepository, odd } = job;
  return {
    program: job.ripgrep, folder: folder.anchor, ignoreCase: job.ignoreCase, context: job.filesOnly ? 0 : job.context, isMultiline: spansLines(job.pattern),
    includes: file !== undefined ? [escapeGlob(file)] : toIncludes(glob),
    excludes: ['**/.git', ...toExcludes(glob)],
    options: [
      '--sort=path', `--max-count=${job.filesOnly ? 1 : MAX_LINES_A_FILE}`, '--no-follow', '--no-ignore-dot', '--no-ignore-exclude',
      ...(odd !== undefined ? ['--no-ignore-vcs', '--no-ignore-parent'] : isInRepository ? [] : ['--no-require-git', '--no-ignore-parent']),
    ],
  };
}

/** ripgrep takes a file that a glob names even where .gitignore leaves it out, and a glob with a slash too widely: this is the last word. */
function selector({ folder, glob, file, rules, odd }: GrepJob & Scope): (path: string) => boolean {
  if (file !== undefined) return (path) => path === file;
  const isShown = (path: string): boolean => odd === undefined || !rules.hides(join(folder.path, path), folder.path);
  if (glob === undefined || isNegative(glob)) return isShown;
  const matcher = createMatcher(expand(glob).map((one) => one.replace(/^#/, '\\#')));
  return (path) => matcher.ignores(toSlashes(normalize(path))) && isShown(path) && !rules.leavesOut(join(folder.path, path), false);
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

function toGivenLines({ line, text, isMatch, column }: RipgrepLine): GivenLine[] {
  return text.replace(/\n$/, '').split('\n').map((one, index) => cutAround(one.replace(/\r$/, ''), { line: line + index, isMatch, column: index === 0 ? column : 0 }));
}

function cutAround(text: string, { line, isMatch, column }: { line: number; isMatch: boolean; column: number }): GivenLine {
  const { length } = text;
  const from = length <= MAX_LINE_CHARACTERS ? 0 : Math.max(0, Math.min(column - LEAD_CHARACTERS, length - MAX_LINE_CHARACTERS));
  const kept = text.slice(from, from + MAX_LINE_CHARACTERS);
  const cut = from + kept.length < length ? ` … [${length} characters]` : '';
  return { line, isMatch, length, from, kept, text: `${from > 0 ? '… ' : ''}${kept}${cut}` };
}

function toFoundLine({ line, text, isMatch }: GivenLine): FoundLine {
  return { line, text, isMatch };
}

function oddText(odd: string, folder: string): string {
  return odd === folder ? 'too many folders to look for rules first' : `${relative(folder, odd)}: no plain file of rules`;
}
