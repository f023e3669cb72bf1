import { hasPlainQuotes, looseSegments, type Segment, WILD } from '../line/loose-command.ts';
import { OPEN } from '@pith/shell';
import type { Argument } from '../line/argument.ts';
import type { Command } from '../line/command.ts';
import { programIndex } from '../places/mention.ts';
import { findProgram, startsNothing } from '../programs/program.ts';
import type { CommandRule } from './rule.ts';
import { isPattern, mayStandFor } from '../line/wildcard.ts';
import { unwrap } from '../line/wrapper.ts';

/**
 * Whether a command might run what a rule names, behind wrappers, in texts that it is given to run. Too strict is right
 * here: a command that starts nothing its words name counts by its beginning, anything else by all its words.
 */
export function mightRun(rule: CommandRule, command: Command): boolean {
  if (command.variants.some((words) => mightVariantRun(rule, words))) return true;
  if (command.isTimed && rule.words[0] === 'time') return true;
  const { searched } = command;
  if (searched === undefined) return false;
  if (command.byQuotes.some((segment) => mightWordsRun(rule, commandOf(segment)))) return true;
  // Where quotes cannot be trusted to hold data, their text counts as commands, too.
  return (command.variants.length > 0 || !hasPlainQuotes(searched)) && command.throughQuotes.some((segment) => holds(rule, commandOf(segment), { anywhere: true }));
}

/** Also as it splits, where an expansion that is not quoted may hold spaces. */
function mightVariantRun(rule: CommandRule, words: readonly Argument[]): boolean {
  const spelled = words.map(({ text }) => text);
  if (mightWordsRun(rule, unwrap(spelled)) || mightWordsRun(rule, spelled)) return true;
  if (!words.some((word) => word.kind === 'open' && !word.isOne)) return false;
  return mightWordsRun(rule, words.flatMap((word) => (word.kind === 'open' && !word.isOne ? word.text.split(OPEN).filter((part) => part !== '') : [word.text])));
}

/** Behind a redirect the first word is its file, and a command may follow. */
function commandOf({ words, redirect }: Segment): readonly string[] {
  return redirect ? words.slice(1) : words;
}

/** Of a program that nothing is known of, each word may be a program; of one that runs code, also what stands within words. */
function mightWordsRun(rule: CommandRule, words: readonly string[]): boolean {
  const own = words.slice(programIndex(words));
  if (startsNothing(own)) return holds(rule, own, { anywhere: false });
  if (holds(rule, words, { anywhere: true })) return true;
  return findProgram(own[0] ?? '') !== undefined && looseSegments(words.join(' '), { quotes: false }).some((segment) => holds(rule, commandOf(segment), { anywhere: true }));
}

/** Anywhere, an exact rule counts as a beginning: what follows it is not known to belong to it. */
function holds(rule: CommandRule, words: readonly string[], { anywhere }: { anywhere: boolean }): boolean {
  const wanted = anywhere ? rule.words.flatMap((word) => word.split(/\s+/)).filter((word) => word !== '') : rule.words;
  if (wanted.length === 0) return false;
  if (words[0] === WILD) return true; // A variable alone may hold a whole command.
  const starts = anywhere ? words.length : 1;
  for (let start = 0; start < starts; start++) {
    const end = matchFrom(wanted, words, start);
    if (end !== undefined && (anywhere || rule.prefix || end === words.length)) return true;
  }
  return false;
}

/** Where the wanted words end, options in between passed over; nothing where they are not there. */
function matchFrom(wanted: readonly string[], words: readonly string[], start: number): number | undefined {
  if (!isProgram(words[start]!, wanted[0]!, start === 0)) return undefined;
  let index = start + 1;
  for (const word of wanted.slice(1)) {
    while (index < words.length && !isWord(words[index]!, word) && words[index]!.startsWith('-')) {
      index += index + 1 < words.length && !isWord(words[index + 1]!, word) && !words[index + 1]!.startsWith('-') ? 2 : 1;
    }
    if (index >= words.length || !isWord(words[index]!, word)) return undefined;
    index++;
  }
  return index;
}

/** By its base name, in any case; a pattern or an expansion counts where a program must stand. */
function isProgram(given: string, wanted: string, first: boolean): boolean {
  const name = baseName(given);
  const wantedName = baseName(wanted);
  return name === wantedName || (first && isPattern(name) && mayStandFor(name, wantedName));
}

function isWord(given: string, wanted: string): boolean {
  return given === wanted || (isPattern(given) && mayStandFor(given, wanted));
}

function baseName(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1).toLowerCase();
}
