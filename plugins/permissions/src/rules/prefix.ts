import { findProgram, findSubcommand, isRefused, isOption, operandIndex, type Program, UNKNOWN_PROGRAM } from '../programs/program.ts';

/**
 * Whether a prefix rule covers a command that begins with the rule's words. A prefix that names only a launcher or an
 * interpreter covers nothing, and none covers options that start programs, load code, switch configuration or
 * repository, or write files.
 */
export function prefixCovers(prefix: readonly string[], words: readonly string[]): boolean {
  if (words.length > prefix.length) return reaches(prefix.length, words);
  return prefix.length > 1 || findProgram(prefix[0]!)?.runs === undefined;
}

/** The rule names the first `named` words; the rest is what somebody else may have thought of. */
function reaches(named: number, words: readonly string[]): boolean {
  let program = findProgram(words[0]!) ?? UNKNOWN_PROGRAM;
  for (let start = 1; ;) {
    const at = operandIndex(program, words, start);
    if (hasOpenOption(program, 'before', words, { from: start, to: at, named })) return false;
    const inner = findSubcommand(program, words[at]);
    if (inner === undefined && program.runs !== undefined) return reachesOperand(program, words, { start, named });
    if (isUnsafe(program, words, { from: start, named })) return false;
    if (inner === undefined) return !program.strict || at < named || at === words.length;
    if (at >= named && !inner.open) return false;
    program = inner;
    start = at + 1;
  }
}

/** What the operand names runs: the rule must name it, and then is judged as a rule for that command. */
function reachesOperand(program: Program, words: readonly string[], { start, named }: { start: number; named: number }): boolean {
  const operand = operandIndex(program, words, start, program.runs);
  if (operand >= named) return false;
  if (words.slice(start, operand).some((word) => isOption(program.code, word)) || words.slice(named).some((word) => isRefused(program, word))) return false;
  if (program.permutes) return !isUnsafe(program, words, { from: start, named });
  return reaches(named - operand, words.slice(operand));
}

function isUnsafe(program: Program, words: readonly string[], { from, named }: { from: number; named: number }): boolean {
  if (hasOpenOption(program, 'unsafe', words, { from, to: words.length, named })) return true;
  const open = words.slice(named);
  if (program.needs !== undefined && !words.slice(from).some((word) => isOption(program.needs, word))) return true;
  if (program.most !== undefined && Math.max(operandIndex(program, words, from, program.most + 1), named) < words.length) return true;
  if (program.bundle && from >= named && isOption(program.unsafe, `-${words[from]}`)) return true;
  return open.some((word) => isRefused(program, word));
}

/** An option that the rule does not name, or names without the value that it takes. */
function hasOpenOption(program: Program, list: 'unsafe' | 'before', words: readonly string[], { from, to, named }: { from: number; to: number; named: number }): boolean {
  for (let index = Math.max(from, named - 1); index < to; index++) {
    const word = words[index]!;
    if (index >= named && goesNowhere(program[list], word, words[index + 1])) continue;
    if (index >= named ? isOption(program[list], word, program) : program[list]?.split(' ').includes(word)) return true;
  }
  return false;
}

/** An output into the null device, in a cluster as `-so` too where nothing else in it matters. */
function goesNowhere(listed: string | undefined, word: string, next: string | undefined): boolean {
  if (/^(?:-o|--(?:output|output-file|outfile|log-file)=)\/dev\/null$/.test(word)) return true;
  if (next !== '/dev/null') return false;
  return /^--(?:output|output-file|outfile|log-file)$/.test(word) || (/^-[A-Za-z]*o$/.test(word) && (word.length === 2 || !isOption(listed, word.slice(0, -1))));
}
