import { type Given, fillIn, takesArguments } from './arguments.ts';

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
    if (mark !== undefined && fence === undefined) fence = mark;
    else if (mark !== undefined && mark.startsWith(fence!) && line.trim() === mark) fence = undefined;
    if (index > 0) parts.push({ kind: 'text', text: '\n' });
    if (fence !== undefined || mark !== undefined) parts.push({ kind: 'text', text: line });
    else parts.push(...parseLine(line, firstLine + index));
  }
  return parts;
}

/** A command line at the begin of a line or behind a space; code; a mention at the begin of a word. */
const MARK = /(?<=^|\s)!`([^`]+)`|(`+)(?!`).*?(?<!`)\2(?!`)|(?<=^|[\s("'])@((?:~\/|\.{0,2}\/)?[^\s`"'()<>[\]{}@,;:!?*|]+)/g;

function parseLine(line: string, at: number): Part[] {
  const parts: Part[] = [];
  let from = 0;
  const addText = (to: number): void => { if (to > from) parts.push({ kind: 'text', text: line.slice(from, to) }); };
  for (const match of line.matchAll(MARK)) {
    const [whole, shell, , named] = match;
    if (shell === undefined && named === undefined) continue;
    addText(match.index);
    if (shell !== undefined) parts.push({ kind: 'shell', line: shell.trim(), at });
    // A full stop at its end belongs to the sentence.
    const path = named?.replace(/\.+$/, '');
    if (path !== undefined && path !== '') parts.push({ kind: 'file', path });
    else if (path === '') parts.push({ kind: 'text', text: whole });
    from = match.index + (path === undefined || path === '' ? whole.length : 1 + path.length);
  }
  addText(line.length);
  return parts;
}

/** Each part with arguments filled in; where there is no place for them they stand at the end. */
export function fillParts(parts: readonly Part[], given: Given, names: readonly string[]): Part[] {
  const filled = parts.map((part): Part => {
    switch (part.kind) {
      case 'text': return { kind: 'text', text: fillIn(part.text, given, names) };
      case 'shell': return { ...part, line: fillIn(part.line, given, names) };
      case 'file': return { kind: 'file', path: fillIn(part.path, given, names) };
    }
  });
  const isTaken = parts.some((part) => takesArguments(part.kind === 'text' ? part.text : part.kind === 'shell' ? part.line : part.path, names));
  return isTaken || given.text === '' ? filled : [...filled, { kind: 'text', text: `\n\nArguments: ${given.text}` }];
}
