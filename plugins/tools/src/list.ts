import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { toKind } from '@pith/files';
import { defineToolBody, escapeControl } from '@pith/kernel';
import { fileError, hasCode, toolError } from './errors.ts';
import { type ListInput, listInput } from './inputs.ts';
import { judgedPath, toFileTarget } from './judged-path.ts';
import { Folder } from './open.ts';
import { showPath, toSizeText } from './shown.ts';

export const MAX_ENTRIES = 500;
/** Names that are looked at to sort them; a folder with more is listed in part. */
const MAX_NAMES = 20_000;

export default defineToolBody<ListInput>({
  input: listInput,
  targets: ({ path = '.' }, { cwd }) => toFileTarget('Read', path, cwd),
  async execute(_input, context) {
    const path = judgedPath(context);
    const shown = showPath(path, context.cwd);
    const folder = await openFolder(path, shown);
    try {
      const { entries, all } = await readEntries(folder, context.signal);
      const lines = await Promise.all(entries.slice(0, MAX_ENTRIES).map((entry) => toLine(folder, entry)));
      const text = [...lines, ...toNotes(entries.length, all)].join('\n');
      return { content: [{ type: 'text', text }], details: { path, entries: entries.length, complete: all && entries.length <= MAX_ENTRIES } };
    } catch (error) {
      throw fileError(error, shown);
    } finally {
      await folder.close();
    }
  },
});

export async function openFolder(path: string, shown: string): Promise<Folder> {
  try {
    return await Folder.open(path, shown);
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) throw toolError(`${shown} is no folder`, 'FILE_KIND', 'If it is a file, read it.', error);
    throw fileError(error, shown);
  }
}

async function readEntries(folder: Folder, signal: AbortSignal): Promise<{ entries: Dirent[]; all: boolean }> {
  const entries: Dirent[] = [];
  let all = true;
  for await (const entry of folder.entries()) {
    signal.throwIfAborted();
    if (entries.length === MAX_NAMES) {
      all = false;
      break;
    }
    entries.push(entry);
  }
  return { entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)), all };
}

/** `name/` is a folder, `name -> target` a link, `name  12 bytes` a file, `name  (a pipe)` something else. */
async function toLine(folder: Folder, entry: Dirent): Promise<string> {
  const name = escapeControl(entry.name);
  if (entry.isDirectory()) return `${name}/`;
  try {
    if (entry.isSymbolicLink()) return `${name} -> ${escapeControl(await readlink(folder.at(entry.name)))}`;
    const stats: BigIntStats = await lstat(folder.at(entry.name), { bigint: true });
    return stats.isFile() ? `${name}  ${toSizeText(Number(stats.size))}` : `${name}  (${toKind(stats)})`;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'EACCES', 'EINVAL')) return `${name}  (gone, or not to be looked at)`;
    throw error;
  }
}

function toNotes(count: number, all: boolean): string[] {
  if (count === 0) return ['[the folder is empty]'];
  if (!all) return [`[the folder has more than ${MAX_NAMES} entries; these are ${MAX_ENTRIES} of them; look at the others with bash]`];
  return count > MAX_ENTRIES ? [`[${count - MAX_ENTRIES} more of ${count} entries; look at them with bash]`] : [];
}
