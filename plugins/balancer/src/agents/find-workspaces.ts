import { homedir } from 'node:os';
import { parse } from 'node:path';

/** A file of this name lies in the folder that a program works in, and its system prompt says where. */
const FILE = 'CLAUDE.md';
/** No path that a text names has these. */
const OUTSIDE = new Set('\n\r"\'`<>|?*');
const ROOT = /(?:(?<![A-Za-z])[A-Za-z]:)?[/\\]/;
/** Programs name two or three. */
const FILES_MAX = 200;
const CANDIDATES_MAX = 20;
const PATH_CHARACTERS_MAX = 1024;

/**
 * Folders whose CLAUDE.md a text names, as far as text can tell: whether they are there is for others to look.
 * A path may have blanks in it, and other paths may stand before it in its line: each beginning is a candidate, the longest first.
 * It looks back from each file, no further than a path is long: a text may be of megabytes, and written to take long.
 */
export function findWorkspaces(text: string, home = homedir()): string[] {
  const found = new Set<string>();
  let doneAt = 0;
  let files = 0;
  for (let at = text.indexOf(FILE); at !== -1 && files++ < FILES_MAX; at = text.indexOf(FILE, at + FILE.length)) {
    if (!/[/\\]/.test(text.charAt(at - 1)) || /\w/.test(text.charAt(at + FILE.length))) continue;
    const { line, isWhole } = lineBefore(text, at - 1, doneAt);
    const first = ROOT.exec(line)?.index;
    if (first === undefined) continue;
    doneAt = at + FILE.length;
    const folder = line.slice(first).replace(/[/\\]\.claude$/, '');
    const beginnings = [...(isWhole ? [0] : []), ...[...folder.matchAll(/(?<=[\s(=,])(?:[A-Za-z]:)?[/\\]/g)].map(({ index }) => index)];
    for (const beginning of beginnings) {
      const path = folder.slice(beginning);
      // Everything would be below the root, or the home folder.
      if (path.length > PATH_CHARACTERS_MAX || path === parse(path).root || path === '' || path === home || path.split(/[/\\]/).includes('..')) continue;
      found.add(path);
      if (found.size >= CANDIDATES_MAX) return [...found];
    }
  }
  return [...found];
}

/** What of a path may stand before a place, and whether that is all of it. */
function lineBefore(text: string, end: number, from: number): { line: string; isWhole: boolean } {
  const furthest = Math.max(from, end - PATH_CHARACTERS_MAX - 1);
  let start = end;
  while (start > furthest && !OUTSIDE.has(text.charAt(start - 1))) start--;
  return { line: text.slice(start, end), isWhole: start > furthest || furthest === from };
}
