/** A Markdown text without its comments, and the same with its code blanked out: both of one length. */
export interface Prose { text: string; prose: string }

/** What was looked for and not found, so that it is not looked for again: no comment ends any more, no span of these backticks before that place. */
interface Unclosed { comment: boolean; spans: Map<string, number>; paragraphEnd: number }

/** What stands in the place of a character of code. */
const BLANK = '\0';
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)/;
const LIST_ITEM = /^\s*(?:[-*+]|\d+[.)])\s/;
const INDENTED = /^(?: {4}|\t)/;

/**
 * Takes HTML comments out, which nobody sees who reads the file as a page, and tells prose from code: fenced and indented
 * blocks, and spans between backticks. A comment or a fence without its end is as it stands. The time it takes grows with the text only.
 */
export function readProse(markdown: string): Prose {
  const out = new Output();
  const unclosed: Unclosed = { comment: false, spans: new Map(), paragraphEnd: 0 };
  let isInList = false;
  let isBlankBefore = true;
  for (let at = 0; at < markdown.length;) {
    const end = endOfLine(markdown, at);
    const line = markdown.slice(at, end);
    const fence = fenceOf(line);
    if (fence !== undefined) {
      const stop = endOfFence(markdown, end, fence);
      out.code(markdown.slice(at, stop));
      at = stop;
      isBlankBefore = false;
      continue;
    }
    const isBlank = line.trim() === '';
    if (INDENTED.test(line) && !isBlank && isBlankBefore && !isInList) {
      out.code(line);
      at = end;
      continue; // The lines below it are code as long as they are indented.
    }
    if (!isBlank) isInList = LIST_ITEM.test(line) || (isInList && INDENTED.test(line));
    isBlankBefore = isBlank;
    at = readLine(markdown, { at, end }, out, unclosed);
  }
  return out.done();
}

/** Behind backticks that begin a block there are no others: those are a span. */
function fenceOf(line: string): string | undefined {
  const [, mark, rest] = FENCE.exec(line) ?? [];
  return mark?.[0] === '`' && rest!.includes('`') ? undefined : mark;
}

/** Reads to the end of the line, or further where a comment or a span goes on. */
function readLine(markdown: string, { at, end }: { at: number; end: number }, out: Output, unclosed: Unclosed): number {
  const line = markdown.slice(at, end);
  const special = /\\[^\n]|`+|<!--/g;
  let start = at;
  for (let found = special.exec(line); found !== null; found = special.exec(line)) {
    const [mark] = found;
    if (mark[0] === '\\') continue;
    const after = at + found.index + mark.length;
    const stop = mark === '<!--' ? endOfComment(markdown, after, unclosed) : endOfSpan(markdown, { after, mark }, unclosed);
    if (stop === undefined) continue;
    out.prose(markdown.slice(start, at + found.index));
    if (mark === '<!--') out.comment();
    else out.code(markdown.slice(at + found.index, stop));
    if (stop > end) return stop;
    start = stop;
    special.lastIndex = stop - at;
  }
  out.prose(markdown.slice(start, end));
  return end;
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}

function endOfFence(text: string, at: number, fence: string): number {
  for (let start = at; start < text.length; start = endOfLine(text, start)) {
    const end = endOfLine(text, start);
    const line = text.slice(start, end).trim();
    if (line.startsWith(fence) && line.split(fence[0]!).join('') === '') return end;
  }
  return text.length;
}

function endOfComment(text: string, at: number, unclosed: Unclosed): number | undefined {
  if (unclosed.comment) return undefined;
  const end = text.indexOf('-->', at);
  if (end !== -1) return end + 3;
  unclosed.comment = true;
  return undefined;
}

/** A span ends with as many backticks as it began with, within its paragraph. */
function endOfSpan(text: string, { after, mark }: { after: number; mark: string }, unclosed: Unclosed): number | undefined {
  if ((unclosed.spans.get(mark) ?? 0) > after) return undefined;
  if (unclosed.paragraphEnd <= after) unclosed.paragraphEnd = endOfParagraph(text, after);
  const ticks = /`+/g;
  ticks.lastIndex = after;
  for (let found = ticks.exec(text); found !== null && found.index < unclosed.paragraphEnd; found = ticks.exec(text)) if (found[0] === mark) return found.index + mark.length;
  unclosed.spans.set(mark, unclosed.paragraphEnd);
  return undefined;
}

function endOfParagraph(text: string, at: number): number {
  const blank = /\n[ \t]*\n/g;
  blank.lastIndex = at;
  return blank.exec(text)?.index ?? text.length;
}

class Output {
  #text = '';
  #prose = '';
  #isAfterComment = false;

  prose(part: string): void {
    // The line that a comment had to itself goes with it.
    const kept = this.#isAfterComment && /^[ \t]*\n/.test(part) && (this.#text === '' || this.#text.endsWith('\n')) ? part.slice(part.indexOf('\n') + 1) : part;
    if (part !== '') this.#isAfterComment = false;
    this.#text += kept;
    this.#prose += kept;
  }

  code(part: string): void {
    this.#isAfterComment = false;
    this.#text += part;
    this.#prose += part.replace(/[^\n]/g, BLANK);
  }

  comment(): void { this.#isAfterComment = true; }

  done(): Prose { return { text: this.#text, prose: this.#prose }; }
}
