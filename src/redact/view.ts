/** A text as it reads once something is decoded; `toSource` says where a character of it began, `toEnd` where it ended. */
export interface View { text: string; toSource(index: number): number; toEnd(index: number): number }

/** How often one encoding may stand in another: JSON in JSON in JSON. */
const LAYERS_MAX = 3;
const ESCAPE = /\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([nrtbf]|[^\w\n]))/g;
const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const PERCENT = /%([2-7][0-9a-fA-F]|0[9aAdD])/g;
const LINE_END = /\r?\n|(?:\\r)?\\n/g;

/** Every way a text may be read besides as it stands. None for most texts. @param isPlain no value holds what JSON must escape */
export function viewsOf(text: string, isPlain: boolean): View[] {
  const views: View[] = [];
  if (isPlain ? /\\[ux/]/.test(text) : text.includes('\\')) addLayers(views, text, ESCAPE, toEscaped);
  if (text.includes('%')) {
    const decoded = addLayers(views, text, PERCENT, ([, byte]) => String.fromCharCode(parseInt(byte!, 16)));
    // JSON in an address.
    if (decoded !== undefined && !isPlain && decoded.text.includes('\\')) addLayers(views, decoded.text, ESCAPE, toEscaped, decoded);
  }
  if (isBroken(text)) {
    const joined = decode(text, LINE_END, () => '');
    if (joined !== undefined) views.push(joined);
  }
  return views;
}

function toEscaped([, unit, byte, letter]: RegExpExecArray): string {
  return letter === undefined ? String.fromCharCode(parseInt((unit ?? byte)!, 16)) : LETTERS[letter] ?? letter;
}

/** Whether there are lines as `base64` and `xxd` break them, or a screen: a long run of letters and digits that goes on behind the end. */
function isBroken(text: string): boolean {
  for (let at = text.indexOf('\n', 16); at !== -1; at = text.indexOf('\n', at + 1)) {
    if ((at + 1 === text.length || isRun(text.charCodeAt(at + 1))) && RUN_END.test(text.slice(at - 17, at))) return true;
  }
  return text.includes('\\n') && BROKEN_IN_JSON.test(text);
}

const RUN_END = /[\w+/-]{16}\r?$/;
const BROKEN_IN_JSON = /(?<![\w+/-])[\w+/-]{16,}(?:\\r)?\\n[\w+/-]/;

function isRun(unit: number): boolean {
  return (unit >= 97 && unit <= 122) || (unit >= 65 && unit <= 90) || (unit >= 47 && unit <= 57) || unit === 43;
}

/** @param outer of which this is the text @returns the last of the views, or `outer` */
function addLayers(views: View[], text: string, pattern: RegExp, toText: (match: RegExpExecArray) => string, outer?: View): View | undefined {
  for (let layer = 0; layer < LAYERS_MAX; layer++) {
    const inner = decode(outer?.text ?? text, pattern, toText);
    if (inner === undefined) return outer;
    const before = outer;
    outer = before === undefined ? inner : { text: inner.text, toSource: (index) => before.toSource(inner.toSource(index)), toEnd: (index) => before.toEnd(inner.toEnd(index) - 1) };
    views.push(outer);
  }
  return outer;
}

/** @returns nothing where there is nothing to decode */
function decode(text: string, pattern: RegExp, toText: (match: RegExpExecArray) => string): View | undefined {
  /** Where a piece begins in the view, and where it was. */
  const begins: number[] = [0];
  const sources: number[] = [0];
  const parts: string[] = [];
  let from = 0;
  let length = 0;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const made = toText(match);
    parts.push(text.slice(from, match.index), made);
    length += match.index - from;
    begins.push(length, length + made.length);
    sources.push(match.index, match.index + match[0].length);
    length += made.length;
    from = match.index + match[0].length;
  }
  if (from === 0) return undefined;
  parts.push(text.slice(from));
  /** The piece that a character is in; every second one was decoded. */
  const pieceOf = (index: number): number => {
    let low = 0;
    let high = begins.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (begins[middle]! <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  const toSource = (index: number): number => {
    const piece = pieceOf(index);
    return sources[piece]! + index - begins[piece]!;
  };
  const toEnd = (index: number): number => {
    const piece = pieceOf(index);
    return piece % 2 === 1 ? sources[piece + 1]! : sources[piece]! + index - begins[piece]! + 1;
  };
  return { text: parts.join(''), toSource, toEnd };
}

/** What stands at the end of a text that may be the first half of an escape; its length. */
export function openEscape(text: string): number {
  const last = text.length - 1;
  let at = last;
  while (at > last - 6 && at >= 0 && isHexOrMark(text.charCodeAt(at))) at--;
  const found = /(?:\\+(?:u[0-9a-fA-F]{0,3}|x[0-9a-fA-F]?)?|%[0-9a-fA-F]?)$/.exec(text.slice(Math.max(0, at - LAYERS_MAX * 3)));
  return found === null ? 0 : found[0].length;
}

function isHexOrMark(unit: number): boolean {
  return (unit >= 48 && unit <= 57) || (unit >= 65 && unit <= 70) || (unit >= 97 && unit <= 102) || unit === 117 || unit === 120;
}
