import { skillError } from './errors.ts';

/** Of all that is filled in. */
const MAX_CHARACTERS = 4_000_000;

/** What a person typed behind the name of a command or skill. */
export interface Given {
  /** As it was typed. */
  text: string;
  /** Its words; quotes keep some together. */
  words: readonly string[];
}

export function parseArguments(typed: string): Given {
  const text = typed.trim();
  const words = [...text.matchAll(/"([^"]*)"(?=\s|$)|'([^']*)'(?=\s|$)|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain!);
  return { text, words };
}

/**
 * `$ARGUMENTS`, `$1` … `$9`, `$ARGUMENTS[0]`, and `$name` of those that the file names; `\$` is a dollar. Done once: what is
 * filled in is never looked at again.
 */
const PLACE = /\\\$|\$ARGUMENTS\[(\d{1,2})\]|\$ARGUMENTS\b|\$([1-9])(?!\d)|\$([A-Za-z_]\w*)/g;

/**
 * Fills arguments into one text after the other.
 * @throws PithError COMMAND_INVALID where long arguments in many places come to more than anybody reads
 */
export function createFiller({ text, words }: Given, names: readonly string[] = []): (template: string) => string {
  let length = 0;
  const valueOf = (whole: string, index?: string, number?: string, name?: string): string => {
    if (whole === '\\$') return '$';
    if (index !== undefined) return words[Number(index)] ?? '';
    if (number !== undefined) return words[Number(number) - 1] ?? '';
    if (name === undefined) return text;
    return names.includes(name) ? words[names.indexOf(name)] ?? '' : whole;
  };
  return (template) => template.replace(PLACE, (whole, index?: string, number?: string, name?: string) => {
    const value = valueOf(whole, index, number, name);
    length += value.length;
    if (length > MAX_CHARACTERS) throw skillError(`The arguments come to more than ${MAX_CHARACTERS} characters in its text`, 'COMMAND_INVALID', 'Pass less, or put it into a file.');
    return value;
  });
}

/** Whether a text has a place for arguments at all; otherwise they stand behind it. */
export function takesArguments(template: string, names: readonly string[] = []): boolean {
  for (const [whole, , , name] of template.matchAll(PLACE)) if (whole !== '\\$' && (name === undefined || names.includes(name))) return true;
  return false;
}
