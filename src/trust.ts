import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Paths } from '@pith/kernel';
import { readStore, updateStore } from './store.ts';

/** What the person has approved: for each folder the digest of the files that would take effect. */
interface TrustStore { folders: Record<string, { digest: string; grantedMs: number }> }

const fileOf = (paths: Paths): string => join(paths.config, 'trust.json');
const EMPTY: TrustStore = { folders: {} };

/** Approval belongs to the exact content: a changed byte asks again. */
export async function isTrusted(paths: Paths, folder: string, files: ReadonlyMap<string, string>): Promise<boolean> {
  const { folders } = await readStore(fileOf(paths), EMPTY);
  const held = folders[await realpath(folder)];
  return held !== undefined && held.digest === digestOf(files);
}

export async function grantTrust(paths: Paths, folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const name = await realpath(folder);
  const digest = digestOf(files);
  await updateStore(fileOf(paths), structuredClone(EMPTY), ({ folders }) => { folders[name] = { digest, grantedMs: Date.now() }; });
}

/** @returns whether there was anything to take back */
export async function revokeTrust(paths: Paths, folder: string): Promise<boolean> {
  const name = await realpath(folder).catch(() => folder);
  return updateStore(fileOf(paths), structuredClone(EMPTY), ({ folders }) => {
    const held = name in folders;
    delete folders[name];
    return held;
  });
}

export async function listTrust(paths: Paths): Promise<{ folder: string; grantedMs: number }[]> {
  const { folders } = await readStore(fileOf(paths), EMPTY);
  return Object.entries(folders).map(([folder, { grantedMs }]) => ({ folder, grantedMs })).sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

function digestOf(files: ReadonlyMap<string, string>): string {
  const hash = createHash('sha256');
  for (const [file, text] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${file}\0${text.length}\0${text}\0`);
  return hash.digest('hex');
}
