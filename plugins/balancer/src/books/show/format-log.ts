import { escapeControl } from '@pith/kernel';
import { toTimeText } from '../../account/time-text.ts';
import type { LogLine } from '../log.ts';

const LEVEL_WIDTH = 5;

/** One line. What is said beside the text is for programs. */
export function formatLogLine({ atMs, level, text }: LogLine, nowMs: number): string {
  return escapeControl(`${toTimeText(atMs, nowMs)}  ${level.toUpperCase().padEnd(LEVEL_WIDTH)}  ${text}`);
}
