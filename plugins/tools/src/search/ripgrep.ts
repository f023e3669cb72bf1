import childProcess from 'node:child_process';
import { relative } from 'node:path';
import { CancellationTokenSource, type ITextSearchResult, Progress, RipgrepTextSearchEngine } from 'ripgrep-wrapper';
import type { SearchAnswer } from './job.ts';

export interface RipgrepRun {
  program: string;
  /** Where it works, and what it searches. */
  folder: string;
  pattern: string;
  ignoreCase: boolean;
  isMultiline: boolean;
  context: number;
  maxBytes: number;
  includes: readonly string[];
  excludes: readonly string[];
  /** Options that the wrapper has no word for. */
  options: readonly string[];
}

/** A line that matched, or several where the match goes on; or one line around it. */
export interface RipgrepLine { path: string; line: number; text: string; isMatch: boolean; column: number }

export interface RipgrepEnd {
  /** Ended before it was through. */
  stopped: boolean;
  invalid?: SearchAnswer;
  /** What it could not read, line by line. */
  troubles: readonly string[];
}

/** Of what ripgrep says on its standard error, as much is looked at. */
const MAX_TROUBLE_LINES = 10_000;

/** Runs ripgrep through the lower half of ripgrep-wrapper: its upper half tests globs with expressions that can be made to hang. */
export async function runRipgrep(run: RipgrepRun, stopped: Promise<void>, onLine: (line: RipgrepLine, stop: () => void) => void): Promise<RipgrepEnd> {
  const source = new CancellationTokenSource();
  const said: string[] = [];
  let isStopped = false;
  const stop = (): void => {
    isStopped = true;
    source.cancel();
  };
  void stopped.then(stop);
  const restore = addToSpawn(run.options);
  try {
    const engine = new RipgrepTextSearchEngine(run.program, { appendLine: (message) => { if (said.length < MAX_TROUBLE_LINES) said.push(message); } });
    const searching = engine.provideTextSearchResults(
      { pattern: run.pattern, isRegExp: true, isCaseSensitive: !run.ignoreCase, isMultiline: run.isMultiline },
      {
        folder: run.folder, includes: [...run.includes], excludes: [...run.excludes], useIgnoreFiles: true, useParentIgnoreFiles: true, useGlobalIgnoreFiles: false,
        followSymlinks: false, maxResults: Infinity, maxFileSize: run.maxBytes, beforeContext: run.context, afterContext: run.context,
      },
      new Progress<ITextSearchResult>((result) => { if (!isStopped) onLine(toLine(result, run.folder), stop); }),
      source.token,
    );
    restore();
    await searching;
  } catch (error) {
    restore();
    // The wrapper gives a pattern's mistake in a few words of its own; ripgrep's are among what was said.
    if (!said.includes(NO_DATA)) throw error;
  }
  return toEnd(said, isStopped);
}

/**
 * The wrapper starts ripgrep with options of its own choice. This thread is there for it alone, so the function by which it starts
 * a process adds what it leaves out. The environment is that of the thread, which is empty.
 */
function addToSpawn(options: readonly string[]): () => void {
  const { spawn } = childProcess;
  const limited = (program: string, given: readonly string[], { cwd }: { cwd: string }) => spawn(program, [...options, ...given], { cwd, env: process.env, stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  Object.assign(childProcess, { spawn: limited });
  return () => { Object.assign(childProcess, { spawn }); };
}

function toLine(result: ITextSearchResult, folder: string): RipgrepLine {
  const path = relative(folder, result.path);
  if ('lineNumber' in result) return { path, line: result.lineNumber, text: result.text, isMatch: false, column: 0 };
  const first = Array.isArray(result.ranges) ? result.ranges[0]! : result.ranges;
  return { path, line: first.startLineNumber + 1, text: result.preview.text, isMatch: true, column: first.startColumn };
}

/** How the wrapper says whether ripgrep wrote anything. One that got as far as its summary did; one with a mistake in its input did not. */
const [DATA, NO_DATA] = ['Got data from stdout', 'No data from stdout'];

/** What went away while it was looked for is no trouble, and its name may be that of a file outside: a folder was a link for a moment. */
const GONE = /\(os error (?:2|3|20)\)$/;

function toEnd(said: readonly string[], stopped: boolean): RipgrepEnd {
  const close = said.findLastIndex((message) => message === DATA || message === NO_DATA);
  const words = said.slice(2, close === -1 ? undefined : close).join(''); // What it was asked, and how it was started, come first.
  if (stopped || words === '' || said[close] === DATA) return { stopped, troubles: words.split('\n').filter((line) => line.startsWith('rg: ') && !GONE.test(line)).map((line) => line.slice('rg: '.length)) };
  const glob = /error parsing glob '[^]*': (.*)/.exec(words);
  if (glob !== null) return { stopped, troubles: [], invalid: { invalid: glob[1]!, of: 'glob' } };
  const own = /default regex engine error:\n~+\n([^]*?)\n~+\n/.exec(words)?.[1];
  return { stopped, troubles: [], invalid: { invalid: own ?? words.replace(/^rg: /, '').trim(), of: 'pattern' } };
}
