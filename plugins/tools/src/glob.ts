import { join } from 'node:path';
import { defineToolBody, type ToolContext } from '@pith/kernel';
import { parseGlobPattern } from './glob-pattern.ts';
import { type GlobInput, globInput } from './inputs.ts';
import { judgedPath, toFileTarget } from './judged-path.ts';
import { openFolder } from './list.ts';
import type { Folder } from './open.ts';
import type { GlobFound } from './search/job.ts';
import { readable } from './search/readable.ts';
import { searchIn } from './search/run.ts';
import { showPath, toCount } from './shown.ts';

export const MAX_SHOWN_PATHS = 500;
const MAX_SHOWN_CHARACTERS = 40_000;
/** After this no further folder is looked into. */
const WALK_MS = 8000;
/** After this the search is ended: a pattern can take for ever on a single name. */
const LIMIT_MS = 10_000;

export default defineToolBody<GlobInput>({
  input: globInput,
  targets: ({ path = '.' }, { cwd }) => toFileTarget('Read', path, cwd),
  async execute({ pattern: given, hidden = false }, context) {
    const { pattern, folders } = parseGlobPattern(given);
    const path = judgedPath(context);
    const shown = showPath(path, context.cwd);
    const folder = await openFolder(path, shown);
    try {
      const found = await judgeFound(await searchIn(folder, { kind: 'glob', pattern, hidden, folders, limitMs: WALK_MS }, context, LIMIT_MS), folder, context);
      const lines = withinLimits(found.paths.map((one) => showPath(join(path, one), context.cwd)));
      const notes = toNotes(found, { shown, lines: lines.length, folders });
      const text = [...lines, ...(notes.length > 0 ? [`[${notes.join('; ')}]`] : [])].join('\n');
      return { content: [{ type: 'text', text }], details: { path, paths: found.paths.slice(0, lines.length), total: found.total, complete: found.complete && lines.length === found.total } };
    } finally {
      await folder.close();
    }
  },
});

/** Of as many as can be shown, those that may be read one by one. */
async function judgeFound(found: GlobFound, folder: Folder, context: ToolContext): Promise<GlobFound> {
  const paths: string[] = [];
  for await (const path of readable(found.paths, (one) => one, folder.path, context)) if (paths.push(path) === MAX_SHOWN_PATHS) break;
  const judged = paths.length === MAX_SHOWN_PATHS ? found.paths.indexOf(paths.at(-1)!) + 1 : found.paths.length;
  return { ...found, paths, total: found.total - (judged - paths.length) };
}

function withinLimits(lines: readonly string[]): readonly string[] {
  let characters = 0;
  const end = lines.findIndex((line, index) => index >= MAX_SHOWN_PATHS || (characters += line.length + 1) > MAX_SHOWN_CHARACTERS);
  return end === -1 ? lines : lines.slice(0, end);
}

function toNotes({ total, complete, unreadable }: GlobFound, { shown, lines, folders }: { shown: string; lines: number; folders: boolean }): string[] {
  const notes: string[] = [];
  if (total === 0) notes.push(`no ${folders ? 'folder' : 'file'} in ${shown} matches`);
  if (lines < total) notes.push(`the first ${lines} of ${total}, by path; use a narrower pattern for the others`);
  if (!complete) notes.push('not all folders were looked into: there are too many; name one further down');
  if (unreadable > 0) notes.push(`${toCount(unreadable, 'folder')} could not be looked into`);
  return notes;
}
