import { defineOptions, isFlag, isListOf, isWhole } from '@pith/kernel';

export interface ContextOptions {
  /** Whether files of instructions are read. */
  instructions: boolean;
  /** Whether the model is told of machine, folder and date. */
  environment: boolean;
  /** Whether it is told of the repository. */
  git: boolean;
  /** Milliseconds that git may take for that. */
  gitLimitMs: number;
  /** Patterns of files of instructions that are passed over. */
  exclude: readonly string[];
}

const MAX_PATTERNS = 100;
/** What it has not said by then is not known, and a person has hardly waited. */
const GIT_LIMIT_MS = 500;
const GIT_LIMIT_MOST_MS = 9000;

export const optionsSchema = defineOptions<ContextOptions>(
  { instructions: isFlag, environment: isFlag, git: isFlag, gitLimitMs: isWhole(50, GIT_LIMIT_MOST_MS), exclude: isListOf('patterns of paths', MAX_PATTERNS) },
  { defaults: { instructions: true, environment: true, git: true, gitLimitMs: GIT_LIMIT_MS, exclude: [] } },
);
