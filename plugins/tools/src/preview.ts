import { decodeText, isBinary } from '@pith/files';
import { type PreviewContext, toMessage } from '@pith/kernel';
import { applyEdits } from './apply-edits.ts';
import { type CurrentFile, openCurrent } from './current-file.ts';
import { toLines, unifiedDiff } from './line-diff.ts';
import { judgedPath } from './judged-path.ts';
import { showPath } from './shown.ts';

/**
 * What a call would change, whole, for the person who is asked about it. Where the call would fail, what it asks for is shown
 * as it stands, with the reason: the person sees in any case what was wanted.
 */
export async function previewEdits(edits: readonly { old: string; new: string }[], context: PreviewContext): Promise<string> {
  const path = judgedPath(context);
  const shown = showPath(path, context.cwd);
  try {
    const before = textOf(await openCurrent(path, shown));
    return toDiff(before, applyEdits(before, edits, shown).text);
  } catch (error) {
    return [`@@ ${toMessage(error)} @@`, ...edits.flatMap((edit) => [toWhole(edit.old, '-'), toWhole(edit.new, '+')])].filter((part) => part !== '').join('\n');
  }
}

export async function previewWrite(content: string, context: PreviewContext): Promise<string> {
  const path = judgedPath(context);
  const shown = showPath(path, context.cwd);
  try {
    const current = await openCurrent(path, shown);
    return toDiff(current === undefined ? '' : textOf(current), content);
  } catch (error) {
    return `@@ ${toMessage(error)} @@\n${toWhole(content, '+')}`;
  }
}

/** Several files, each under its name. */
export function previewChanges(changes: readonly { kind: string; shown: string; to?: { shown: string }; before: string; after: string }[]): string {
  return changes.map(({ kind, shown, to, before, after }) => {
    const names = [`--- ${kind === 'create' ? 'nothing' : shown}`, `+++ ${kind === 'delete' ? 'nothing' : to?.shown ?? shown}`];
    return [...names, toDiff(before, after)].filter((part) => part !== '').join('\n');
  }).join('\n');
}

/** @throws Error where there is no text to compare with */
function textOf(current: CurrentFile | undefined): string {
  if (current === undefined) throw new Error('there is no such file');
  if (current.bytes === undefined) throw new Error('what is there is too large to compare');
  const file = decodeText(current.bytes);
  if (isBinary(file)) throw new Error(`what is there is not text but ${file.kind}`);
  return file.text;
}

/** Where all lines end as Windows ends them, before and after, that need not be shown with each. */
function toDiff(before: string, after: string): string {
  const isPlain = /(?:^|[^\r])\n/.test(before + after) || /\r(?!\n)/.test(before + after);
  return isPlain ? unifiedDiff(before, after) : unifiedDiff(before.replaceAll('\r\n', '\n'), after.replaceAll('\r\n', '\n'));
}

function toWhole(text: string, sign: '-' | '+'): string {
  return toLines(text).map((line) => `${sign}${line.replace(/\n$/, '')}`).join('\n');
}
