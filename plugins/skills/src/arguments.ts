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

export function fillIn(template: string, { text, words }: Given, names: readonly string[] = []): string {
  return template.replace(PLACE, (whole, index?: string, number?: string, name?: string) => {
    if (whole === '\\$') return '$';
    if (index !== undefined) return words[Number(index)] ?? '';
    if (number !== undefined) return words[Number(number) - 1] ?? '';
    if (name === undefined) return text;
    return names.includes(name) ? words[names.indexOf(name)] ?? '' : whole;
  });
}

/** Whether a text has a place for arguments at all; otherwise they stand behind it. */
export function takesArguments(template: string, names: readonly string[] = []): boolean {
  for (const [whole, , , name] of template.matchAll(PLACE)) if (whole !== '\\$' && (name === undefined || names.includes(name))) return true;
  return false;
}
