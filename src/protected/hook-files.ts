import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readWhole } from '@pith/kernel';
import { isConfigName } from './names.ts';

const STRING = /'([^'\n]*)'|"([^"\n]*)"|`([^`\n]*)`/g;
const SCRIPT = /\.[cm]?[jt]s$/;

/**
 * The hook files that `pith.config.*` of a root names, as they are written there: links are not followed. The file is read,
 * never run: every string in it that ends like a script counts as one.
 * @param root absolute @returns absolute paths, whether there is such a file or not
 */
export function readHookFiles(root: string): string[] {
  const named = configFiles(root).flatMap((file) => [...readText(file).matchAll(STRING)].map((match) => match[1] ?? match[2] ?? match[3] ?? ''));
  return [...new Set(named.filter((name) => SCRIPT.test(name)).map((name) => resolve(root, name)))];
}

function configFiles(root: string): string[] {
  try {
    return readdirSync(root).filter(isConfigName).map((name) => join(root, name));
  } catch {
    return []; // A root that cannot be listed has no config that could be read.
  }
}

function readText(file: string): string {
  try {
    return readWhole(file)?.bytes.toString() ?? '';
  } catch {
    return ''; // A folder or a pipe of that name, or a file without read permission: the loader cannot read it either.
  }
}
