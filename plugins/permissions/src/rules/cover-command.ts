import { isHarmlessAssignment } from '../line/assignment.ts';
import type { Command } from '../line/command.ts';
import { evaluatedWords } from '../line/inner-text.ts';
import { prefixCovers } from './prefix.ts';
import type { CommandRule } from './rule.ts';
import { unwrap } from '../line/wrapper.ts';

/** Whether all of a command's words are known, and nothing in front of it or before it changes what they do. */
export function isCertain(command: Command): boolean {
  return isPlain(command) && command.assignments.every(isHarmlessAssignment) && command.variants.every(([program, ...given]) => program?.kind === 'known' && given.every(({ kind }) => kind !== 'open'));
}

/** Whether a rule covers a command with certainty, in every way that it may run. */
export function coversCommand(rule: CommandRule, command: Command): 'exact' | 'prefix' | undefined {
  if (!isPlain(command)) return undefined;
  const { assignments, ruleWords, isElsewhere } = command;
  if (!assignments.every((assignment) => isHarmlessAssignment(assignment) || rule.assignments.includes(assignment.text))) return undefined;
  if (!rule.assignments.every((text) => assignments.some((assignment) => assignment.text === text))) return undefined;
  // In another folder git obeys another repository, and a file of that name is another one.
  if (isElsewhere && ((rule.prefix && isGit(unwrap(rule.words))) || namesFile(rule))) return undefined;
  return ruleWords.every((words) => words !== undefined && [words, unwrap(words)].some((candidate) => coversWords(rule, candidate))) ? (rule.prefix ? 'prefix' : 'exact') : undefined;
}

/** One command with words, and nothing before it that changes what they mean. */
function isPlain({ doubt, state, isFunction, variants, assignments }: Command): boolean {
  return doubt === undefined && state.assigned === undefined && !isFunction && variants.length > 0 && variants.every((words) => words.length > 0 || assignments.length > 0) && variants[0]!.length > 0;
}

function coversWords(rule: CommandRule, words: readonly string[]): boolean {
  if (!rule.words.every((word, index) => words[index] === word)) return false;
  return rule.prefix ? prefixCovers(rule.words, words) && evaluatedWords(words[0]!, words.slice(1)).length === 0 : words.length === rule.words.length;
}

export function isGit([program = '']: readonly string[]): boolean {
  return /(?:^|\/)git(?:\.exe)?$/i.test(program);
}

function namesFile({ words }: CommandRule): boolean {
  return words.some((word) => !word.startsWith('/') && !word.startsWith('-') && (/^\.{1,2}\//.test(word) || /\/.*\.\w+$|^[\w-]+\.(?:[cm]?[jt]sx?|py|sh|bash|rb|pl|php|lua|mk)$/.test(word)));
}
