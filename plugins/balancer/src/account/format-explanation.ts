import { escapeControl } from '@pith/kernel';
import { formatParagraph, screenWidth } from '@pith/table';
import type { AccountExplanation } from './explain.ts';
import { toTimeText } from './time-text.ts';

/** So many lines of the story, the latest; `--json` has all that was read. */
const LINES_MAX = 40;

export function formatExplanation({ text, story, forgottenMs, changes }: AccountExplanation, nowMs: number, width = screenWidth()): string {
  const left = Math.max(0, story.length - LINES_MAX);
  const before = [
    ...(forgottenMs === null ? [] : [`What limits and answers said until ${toTimeText(forgottenMs, nowMs)} is forgotten; what it made of the account is kept.`]),
    ...(left === 0 ? [] : [`${left} earlier ${left === 1 ? 'line' : 'lines'}, which --json has.`]),
  ];
  const lines = story.slice(left).map(({ atMs, times, by, text: told }) => `${toTimeText(atMs, nowMs)}  ${told}${times === 1 ? '' : `, ${times} times`} (${by})`);
  return [
    formatParagraph(escapeControl(`${text}.`), width, ''), '', 'What happened:', ...[...before, ...lines].map((line) => formatParagraph(escapeControl(line), width)), '', 'What would change it:', ...changes.map((change) => formatParagraph(escapeControl(change), width)),
  ].join('\n');
}
