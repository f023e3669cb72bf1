import { accessSync, closeSync, constants, copyFileSync, existsSync, openSync, readFileSync, readSync, renameSync, rmSync, type Stats, statSync, utimesSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isRefusal, isWithin, lookAt, readPlainFile, toStamp } from '@pith/files';
import { type Change, type Entry, hasNul, isSame, type Left, tooLarge, toMode, whyNotKept } from './entry.ts';
import { checkpointError } from './errors.ts';
import { type Git, runGit } from './git.ts';
import { addFolders, listOthers } from './others.ts';
import type { CheckpointOptions } from './options.ts';
import { type TreePlace, writeWhole } from './place.ts';

/** What has changed in a tree since it was looked at last. */
export interface Looked {
  changes: Change[];
  /** When what is new was touched last, its name included. */
  touchedMs: ReadonlyMap<string, number>;
  /** Newly seen that cannot be kept. One sentence each. */
  notKept: string[];
  /** Makes this the last look. What is to be known of it is written before. */
  settle(): void;
}

/** Beside git's index, which knows of a mode only whether a file is a program. */
interface State {
  /** There is an index; without any file there is none. */
  isIndexed: boolean;
  /** It could not be read, so nothing is known of an earlier look. */
  isSpoilt?: true;
  /** What most files have, by git's mode. */
  usual: Record<string, number>;
  modes: Record<string, number>;
  left: Record<string, Left>;
  /** Empty folders, with their modes. */
  folders?: Record<string, number>;
}

interface Tracked { id: string; mode: string; isGone?: boolean }

const LINK = '120000';
const SAMPLE_BYTES = 8192;
/** Beyond it the whole index is read rather than these paths. */
const NAMED_MAX = 200;
/** From here on one pack is written, and not a file for each. */
const PACKED_MIN = 100;
const EXCLUDE_BYTES_MAX = 2 ** 20;

/** Keeps all that is not ignored, as it is now. @throws PithError CHECKPOINT_FAILED where that is too much, or git fails */
export async function lookAtTree(git: Git, place: TreePlace, { own, ...limits }: CheckpointOptions & { own: readonly string[] }): Promise<Looked> {
  const state = readState(place);
  if (!state.isIndexed) rmSync(place.index, { force: true });
  const isFirst = state.isSpoilt === true || (state.isIndexed && !existsSync(place.index));
  const now = join(place.folder, 'index.next');
  for (const stale of [now, `${now}.lock`, `${place.index}.lock`]) rmSync(stale, { force: true });
  writeExclude(place, own);
  const env = { GIT_INDEX_FILE: place.index };
  const parts = place.parts.length === 0 ? [] : place.parts;
  const hasIndex = !isFirst && state.isIndexed;
  const [changed, others] = await Promise.all([
    !hasIndex ? { stdout: Buffer.alloc(0) } : runGit(git, ['diff-files', '--raw', '-z', '--', ...parts], { env }),
    listOthers(git, place, { index: hasIndex ? place.index : undefined, filesMax: limits.filesMax }),
  ]);
  const before = readRaw(changed.stdout);
  const replaced = [...before].filter(([path, { isGone }]) => isGone === true && lookAt(join(place.top, path))?.isDirectory() === true).map(([path]) => path);
  if (replaced.length > 0) await addFolders(others, replaced, { git, place, index: place.index, filesMax: limits.filesMax });
  const found = others.files;
  if (found.length > limits.filesMax) throw tooLargeTree(`${place.top} has more than ${limits.filesMax} files that are not ignored`, 'filesMax');
  const { keep, drop, left, stats } = sort(place, { before, found }, limits);
  const bytes = keep.reduce((sum, path) => sum + (stats.get(path)?.size ?? 0), 0);
  if (bytes > limits.bytesMax) throw tooLargeTree(`${place.top} has ${bytes} bytes in files that are not ignored and not kept yet, and the limit is ${limits.bytesMax}`, 'bytesMax');
  const next: State = { isIndexed: state.isIndexed, usual: state.usual, modes: { ...state.modes }, left: { ...state.left }, folders: Object.fromEntries(Object.entries(state.folders ?? {}).filter(([path]) => !isIn(path, parts))) };
  const gone = Object.keys(state.left).filter((path) => isIn(path, parts) && left[path] === undefined);
  let after: ReadonlyMap<string, Tracked> = new Map();
  const isTouched = keep.length > 0 || drop.some((path) => before.has(path));
  if (isTouched) next.isIndexed = true;
  if (isTouched) after = await writeIndex(git, { place, now, keep, drop: drop.filter((path) => before.has(path)) });
  // Beside files, empty ones show only when an index knows these.
  const beside = others.mixed.length > 0 || !hasIndex ? await listOthers(git, { ...place, parts: others.mixed.length > NAMED_MAX ? place.parts : others.mixed }, { index: isTouched ? now : place.index, filesMax: limits.filesMax }) : undefined;
  for (const [path, mode] of [...others.folders, ...beside?.folders ?? []]) next.folders![path] = mode;
  if (Object.keys(next.usual).length === 0) next.usual = usualModes(after, stats);
  for (const path of gone) delete next.left[path];
  for (const path of [...keep, ...drop]) {
    delete next.left[path];
    delete next.modes[path];
    const entry = left[path];
    const tracked = after.get(path);
    if (entry !== undefined) next.left[path] = entry;
    else if (tracked !== undefined && tracked.mode !== LINK && modeOf(stats, path) !== usualOf(next, tracked.mode)) next.modes[path] = modeOf(stats, path);
  }
  // The first look is what later ones are compared with.
  const folders = state.folders === undefined ? [] : Object.keys({ ...state.folders, ...next.folders }).filter((path) => state.folders![path] !== next.folders![path]);
  const changes = isFirst ? [] : [...new Set([...keep, ...drop, ...gone, ...folders])].filter((path) => !path.endsWith('/')).map((path): Change => ({
    path: join(place.top, path), before: state.left[path] ?? toEntry(state, path, before.get(path)), after: next.left[path] ?? toEntry(next, path, after.get(path)),
  })).filter((change) => !isSame(change.before, change.after!));
  const text = JSON.stringify(next);
  const isNew = isFirst || text !== JSON.stringify(state);
  return {
    changes, touchedMs: new Map([...found, ...folders].map((path) => [join(place.top, path), (stats.get(path) ?? lookAt(join(place.top, path)))?.ctimeMs ?? Infinity])),
    notKept: Object.entries(next.left).filter(([path, { stamp }]) => state.left[path]?.stamp !== stamp).map(([path, { left: why }]) => `${path}: ${why}`),
    settle: () => {
      if (isTouched) renameSync(now, place.index);
      if (isNew) writeWhole(place.state, text);
    },
  };
}

function tooLargeTree(what: string, option: keyof CheckpointOptions): Error {
  return checkpointError(`files are not kept before commands here: ${what}`, 'CHECKPOINT_FAILED', { hint: `Let .gitignore name what is made by programs, or raise plugins.checkpoints.${option}.`, details: { isTooLarge: true } });
}

/** What was seen counts no more: the next look is a first one. */
export function forgetLook({ index, state }: TreePlace): void {
  for (const file of [index, state]) rmSync(file, { force: true });
}

/** ` :100644 100644 <id> <id> M` and a path, in turn. */
function readRaw(raw: Buffer): Map<string, Tracked> {
  const words = raw.toString().split('\0');
  const tracked = new Map<string, Tracked>();
  for (let index = 0; index + 1 < words.length; index += 2) {
    const [mode = '', , id = '', , kind] = words[index]!.slice(1).split(' ');
    tracked.set(words[index + 1]!, { id, mode, isGone: kind === 'D' });
  }
  return tracked;
}

/** What goes into the index, what comes out of it, and what is left out. */
function sort({ top }: TreePlace, { before, found }: { before: ReadonlyMap<string, Tracked>; found: readonly string[] }, limits: CheckpointOptions) {
  const sorted = { keep: [] as string[], drop: [] as string[], left: {} as Record<string, Left>, stats: new Map<string, Stats>() };
  for (const path of new Set([...before.keys(), ...found])) {
    const full = join(top, path);
    const stats = lookAt(full);
    // By git's word where a folder on the way is a link by now; and what is in a folder in the place of a file comes by itself.
    if (before.get(path)?.isGone === true || (stats?.isDirectory() === true && !path.endsWith('/'))) {
      sorted.drop.push(path);
      continue;
    }
    const why = path.endsWith('/') ? 'it is a repository of its own' : path.includes('\uFFFD') ? 'its name is no text' : stats === undefined || stats.isSymbolicLink() ? undefined : whyLeft(full, stats, limits);
    if (stats !== undefined) sorted.stats.set(path, stats);
    if (why === undefined) sorted.keep.push(path);
    else {
      sorted.drop.push(path);
      sorted.left[path] = { left: why, stamp: stats === undefined || path.endsWith('/') ? 'folder' : toStamp(stats) };
    }
  }
  return sorted;
}

function whyLeft(path: string, stats: Stats, limits: CheckpointOptions): string | undefined {
  const why = whyNotKept(stats, limits);
  if (why !== undefined) return why;
  try {
    accessSync(path, constants.R_OK);
    if (stats.size > limits.binaryBytesMax && hasNul(readStart(path))) return tooLarge(limits.binaryBytesMax, 'a file that is no text');
  } catch {
    return 'it cannot be read';
  }
  return undefined;
}

function readStart(path: string): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const bytes = Buffer.alloc(SAMPLE_BYTES);
    return bytes.subarray(0, readSync(file, bytes));
  } finally {
    closeSync(file);
  }
}

/** On a copy: the old index counts until it is known elsewhere what has changed. @returns what it holds of these paths */
async function writeIndex(git: Git, { place, now, keep, drop }: { place: TreePlace; now: string; keep: readonly string[]; drop: readonly string[] }): Promise<ReadonlyMap<string, Tracked>> {
  if (existsSync(place.index)) copyIndex(place.index, now);
  const env = { GIT_INDEX_FILE: now };
  const packing = keep.length < PACKED_MIN ? [] : ['-c', 'core.bigFileThreshold=1', '-c', 'core.compression=1'];
  if (drop.length > 0) await runGit(git, ['update-index', '-z', '--force-remove', '--stdin'], { env, input: drop.join('\0') });
  await runGit(git, [...packing, 'update-index', '-z', '--add', '--remove', '--replace', '--stdin'], { env, input: keep.map((path) => `${path}\0`).join('') });
  const { stdout } = await runGit(git, ['ls-files', '--stage', '-z', ...(keep.length > NAMED_MAX ? [] : ['--', ...keep])], { env });
  const wanted = new Set(keep);
  const held = new Map<string, Tracked>();
  for (const line of stdout.toString().split('\0')) {
    const tab = line.indexOf('\t');
    const path = line.slice(tab + 1);
    if (tab > 0 && wanted.has(path)) held.set(path, { mode: line.slice(0, 6), id: line.slice(7, line.indexOf(' ', 7)) });
  }
  return held;
}

/** With its time, by which git knows which files it must read: one that was changed again within the second of its index looks unchanged. */
function copyIndex(from: string, to: string): void {
  copyFileSync(from, to);
  const { atimeMs, mtimeMs } = statSync(from);
  utimesSync(to, atimeMs / 1000, Math.floor(mtimeMs) / 1000);
}

function toEntry(state: State, path: string, tracked: Tracked | undefined): Entry {
  const mode = state.folders?.[path];
  if (mode !== undefined) return { folder: true, mode };
  if (tracked === undefined) return null;
  if (tracked.mode === LINK) return { id: tracked.id, mode: 0o777, link: true };
  return { id: tracked.id, mode: state.modes[path] ?? usualOf(state, tracked.mode) };
}

function usualOf(state: State, mode: string): number {
  return state.usual[mode] ?? (mode === '100755' ? 0o755 : 0o644);
}

function modeOf(stats: ReadonlyMap<string, Stats>, path: string): number {
  const found = stats.get(path);
  return found === undefined ? 0o644 : toMode(found);
}

function usualModes(tracked: ReadonlyMap<string, Tracked>, stats: ReadonlyMap<string, Stats>): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [path, { mode }] of tracked) if (mode !== LINK) counts.set(`${mode} ${modeOf(stats, path)}`, (counts.get(`${mode} ${modeOf(stats, path)}`) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([, a], [, b]) => a - b).map(([key]) => key.split(' ')).map(([mode, usual]) => [mode, Number(usual)]));
}

/** The list of the repository itself counts, too; it is read here, since it may be anything. @param own folders that are never looked at */
function writeExclude({ top, exclude }: TreePlace, own: readonly string[]): void {
  const read = readPlainFile(join(top, '.git', 'info', 'exclude'), { limitBytes: EXCLUDE_BYTES_MAX, roots: [top] });
  const never = own.filter((folder) => isWithin(folder, top) && folder !== top).map((folder) => `/${relative(top, folder).split(sep).join('/').replaceAll(/[\\*?[\]! ]/g, '\\$&')}/\n`);
  const text = `${isRefusal(read) ? '' : read.bytes.toString()}\n${never.join('')}`;
  if (!existsSync(exclude) || readFileSync(exclude, 'utf8') !== text) writeWhole(exclude, text);
}

function readState({ state }: TreePlace): State {
  try {
    return JSON.parse(readFileSync(state, 'utf8')) as State;
  } catch {
    return { isIndexed: false, isSpoilt: true, usual: {}, modes: {}, left: {}, folders: {} }; // The first look, or a file that somebody has spoilt: then it is as the first.
  }
}

function isIn(path: string, parts: readonly string[]): boolean {
  return parts.length === 0 || parts.some((part) => path === part || path.startsWith(`${part}/`));
}

