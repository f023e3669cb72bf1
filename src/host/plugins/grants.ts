import { join } from 'node:path';
import type { Paths } from '@pith/kernel';
import { readStore, updateStore } from '../store.ts';

/** What the person has granted to one installed plugin. */
export interface Grant {
  version: string;
  /** sha512 of the tarball, as npm writes it. */
  integrity: string | null;
  capabilities: string[];
  /** Of the files as they were installed. */
  digest: string;
  /** No turn runs without it, also when its own manifest has come to say otherwise, or is gone. */
  guards: boolean;
  grantedMs: number;
}

export interface GrantStore { plugins: Record<string, Grant> }

export const grantsFile = (config: string): string => join(config, 'plugins.json');
const empty = (): GrantStore => ({ plugins: {} });

export async function readGrants(paths: Paths): Promise<Record<string, Grant>> {
  return (await readStore(grantsFile(paths.config), empty())).plugins;
}

/** Adds grants, and takes those away that are `undefined`. */
export async function changeGrants(paths: Paths, grants: Readonly<Record<string, Grant | undefined>>): Promise<void> {
  await updateStore(grantsFile(paths.config), empty(), ({ plugins }) => {
    for (const [name, grant] of Object.entries(grants)) {
      if (grant === undefined) delete plugins[name];
      else plugins[name] = grant;
    }
  });
}
