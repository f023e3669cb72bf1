import { opendirSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { nearest } from '@pith/kernel';

/** Names of a folder that are compared, and how often that is done for one input. */
const NAMES_MAX = 2000;
const TIMES_MAX = 20;

/** What may have been meant by a path at which nothing is, where that is inside; each folder is looked into once. */
export function createNearNames(cwd: string): (path: string) => string[] {
  const known = new Map<string, readonly string[]>();
  let left = TIMES_MAX;
  return (path) => {
    const folder = dirname(path);
    const place = resolve(cwd, folder);
    const inside = relative(cwd, place);
    if (isAbsolute(inside) || inside.split(sep)[0] === '..' || left-- <= 0) return [];
    let names = known.get(place);
    if (names === undefined) known.set(place, names = namesIn(place));
    return nearest(basename(path), names).map((name) => (folder === '.' ? name : `${folder}/${name}`));
  };
}

function namesIn(folder: string): string[] {
  const names: string[] = [];
  try {
    const opened = opendirSync(folder);
    try {
      for (let entry = opened.readSync(); entry !== null && names.length < NAMES_MAX; entry = opened.readSync()) names.push(entry.name);
    } finally {
      opened.closeSync();
    }
  } catch {
    // The folder is missing, too, or not for us: then nothing near is known.
  }
  return names;
}
