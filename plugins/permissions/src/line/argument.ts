import { OPEN, type Part, readWord, type Word } from '@pith/shell';
import { expandPattern } from './wildcard.ts';

/** One word of a command, as far as it is known before the command runs. */
export type Argument =
  | { kind: 'known'; text: string }
  /** One name of those that a pattern stood for when it was looked up. Another one would begin with `prefix`, too. */
  | { kind: 'found'; text: string; prefix: string }
  | { kind: 'pattern'; text: string; prefix: string }
  /** `isOne`: whatever it becomes is one word. */
  | { kind: 'open'; text: string; isOne: boolean };

/** What the variable of a loop holds, each in turn. */
export type LoopValue = Extract<Argument, { kind: 'known' | 'found' }>;
export type Loops = ReadonlyMap<string, readonly LoopValue[]>;

/** More ways to run one command than this are not looked at one by one. */
const VARIANTS_MAX = 100;
/** Splits in the shell, and names files there, unless it is quoted. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** Mostly what it says; no rule goes by it, but one that forbids a place below it does. */
const HOME = /^\$(?:HOME|\{HOME\})$/;

/** Of the shell's own counting. */
const NUMBER = /^\$(?:[?#$]|\{[?#$]\})$/;

/** The words of a command: once for each value of the loops around it that it uses. */
export function readVariants(words: readonly Word[], loops: Loops, home: string): Argument[][] {
  let variants: Map<string, LoopValue>[] = [new Map()];
  const used = new Set(words.flatMap(({ parts }) => parts.flatMap((part) => variableOf(part) ?? [])));
  for (const name of used) {
    const values = loops.get(name);
    if (values === undefined || values.length === 0 || variants.length * values.length > VARIANTS_MAX) continue;
    variants = variants.flatMap((variant) => values.map((value) => new Map([...variant, [name, value]])));
  }
  return variants.map((values) => words.flatMap((word) => readArgument(word, values, home)));
}

function readArgument({ parts, ...place }: Word, values: ReadonlyMap<string, LoopValue>, home: string): Argument[] {
  const [only] = parts;
  if (parts.length === 1 && only!.kind === 'expansion' && /^[<>]\(/.test(only!.text)) return [{ kind: 'found', text: '/dev/null', prefix: '/dev/fd/' }];
  let foundPrefix: string | undefined;
  let guessed: { isOne: boolean } | undefined;
  const filled = parts.map((part): Part => {
    const told = part.kind === 'expansion' && part.quoted ? outputOf(part.text) : undefined;
    if (told !== undefined) return { kind: 'text', text: told, quoted: true };
    if (part.kind === 'expansion' && HOME.test(part.text)) {
      guessed = { isOne: part.quoted && guessed?.isOne !== false };
      return { kind: 'text', text: home, quoted: true };
    }
    const value = values.get(variableOf(part) ?? '');
    if (part.kind !== 'expansion' || value === undefined || (!part.quoted && !PLAIN.test(value.text))) return part;
    if (value.kind === 'found') foundPrefix ??= value.prefix;
    return { kind: 'text', text: value.text, quoted: true };
  });
  const { values: known, patterns, spellings, isOpen } = readWord({ ...place, parts: filled }, home);
  if (guessed !== undefined) return spellings.map((text) => ({ kind: 'open', text: text + OPEN, isOne: guessed!.isOne && known?.length === 1 }));
  if (foundPrefix !== undefined && known !== undefined) {
    const own = readWord({ ...place, parts }, home).prefix;
    return known.map((text) => ({ kind: 'found', text, prefix: own === '' ? foundPrefix! : own }));
  }
  if (known !== undefined) return known.map((text) => ({ kind: 'known', text }));
  if (patterns !== undefined) return patterns.map((text) => (/[*?[]/.test(text) ? { kind: 'pattern', text, prefix: /^[^*?[]*/.exec(text)![0] } : { kind: 'known', text }));
  const isOne = isOpen && spellings.length === 1 && filled.every((part) => part.kind === 'text' || (part.kind === 'expansion' && (NUMBER.test(part.text) || (part.quoted && !/[@*]/.test(part.text)))));
  return spellings.map((text) => ({ kind: 'open', text: text.includes(OPEN) ? text : text + OPEN, isOne }));
}

/** Of `$(cat <<'END' …)`, as messages of several lines are written: what the here-document holds, of which nothing is expanded. */
function outputOf(expansion: string): string | undefined {
  const [, quoted, plain, body = ''] = /^\$\(\s*cat\s+<<\s*(?:'(\w+)'|(\w+))[ \t]*\n([^]*?)\n?(?<=\n)(?:\1|\2)\n\s*\)$/.exec(expansion) ?? [];
  if (quoted === undefined && (plain === undefined || /[$`\\]/.test(body))) return undefined;
  const lines = body.split('\n');
  return lines.includes((quoted ?? plain)!) ? undefined : body.replace(/\n+$/, '');
}

/** `x` of `$x` and `${x}`. */
function variableOf(part: Part): string | undefined {
  return part.kind === 'expansion' ? /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})$/.exec(part.text)?.slice(1).find((name) => name !== undefined) : undefined;
}

/** Looks up what patterns stand for now. @returns nothing where something is open, or too much is named */
export function lookUp(words: readonly Argument[], cwd: string): LoopValue[] | undefined {
  const found: LoopValue[] = [];
  const budget = { folders: 200, names: 2000 };
  for (const word of words) {
    if (word.kind === 'open') return undefined;
    if (word.kind !== 'pattern') { found.push(word); continue; }
    const names = expandPattern(word.text, cwd, budget);
    if (names === undefined) return undefined;
    found.push(...names.map((text): LoopValue => ({ kind: 'found', text, prefix: word.prefix })));
    // Where nothing fits the pattern it stands for itself; brackets are read too widely, so that may be so here as well.
    if (word.text.includes('[')) found.push({ kind: 'found', text: word.text, prefix: word.prefix });
  }
  return found;
}

/** The words as rules see them. A pattern may stand for any name that begins as it does: that cannot be an option where it begins with a folder. */
export function toRuleWords(words: readonly Argument[]): string[] | undefined {
  const known: string[] = [];
  for (const word of words) {
    if (word.kind === 'known') known.push(word.text);
    else if (word.kind !== 'open' && /^[\w./][^=:]*\//.test(word.prefix)) known.push(word.prefix + OPEN);
    else return undefined;
  }
  return known;
}
