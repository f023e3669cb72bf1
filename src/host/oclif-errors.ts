/** The exit code of an error that oclif made; nothing for any other error. */
export function cliErrorExit(error: unknown): number | undefined {
  const exit = (error as { oclif?: { exit?: unknown } } | null)?.oclif?.exit;
  return typeof exit === 'number' ? exit : undefined;
}

/** What oclif says of a wrong command line, as one sentence: without its heading, its advice and its notes. */
export function toFlagSentence(message: string): string {
  const [said] = message.replace(/^The following errors? occurred:\s*/, '').split(/\n(?:See more help|\nNote:)/);
  const lines = said!.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  const value = /^Parsing (--\S+) Expected (.+) but received: (.*)$/s.exec(lines.join(' '));
  if (value !== null) return `${value[1]} takes ${value[2]}; found ${JSON.stringify(value[3])}`;
  const missing = /^Missing \d+ required args?:$/.test(lines[0] ?? '') ? lines.slice(1).map(toMissing) : [];
  return (missing.length > 0 ? missing.join('; ') : lines.join(' ')).replaceAll(/(--[a-z-]+)=true\b/g, '$1').replace(/\.$/, '');
}

/** `file  A settings file.` as oclif lists it, in the way in which help writes it. */
function toMissing(line: string): string {
  const [, name = line, description] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
  return `${name.toUpperCase()} is missing${description === undefined ? '' : `: ${description.charAt(0).toLowerCase()}${description.slice(1).replace(/\.$/, '')}`}`;
}

/** `this.exit()` ends a command by throwing; there is nothing to say. */
export function isQuietExit(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'EEXIT';
}
