import { cutMiddle } from '@pith/kernel';

/** Lines `aStart`–`aEnd` of the one side became lines `bStart`–`bEnd` of the other; ends are exclusive. */
export interface Hunk { aStart: number; aEnd: number; bStart: number; bEnd: number }

/** Beyond this many changed lines the exact shortest way is not looked for: time and memory grow with its square. */
const MAX_CHANGES = 1000;
const CONTEXT_LINES = 3;

/** The shortest way from `a` to `b`, in order. Texts that differ in very many lines give one large hunk. */
export function diffLines(a: readonly string[], b: readonly string[]): Hunk[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let aEnd = a.length;
  let bEnd = b.length;
  while (aEnd > start && bEnd > start && a[aEnd - 1] === b[bEnd - 1]) { aEnd--; bEnd--; }
  if (start === aEnd && start === bEnd) return [];
  const steps = walk(a.slice(start, aEnd), b.slice(start, bEnd));
  if (steps === undefined) return [{ aStart: start, aEnd, bStart: start, bEnd }];
  return steps.map((hunk) => ({ aStart: hunk.aStart + start, aEnd: hunk.aEnd + start, bStart: hunk.bStart + start, bEnd: hunk.bEnd + start }));
}

/** @see Myers, An O(ND) Difference Algorithm and Its Variations, 1986 */
function walk(a: readonly string[], b: readonly string[]): Hunk[] | undefined {
  const limit = Math.min(a.length + b.length, MAX_CHANGES);
  const reached = new Int32Array(2 * limit + 3); // Furthest place in `a` on each diagonal.
  const trace: Int32Array[] = [];
  for (let changes = 0; changes <= limit; changes++) {
    trace.push(reached.slice(limit + 1 - changes - 1, limit + 1 + changes + 2));
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      const at = limit + 1 + diagonal;
      const down = diagonal === -changes || (diagonal !== changes && reached[at - 1]! < reached[at + 1]!);
      let x = down ? reached[at + 1]! : reached[at - 1]! + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      reached[at] = x;
      if (x >= a.length && x - diagonal >= b.length) return goBack(a.length, b.length, trace);
    }
  }
  return undefined;
}

/** From the end to the start along what was reached; single steps that touch become one hunk. */
function goBack(aLength: number, bLength: number, trace: readonly Int32Array[]): Hunk[] {
  const hunks: Hunk[] = [];
  let x = aLength;
  let y = bLength;
  for (let changes = trace.length - 1; changes > 0; changes--) {
    const before = trace[changes]!;
    const diagonal = x - y;
    const at = changes + 1 + diagonal;
    const down = diagonal === -changes || (diagonal !== changes && before[at - 1]! < before[at + 1]!);
    const fromX = down ? before[at + 1]! : before[at - 1]!;
    const fromY = fromX - (down ? diagonal + 1 : diagonal - 1);
    const toX = down ? fromX : fromX + 1;
    const toY = down ? fromY + 1 : fromY;
    const next = hunks[0];
    if (next !== undefined && next.aStart === toX && next.bStart === toY) {
      next.aStart = fromX;
      next.bStart = fromY;
    } else {
      hunks.unshift({ aStart: fromX, aEnd: toX, bStart: fromY, bEnd: toY });
    }
    x = fromX;
    y = fromY;
  }
  return hunks;
}

/** Lines with their ends, so that a missing last one shows. */
export function toLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/**
 * The difference in unified form, without the two lines that name the files; empty when there is none.
 * @param maxLines beyond it the rest is left out, and the last line says so
 */
export function unifiedDiff(before: string, after: string, { context = CONTEXT_LINES, maxLines = Infinity }: { context?: number; maxLines?: number } = {}): string {
  const a = toLines(before);
  const b = toLines(after);
  const lines: string[] = [];
  for (const group of groupHunks(diffLines(a, b), context)) {
    const [firstHunk, lastHunk] = [group[0]!, group.at(-1)!];
    const aFrom = Math.max(0, firstHunk.aStart - context);
    const bFrom = Math.max(0, firstHunk.bStart - context);
    const aTo = Math.min(a.length, lastHunk.aEnd + context);
    const bTo = Math.min(b.length, lastHunk.bEnd + context);
    lines.push(`@@ -${toRange(aFrom, aTo)} +${toRange(bFrom, bTo)} @@`);
    let at = aFrom;
    for (const { aStart, aEnd, bStart, bEnd } of group) {
      for (; at < aStart; at++) pushLine(lines, ' ', a[at]!);
      for (; at < aEnd; at++) pushLine(lines, '-', a[at]!);
      for (let index = bStart; index < bEnd; index++) pushLine(lines, '+', b[index]!);
    }
    for (; at < aTo; at++) pushLine(lines, ' ', a[at]!);
  }
  if (lines.length > maxLines) lines.splice(maxLines, Infinity, `… ${lines.length - maxLines} more lines of changes`);
  return lines.join('\n');
}

/** The difference for programs and screens, within bounds: it travels in events and is kept in transcripts. */
export function toDiffDetail(before: string, after: string): string {
  return cutMiddle(unifiedDiff(before.toWellFormed(), after.toWellFormed(), { maxLines: 2000 }), 100_000);
}

function groupHunks(hunks: readonly Hunk[], context: number): Hunk[][] {
  const groups: Hunk[][] = [];
  for (const hunk of hunks) {
    const group = groups.at(-1);
    if (group !== undefined && hunk.aStart - group.at(-1)!.aEnd <= 2 * context) group.push(hunk);
    else groups.push([hunk]);
  }
  return groups;
}

function toRange(from: number, to: number): string {
  const count = to - from;
  return count === 1 ? `${from + 1}` : `${count === 0 ? from : from + 1},${count}`;
}

function pushLine(lines: string[], sign: string, line: string): void {
  if (line.endsWith('\n')) lines.push(sign + line.slice(0, -1));
  else lines.push(sign + line, '\\ No newline at end of file');
}
