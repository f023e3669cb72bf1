import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface Seen { bytes: string | null; mode: number; mtimeNs: bigint }

/** Everything in a folder: bytes (of files only, as base64), mode, and for files the time of the last change. */
export async function look(folder: string): Promise<Record<string, Seen>> {
  const names = (await readdir(folder, { recursive: true })).sort();
  return Object.fromEntries(await Promise.all(names.map(async (name): Promise<[string, Seen]> => {
    const stats = await lstat(join(folder, name), { bigint: true });
    const isFile = stats.isFile();
    return [name, { bytes: isFile ? (await readFile(join(folder, name))).toString('base64') : null, mode: Number(stats.mode & 0o7777n), mtimeNs: isFile ? stats.mtimeNs : 0n }];
  })));
}
