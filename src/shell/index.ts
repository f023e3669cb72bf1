import { type Body, type Doubt, lex, type LexedCommand, type Redirect } from './lexer.ts';
import { readSteps, type Step } from './structure.ts';
import { type Range, readTree } from './tree.ts';
import { readWord, type Word } from './word.ts';

export { readWord, OPEN, type Part, type Word, type WordReading } from './word.ts';
export type { Step } from './structure.ts';
export type { Doubt, Redirect };

/** One simple command, wherever in the text it stands. */
export type ShellCommand = LexedCommand;

export interface ShellReading {
  text: string;
  /** Every simple command: of lists, pipes, groups, branches, loops, functions, substitutions, here-documents. By where it begins. */
  commands: readonly ShellCommand[];
  /** Every redirect, also those of groups and loops. */
  redirects: readonly Redirect[];
  /** Files that `[[` looks at. */
  tests: readonly Word[];
  /** Why the text is not certain; where this is empty, bash runs just these commands or fewer. */
  doubts: readonly Doubt[];
  /** In which order they run, and in which shell; nothing where the text is not certain. */
  steps: Step | undefined;
}

/**
 * Reads a text as bash would, without running anything. Two readers that know nothing of each other, the grammar and
 * our own lexer, must find the same commands with the same words and the same redirects; what they disagree on is a doubt.
 */
export async function readShell(text: string): Promise<ShellReading> {
  const { commands, redirects: loose, doubts, marks, bodies, tests } = lex(text);
  const redirects = [...loose, ...commands.flatMap((command) => command.redirects)].sort(byStart);
  // What is in doubt anyway needs no second reading, over which the grammar may take very long.
  if (doubts.length > 0) return { text, commands: [...commands].sort(byStart), redirects, tests, doubts, steps: undefined };
  // Rules are read when pith starts, commands later or never: the grammar is loaded with the first of them.
  const { loadParser } = await import('./grammar.ts');
  const tree = readTree(await loadParser(), withoutBodies(text, bodies));
  const found: Doubt[] = [];
  if (tree.hasError) found.push({ at: 0, reason: 'it does not follow the grammar of bash' });
  const other = firstDifference(commands.filter(({ words }) => words.length > 0).map(toRanges), tree.commands)
    ?? firstDifference(redirects.map(({ target }) => [[target.start, target.end] as const]), tree.targets.map((target) => [target]));
  if (other !== undefined) found.push({ at: other, reason: 'it can be read in two ways' });
  const steps = found.length === 0 ? readSteps(marks) : undefined;
  if (steps === undefined && found.length === 0) found.push({ at: 0, reason: 'it is not clear what runs after what' });
  return { text, commands: [...commands].sort(byStart), redirects, tests, doubts: found, steps };
}

/**
 * The words of a text that is one simple command and nothing else, where all of them are known; redirects to the null
 * device and of descriptors are passed over. Our own lexer alone reads
 * it, at once and without the grammar: for texts that a person wrote as a rule.
 */
export function readPlainCommand(text: string): { assignments: readonly string[]; words: readonly string[] } | undefined {
  const { commands: [command, ...others], redirects, doubts } = lex(text);
  if (command === undefined || others.length > 0 || redirects.length > 0 || !command.redirects.every(isNothing) || doubts.length > 0) return undefined;
  const words = command.words.map((word) => readWord(word).values);
  if (words.length === 0 || words.includes(undefined) || command.assignments.some(({ parts }) => parts.some(({ kind }) => kind === 'expansion' || kind === 'tilde'))) return undefined;
  return { assignments: command.assignments.map(({ parts }) => parts.map((part) => part.text).join('')), words: words.flatMap((values) => values!) };
}

/**
 * The grammar stumbles over lines of a here-document that look like its end. What surely is its text is written over, with
 * letters: where the grammar takes it for something else, it still finds commands there that the lexer has not.
 */
function withoutBodies(text: string, bodies: readonly Body[]): string {
  let rest = 0;
  let made = '';
  for (const { start, end, delimiter } of bodies) {
    if (start < rest) continue;
    made += text.slice(rest, start) + text.slice(start, end).replace(/[^\n]/g, delimiter.startsWith('x') ? 'y' : 'x');
    rest = end;
  }
  return made + text.slice(rest);
}

function isNothing({ operator, target }: Redirect): boolean {
  const [name] = readWord(target).values ?? [];
  return operator.endsWith('&') ? /^\d$/.test(name ?? '') : !operator.startsWith('<<') && name === '/dev/null';
}

const byStart = (a: { start: number }, b: { start: number }): number => a.start - b.start;

/** Of `[` only the program, since the grammar takes the rest for an expression. */
function toRanges({ words }: ShellCommand): Range[] {
  const ranges = words.map(({ start, end }) => [start, end] as const);
  return words[0]!.end - words[0]!.start === 1 && words[0]!.parts[0]?.kind === 'glob' ? ranges.slice(0, 1) : ranges;
}

/** Where two readings first differ, whatever the order of their commands. */
function firstDifference(a: readonly (readonly Range[])[], b: readonly (readonly Range[])[]): number | undefined {
  const [inA, inB] = [a, b].map((list) => [...list].sort((left, right) => left[0]![0] - right[0]![0]));
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const [left, right] = [inA![index], inB![index]];
    if (left === undefined || right === undefined) return (left ?? right)![0]![0];
    const isSame = left.length === right.length && left.every(([start, end], word) => start === right[word]![0] && end === right[word]![1]);
    if (!isSame) return Math.min(left[0]![0], right[0]![0]);
  }
  return undefined;
}
