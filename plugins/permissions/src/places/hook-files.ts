import { readdirSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { readWhole } from '@pith/kernel';
import { followLinks } from './place.ts';

const CONFIG_NAME = /^pith\.config\.[^.]+$/i;
const STRING = /'([^'\n]*)'|"([^"\n]*)"|`([^`\n]*)`/g;
const SCRIPT = /\.[cm]?[jt]s$/;

/**
 * The hook files that `pith.config.*` of a root names. The file is read, never run: every string in it that ends like a
 * script counts as one. Links are followed, so that a path can be compared.
 */
export function readHookFiles(root: string): string[] {
  return configFiles(root).flatMap((file) => {
    const text = readText(file);
    return [...text.matchAll(STRING)].map((match) => match[1] ?? match[2] ?? match[3] ?? '')
      .filter((name) => SCRIPT.test(name))
      .map((name) => (isAbsolute(name) ? name : resolve(root, name)))
      .map((path) => followLinks(path) ?? path);
  });
}

function configFiles(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => CONFIG_NAME.test(name)).map((name) => join(root, name));
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
