/** A piece of a word, in source order. Quotes and backslashes are resolved already. */
export type Part =
  | { kind: 'text'; text: string; quoted: boolean }
  /** One unquoted character that bash may expand: `*`, `?`, `[` and `]` to file names; `{`, `,` and `}` to several words; `~` to a home folder. */
  | { kind: 'glob' | 'brace' | 'tilde'; text: string }
  /** What another program, a variable or arithmetic puts there. */
  | { kind: 'expansion'; text: string; quoted: boolean };

/** One word as it is written. Offsets count UTF-16 units of the whole text. */
export interface Word {
  start: number;
  end: number;
  parts: readonly Part[];
}

/** Stands in a spelling for what an expansion will put there. */
export const OPEN = '\uffff';

/** What bash makes of a word. */
export interface WordReading {
  /** The word or, after brace expansion, the words; nothing where an expansion decides. */
  values?: readonly string[];
  /** What every word that comes of it begins with, as far as that is certain. */
  prefix: string;
  /** It names files by a pattern: what it becomes depends on the folder. */
  hasGlob: boolean;
  /** Something in it is only known when it runs. */
  isOpen: boolean;
  /** The word or words, as far as they are known: with `OPEN` for each expansion, and patterns as they stand. */
  spellings: readonly string[];
  /** With nothing open: the words, where `*`, `?` and `[` in them are all patterns, never quoted. */
  patterns?: readonly string[];
}

/** Brace expansions beyond this many words are taken for open: nobody reads them. */
const WORDS_MAX = 1000;
/** And words that are longer, or have more braces: what they would become is longer still. */
const BRACED_LENGTH_MAX = 4096;
const BRACES_MAX = 64;

/** @param home what `~` stands for, where that is known */
export function readWord({ parts }: Word, home?: string): WordReading {
  const resolved = parts.map((part, index): Part => {
    if (part.kind === 'glob' && !isPattern(part, parts, index)) return { kind: 'text', text: part.text, quoted: false };
    if (part.kind !== 'tilde') return part;
    const next = parts[index + 1];
    const isOwn = index === 0 && (next === undefined || (next.kind === 'text' && !next.quoted && next.text.startsWith('/')));
    return isOwn && home !== undefined ? { kind: 'text', text: home, quoted: true } : { kind: 'expansion', text: part.text, quoted: false };
  });
  const expanded = isTooBraced(resolved) ? undefined : expandBraces(resolved);
  const hasGlob = resolved.some(({ kind }) => kind === 'glob');
  // A tilde that braces move to the front of a word is a home folder after all.
  const movesTilde = (expanded === undefined || expanded.length > 1) && resolved.some((part) => part.kind === 'text' && !part.quoted && part.text.includes('~'));
  const isOpen = expanded === undefined || movesTilde || resolved.some(({ kind }) => kind === 'expansion');
  const prefix = toPrefix(resolved);
  // What is empty and was never quoted is no word: `{,rm} x` runs rm.
  const kept = expanded?.filter((word) => word.some((part) => part.text !== '' || (part.kind === 'text' && part.quoted)));
  const spellings = kept?.map(toSpelling) ?? [prefix + OPEN];
  if (isOpen) return { prefix, hasGlob, isOpen, spellings };
  if (!hasGlob) return { values: spellings, prefix, hasGlob, isOpen, spellings };
  const isPlain = resolved.every((part) => part.kind !== 'text' || !/[*?[\]\\]/.test(part.text));
  return { prefix, hasGlob, isOpen, spellings, ...(isPlain ? { patterns: spellings } : {}) };
}

function toSpelling(parts: readonly Part[]): string {
  return parts.map(({ kind, text }) => (kind === 'expansion' && text !== '~' ? OPEN : text)).join('');
}

/** A bracket that is alone is itself: `[` is a program. */
function isPattern({ text }: Part, parts: readonly Part[], index: number): boolean {
  if (text === '[') return parts.slice(index + 1).some((part) => part.kind === 'glob' && part.text === ']');
  if (text === ']') return parts.slice(0, index).some((part) => part.kind === 'glob' && part.text === '[');
  return true;
}

function toPrefix(parts: readonly Part[]): string {
  let prefix = '';
  for (const part of parts) {
    if (part.kind !== 'text') break;
    prefix += part.text;
  }
  return prefix;
}

function isTooBraced(parts: readonly Part[]): boolean {
  const braces = parts.filter((part) => isBrace(part, '{')).length;
  return braces > BRACES_MAX || (braces > 0 && parts.reduce((length, { text }) => length + text.length, 0) > BRACED_LENGTH_MAX);
}

/** The words that `{a,b}` and `{1..3}` make of one; nothing where they are too many. */
function expandBraces(parts: readonly Part[]): Part[][] | undefined {
  const open = findBraces(parts);
  if (open === undefined) return [parts.map((part): Part => (part.kind === 'brace' ? { kind: 'text', text: part.text, quoted: false } : part))];
  const { from, to, choices } = open;
  const rest = expandBraces(parts.slice(to + 1));
  if (rest === undefined) return undefined;
  const head = parts.slice(0, from).map((part): Part => (part.kind === 'brace' ? { kind: 'text', text: part.text, quoted: false } : part));
  const words: Part[][] = [];
  for (const choice of choices) {
    for (const middle of expandBraces(choice) ?? [undefined]) {
      if (middle === undefined) return undefined;
      for (const tail of rest) words.push([...head, ...middle, ...tail]);
      if (words.length > WORDS_MAX) return undefined;
    }
  }
  return words;
}

/** The first pair of braces that bash expands: one with a comma of its own, or with a sequence. */
function findBraces(parts: readonly Part[]): { from: number; to: number; choices: Part[][] } | undefined {
  for (let from = 0; from < parts.length; from++) {
    if (!isBrace(parts[from], '{')) continue;
    const choices: Part[][] = [[]];
    let depth = 0;
    for (let index = from + 1; index < parts.length; index++) {
      const part = parts[index]!;
      if (depth === 0 && isBrace(part, '}')) {
        const made = choices.length > 1 ? choices : toSequence(choices[0]!);
        if (made !== undefined) return { from, to: index, choices: made };
        break;
      }
      if (isBrace(part, '{')) depth++;
      if (isBrace(part, '}')) depth--;
      if (depth === 0 && isBrace(part, ',')) choices.push([]);
      else choices.at(-1)!.push(part);
    }
  }
  return undefined;
}

function isBrace(part: Part | undefined, text: string): boolean {
  return part?.kind === 'brace' && part.text === text;
}

/** `{1..3}`, `{a..e}`, `{01..10..3}`; what has quotes or expansions in it is none. */
function toSequence(parts: readonly Part[]): Part[][] | undefined {
  if (!parts.every((part) => part.kind === 'text' && !part.quoted)) return undefined;
  const match = /^(?:(-?\d+)\.\.(-?\d+)|([A-Za-z])\.\.([A-Za-z]))(?:\.\.(-?\d+))?$/.exec(parts.map(({ text }) => text).join(''));
  if (match === null) return undefined;
  const [, first, last, from, to, step] = match;
  const [a, b] = first === undefined ? [from!.charCodeAt(0), to!.charCodeAt(0)] : [Number(first), Number(last)];
  const by = Math.max(1, Math.abs(Number(step ?? 1)));
  const width = first !== undefined && [first, last!].some((text) => /^-?0\d/.test(text)) ? Math.max(first.length, last!.length) : 0;
  // One more than allowed, so that the caller sees that it is too long.
  const count = first === undefined && /[a-z]/.test(from!) !== /[a-z]/.test(to!)
    ? WORDS_MAX + 1 // From one case to the other lie characters that bash reads again.
    : Math.min(Math.floor(Math.abs(b - a) / by), WORDS_MAX) + 1;
  return Array.from({ length: count }, (_, index) => {
    const value = a + (b < a ? -1 : 1) * by * index;
    const text = first === undefined ? String.fromCharCode(value) : value < 0 ? `-${String(-value).padStart(width - 1, '0')}` : String(value).padStart(width, '0');
    return [{ kind: 'text', text, quoted: false }];
  });
}
