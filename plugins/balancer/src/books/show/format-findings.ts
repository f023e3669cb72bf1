import { escapeControl } from '@pith/kernel';
import { formatParagraph, screenWidth } from '@pith/table';
import type { Finding } from '../analyze/find.ts';
import { many } from './words.ts';

/** A sentence each, what to do about it below. */
export function formatFindings(findings: readonly Finding[], { requests, span, width = screenWidth() }: { requests: number; span: string; width?: number }): string {
  if (requests === 0) return `There are no requests of ${span}. Of all time: pith analyze --range all`;
  const head = `${many(requests, 'request')} of ${span}`;
  if (findings.length === 0) return `${head}\n\nNothing is unusual.`;
  return [head, ...findings.map(({ level, text, hint }) => [formatParagraph(escapeControl(text), width, level === 'warning' ? '! ' : '· '), ...hint === undefined ? [] : [formatParagraph(escapeControl(hint), width)]].join('\n'))].join('\n\n');
}
