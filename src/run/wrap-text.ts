/** Narrower than this nothing is broken any more: the terminal does it. */
const MIN_COLUMNS = 20;

/** Breaks lines between words; a word that is longer than a line stays whole. `hanging` is put before a line that goes on. */
export function wrapText(text: string, { columns, indent, hanging }: { columns: number; indent: string; hanging: string }): string {
  const width = Math.max(MIN_COLUMNS, columns) - indent.length;
  return text.split('\n').flatMap((line) => wrapLine(line, width, hanging)).map((line) => `${indent}${line}`.trimEnd()).join('\n');
}

function wrapLine(line: string, width: number, hanging: string): string[] {
  const lines: string[] = [];
  let open = '';
  for (const word of line.split(/(?<=\S) /)) {
    const joined = open === '' ? `${lines.length > 0 ? hanging : ''}${word}` : `${open} ${word}`;
    if (open === '' || joined.length <= width) {
      open = joined;
      continue;
    }
    lines.push(open);
    open = `${hanging}${word}`;
  }
  return [...lines, open];
}
