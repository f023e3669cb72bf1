import { type BigIntStats, linkSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { changed, checkUnchanged, isAsRead } from './as-read.ts';
import { newAside, newBackup } from './aside.ts';
import { fileError, toolError } from './errors.ts';
import type { Folder } from './open.ts';
import { isWithoutLinks, publishNew, removeAside, writeAside } from './replace-file.ts';

/** One name in a folder that comes, changes or goes. */
export interface FileStep {
  folder: Folder;
  name: string;
  /** The path as people see it. */
  shown: string;
  /** What the file will hold; nothing to take it away. */
  bytes: Uint8Array | undefined;
  /** The file that is there now, as it was when it was read; nothing for a new one. */
  before: BigIntStats | undefined;
  /** Its bytes then; nothing where it is too large to be held. */
  was?: Uint8Array | undefined;
  /** Another file whose owner and mode a new one takes over. */
  like?: BigIntStats;
}

/** What a step needs: the new text written aside, and a name under which the old text can wait. */
export interface StagedStep extends FileStep { aside: string | undefined; backup: string }

/**
 * Changes several files together. All is written aside and flushed first; then names change without a pause, and where one
 * cannot, those before it are put back as they were: bytes, mode and times. A crash in between leaves each file whole, old or new.
 * @throws PithError of the file at fault
 */
export async function replaceFiles(steps: readonly FileStep[]): Promise<void> {
  const staged: StagedStep[] = [];
  try {
    for (const step of steps) await stage(step, staged);
    for (const { folder } of staged) await folder.check();
    commit(staged);
  } finally {
    // What was put in its place has no name aside any more.
    for (const { aside } of staged) if (aside !== undefined) await removeAside(aside);
  }
  for (const { backup } of staged) await removeAside(backup);
  for (const folder of new Set(staged.map((step) => step.folder))) await folder.sync();
}

async function stage(step: FileStep, staged: StagedStep[]): Promise<void> {
  const { folder, shown, bytes, before, like } = step;
  const aside = bytes === undefined ? undefined : newAside(folder);
  staged.push({ ...step, aside, backup: newBackup(folder) }); // Before it is written, so that half of it is cleared away, too.
  try {
    if (aside !== undefined) await writeAside(aside, bytes!, before ?? like);
  } catch (error) {
    throw fileError(error, shown);
  }
}

/** All steps or none, in one go: nothing else of this process runs in between. */
export function commit(staged: readonly StagedStep[]): void {
  // All are looked at before the first changes: two of them may be names of one file.
  for (const { folder, name, before, shown } of staged) if (before !== undefined) checkUnchanged(folder.at(name), before, shown);
  const done: StagedStep[] = [];
  const undo = (error: unknown, shown: string): never => {
    const lost = done.reverse().filter((other) => !putBack(other));
    throw lost.length > 0 ? notPutBack(error, lost) : fileError(error, shown);
  };
  for (const step of staged) {
    try {
      take(step);
      done.push(step);
    } catch (error) {
      undo(error, step.shown);
    }
  }
  // Whoever had one of them open may have written to it up to now.
  const written = done.find(({ backup, before, was }) => before !== undefined && !isAsRead(backup, before, was));
  if (written !== undefined) undo(changed(written.shown), written.shown);
}

function take({ folder, name, shown, before, aside, backup }: StagedStep): void {
  const target = folder.at(name);
  if (before === undefined) return publishNew(aside!, target, shown);
  if (aside === undefined) return renameSync(target, backup);
  keepOld(target, backup);
  try {
    renameSync(aside, target);
  } catch (error) {
    renameSync(backup, target); // Does nothing where both are names of one file: then one is too many.
    rmSync(backup, { force: true });
    throw error;
  }
}

/** A second name, so that the file itself is in its place at every instant; where there are none, it is moved. */
function keepOld(target: string, backup: string): void {
  try {
    linkSync(target, backup);
  } catch (error) {
    if (!isWithoutLinks(error)) throw error;
    renameSync(target, backup);
  }
}

/** @returns whether the name is again what it was */
function putBack({ folder, name, before, backup }: StagedStep): boolean {
  try {
    if (before === undefined) unlinkSync(folder.at(name));
    else renameSync(backup, folder.at(name));
    return true;
  } catch {
    return false; // Whoever else works in these folders; the caller says which file it is.
  }
}

function notPutBack(cause: unknown, lost: readonly StagedStep[]): Error {
  const files = lost.map(({ shown, before, backup }) => (before === undefined ? `${shown} is new` : `the old text of ${shown} is beside it as ${basename(backup)}`));
  return toolError(`The change failed half-way, and not all could be put back: ${files.join('; ')}`, 'FILE_FAILED', 'Put them back by hand.', cause);
}
