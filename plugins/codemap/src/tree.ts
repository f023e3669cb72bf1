import { escapeControl } from '@pith/kernel';
import type { RankedSymbol } from './rank.ts';

/** What is in a folder. */
export interface Folder { folders: Map<string, Folder>; files: Map<string, string>; /** Files in it and below. */ count: number }

/** What one symbol adds to its file's line. */
export function toMark({ name, line }: RankedSymbol): string {
  return ` ${escapeControl(name)}:${line}`;
}

/** Folders with a `/` at the end, each a blank further in than the one that it is in; files with their symbols, `name:line`, in the order of their lines. */
export function drawTree(paths: readonly string[], symbols: readonly RankedSymbol[]): string {
  const marks = new Map<string, RankedSymbol[]>();
  for (const symbol of symbols) {
    const known = marks.get(symbol.path);
    if (known === undefined) marks.set(symbol.path, [symbol]);
    else known.push(symbol);
  }
  const lines: string[] = [];
  drawFolder(toFolder(paths, (path) => (marks.get(path) ?? []).sort((a, b) => a.line - b.line).map(toMark).join('')), '', lines);
  return lines.join('\n');
}

/** Folders down to a depth, each with how many files are in it and below. The root is depth 0. */
export function drawFolders(root: Folder, depth: number): string {
  const lines: string[] = [];
  drawCounts(root, { indent: '', depth }, lines);
  return lines.join('\n');
}

/** The folders in which paths lie, from the top. */
export function toFolder(paths: readonly string[], marksOf = (_path: string): string => ''): Folder {
  const root: Folder = { folders: new Map(), files: new Map(), count: 0 };
  for (const path of paths) {
    const names = path.split('/');
    const name = names.pop()!;
    let at = root;
    at.count++;
    for (const one of names) {
      let next = at.folders.get(one);
      if (next === undefined) at.folders.set(one, next = { folders: new Map(), files: new Map(), count: 0 });
      at = next;
      at.count++;
    }
    at.files.set(name, marksOf(path));
  }
  return root;
}

function drawFolder({ folders, files }: Folder, indent: string, lines: string[]): void {
  for (const [name, folder] of folders) {
    lines.push(`${indent}${escapeControl(name)}/`);
    drawFolder(folder, `${indent} `, lines);
  }
  for (const [name, marks] of files) lines.push(`${indent}${escapeControl(name)}${marks === '' ? '' : ` ${marks}`}`);
}

function drawCounts({ folders }: Folder, { indent, depth }: { indent: string; depth: number }, lines: string[]): void {
  if (depth === 0) return;
  for (const [name, folder] of folders) {
    lines.push(`${indent}${escapeControl(name)}/ (${folder.count})`);
    drawCounts(folder, { indent: `${indent} `, depth: depth - 1 }, lines);
  }
}
