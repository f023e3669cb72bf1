import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isRefusal, readPlainFile } from '@pith/files';
import { toMediaBlock } from '@pith/files/media';
import type { Block } from '@pith/kernel';
import { toForeign } from './units.ts';

/** A text that is longer stands as one unit. */
const LINES_MAX = 10;
const CHARACTERS_MAX = 1000;
/** As much as a pipe may bring. */
export const PASTE_BYTES_MAX = 10 * 1024 * 1024;
/** As `--attach`. */
const FILE_BYTES_MAX = 20 * 1024 * 1024;
/** Files that are dropped at once. */
const FILES_MAX = 10;
const PATH_MAX = 4096;
const MEDIA = /\.(?:png|jpe?g|gif|webp|pdf)$/i;

// oxlint-disable-next-line no-control-regex
const MARKS = /\x1b\[20[01]~/g;

/** What was pasted as it is taken in: one kind of line end, nothing that stands for something here, no marks of the terminal. */
export function cleanPaste(text: string): string {
  return toForeign(text).replaceAll(MARKS, '').replaceAll(/\r\n?/g, '\n');
}

export function isLong(text: string): boolean {
  return text.length > CHARACTERS_MAX || text.split('\n', LINES_MAX + 2).length - (text.endsWith('\n') ? 1 : 0) > LINES_MAX;
}

export interface MediaFile { name: string; block: Block }

/**
 * The images and PDFs whose paths were pasted, as terminals write them when files are dropped. What is no path of such a file is text.
 * @returns nothing for text
 * @throws PithError INPUT_TOO_LARGE; an `Error` that says why a file cannot be read
 */
export function readDropped(text: string, at: { cwd: string; home: string | undefined; platform?: NodeJS.Platform }): readonly MediaFile[] | undefined {
  const paths = toPaths(text, at);
  if (paths === undefined) return undefined;
  const files: MediaFile[] = [];
  for (const path of paths) {
    const read = readPlainFile(path, { limitBytes: FILE_BYTES_MAX });
    if (isRefusal(read)) {
      if (read.refused === 'missing') return undefined;
      throw new Error(`${basename(path)} ${read.what}, so its path stands there as text`);
    }
    const block = toMediaBlock(read.bytes, basename(path));
    if (block === undefined) return undefined;
    files.push({ name: basename(path), block });
  }
  return files;
}

/** @returns nothing where one of them is no path of an image or a PDF */
export function toPaths(given: string, { cwd, home, platform = process.platform }: { cwd: string; home: string | undefined; platform?: NodeJS.Platform }): string[] | undefined {
  const text = given.trim();
  if (text === '' || text.length > PATH_MAX * FILES_MAX || !/\.(?:png|jpe?g|gif|webp|pdf)['"]?$/i.test(text)) return undefined;
  const toPath = (name: string): string | undefined => toPlace(name, { cwd, home });
  const words = splitPaths(text, platform === 'win32').map(toPath);
  if (words.length <= FILES_MAX && words.every((path) => path !== undefined && MEDIA.test(path))) return words as string[];
  // Some terminals write a name with spaces as it is.
  const whole = text.includes('\n') ? undefined : toPath(text);
  return whole === undefined || !/^(?:\/|~\/|[A-Za-z]:[\\/])/.test(text) ? undefined : [whole];
}

/** As a shell would read them: quotes, and a backslash before a space; on Windows a backslash parts folders. */
function splitPaths(text: string, isWindows: boolean): string[] {
  const paths: string[] = [];
  const word = isWindows ? /"([^"]*)"|'([^']*)'|(\S+)/g : /"((?:\\.|[^"\\])*)"|'([^']*)'|((?:\\[^]|[^\s\\'"])+)/g;
  for (const [, double, single, bare] of text.matchAll(word)) {
    const escaped = double ?? bare;
    paths.push(escaped === undefined ? single! : isWindows ? escaped : escaped.replaceAll(/\\([^])/g, '$1'));
  }
  return paths;
}

/** Two slashes in front are a computer in the network: to look there tells it who asks. */
function toPlace(name: string, { cwd, home }: { cwd: string; home: string | undefined }): string | undefined {
  if (name.length > PATH_MAX || /^(?:\/\/|\\\\)/.test(name)) return undefined;
  if (name.startsWith('file://')) return toFilePath(name);
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name)) return undefined;
  return home !== undefined && name.startsWith('~/') ? resolve(home, name.slice(2)) : resolve(cwd, name);
}

function toFilePath(url: string): string | undefined {
  try {
    return /^file:\/\/(?:localhost)?\/(?!\/)/i.test(url) ? fileURLToPath(url.replace(/^file:\/\/localhost/i, 'file://')) : undefined;
  } catch {
    return undefined; // No address of a file here: then it is text.
  }
}
