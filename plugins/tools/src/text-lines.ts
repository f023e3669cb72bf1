/** A text as lines without their ends. There is one more line than ends: after the last end comes a line, often empty. */
export interface TextLines {
  lines: readonly string[];
  /** `ends[i]` is `\n` or `\r\n`, after line `i`. */
  ends: readonly string[];
  /** Where each line begins in the text. */
  starts: readonly number[];
}

export function splitLines(text: string): TextLines {
  const lines: string[] = [];
  const ends: string[] = [];
  const starts: number[] = [];
  let at = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
    const isPair = end > at && text[end - 1] === '\r';
    lines.push(text.slice(at, isPair ? end - 1 : end));
    ends.push(isPair ? '\r\n' : '\n');
    starts.push(at);
    at = end + 1;
  }
  lines.push(text.slice(at));
  starts.push(at);
  return { lines, ends, starts };
}

/** 1-based number of the line in which a place of the text is. */
export function lineNumber(text: string, place: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < place; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** The end of the line in which `place` is; of the line before where it is the last one. A text of one line says nothing. */
export function lineEndAt(text: string, place: number): '\n' | '\r\n' | undefined {
  const after = text.indexOf('\n', place);
  const at = after === -1 ? text.lastIndexOf('\n', place - 1) : after;
  if (at === -1) return undefined;
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n';
}
