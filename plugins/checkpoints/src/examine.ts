import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ContributionContext, Finding } from '@pith/kernel';
import { findGit } from '@pith/git';

const MEGABYTE = 1_000_000;

/** Whether commands can be undone on this machine, and what is kept of them. */
export async function examine({ paths, env }: Pick<ContributionContext, 'paths' | 'env'>): Promise<readonly Finding[]> {
  const stores = join(paths.data, 'checkpoints', 'stores');
  const names = readNames(stores);
  const sizeBytes = names.reduce((sum, name) => sum + sizeOf(join(stores, name)), 0);
  const kept: Finding = { level: 'ok', text: `${(sizeBytes / MEGABYTE).toFixed(1)} MB are kept of ${names.length} work tree${names.length === 1 ? '' : 's'}, in ${stores}` };
  if (await findGit(env, []) !== undefined) return [kept];
  return [{ level: 'warning', text: 'there is no git on this machine, so files are kept before edits, and not before commands', hint: 'Install git.' }, kept];
}

/** Of all that is in a folder. */
export function sizeOf(folder: string): number {
  return readNames(folder).reduce((sum, name) => {
    const stats = lstatSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (stats === undefined ? 0 : stats.isDirectory() ? sizeOf(join(folder, name)) : stats.size);
  }, 0);
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // Nothing was kept yet.
  }
}
