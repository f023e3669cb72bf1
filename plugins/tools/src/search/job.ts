/** What is asked of the search worker, and what it answers. Nothing but data: it crosses threads. */
import type { HeldFolder } from '@pith/files';

export interface GlobJob {
  kind: 'glob';
  folder: HeldFolder;
  pattern: string;
  /** Names that begin with a dot count, too. */
  hidden: boolean;
  /** Folders are looked for, in the place of files. */
  folders: boolean;
  /** After this no further folder is looked into. */
  limitMs: number;
}

export interface GlobFound {
  /** Relative to the folder, by path; the first `MAX_PATHS` of them. */
  paths: readonly string[];
  total: number;
  /** False where time or room ended before the folders did. */
  complete: boolean;
  /** Folders that could not be looked into. */
  unreadable: number;
}

export interface GrepJob {
  kind: 'grep';
  folder: HeldFolder;
  /** Where the program is. */
  ripgrep: string;
  pattern: string;
  ignoreCase: boolean;
  /** Lines shown before and after each match. */
  context: number;
  /** One match a file is enough. */
  filesOnly: boolean;
  /** As a line of .gitignore reads it; with `!` in front what is left out. */
  glob?: string;
  /** The one name in the folder that is searched. */
  file?: string;
}

export interface FoundLine {
  /** From 1. */
  line: number;
  text: string;
  isMatch: boolean;
}
export interface FoundFile { path: string; lines: readonly FoundLine[] }

export interface GrepFound {
  /** By path. */
  files: readonly FoundFile[];
  /** False where a limit ended the search before the files did. */
  complete: boolean;
  /** Larger files were not searched. */
  maxBytes: number;
  /** What ripgrep could not read or search, in its words; the first of them, and how many there are. */
  troubles: readonly string[];
  troubleCount: number;
}

export type SearchJob = GlobJob | GrepJob;
/** `invalid` is what the pattern's own reader says of it. */
export type SearchAnswer = { found: GlobFound | GrepFound } | { invalid: string; of: 'pattern' | 'glob' } | { failed: string };

/** Paths that a glob hands back. */
export const MAX_PATHS = 2000;
/** Matching and context lines that a search hands back, and matching lines of one file. */
export const MAX_LINES = 2000;
export const MAX_LINES_A_FILE = 500;
/** A larger file is not searched. */
export const MAX_SEARCHED_BYTES = 16 * 1024 * 1024;
/** What the braces of the glob of one search may stand for. */
export const MAX_GLOBS = 100;
