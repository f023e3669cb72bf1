import { escapeControl } from '@pith/kernel';

/** What is wrong with a file. An `error` keeps it from being used; with a `warning` it is used all the same; a `hint` is for its author alone. */
export interface Problem {
  level: 'error' | 'warning' | 'hint';
  file: string;
  /** From 1. */
  line?: number;
  /** What was found, what is allowed, what to do: one sentence. */
  text: string;
}

export function toLine({ file, line, text }: Problem): string {
  return escapeControl(`${file}${line === undefined ? '' : `:${line}`}: ${text}`);
}
