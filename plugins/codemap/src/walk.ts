import { GIT_RULES, toStamp, Walk } from '@pith/files';
import { type Language, languageOf } from './language.ts';

export interface ListedFile {
  /** Relative to the root, with `/`. */
  path: string;
  /** Set for a file that is read. */
  code?: { language: Language; stamp: string; size: number };
}
export interface Listing { files: ListedFile[]; complete: boolean }

/** The files below a folder, by path, as `grep` and `glob` see them, without `node_modules`. @param root links resolved */
export async function listFiles(root: string, signal: AbortSignal): Promise<Listing> {
  const files: ListedFile[] = [];
  const walk = new Walk(root, { signal, ruleFiles: GIT_RULES, wantsStats: (path) => languageOf(path) !== undefined });
  for await (const { path, stats } of walk) files.push(stats === undefined ? { path } : { path, code: { language: languageOf(path)!, stamp: toStamp(stats), size: stats.size } });
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), complete: walk.complete };
}
