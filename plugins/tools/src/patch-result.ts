import { cutMiddle, type FileChange, type ToolResult } from '@pith/kernel';
import { LEVEL_TEXT } from './apply-edits.ts';
import type { Change } from './apply-patch.ts';
import { hardLinkNote } from './current-file.ts';
import { diffLines, toDiffDetail, toLines } from './line-diff.ts';
import { countLines } from './read-window.ts';
import { showPath, toCount } from './shown.ts';

const MARKS: Readonly<Record<FileChange['kind'], string>> = { create: 'A', update: 'M', move: 'R', delete: 'D' };

/** A line for each file. The model wrote the patch, so it is told only where the files were not quite as it took them for. */
export function toPatchResult(changes: readonly Change[], cwd: string): ToolResult {
  const lines = changes.flatMap((change) => [toLine(change), ...toNotes(change)]);
  return {
    content: [{ type: 'text', text: [`Patched ${toCount(changes.length, 'file')}.`, ...lines].join('\n') }],
    changes: changes.map(({ kind, path, to }) => (to === undefined ? { path, kind } : { path: to.path, kind, from: path })),
    details: { diff: cutMiddle(changes.map((change) => toDiff(change, cwd)).join('\n'), 100_000) },
  };
}

function toLine({ kind, shown, to, before, after, current }: Change): string {
  const size = kind === 'delete' || before === after ? '' : kind === 'create' ? ` (${toCount(countLines(after), 'line')})` : ` (${toCounts(before, after)})`;
  return `${MARKS[kind]} ${shown}${to === undefined ? '' : ` -> ${to.shown}`}${size}${hardLinkNote(current)}`;
}

/** Lines that came and went. */
function toCounts(before: string, after: string): string {
  const hunks = diffLines(toLines(before), toLines(after));
  return `+${hunks.reduce((sum, { bStart, bEnd }) => sum + bEnd - bStart, 0)} -${hunks.reduce((sum, { aStart, aEnd }) => sum + aEnd - aStart, 0)}`;
}

function toNotes({ applied }: Change): string[] {
  return applied.flatMap(({ level, line }) => (level === 'exact' ? [] : [`  Line ${line} matched apart from ${LEVEL_TEXT[level]}; the file's own were kept.`]));
}

/** In unified form, with the two lines that name the file. */
function toDiff({ kind, path, to, before, after }: Change, cwd: string): string {
  const from = kind === 'create' ? '/dev/null' : `a/${showPath(path, cwd)}`;
  const into = kind === 'delete' ? '/dev/null' : `b/${showPath(to?.path ?? path, cwd)}`;
  return `--- ${from}\n+++ ${into}\n${toDiffDetail(before, after)}`.trimEnd();
}
