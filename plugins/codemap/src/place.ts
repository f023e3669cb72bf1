import { lstatSync, readlinkSync, realpathSync } from 'node:fs';
import { dirname, join, parse, resolve, sep } from 'node:path';
import { escapeControl, PithError } from '@pith/kernel';
import { lookAt } from './held.ts';

/** As many as Linux follows. */
const MAX_LINKS = 40;

/** The folder to which a path leads, then every other name that it has on the way: a rule may speak of a link. @throws PithError CODEMAP_FOLDER */
export function toNames(path: string): readonly [string, ...string[]] {
  let place: string;
  try {
    place = realpathSync.native(path);
  } catch (error) {
    throw noFolder(path, 'There is nothing at', error);
  }
  return [place, ...(place === path ? [] : namesOnTheWay(path).filter((name) => name !== place))];
}

/** @throws PithError CODEMAP_FOLDER */
export function checkFolder(place: string, shown = place): void {
  if (lookAt(place)?.isDirectory() !== true) throw noFolder(shown, 'There is no folder at');
}

function noFolder(path: string, what: string, cause?: unknown): PithError {
  return new PithError(`${what} ${escapeControl(path)}`, { code: 'CODEMAP_FOLDER', hint: 'A map is made of a folder: name one.', ...(cause === undefined ? {} : { cause }) });
}

/** The path with one link after the other replaced by what it points to. */
function namesOnTheWay(path: string): string[] {
  const names = [path];
  for (let at = path, links = 0; links < MAX_LINKS; links++) {
    const next = followFirst(at);
    if (next === undefined) break;
    names.push(at = next);
  }
  return names;
}

function followFirst(path: string): string | undefined {
  const { root } = parse(path);
  const parts = path.slice(root.length).split(sep);
  let at = root;
  for (const [index, part] of parts.entries()) {
    at = join(at, part);
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true) return join(resolve(dirname(at), readlinkSync(at)), ...parts.slice(index + 1));
  }
  return undefined;
}
