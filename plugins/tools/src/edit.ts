import { decodeText, encodeText, isBinary } from '@pith/files';
import { defineToolBody, type ToolResult } from '@pith/kernel';
import { applyEdits, type AppliedEdit, LEVEL_TEXT } from './apply-edits.ts';
import { type CurrentFile, hardLinkNote, openCurrent, writeCurrent } from './current-file.ts';
import { toolError } from './errors.ts';
import { type EditInput, editInput } from './inputs.ts';
import { judgedPath, toFileTarget } from './judged-path.ts';
import { toDiffDetail, unifiedDiff } from './line-diff.ts';
import { inFolderOf } from './open.ts';
import { previewEdits } from './preview.ts';
import { recall } from './seen-files.ts';
import { showPath, toCount } from './shown.ts';

/** Of the difference, what the model is shown: it knows most of it, since it wrote it. */
const SHOWN_DIFF_LINES = 60;
const SHOWN_LINE_CHARACTERS = 200;

export default defineToolBody<EditInput>({
  input: editInput,
  targets: ({ path }, { cwd }) => toFileTarget('Edit', path, cwd),
  preview: (input, context) => previewEdits(toEdits(input), context),
  async execute(input, context) {
    const path = judgedPath(context);
    const shown = showPath(path, context.cwd);
    const current = await openCurrent(path, shown);
    if (current === undefined) throw toolError(`There is no file ${shown}`, 'FILE_MISSING', 'To make it, use write; to find it, list the folder.');
    if (current.bytes === undefined) throw toolError(`${shown} is too large to edit`, 'FILE_TOO_LARGE', 'Change it with a program, through bash.');
    const seen = recall(context, path);
    if (seen !== undefined && seen !== current.version) throw toolError(`${shown} changed on disk since you read it; nothing was written`, 'FILE_CHANGED', 'Read it again, then make the edit again.');
    const file = decodeText(current.bytes);
    if (isBinary(file)) throw toolError(`${shown} is not text but ${file.kind}, so it cannot be edited`, 'FILE_BINARY', 'Change it with a program made for it, through bash.');
    const { text, applied } = applyEdits(file.text, toEdits(input), shown);
    await inFolderOf(path, shown, (folder) => writeCurrent({ folder, path, shown, current, bytes: encodeText({ ...file, text }), context }));
    return toResult({ path, shown, current, before: file.text, after: text, applied });
  },
});

function toEdits({ old, new: replacement, edits }: EditInput): readonly { old: string; new: string }[] {
  return edits ?? [{ old: old!, new: replacement! }]; // The schema sees to it that one of the two is there.
}

interface Edited { path: string; shown: string; current: CurrentFile; before: string; after: string; applied: readonly AppliedEdit[] }

function toResult({ path, shown, current, before, after, applied }: Edited): ToolResult {
  const lines = [`Edited ${shown}: ${toCount(applied.length, 'place')}.${hardLinkNote(current)}`, ...toNotes(applied), shortDiff(before, after)];
  return {
    content: [{ type: 'text', text: lines.join('\n') }],
    changes: [{ path, kind: 'update' }],
    details: { diff: toDiffDetail(before, after), edits: applied },
  };
}

/** Says where the file was not quite what the model took it for. */
function toNotes(applied: readonly AppliedEdit[]): string[] {
  return applied.flatMap(({ level, line }) => (level === 'exact' ? [] : [`Line ${line} matched apart from ${LEVEL_TEXT[level]}; the file's own were kept.`]));
}

function shortDiff(before: string, after: string): string {
  return unifiedDiff(before.toWellFormed(), after.toWellFormed(), { context: 1, maxLines: SHOWN_DIFF_LINES }).split('\n')
    .map((line) => (line.length > SHOWN_LINE_CHARACTERS ? `${line.slice(0, SHOWN_LINE_CHARACTERS).toWellFormed()}…` : line)).join('\n');
}
