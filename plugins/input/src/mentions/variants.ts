import type { Candidate } from './find-mentions.ts';

/** Lines of a file, both counted in. */
export interface LineRange { first: number; last: number }

/** One way to read a mention: the path, which lines of it, and both as they were typed. */
export interface Variant { path: string; lines?: LineRange; shown: string }

const URL_START = /^https?:\/\//i;
/** `:10`, `:10-20`, `:10:5` as compilers print it, `#L10`, `#L10-L20`. */
const LINES = /^(.+?)(?::(\d{1,9})(?:-(\d{1,9})|:\d+)?|#L(\d{1,9})(?:-L?(\d{1,9}))?)$/;
/** What ends a sentence rather than a name. */
const TRAILING = /[.,;:!?)\]}>*_…。，、！？’”»]$/u;
const TRAILING_MAX = 6;

/** Every way to read it, the one with the most characters first: what is there is what was meant. */
export function variantsOf({ name, isQuoted, suffix }: Candidate): Variant[] {
  if (!isQuoted) return shortened(name).flatMap(withLines);
  const lines = withLines(`x${suffix}`).at(-1)!.lines;
  return [{ path: name, shown: `@"${name}"${lines === undefined ? '' : suffix}`, ...(lines === undefined ? {} : { lines }) }];
}

/** An address without what ends the sentence; a bracket stays where it was opened in the address itself. */
export function toUrl({ name, isQuoted }: Candidate): string | undefined {
  if (!URL_START.test(name)) return undefined;
  if (isQuoted) return name;
  let url = name;
  while (TRAILING.test(url) && !isClosed(url)) url = url.slice(0, -1);
  return url;
}

/** The name as it was typed, and without the characters at its end that may belong to the sentence. */
function shortened(name: string): string[] {
  const names = [name];
  for (let rest = name; TRAILING.test(rest) && rest.length > 1 && names.length <= TRAILING_MAX;) names.push(rest = rest.slice(0, -1));
  return names;
}

function withLines(text: string): Variant[] {
  const [, path, first = '', last = first, firstL = '', lastL = firstL] = LINES.exec(text) ?? [];
  const shown = `@${text}`;
  if (path === undefined) return [{ path: text, shown }];
  const [from, to] = first === '' ? [firstL, lastL] : [first, last];
  return [{ path: text, shown }, { path, shown, lines: { first: Number(from), last: Number(to) } }];
}

function isClosed(url: string): boolean {
  const [open, close] = url.endsWith(')') ? ['(', ')'] : url.endsWith(']') ? ['[', ']'] : ['', ''];
  return open !== '' && url.split(open).length === url.split(close!).length;
}

/** Endings by which a lone word is known to be the name of a file. */
const FILE_ENDINGS = new Set(('bash bat c cc cfg clj conf cpp cs css csv cue dart diff ex exs fish gif go gradle graphql h hcl hpp hs htm html ini ipynb java jpeg jpg js json jsonl '
  + 'jsx key kt less lock log lua m4 md mdx mjs cjs mk ml mod mts cts nix patch pdf pem php pl png proto ps1 py pyi r rb rs rst sass scala scss sh sql sum svg svelte swift tex tf toml ts tsv tsx txt vue webp xml yaml yml zig zsh').split(' '));

/**
 * Whether a name that stands for nothing was surely meant as a path, so that whoever typed it wants to know: it is quoted, begins like one, names
 * lines, or ends as files do. `@angular/core`, `@ada` and `@media` are none.
 */
export function looksLikePath({ name, isQuoted }: Candidate): boolean {
  if (isQuoted || /^(?:\.{1,2}|~)?\/./.test(name) || /^[A-Za-z]:[\\/]/.test(name)) return true;
  const { path, lines } = withLines(shortened(name).at(-1)!).at(-1)!;
  const ending = /[^/]\.([A-Za-z][A-Za-z0-9]{0,7})$/.exec(path)?.[1]?.toLowerCase();
  if (path.includes('/') && /\/$|\s/.test(path)) return true;
  if (ending === undefined) return false;
  return FILE_ENDINGS.has(ending) || (lines !== undefined && path.includes('/'));
}

/** A file inside a package, as stack traces and imports name it: `@scope/name/dist/index.js`. */
const IN_PACKAGE = /^[a-z0-9~-][\w.~-]*\/[a-z0-9~-][\w.~-]*(?:\.[cm]?js|\/.*\.(?:[cm]?[jt]sx?|json|css|map))(?::[\d:-]*)?$/;

export function looksLikePackage({ name, isQuoted }: Candidate): boolean {
  return !isQuoted && IN_PACKAGE.test(shortened(name).at(-1)!);
}

/** What may be the name of something in code: `name`, `Class.method`, `a::b`, `Class#method`, `name()`. Nothing for any other text. */
export function toSymbol({ name, isQuoted }: Candidate): string | undefined {
  if (isQuoted) return undefined;
  const bare = shortened(name.replace(/\(\)(?=\W*$)/, '')).at(-1)!;
  return bare.length > 1 && /^[\p{L}_$][\p{L}\p{N}_$]*(?:(?:\.|::|#)[\p{L}_$][\p{L}\p{N}_$]*)*$/u.test(bare) ? bare : undefined;
}
