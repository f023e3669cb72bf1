/** Longer lines are compared as a whole: the work grows with the square of the words. */
const MAX_WORDS = 200;
/** With less than this in common two lines are two lines, and marking words says nothing. */
const MIN_COMMON = 0.3;

export interface Part { text: string; isChanged: boolean }

/** Which words of a line became which; nothing where the two lines have little in common. */
export function compareWords(before: string, after: string): { before: Part[]; after: Part[] } | undefined {
  const a = toWords(before);
  const b = toWords(after);
  if (a.length > MAX_WORDS || b.length > MAX_WORDS) return undefined;
  const { inA, inB } = commonWords(a, b);
  const common = a.reduce((sum, word, index) => sum + (inA.has(index) ? word.trim().length : 0), 0);
  const longer = Math.max(lengthOf(a), lengthOf(b));
  if (longer === 0 || common < MIN_COMMON * longer) return undefined;
  return { before: toParts(a, inA), after: toParts(b, inB) };
}

function toWords(line: string): string[] {
  return line.match(/[\p{L}\p{N}_]+|\s+|[^]/gu) ?? [];
}

function lengthOf(words: readonly string[]): number {
  return words.reduce((sum, word) => sum + word.trim().length, 0);
}

/** The longest sequence of words that both have, as places in each. */
function commonWords(a: readonly string[], b: readonly string[]): { inA: Set<number>; inB: Set<number> } {
  const width = b.length + 1;
  const longest = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i * width + j] = a[i] === b[j] ? longest[(i + 1) * width + j + 1]! + 1 : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!);
    }
  }
  const inA = new Set<number>();
  const inB = new Set<number>();
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) { inA.add(i++); inB.add(j++); }
    else if (longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!) i++;
    else j++;
  }
  return { inA, inB };
}

function toParts(words: readonly string[], common: ReadonlySet<number>): Part[] {
  const parts: Part[] = [];
  for (const [index, text] of words.entries()) {
    const isChanged = !common.has(index);
    const last = parts.at(-1);
    if (last?.isChanged === isChanged) last.text += text;
    else parts.push({ text, isChanged });
  }
  return parts;
}
