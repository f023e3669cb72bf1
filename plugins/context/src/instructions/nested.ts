import { dirname, relative } from 'node:path';
import type { Message, PreparedCall, ToolContent } from '@pith/kernel';
import { followLinks, isWithin, lookAt, toSlashes } from '@pith/files';
import { matchesGlob } from '../glob.ts';
import type { Instruction, Instructions, WaitingRule } from './instruction.ts';
import { candidatesIn, foldersTo, findTop } from './places.ts';
import { InstructionReader, type ReaderSetup } from './reader.ts';
import { labelOf, toBlock } from './sections.ts';

/** What one history holds already. Sub-turns have histories of their own. */
export class Told {
  readonly labels: Set<string>;
  /** Folders that were looked into. */
  readonly folders = new Set<string>();
  readonly waiting: WaitingRule[] = [];

  constructor(messages: readonly Message[]) {
    this.labels = new Set(messages.flatMap(({ content }) => content.flatMap((block) => (block.type === 'tool-result' ? block.content : [block]).flatMap(({ label }) => (label?.owner === 'context' ? label.name : [])))));
  }
}

export interface NestedRequest extends ReaderSetup {
  call: Pick<PreparedCall, 'targets' | 'roots'>;
  /** What the system prompt says. */
  known: Instructions;
  told: Told;
}

/** What a call reads or changes, links resolved. Who lists or searches a folder has come to that folder. */
interface Touched { path: string; isFolder: boolean }

export function touchedBy({ targets, roots }: NestedRequest['call']): Touched[] {
  const paths = targets.flatMap(({ family, path }) => ((family === 'Read' || family === 'Edit') && path !== undefined ? [path] : []));
  const places = new Set(paths.flatMap((path) => followLinks(path)?.place ?? []));
  return [...places].filter((path) => roots.some((root) => isWithin(path, root))).map((path) => ({ path, isFolder: lookAt(path)?.isDirectory() === true }));
}

/**
 * What the model is told when it first comes to a file: the instructions of the folders between the root and the file, and the rules
 * whose patterns mean it. Each folder is looked into once.
 */
export async function readNested({ call, known, told, ...setup }: NestedRequest): Promise<{ blocks: ToolContent[]; notices: readonly string[] }> {
  const touched = touchedBy(call);
  const folders = touched.flatMap((one) => foldersFor(one, call.roots, setup.cwd)).filter((folder) => !told.folders.has(folder));
  for (const folder of folders) told.folders.add(folder); // Before anything is waited for: calls run side by side.
  const read = folders.length === 0 ? undefined : await new InstructionReader(setup).read(folders.flatMap((folder) => candidatesIn(folder, { level: 'project', bound: boundOf(folder, call.roots, setup.cwd) })));
  told.waiting.push(...read?.waiting ?? []);
  const rules = [...known.waiting, ...told.waiting].filter((rule) => touched.some(({ path, isFolder }) => !isFolder && isMeant(path, rule)));
  const isNew = (file: Instruction): boolean => !known.files.some(({ place, digest }) => place === file.place || digest === file.digest) && !told.labels.has(labelOf(file));
  const news = [...read?.files ?? [], ...rules].filter(isNew);
  for (const file of news) told.labels.add(labelOf(file));
  return { blocks: [...new Map(news.map((file) => [file.path, toBlock(file)])).values()], notices: read?.notices ?? [] };
}

/** Below the session’s own folder, whose files are known from the begin; of an added root with it. */
function foldersFor({ path, isFolder }: Touched, roots: readonly string[], cwd: string): string[] {
  const root = roots.filter((each) => isWithin(path, each)).sort((a, b) => a.length - b.length).at(-1)!;
  return foldersTo(isFolder ? path : dirname(path)).filter((folder) => isWithin(folder, root) && folder !== cwd && !isWithin(cwd, folder));
}

function boundOf(folder: string, roots: readonly string[], cwd: string): string {
  return isWithin(folder, cwd) ? findTop(cwd) : roots.find((root) => isWithin(folder, root))!;
}

function isMeant(file: string, { patterns, base }: WaitingRule): boolean {
  return isWithin(file, base) && patterns.some((pattern) => matchesGlob(toSlashes(relative(base, file)), pattern));
}
