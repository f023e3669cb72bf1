import { defineOptions, isFlag, isListOf } from '@pith/kernel';

export interface ContextOptions {
  /** Whether files of instructions are read. */
  instructions: boolean;
  /** Whether the model is told of machine, folder and date. */
  environment: boolean;
  /** Whether it is told of the repository. */
  git: boolean;
  /** Patterns of files of instructions that are passed over. */
  exclude: readonly string[];
}

const MAX_PATTERNS = 100;

export const optionsSchema = defineOptions<ContextOptions>(
  { instructions: isFlag, environment: isFlag, git: isFlag, exclude: isListOf('patterns of paths', MAX_PATTERNS) },
  { defaults: { instructions: true, environment: true, git: true, exclude: [] } },
);
