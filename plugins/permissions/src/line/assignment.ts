import { OPEN, type Word } from '@pith/shell';

/** `NAME=value`, in front of a command or alone. */
export interface Assignment {
  name: string;
  /** As it is after quotes are resolved, with `OPEN` for what is not known. */
  text: string;
}

/** They change nothing of what a command does, as far as permission is concerned. */
const HARMLESS_VARIABLES = new Set(['CI', 'NODE_ENV', 'NO_COLOR', 'FORCE_COLOR', 'LANG', 'LC_ALL', 'TZ', 'TERM']);
/** What bash itself obeys, or evaluates. */
const SHELL_VARIABLES = /^(BASH.*|PATH|IFS|ENV|HOME|CDPATH|LD_.*|DYLD_.*|PS\d|PROMPT_COMMAND|SHELLOPTS|GLOBIGNORE|EXECIGNORE|POSIXLY_CORRECT|HIST.*|OLDPWD|PWD|SHELL|OPT.*|FUNCNEST|TMPDIR|TIMEFORMAT)$/;
/** In small letters, yet obeyed by programs. */
const OBEYED = /^npm_|_proxy$/;

export function toAssignment({ parts }: Word): Assignment {
  const text = parts.map((part) => (part.kind === 'expansion' ? OPEN : part.text)).join('');
  return { name: /^[A-Za-z_]\w*/.exec(text)?.[0] ?? '', text };
}

export function isHarmlessAssignment({ name, text }: Assignment): boolean {
  return isHarmlessName(name) && text[name.length] === '=';
}

export function isHarmlessName(name: string): boolean {
  return HARMLESS_VARIABLES.has(name);
}

/** A name that only scripts use for themselves: no program and no shell looks at it. */
export function isOwnName(name: string): boolean {
  return /^[a-z_][a-z0-9_]*$/.test(name) && !OBEYED.test(name);
}

export function isShellName(name: string): boolean {
  return SHELL_VARIABLES.test(name);
}
