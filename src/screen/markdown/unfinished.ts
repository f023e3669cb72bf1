/** Signs that may become the beginning of something: shown when it is known of what. */
const ONLY_SIGNS = /^[-=*+_~`#>|: \t]*$|^[ \t]*\d{1,9}[.)]?$|^[ \t]*[-*+] \[[ x]?\]?$/;
const BLOCK_START = /^\s*(?:[-*+>#|]|\d{1,9}[.)])\s?/;

/**
 * A text that is still being written as it will look when it is done: what is open is closed (`**bold` is bold), and what may be
 * the beginning of a sign is held back. Only its last paragraph, list item or row is looked at.
 */
export function completeUnfinished(text: string): string {
  const lineStart = text.lastIndexOf('\n') + 1;
  const shown = ONLY_SIGNS.test(text.slice(lineStart)) ? text.slice(0, lineStart) : text;
  if ((shown.match(/^ {0,12}(?:`{3,}|~{3,})/gm)?.length ?? 0) % 2 === 1) return shown;
  return completeTable(shown.slice(0, lastPart(shown)) + completeInline(shown.slice(lastPart(shown))));
}

/** Where the paragraph, the item or the row begins that the text ends in. */
function lastPart(text: string): number {
  let start = text.lastIndexOf('\n') + 1;
  while (start > 0 && !BLOCK_START.test(text.slice(start)) && text[start - 2] !== '\n' && start >= 2) start = text.lastIndexOf('\n', start - 2) + 1;
  return start;
}

/** Closes what is open at the end: code, then the innermost emphasis first. */
function completeInline(text: string): string {
  const open: string[] = [];
  const found = text.matchAll(/\\[^]|(`+)|(\*{1,3}|~~|(?<!\w)__?(?=\w)|(?<=\w)__?(?!\w))|(!?\[)|\]\(([^()\s]*(?:\s[^()]*)?)(\))?|\]/g);
  let closed = 0;
  for (const match of found) {
    const [whole, ticks, stars, bracket, address, end] = match;
    if (match.index < closed) continue;
    const after = match.index + whole.length;
    if (ticks !== undefined) {
      const rest = text.slice(after).search(new RegExp(`(?<!\`)${ticks}(?!\`)`));
      if (rest === -1) return closeAll(after === text.length ? text.slice(0, match.index).trimEnd() : text + ticks, open);
      closed = after + rest + ticks.length;
    } else if (stars !== undefined) {
      if (open.at(-1) === stars) open.pop();
      else if (after === text.length) return closeAll(text.slice(0, match.index), open);
      else if (!/\s/.test(text[after]!)) open.push(stars);
    } else if (bracket !== undefined) {
      open.push('[');
    } else if (whole === ']' || address !== undefined) {
      const at = open.lastIndexOf('[');
      if (at === -1) continue;
      if (address !== undefined && end === undefined && after === text.length) return closeAll(`${text.slice(0, match.index)}](${address.split(/\s/)[0]})`, open.toSpliced(at));
      open.splice(at);
    }
  }
  return closeAll(text, open);
}

/** More is open in no text that is meant so; to read thousands in each other takes seconds. */
const OPEN_MAX = 16;

/** A sign right before the end, or a space there, would close nothing. An open bracket stays: it may be just that. */
function closeAll(text: string, open: readonly string[]): string {
  const signs = open.filter((sign) => sign !== '[');
  if (signs.length === 0 || signs.length > OPEN_MAX) return text;
  const closers = signs.reverse().join('');
  const space = /\s*$/.exec(text)![0];
  const body = text.slice(0, text.length - space.length);
  return body.endsWith(open.at(-1)!) && open.at(-1) !== '[' ? closeAll(body.slice(0, -open.at(-1)!.length), open.slice(0, -1)) : body + closers + space;
}

/** A row of names alone is the head of a table, as soon as it is whole. */
function completeTable(text: string): string {
  const body = text.trimEnd();
  const head = body.slice(body.lastIndexOf('\n\n') + 1).trimStart();
  if (!/^\|[^\n]*[^\n\\]\|$/.test(head)) return text;
  const columns = head.slice(1, -1).split(/(?<!\\)\|/).length;
  return `${body}\n${'|-'.repeat(columns)}|\n`;
}
