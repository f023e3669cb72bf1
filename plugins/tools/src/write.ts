import { sep } from 'node:path';
import { decodeText, isBinary } from '@pith/files';
import { defineToolBody, type ToolContext, type ToolResult } from '@pith/kernel';
import { type CurrentFile, hardLinkNote, openCurrent, writeCurrent } from './current-file.ts';
import { toolError } from './errors.ts';
import { type WriteInput, writeInput } from './inputs.ts';
import { judgedPath, toFileTarget } from './judged-path.ts';
import { toDiffDetail } from './line-diff.ts';
import { inFolderOf } from './open.ts';
import { previewWrite } from './preview.ts';
import { countLines } from './read-window.ts';
import { recall } from './seen-files.ts';
import { showPath, toCount, toSizeText } from './shown.ts';

export default defineToolBody<WriteInput>({
  input: writeInput,
  targets: ({ path }, { cwd }) => toFileTarget('Edit', path, cwd),
  preview: ({ content }, context) => previewWrite(content, context),
  async execute({ path: given, content }, context) {
    const path = judgedPath(context);
    const shown = showPath(path, context.cwd);
    if (given.endsWith('/') || given.endsWith(sep)) throw toolError(`${shown}/ names a folder`, 'FILE_KIND', 'Name a file in it; missing folders are made.');
    const current = await openCurrent(path, shown);
    const bytes = Buffer.from(content, 'utf8');
    if (current?.bytes?.equals(bytes)) return `${shown} holds exactly this already.`;
    checkSeen(current, { shown, seen: recall(context, path) });
    const created = await inFolderOf(path, shown, async (folder, created) => {
      await writeCurrent({ folder, path, shown, current, bytes, context });
      return created;
    });
    return toResult({ path, shown, content, current, created, context });
  },
});

/** Text that the model has not seen is not replaced. */
function checkSeen(current: CurrentFile | undefined, { shown, seen }: { shown: string; seen: string | undefined }): void {
  if (current === undefined || seen === current.version || current.bytes?.length === 0) return;
  const before = current.bytes === undefined ? undefined : decodeText(current.bytes);
  if (before !== undefined && isBinary(before)) throw toolError(`${shown} is there already and is not text but ${before.kind}; nothing was written`, 'FILE_BINARY', 'Write to another name, or remove it first with bash.');
  if (seen === undefined) throw toolError(`${shown} is there already and was not read in this session; nothing was written`, 'FILE_UNREAD', 'Read it first, or change a part of it with edit.');
  throw toolError(`${shown} changed on disk since you read it; nothing was written`, 'FILE_CHANGED', 'Read it again, then write.');
}

interface Written { path: string; shown: string; content: string; current: CurrentFile | undefined; created: readonly string[]; context: ToolContext }

function toResult({ path, shown, content, current, created, context }: Written): ToolResult {
  const size = `${toCount(countLines(content), 'line')}, ${toSizeText(Buffer.byteLength(content))}`;
  const folders = created.length === 0 ? '' : ` Made the ${created.length === 1 ? 'folder' : 'folders'} ${created.map((folder) => `${showPath(folder, context.cwd)}/`).join(', ')}.`;
  return {
    content: [{ type: 'text', text: `${current === undefined ? 'Created' : 'Replaced'} ${shown} (${size}).${folders}${hardLinkNote(current)}` }],
    changes: [{ path, kind: current === undefined ? 'create' : 'update' }],
    details: { folders: created, ...(current !== undefined && current.bytes === undefined ? {} : { diff: toDiffDetail(textOf(current), content) }) },
  };
}

function textOf(current: CurrentFile | undefined): string {
  if (current?.bytes === undefined) return '';
  const file = decodeText(current.bytes);
  return isBinary(file) ? '' : file.text;
}
