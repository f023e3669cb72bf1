import { createFiller, type Given, takesArguments } from './arguments.ts';

/** A part of a command's text: what is read as it is, what is a command line, what names a file. */
export type Part = { kind: 'text'; text: string } | { kind: 'shell'; line: string; at: number } | { kind: 'file'; path: string };

/**
 * Takes a text apart, before arguments are filled in: what a person passes is never run and names no file. In code, fenced or
 * between backquotes, `@` and a command line are examples.
 * @param firstLine of the file, of the text's first line
 */
export function parseTemplate(text: string, firstLine = 1): Part[] {
  const parts: Part[] = [];
  let fence: string | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    const isCode = fence !== undefined || mark !== undefined;
    if (mark !== undefined && fence === undefined) fence = mark;
    else if (mark !== undefined && mark.startsWith(fence!) && line.trim() === mark) fence = undefined;
    if (index > 0) parts.push({ kind: 'text', text: '\n' });
    if (isCode) parts.push({ kind: 'text', text: line });
    else addLine(parts, line, firstLine + index);
  }
  return parts;
}

const PATH = /(?:~\/|\.{0,2}\/)?[^\s`"'()<>[\]{}@,;:!?*|]+/y;

/** A command line stands at the begin of a line or behind a space; a file at the begin of a word. */
function addLine(parts: Part[], line: string, at: number): void {
  const codes = new CodeSpans(line);
  let from = 0;
  const add = (part: Part, begin: number, end: number): void => {
    if (begin > from) parts.push({ kind: 'text', text: line.slice(from, begin) });
    parts.push(part);
    from = end;
  };
  for (let index = 0; index < line.length; index++) {
    const before = line[index - 1] ?? ' ';
    if (line[index] === '!' && line[index + 1] === '`' && /\s/.test(before)) {
      const end = line.indexOf('`', index + 2);
      const shell = line.slice(index + 2, end === -1 ? index + 2 : end);
      if (shell.trim() === '') continue;
      add({ kind: 'shell', line: shell, at }, index, end + 1);
      index = end;
    } else if (line[index] === '`') {
      index = codes.endOf(index) - 1;
    } else if (line[index] === '@' && /[\s("']/.test(before)) {
      const path = pathAt(line, index + 1);
      if (path === '') continue;
      add({ kind: 'file', path }, index, index + 1 + path.length);
      index += path.length;
    }
  }
  if (from < line.length) parts.push({ kind: 'text', text: line.slice(from) });
}

/** A full stop at its end belongs to the sentence. */
function pathAt(line: string, index: number): string {
  PATH.lastIndex = index;
  const found = PATH.exec(line)?.[0] ?? '';
  let end = found.length;
  while (found[end - 1] === '.') end--;
  return found.slice(0, end);
}

/** Code between backquotes, as many behind as in front. */
class CodeSpans {
  /** Runs of backquotes, by their length, in order. */
  readonly #runs = new Map<number, number[]>();
  /** How many of them lie behind what was looked at. */
  readonly #passed = new Map<number, number>();
  readonly #lengths = new Map<number, number>();

  constructor(line: string) {
    for (const { index, 0: { length } } of line.matchAll(/`+/g)) {
      this.#lengths.set(index, length);
      const runs = this.#runs.get(length);
      if (runs === undefined) this.#runs.set(length, [index]);
      else runs.push(index);
    }
  }

  /** Where the code that begins here ends; where it never ends, the run itself is all. */
  endOf(start: number): number {
    const length = this.#lengths.get(start) ?? 1;
    const runs = this.#runs.get(length) ?? [];
    let next = this.#passed.get(length) ?? 0;
    while (next < runs.length && runs[next]! <= start) next++;
    this.#passed.set(length, next);
    return (runs[next] ?? start) + length;
  }
}

/** Each part with arguments filled in; where there is no place for them they stand at the end. */
export function fillParts(parts: readonly Part[], given: Given, names: readonly string[]): Part[] {
  const fill = createFiller(given, names);
  const filled = parts.map((part): Part => {
    switch (part.kind) {
      case 'text': return { kind: 'text', text: fill(part.text) };
      case 'shell': return { ...part, line: fill(part.line) };
      case 'file': return { kind: 'file', path: fill(part.path) };
    }
  });
  const isTaken = parts.some((part) => takesArguments(part.kind === 'text' ? part.text : part.kind === 'shell' ? part.line : part.path, names));
  return isTaken || given.text === '' ? filled : [...filled, { kind: 'text', text: `\n\nArguments: ${given.text}` }];
}
