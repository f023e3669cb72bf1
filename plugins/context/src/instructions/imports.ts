/** A file that a text asks for. */
export interface Import {
  /** As it is written, without the `@`. */
  path: string;
  /** It can mean nothing else; a word behind an `@` may be a name or a package. */
  isClear: boolean;
}

/** Behind white space, a bracket, or at the begin. */
const IMPORT = /(?<!\S)[([]?@((?:\\ |[^\s\\\0])+)/g;
/** More than this many of one file are not looked for. */
const MAX_IMPORTS = 100;

/**
 * The `@path` of a text: behind white space or at the begin, a space in it written `\ `.
 * @param prose the text with its code blanked out
 */
export function findImports(prose: string): Import[] {
  const found = new Map<string, Import>();
  for (const [, written] of prose.matchAll(IMPORT)) {
    const path = withoutEnd(written!.replaceAll('\\ ', ' '));
    if (path === '' || path.startsWith('@')) continue;
    if (found.size === MAX_IMPORTS) break;
    found.set(path, { path, isClear: isClear(path) });
  }
  return [...found.values()];
}

/** What ends a sentence rather than a path; counted from the end, since a pattern would try anew at each of a thousand dots. */
const ENDS = new Set('.,;:!?)]}\'"»”’*_>');

function withoutEnd(path: string): string {
  let end = path.length;
  while (end > 0 && ENDS.has(path[end - 1]!)) end--;
  return path.slice(0, end);
}

function isClear(path: string): boolean {
  return /^(?:\.{1,2}|~)?\//.test(path) || /\.(?:md|mdx|mdc|markdown|txt|rst|adoc)$/i.test(path);
}

/** What is left of a text when its imports are taken away. */
export function withoutImports(prose: string): string {
  return prose.replace(IMPORT, ' ').replace(/[\s\-*+#>]+/g, '');
}
