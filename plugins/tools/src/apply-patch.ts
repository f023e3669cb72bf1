import { basename, resolve, sep } from 'node:path';
import { decodeText, encodeText, isBinary, type TextFile } from '@pith/files';
import { defineToolBody, type FileChange, type Target, type ToolContext } from '@pith/kernel';
import { type AppliedHunk, applyHunks } from './apply-hunks.ts';
import { clearAside } from './aside.ts';
import { type CurrentFile, openCurrent } from './current-file.ts';
import { toolError } from './errors.ts';
import { type ApplyPatchInput, applyPatchInput } from './inputs.ts';
import { toNamesOf } from './judged-path.ts';
import { type Folder, inFolderOf } from './open.ts';
import { parsePatch, type PatchPart } from './parse-patch.ts';
import { toPatchResult } from './patch-result.ts';
import { previewChanges } from './preview.ts';
import { type FileStep, replaceFiles } from './replace-files.ts';
import { recall, remember, toVersion } from './seen-files.ts';
import { showPath } from './shown.ts';

/** One file as it is and as it will be. A file that moves is one change, of the path it comes from. */
export interface Change {
  kind: FileChange['kind'];
  path: string;
  shown: string;
  current: CurrentFile | undefined;
  /** Nothing for a file that goes away. */
  bytes: Buffer | undefined;
  to?: { path: string; shown: string };
  before: string;
  after: string;
  applied: readonly AppliedHunk[];
}

export default defineToolBody<ApplyPatchInput>({
  input: applyPatchInput,
  targets: ({ patch }, { cwd }) => toTargets(parsePatch(patch), cwd),
  // Where it would fail, the patch itself says what is wanted.
  preview: ({ patch }, context) => plan(parsePatch(patch), { ...context, seen: () => undefined }).then(previewChanges, () => patch),
  async execute({ patch }, context) {
    const changes = await plan(parsePatch(patch), { cwd: context.cwd, targets: context.targets, signal: context.signal, seen: (path) => recall(context, path) });
    await write(changes, context);
    for (const { path, to, bytes } of changes) if (bytes !== undefined) remember(context, to?.path ?? path, toVersion(bytes));
    return toPatchResult(changes, context.cwd);
  },
});

/** Every place in the order of the patch, of a move both ends; then the names by which links led there. */
async function toTargets(parts: readonly PatchPart[], cwd: string): Promise<readonly Target[]> {
  const paths = parts.flatMap((part) => (part.kind === 'update' && part.moveTo !== undefined ? [part.path, part.moveTo] : [part.path]));
  const all = await Promise.all(paths.map((path) => toNamesOf(resolve(cwd, path))));
  return [...all.map(([place]) => place), ...all.flatMap(([, ...names]) => names)].map((path) => ({ family: 'Edit', path }));
}

/** What planning takes of a context, and which version of a file the model knows. */
type PlanContext = Pick<ToolContext, 'cwd' | 'targets' | 'signal'> & { seen: (path: string) => string | undefined };

/** Reads all files and works out what they become; nothing is written. */
async function plan(parts: readonly PatchPart[], context: PlanContext): Promise<readonly Change[]> {
  const judged = context.targets.map(({ path }) => path!);
  const changes = new Map<string, Change>();
  const names = new Set<string>();
  for (const part of parts) {
    context.signal.throwIfAborted();
    const path = judged.shift()!;
    const to = part.kind === 'update' && part.moveTo !== undefined ? judged.shift()! : undefined;
    const known = changes.get(path);
    if (known !== undefined && known.kind === 'update' && part.kind === 'update' && to === undefined) {
      changes.set(path, applyAgain(known, part));
      continue;
    }
    for (const name of to === undefined ? [path] : [path, to]) {
      if (names.has(name)) throw toolError(`${showPath(name, context.cwd)} is named twice in the patch (again on its line ${part.line}); nothing was written`, 'PATCH_INVALID', 'Put all that changes a file into one part of the patch.');
      names.add(name);
    }
    changes.set(path, await toChange(part, { path, to, context }));
  }
  checkFolders(names, context.cwd);
  return [...changes.values()];
}

/** A name cannot be a file and the folder of another one. */
function checkFolders(names: ReadonlySet<string>, cwd: string): void {
  for (const file of names) {
    const below = [...names].find((name) => name.startsWith(file + sep));
    if (below !== undefined) throw toolError(`${showPath(below, cwd)} cannot be within ${showPath(file, cwd)}, which the patch names as a file; nothing was written`, 'FILE_KIND', 'Choose other names.');
  }
}

async function toChange(part: PatchPart, { path, to, context }: { path: string; to: string | undefined; context: PlanContext }): Promise<Change> {
  const shown = showPath(path, context.cwd);
  const current = await openCurrent(path, shown);
  if (part.kind === 'add') {
    if (part.path.endsWith('/') || part.path.endsWith(sep)) throw toolError(`${shown}/ names a folder; nothing was written`, 'FILE_KIND', 'Name a file in it; missing folders are made.');
    if (current !== undefined) throw exists(shown);
    return { kind: 'create', path, shown, current, bytes: Buffer.from(part.content, 'utf8'), before: '', after: part.content, applied: [] };
  }
  if (current === undefined) throw toolError(`There is no file ${shown}; nothing was written`, 'FILE_MISSING', 'To make it, use *** Add File; to find it, list the folder.');
  const seen = context.seen(path);
  if (seen !== undefined && seen !== current.version) throw toolError(`${shown} changed on disk since you read it; nothing was written`, 'FILE_CHANGED', 'Read it again, then write the patch again.');
  if (part.kind === 'delete') return { kind: 'delete', path, shown, current, bytes: undefined, before: textOf(current), after: '', applied: [] };
  const change: Change = { kind: 'update', path, shown, current, bytes: wholeBytes(current, shown), before: '', after: '', applied: [] };
  if (to === undefined) return applyPart(change, part);
  const target = { path: to, shown: showPath(to, context.cwd) };
  if (await openCurrent(to, target.shown) !== undefined) throw exists(target.shown);
  return { ...(part.hunks.length === 0 ? change : applyPart(change, part)), kind: 'move', to: target };
}

function applyPart(change: Change, part: Extract<PatchPart, { kind: 'update' }>): Change {
  const file = toText(change.bytes!, change.shown);
  const { text, applied } = applyHunks(file.text, part.hunks, change.shown);
  return { ...change, bytes: encodeText({ ...file, text }), before: file.text, after: text, applied };
}

/** A second part for one file goes on from what the first one made. */
function applyAgain(known: Change, part: Extract<PatchPart, { kind: 'update' }>): Change {
  const again = applyPart(known, part);
  return { ...again, before: known.before, applied: [...known.applied, ...again.applied] };
}

function wholeBytes({ bytes }: CurrentFile, shown: string): Buffer {
  if (bytes === undefined) throw toolError(`${shown} is too large to patch; nothing was written`, 'FILE_TOO_LARGE', 'Change or move it with a program, through bash.');
  return bytes;
}

function toText(bytes: Buffer, shown: string): TextFile {
  const file = decodeText(bytes);
  if (isBinary(file)) throw toolError(`${shown} is not text but ${file.kind}, so it cannot be patched; nothing was written`, 'FILE_BINARY', 'Change it with a program made for it, through bash.');
  return file;
}

function textOf({ bytes }: CurrentFile): string {
  const file = bytes === undefined ? undefined : decodeText(bytes);
  return file === undefined || isBinary(file) ? '' : file.text;
}

function exists(shown: string): Error {
  return toolError(`${shown} is there already; nothing was written`, 'FILE_EXISTS', 'To change it, use *** Update File; otherwise choose another name.');
}

/** Holds the folders of all files open, one within the other, then changes all files together. */
async function write(changes: readonly Change[], context: ToolContext): Promise<void> {
  const names = changes.flatMap(({ path, shown, to }) => (to === undefined ? [{ path, shown }] : [to, { path, shown }]));
  const folders = new Map<string, Folder>();
  const open = async (index: number): Promise<void> => {
    const next = names[index];
    if (next !== undefined) {
      await inFolderOf(next.path, next.shown, async (folder) => {
        folders.set(next.path, folder);
        await open(index + 1);
      });
      return;
    }
    context.signal.throwIfAborted();
    for (const folder of folders.values()) await clearAside(folder, context);
    await replaceFiles(changes.flatMap((change) => toSteps(change, folders)));
  };
  await open(0);
}

function toSteps({ path, shown, to, bytes, current }: Change, folders: ReadonlyMap<string, Folder>): FileStep[] {
  const at = (place: { path: string; shown: string }): Pick<FileStep, 'folder' | 'name' | 'shown'> => ({ folder: folders.get(place.path)!, name: basename(place.path), shown: place.shown });
  const own = { ...at({ path, shown }), before: current?.stats, was: current?.bytes };
  if (to === undefined) return [{ ...own, bytes }];
  return [{ ...at(to), bytes, before: undefined, like: current!.stats }, { ...own, bytes: undefined }];
}
