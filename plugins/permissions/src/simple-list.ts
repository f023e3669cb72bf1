import { parseSimpleCommand } from './simple-command.ts';
import { unwrap } from './wrapper.ts';

/** Builtins that change what the commands after them are, or where: with one of them the parts cannot be judged one by one. */
const CHANGES_THE_SHELL = new Set('. alias builtin cd command declare enable eval exec export getopts hash let local mapfile popd pushd read readarray readonly set shopt source trap typeset ulimit umask unalias unset'.split(' '));

/**
 * The commands of a line that is certain to be only simple commands, joined by `&&`, `||`, `;`, `|` or line ends.
 * @returns nothing where it is anything else, a single command included
 */
export function splitSimpleList(text: string): string[] | undefined {
  const parts = splitUnquoted(text);
  if (parts === undefined || parts.length < 2) return undefined;
  for (const part of parts) {
    const command = parseSimpleCommand(part);
    if (command === undefined || CHANGES_THE_SHELL.has(unwrap(command.words)[0]!)) return undefined;
  }
  return parts;
}

/** The part of a line because of which it is no list of simple commands, and what is the matter with it. */
export function findDoubt(text: string): { part: string; why: string } | undefined {
  const parts = splitUnquoted(text) ?? [text];
  for (const part of parts) {
    const command = parseSimpleCommand(part);
    if (command === undefined) return { part, why: 'it is not certain to be plain commands joined by &&, ||, ;, | or line ends' };
    if (parts.length > 1 && CHANGES_THE_SHELL.has(unwrap(command.words)[0]!)) return { part, why: 'it changes the shell for the other parts of the line' };
  }
  return undefined;
}

/** Parted where no quote is open. An operator without a command on both sides is no list that we know. */
function splitUnquoted(text: string): string[] | undefined {
  const parts: string[] = [];
  let start = 0;
  let quote = '';
  /** The operator before this part asks for one; a line end or `;` does not. */
  let needed = false;
  const take = (end: number, needsNext: boolean, allowsEmpty: boolean): boolean => {
    const part = text.slice(start, end);
    const isEmpty = part.trim() === '';
    if (isEmpty && (!allowsEmpty || needed)) return false;
    if (!isEmpty) parts.push(part);
    needed = needsNext;
    return true;
  };
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (quote !== '') {
      if (character === '\\' && quote === '"') index++;
      else if (character === quote) quote = '';
      continue;
    }
    if (character === '\'' || character === '"') { quote = character; continue; }
    const operator = text.startsWith('&&', index) || text.startsWith('||', index) ? 2 : character === '|' || character === ';' || character === '\n' ? 1 : 0;
    if (operator === 0) continue;
    const isJoin = operator === 2 || character === '|';
    // An empty line is nothing, also after `&&`; an empty part anywhere else is no line that bash reads.
    if (character === '\n' && text.slice(start, index).trim() === '') { start = index + 1; continue; }
    if (!take(index, isJoin, false)) return undefined;
    index += operator - 1;
    start = index + 1;
  }
  return quote === '' && take(text.length, false, true) ? parts : undefined;
}
