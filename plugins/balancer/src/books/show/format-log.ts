import { escapeControl } from '@pith/kernel';
import { toTimeText } from '../../account/time-text.ts';
import type { LogLine } from '../log.ts';

const LEVEL_WIDTH = 5;

/** One line, facts behind the text. */
export function formatLogLine({ atMs, level, text, facts = {} }: LogLine, nowMs: number): string {
  const shown = Object.entries(facts).map(([key, value]) => ` ${key}=${typeof value === 'string' && /[\s"=]/.test(value) ? JSON.stringify(value) : value}`).join('');
  return escapeControl(`${toTimeText(atMs, nowMs)}  ${level.toUpperCase().padEnd(LEVEL_WIDTH)}  ${text}${shown}`);
}
