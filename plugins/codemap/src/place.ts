import { realpathSync } from 'node:fs';
import { followLinks, lookAt } from '@pith/files';
import { escapeControl, PithError } from '@pith/kernel';

/** The folder to which a path leads, then every other name that it has on the way: a rule may speak of a link. @throws PithError CODEMAP_FOLDER */
export function toNames(path: string): readonly [string, ...string[]] {
  let place: string;
  try {
    place = realpathSync.native(path);
  } catch (error) {
    throw noFolder(path, 'There is nothing at', error);
  }
  return [place, ...(place === path ? [] : followLinks(path)?.names ?? []).filter((name) => name !== place)];
}

/** @throws PithError CODEMAP_FOLDER */
export function checkFolder(place: string, shown = place): void {
  if (lookAt(place)?.isDirectory() !== true) throw noFolder(shown, 'There is no folder at');
}

function noFolder(path: string, what: string, cause?: unknown): PithError {
  return new PithError(`${what} ${escapeControl(path)}`, { code: 'CODEMAP_FOLDER', hint: 'A map is made of a folder: name one.', ...(cause === undefined ? {} : { cause }) });
}
