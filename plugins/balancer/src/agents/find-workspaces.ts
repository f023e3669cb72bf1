import { homedir } from 'node:os';
import { parse } from 'node:path';

/** A file of this name lies in the folder that a program works in, and its system prompt says where. */
const NAMED = /(?:(?<![A-Za-z])[A-Za-z]:)?[/\\][^\n\r"'`<>|?*]*?[/\\]CLAUDE\.md\b/g;
const CANDIDATES_MAX = 20;
const PATH_CHARACTERS_MAX = 1024;

/**
 * Folders whose CLAUDE.md a text names, as far as text can tell: whether they are there is for others to look.
 * A path may have blanks in it, and other paths may stand before it in its line: each beginning is a candidate, the longest first.
 */
export function findWorkspaces(text: string, home = homedir()): string[] {
  if (!text.includes('CLAUDE.md')) return [];
  const found = new Set<string>();
  for (const [match] of text.matchAll(NAMED)) {
    const folder = match.slice(0, -'/CLAUDE.md'.length).replace(/[/\\]\.claude$/, '');
    const beginnings = [0, ...[...folder.matchAll(/(?<=[\s(=,])(?:[A-Za-z]:)?[/\\]/g)].map(({ index }) => index)];
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
