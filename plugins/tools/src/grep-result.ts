import { join } from 'node:path';
import { escapeControl, type ToolResult } from '@pith/kernel';
import type { GrepInput } from './inputs.ts';
import { type FoundFile, type FoundLine, type GrepFound } from './search/job.ts';
import { showPath, toCount, toSizeText } from './shown.ts';

export const MAX_SHOWN_LINES = 300;
export const MAX_SHOWN_FILES = 500;
const MAX_SHOWN_CHARACTERS = 40_000;

interface Searched {
  found: GrepFound;
  /** Those of them that may be shown. */
  files: Iterable<FoundFile> | AsyncIterable<FoundFile>;
  folder: string;
  input: GrepInput;
  cwd: string;
  /** What was searched, as people see it. */
  shown: string;
}

/** `path:line: text` for a line that matches, `path-line- text` for one around it, `--` where lines are left out in between. */
export async function toGrepResult(searched: Searched): Promise<ToolResult> {
  const { found, input: { filesOnly = false } } = searched;
  const lines: string[] = [];
  const paths = new Set<string>();
  let room = MAX_SHOWN_CHARACTERS;
  let more = false;
  for await (const { path, text } of linesOf(searched)) {
    room -= text.length;
    more = room < 0 || lines.length === (filesOnly ? MAX_SHOWN_FILES : MAX_SHOWN_LINES);
    if (more) break;
    lines.push(text);
    paths.add(path);
  }
  const notes = toNotes(found, { shown: searched.shown, lines: lines.length, more, filesOnly });
  const text = [...lines, ...(notes.length > 0 ? [`[${notes.join('; ')}]`] : [])].join('\n');
  return { content: [{ type: 'text', text }], details: { files: paths.size, lines: lines.length, complete: found.complete && !more } };
}

async function* linesOf({ files, folder, input, cwd }: Searched): AsyncIterable<{ path: string; text: string }> {
  for await (const file of files) {
    const path = showPath(join(folder, file.path), cwd);
    if (input.filesOnly) yield { path, text: path };
    else for (const text of toLines(file.lines, path, input.context ?? 0)) yield { path, text };
  }
}

/** With context a gap is marked. */
function toLines(found: readonly FoundLine[], path: string, context: number): string[] {
  return found.flatMap(({ line, text, isMatch }, index) => {
    const sign = isMatch ? ':' : '-';
    const isGap = context > 0 && index > 0 && line > found[index - 1]!.line + 1;
    return [...(isGap ? ['--'] : []), `${path}${sign}${line}${sign} ${escapeControl(text.toWellFormed(), { lines: true })}`];
  });
}

function toNotes({ complete, maxBytes, troubles, troubleCount }: GrepFound, { shown, lines, more, filesOnly }: { shown: string; lines: number; more: boolean; filesOnly: boolean }): string[] {
  const notes: string[] = [];
  if (lines === 0 && complete) notes.push(`no match in ${shown}; binary files, files over ${toSizeText(maxBytes)} and what .gitignore leaves out are not searched`);
  if (more || !complete) notes.push(`${lines === 0 ? 'the search was ended before it found anything' : 'there is more'}; use a narrower pattern, glob or path${filesOnly ? '' : ', or filesOnly'}`);
  if (troubleCount > 0) notes.push(`${toCount(troubleCount, 'file')} or folders could not be searched: ${escapeControl(troubles.join(', '))}`);
  return notes;
}
