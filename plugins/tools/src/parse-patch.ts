import { escapeControl } from '@pith/kernel';
import { toolError } from './errors.ts';

/** One file of a patch. `line` is where its header stands in the patch, from 1. */
export type PatchPart =
  | { kind: 'add'; path: string; line: number; content: string }
  | { kind: 'delete'; path: string; line: number }
  | { kind: 'update'; path: string; line: number; moveTo?: string; hunks: readonly Hunk[] };

export interface Hunk {
  /** Where its first line stands in the patch, from 1. */
  line: number;
  /** What stands after `@@`: lines of the file above the hunk, the outermost first. */
  anchors: readonly string[];
  lines: readonly HunkLine[];
  /** `*** End of File` follows it. */
  atEnd: boolean;
}

/** `bare` is an empty line without the sign of context: often only a gap between two parts of the patch. */
export interface HunkLine { sign: ' ' | '-' | '+'; text: string; bare?: true }

export const MAX_PARTS = 100;

const BEGIN = '*** Begin Patch';
const END = '*** End Patch';
const END_OF_FILE = '*** End of File';
const FILE_HEADER = /^\*\*\* (Add|Update|Delete) File:\s*(.*)$/;
const MOVE_HEADER = /^\*\*\* Move to:\s*(.*)$/;
/** What models put around a patch: a code fence, or the here-document of a shell. */
const OPENING = /^(?:```\w*|.*<<-?\s*['"]?\w+['"]?)?$/;
const CLOSING = /^(?:```|['"]?\w+['"]?\)?)?$/;
/** As other kinds of diff write it; the numbers are not relied on. */
const NUMBERED_ANCHOR = /^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@/;

/**
 * Reads a patch in the form that models are trained on. What is around it, blank lines between its parts and line ends are
 * forgiven; a patch that did not arrive whole is not.
 * @throws PithError PATCH_INVALID naming the line
 */
export function parsePatch(patch: string): readonly PatchPart[] {
  const lines = patch.split(/\r?\n/);
  const { begin, end } = findEnds(lines);
  const parts: PatchPart[] = [];
  for (let at = begin + 1; at < end;) {
    const header = FILE_HEADER.exec(lines[at]!.trimEnd());
    if (header === null) {
      if (lines[at]!.trim() !== '') throw invalid(at, `expected *** Add File, *** Update File or *** Delete File; found ${quote(lines[at]!)}`);
      at++;
      continue;
    }
    const [, word, path] = header as unknown as [string, 'Add' | 'Update' | 'Delete', string];
    let next = at + 1;
    while (next < end && !FILE_HEADER.test(lines[next]!.trimEnd())) next++;
    const body = { lines, from: at + 1, to: next };
    checkPath(path, at);
    if (parts.length === MAX_PARTS) throw invalid(at, `a patch changes ${MAX_PARTS} files at most`);
    if (word === 'Add') parts.push({ kind: 'add', path, line: at + 1, content: parseContent(body) });
    else if (word === 'Delete') parts.push(parseDelete(path, body));
    else parts.push(parseUpdate(path, body));
    at = next;
  }
  if (parts.length === 0) throw invalid(end, 'the patch names no file');
  return parts;
}

/** Lines `from` to `to`, the latter exclusive, from 0. */
interface Body { lines: readonly string[]; from: number; to: number }

function findEnds(lines: readonly string[]): { begin: number; end: number } {
  const begin = lines.findIndex((line) => line.trim() === BEGIN);
  const before = lines.slice(0, begin).findIndex((line) => !OPENING.test(line.trim()));
  if (begin === -1 || before !== -1) throw invalid(Math.max(before, 0), `a patch begins with the line ${BEGIN}; found ${quote(lines[Math.max(before, 0)]!)}`);
  const end = lines.findIndex((line, index) => index > begin && line.trimEnd() === END);
  if (end === -1) throw invalid(lines.length - 1, `the line ${END} is missing, so the patch may not have arrived whole`);
  const after = lines.findIndex((line, index) => index > end && !CLOSING.test(line.trim()));
  if (after !== -1) throw invalid(after, `nothing stands after ${END}; found ${quote(lines[after]!)}`);
  return { begin, end };
}

function parseContent({ lines, from, to }: Body): string {
  const content: string[] = [];
  let end = '\n';
  for (let at = from; at < to; at++) {
    const line = lines[at]!;
    if (line.startsWith('+')) content.push(line.slice(1));
    else if (line.startsWith('\\ ')) end = ''; // “No newline at end of file”
    else if (line.trim() === '') content.push('');
    else if (line.trimEnd() !== END_OF_FILE) throw invalid(at, `each line of an added file begins with +; found ${quote(line)}`);
  }
  // Blank lines that lack their + are a gap before the next part.
  for (let at = to - 1; at >= from && lines[at]!.trim() === ''; at--) content.pop();
  return content.length === 0 ? '' : content.join('\n') + end;
}

function parseDelete(path: string, { lines, from, to }: Body): PatchPart {
  for (let at = from; at < to; at++) if (lines[at]!.trim() !== '') throw invalid(at, `nothing stands below *** Delete File; found ${quote(lines[at]!)}`);
  return { kind: 'delete', path, line: from };
}

function parseUpdate(path: string, { lines, from, to }: Body): PatchPart {
  const move = from < to ? MOVE_HEADER.exec(lines[from]!.trimEnd()) : null;
  const moveTo = move?.[1];
  if (moveTo !== undefined) checkPath(moveTo, from);
  const hunks = parseHunks({ lines, from: moveTo === undefined ? from : from + 1, to });
  if (hunks.length === 0 && moveTo === undefined) throw invalid(from - 1, `*** Update File: ${escapeControl(path)} says neither what to change nor where to move it`);
  return { kind: 'update', path, line: from, ...(moveTo === undefined ? {} : { moveTo }), hunks };
}

interface OpenHunk { line: number; anchors: string[]; lines: HunkLine[]; atEnd: boolean }

function parseHunks({ lines, from, to }: Body): Hunk[] {
  const hunks: OpenHunk[] = [];
  let open: OpenHunk | undefined;
  const hunkAt = (at: number): OpenHunk => {
    if (open === undefined) hunks.push(open = { line: at + 1, anchors: [], lines: [], atEnd: false });
    return open;
  };
  for (let at = from; at < to; at++) {
    const line = lines[at]!;
    if (line.startsWith('@@')) {
      if (open !== undefined && open.lines.length > 0) open = undefined;
      const anchor = toAnchor(line);
      const hunk = hunkAt(at);
      if (anchor !== '') hunk.anchors.push(anchor);
    } else if (line.trimEnd() === END_OF_FILE) {
      hunkAt(at).atEnd = true;
      open = undefined;
    } else if (line.startsWith('***')) {
      throw invalid(at, `expected a hunk or the next file; found ${quote(line)}`);
    } else if (line === '') {
      open?.lines.push({ sign: ' ', text: '', bare: true });
    } else if (!line.startsWith('\\ ')) {
      hunkAt(at).lines.push(toHunkLine(line));
    }
  }
  for (const hunk of hunks) checkHunk(hunk);
  return hunks;
}

/** A line without a sign counts as context: it must stand in the file as well, so nothing can go wrong by that. */
function toHunkLine(line: string): HunkLine {
  const sign = line[0];
  return sign === ' ' || sign === '-' || sign === '+' ? { sign, text: line.slice(1) } : { sign: ' ', text: line };
}

function toAnchor(line: string): string {
  const text = NUMBERED_ANCHOR.test(line) ? line.replace(NUMBERED_ANCHOR, '') : line.slice(2).replace(/\s@@\s*$/, '');
  return text.trimEnd().replace(/^ /, '');
}

function checkHunk({ line, lines }: OpenHunk): void {
  if (lines.some(({ sign }) => sign !== ' ')) return;
  throw invalid(line - 1, 'this hunk changes nothing: lines to add begin with +, lines to take away with -');
}

function checkPath(path: string, at: number): void {
  if (path === '') throw invalid(at, 'the path is missing');
  if (path.includes('\0')) throw invalid(at, 'the path holds a NUL character, which no file name can');
}

function quote(line: string): string {
  return line.trim() === '' ? 'an empty line' : JSON.stringify(escapeControl(line.length > 80 ? `${line.slice(0, 80).toWellFormed()}…` : line));
}

function invalid(at: number, what: string): Error {
  return toolError(`Line ${at + 1} of the patch: ${what}; nothing was written`, 'PATCH_INVALID', 'Write the patch again, whole.');
}
