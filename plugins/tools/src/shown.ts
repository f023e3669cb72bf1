import { isAbsolute, relative, sep } from 'node:path';
import { escapeControl } from '@pith/kernel';

/** A path as people read it: relative to `cwd` where it is inside. */
export function showPath(path: string, cwd: string): string {
  const inside = relative(cwd, path);
  if (inside === '') return '.';
  return escapeControl(isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`) ? path : inside);
}

/** A size in bytes, then in kB, MB and GB of 1000 with one digit after the point. */
export function toSizeText(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), 4);
  return `${(bytes / 1000 ** power).toFixed(1)} ${['', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

export function toCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
