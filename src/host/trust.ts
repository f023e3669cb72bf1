import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import type { Paths } from '@pith/kernel';
import { readRegular } from './read-regular.ts';
import { readStore, updateStore } from './store.ts';

/** What a person has approved, by folder: its files, relative to it and with `/`, with the sha256 of each, and where imports lead. */
interface TrustStore {
  folders: Record<string, {
    files?: Record<string, string>; links?: Record<string, string>; grantedMs: number;
    /** Only answers of a person have led here: with anything else in it the folder is as untrusted as one that nobody has looked at. */
    answered?: true;
    /** Files that pith itself is writing: with these digests they are approved as well. */
    pending?: Record<string, string>;
  }>;
}

/** What of a folder is approved. */
export interface Approval {
  /** Digests by path. */
  digests: ReadonlyMap<string, string>;
  /** Which file an import leads to, by `linkKey`: package.json and links could lead it to another one. */
  links: ReadonlyMap<string, string>;
}

export interface Change { file: string; what: 'changed' | 'new' | 'gone' }

export interface FolderTrust {
  /** Links resolved. */
  folder: string;
  state: 'trusted' | 'untrusted' | 'changed';
  /** Digests by path. */
  approved: ReadonlyMap<string, string>;
  links: ReadonlyMap<string, string>;
  /** The file that names hook files, as far as one was approved; without it only settings were. */
  hookConfig: string | undefined;
  /** What differs from what was approved; empty unless the state is `changed`. */
  changes: readonly Change[];
  /** Trusted by a pith that did not keep the digest of each file: it has to be asked for again. */
  outdated: boolean;
}

export const trustFile = (paths: Paths): string => join(paths.config, 'trust.json');
const EMPTY: TrustStore = { folders: {} };

/**
 * Approval belongs to the exact content. A folder is trusted as long as all of `present` was approved as it is, and
 * everything else that was approved is there and unchanged.
 * @param present text by path, of the files that would take effect
 */
export async function readTrust(paths: Paths, folder: string, present: ReadonlyMap<string, string>): Promise<FolderTrust> {
  const name = await realpath(folder);
  const { folders } = await readStore(trustFile(paths), EMPTY);
  const held = folders[name];
  const untrusted = (outdated: boolean): FolderTrust => ({ folder: name, state: 'untrusted', approved: new Map(), links: new Map(), hookConfig: undefined, changes: [], outdated });
  if (held?.files === undefined) return untrusted(held !== undefined);
  const approved = new Map(Object.entries(held.files));
  const given = new Map([...present].map(([file, text]) => [toKey(file, [resolve(folder), name]), digestOf(text)]));
  const changes = [...new Set([...given.keys(), ...approved.keys()])].flatMap((file) => {
    const found = given.get(file) ?? digestOnDisk(join(name, file));
    return found !== undefined && found === held.pending?.[file] ? [] : changeOf(file, approved.get(file), found);
  });
  if (held.answered && changes.length > 0) return untrusted(false);
  return { folder: name, state: changes.length === 0 ? 'trusted' : 'changed', approved, links: new Map(Object.entries(held.links ?? {})), hookConfig: hookConfigOf(held.files), changes, outdated: false };
}

export async function grantTrust(paths: Paths, folder: string, { digests, links }: Approval): Promise<void> {
  const name = await realpath(folder);
  await updateStore(trustFile(paths), structuredClone(EMPTY), ({ folders }) => { folders[name] = { files: Object.fromEntries(digests), links: Object.fromEntries(links), grantedMs: Date.now() }; });
}

/**
 * Lets pith itself write a file of a folder that is trusted, or has nothing to trust: the folder is as trusted afterwards. Both
 * texts count until the new one is there, so that an end at any time leaves the folder as it was.
 */
export async function approveFile(paths: Paths, folder: string, { file, before, after, write }: { file: string; /** Nothing where there is no file yet. */ before: string | undefined; after: string; write: () => Promise<void> }): Promise<void> {
  const name = await realpath(folder);
  const update = (change: (held: { files: Record<string, string>; pending?: Record<string, string> }) => void): Promise<void> => updateStore(trustFile(paths), structuredClone(EMPTY), ({ folders }) => {
    const held = folders[name] ??= { grantedMs: Date.now(), answered: true };
    held.files ??= {};
    change(held as { files: Record<string, string>; pending?: Record<string, string> });
  });
  await update((held) => {
    if (before !== undefined) held.files[file] = digestOf(before); // It may have been pending itself.
    held.pending = { [file]: digestOf(after) };
  });
  await write();
  await update((held) => {
    held.files[file] = digestOf(after);
    delete held.pending;
  });
}

/** @returns whether there was anything to take back */
export async function revokeTrust(paths: Paths, folder: string): Promise<boolean> {
  const name = await realpath(folder).catch(() => folder);
  return updateStore(trustFile(paths), structuredClone(EMPTY), ({ folders }) => {
    const held = name in folders;
    delete folders[name];
    return held;
  });
}

export async function listTrust(paths: Paths): Promise<{ folder: string; grantedMs: number; files: string[] }[]> {
  const { folders } = await readStore(trustFile(paths), EMPTY);
  return Object.entries(folders).map(([folder, { grantedMs, files = {} }]) => ({ folder, grantedMs, files: Object.keys(files) })).sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** The nearest folder from `cwd` upwards whose hook files were approved, also when nothing of them is left. */
export async function findHookedFolder(paths: Paths, cwd: string): Promise<string | undefined> {
  const { folders } = await readStore(trustFile(paths), EMPTY);
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (hookConfigOf(folders[folder]?.files ?? {}) !== undefined) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

export function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** The path as the record has it. @param roots the folder as it was spelled, and with links resolved */
export function toKey(file: string, roots: readonly string[]): string {
  const path = roots.map((root) => relative(root, resolve(root, file))).find((key) => !key.startsWith('..')) ?? file;
  return path.split(sep).join('/');
}

/** An import, a require, or a hook that a config names. */
export function linkKey(kind: 'import' | 'require' | 'hook', from: string, specifier: string): string {
  return `${kind} ${specifier} in ${from}`;
}

function hookConfigOf(files: Readonly<Record<string, string>>): string | undefined {
  return Object.keys(files).find((file) => /^pith\.config\.[a-z]+$/.test(file));
}

function changeOf(file: string, approved: string | undefined, found: string | undefined): Change[] {
  if (approved === found) return [];
  return [{ file, what: approved === undefined ? 'new' : found === undefined ? 'gone' : 'changed' }];
}

function digestOnDisk(file: string): string | undefined {
  const found = readRegular(file);
  return found === undefined ? undefined : digestOf(found.bytes);
}
