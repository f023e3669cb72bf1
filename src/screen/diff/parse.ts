export type Row = Title | DiffLine;

export interface Title { kind: 'file' | 'hunk' | 'note'; text: string }

/** Numbers count from 1 and are absent where the diff names none. */
export interface DiffLine { kind: 'same' | 'added' | 'removed'; text: string; before?: number; after?: number }

const HUNK = /^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@/;

/**
 * The rows of a unified diff, as tools preview it and as git writes it. How long a hunk is, its head says: a removed line that
 * begins with `-- ` is no name of a file. A head that is a sentence opens a hunk without numbers.
 */
export function* parseDiff(text: string): Generator<Row> {
  let before: number | undefined;
  let after: number | undefined;
  let left = { before: 0, after: 0 };
  let isOpen = false;
  const isInside = (): boolean => left.before > 0 || left.after > 0;
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  for (const [index, line] of lines.entries()) {
    const hunk = isInside() ? null : HUNK.exec(line);
    if (hunk !== null) {
      [before, after] = [Number(hunk[1]), Number(hunk[3])];
      left = { before: Number(hunk[2] ?? 1), after: Number(hunk[4] ?? 1) };
      isOpen = true;
      yield { kind: 'hunk', text: line };
    } else if (!isInside() && line.startsWith('@@')) {
      before = after = undefined;
      isOpen = true;
      yield { kind: 'hunk', text: line };
    } else if (!isInside() && isName(line, lines[index - 1], lines[index + 1])) {
      isOpen = false;
      yield { kind: 'file', text: line };
    } else if (!isInside() && line.startsWith('diff --git ')) {
      isOpen = false;
      if (!hasNames(lines, index + 1)) yield { kind: 'note', text: line };
    } else if (!isOpen && !isInside() && /^index [0-9a-f]+\.\./.test(line)) {
      continue; // What git calls the two contents says nothing to a person.
    } else if (line.startsWith('\\') || !(isOpen || isInside())) {
      yield { kind: 'note', text: line };
    } else {
      const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'same';
      yield { kind, text: line.slice(1), ...(before !== undefined && kind !== 'added' ? { before } : {}), ...(after !== undefined && kind !== 'removed' ? { after } : {}) };
      if (kind !== 'added') { left.before--; if (before !== undefined) before++; }
      if (kind !== 'removed') { left.after--; if (after !== undefined) after++; }
    }
  }
}

/** `---` and `+++` stand below each other. */
function isName(line: string, above: string | undefined, below: string | undefined): boolean {
  return (line.startsWith('--- ') && below?.startsWith('+++ ') === true) || (line.startsWith('+++ ') && above?.startsWith('--- ') === true);
}

/** Whether git names the file again before its next one: it does where there are lines to show. */
function hasNames(lines: readonly string[], from: number): boolean {
  for (let at = from; at < lines.length && !lines[at]!.startsWith('diff --git '); at++) if (isName(lines[at]!, lines[at - 1], lines[at + 1])) return true;
  return false;
}
