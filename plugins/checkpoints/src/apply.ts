import { randomUUID } from 'node:crypto';
import { chmodSync, closeSync, fchmodSync, mkdirSync, openSync, readdirSync, renameSync, rmdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { inFolder, lookIn } from '@pith/files';
import { type Kept, rootOf } from './entry.ts';

/** How what is written is called until it is in its place. */
const ASIDE = '.pith-restored-';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Takes a file or a link away. No link on the way is followed. @throws where that cannot be done */
export function removeFile(path: string): void {
  at(path, (place) => unlinkSync(place));
}

/** Folders that are empty by now, the innermost first. Others stay. */
export function removeEmpty(folders: readonly string[]): void {
  for (const folder of folders.toSorted((a, b) => b.length - a.length)) {
    try {
      at(folder, (place) => rmdirSync(place));
    } catch {
      // Something is in it, or it has gone: it stays as it is.
    }
  }
}

/** What a process that was killed has left beside files of these folders. For whoever holds the lock: no other writes there. */
export function sweep(folders: Iterable<string>): void {
  for (const folder of folders) {
    inFolder(rootOf(folder), folder, (place) => {
      for (const name of readdirSync(place)) if (name.startsWith(ASIDE) && UUID.test(name.slice(ASIDE.length))) rmSync(join(place, name), { force: true });
    });
  }
}

/** An empty folder, or one that is there already with this mode. @returns the folders that were made for it */
export function putFolder(path: string, mode: number): string[] {
  if (isFile(path)) removeFile(path);
  const made = makeFolders(path);
  if (process.platform !== 'win32') inFolder(rootOf(path), path, (place) => chmodSync(place, mode));
  return made.slice(0, -1);
}

function isFile(path: string): boolean {
  return lookIn(rootOf(path), path)?.isDirectory() === false;
}

/** Puts a file or a link in its place, old or new, never half. @returns the folders that were made for it */
export function putFile(path: string, { mode, link }: Kept, bytes: Buffer): string[] {
  const made = makeFolders(dirname(path));
  at(path, (place) => {
    const aside = join(dirname(place), `${ASIDE}${randomUUID()}`);
    try {
      if (link) symlinkSync(bytes, aside);
      else writeNew(aside, mode, bytes);
      // What was a folder and is empty by now gives way; one that is not stays, and this fails.
      if (lookIn(rootOf(path), path)?.isDirectory() === true) rmdirSync(place);
      renameSync(aside, place);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
  });
  return made;
}

function writeNew(file: string, mode: number, bytes: Buffer): void {
  const handle = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(handle, bytes);
    if (process.platform !== 'win32') fchmodSync(handle, mode);
  } finally {
    closeSync(handle);
  }
}

/** One by one, so that none is made behind a link. */
function makeFolders(folder: string): string[] {
  if (lookIn(rootOf(folder), folder)?.isDirectory() === true || dirname(folder) === folder) return [];
  const made = makeFolders(dirname(folder));
  at(folder, (place) => mkdirSync(place));
  return [...made, folder];
}

/** @param work gets a path that leads to the same folder while it runs */
function at(path: string, work: (place: string) => void): void {
  let failure: unknown;
  const isDone = inFolder(rootOf(path), dirname(path), (place) => {
    try {
      work(join(place, basename(path)));
    } catch (error) {
      failure = error;
    }
    return true;
  });
  if (failure !== undefined) throw failure;
  if (isDone !== true) throw new Error('a folder on the way is not there, is a link, or cannot be opened');
}
