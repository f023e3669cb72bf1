import { isAbsolute, resolve } from 'node:path';

export type Fields = Readonly<Record<string, unknown>>;

/** A call in the words of the hooks. */
export interface Shown { name: string; input: Fields }
/** One thing that a call does, under each name by which hooks may ask for it: a hook sees the first that it matches. */
export type Seen = readonly Shown[];

export function toAbsolute(path: unknown, cwd: string): unknown {
  return typeof path === 'string' && path !== '' && !isAbsolute(path) ? resolve(cwd, path) : path;
}

/** One change of a file: an `Edit`, or a `MultiEdit` for hooks that only know that. */
export function seeEdit(file: Fields, change: { old_string: unknown; new_string: unknown }): Seen {
  return [{ name: 'Edit', input: { ...file, ...change } }, { name: 'MultiEdit', input: { ...file, edits: [change] } }];
}
