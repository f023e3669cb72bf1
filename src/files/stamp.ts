import type { Stats } from 'node:fs';

/** What tells whether a file has changed since. */
export function toStamp({ mtimeMs, ctimeMs, size, ino }: Stats): string {
  return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
}
