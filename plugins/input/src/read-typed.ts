import { escapeControl } from '@pith/kernel';

/** What somebody typed, by its beginning. */
export type Typed =
  /** What the model reads; a backslash that kept it from being a command is gone. */
  | { kind: 'text'; text: string }
  | { kind: 'command'; name: string; argument: string }
  | { kind: 'shell'; command: string }
  /** Looks like a command, and holds what nobody sees. */
  | { kind: 'hidden'; shown: string };

/** `/name`, alone or with words behind it. More than one slash is a path or a comment, other characters are something else again. */
const COMMAND = /^\/(\p{L}[\p{L}\p{N}_:.-]*)(?:\s+([^]*))?$/u;
/** `!!`, `!=` and the like begin no command of a shell. */
const SHELL = /^!\s*([^\s!=?,;][^]*)$/;
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** Only the very beginning counts: a space or a backslash in front of it makes it text. */
export function readTyped(text: string): Typed {
  if (text.startsWith('\\/') || text.startsWith('\\!')) return { kind: 'text', text: text.slice(1) };
  const [, name, argument = ''] = COMMAND.exec(text) ?? [];
  if (name !== undefined) return { kind: 'command', name, argument: argument.trim() };
  const [, command] = SHELL.exec(text) ?? [];
  if (command !== undefined) return { kind: 'shell', command: command.trimEnd() };
  const [first = ''] = text.split(/[ \t\r\n]/, 1);
  const seen = first.replaceAll(HIDDEN, '');
  return seen !== first && COMMAND.test(seen) ? { kind: 'hidden', shown: escapeControl(first) } : { kind: 'text', text };
}
