import type { Argument } from './argument.ts';

const SHELLS = /^(?:.*\/)?(?:ba|da|a|z|k|mk|r?ba)?sh(?:-?[\d.]+)?$/;

/** The shell texts that a command runs, where its words say them: `sh -c TEXT`, `eval WORDS`, `trap TEXT SIGNAL`, `alias NAME=TEXT`, `env -S TEXT`. */
export function innerTexts(words: readonly Argument[]): string[] {
  const known = words.map((word) => (word.kind === 'known' ? word.text : undefined));
  const at = programIndex(known);
  const program = known[at];
  const own = program === undefined ? [] : textsOf(program, known.slice(at + 1));
  const splits = known.some((word) => word !== undefined && base(word) === 'env');
  return [...own, ...known.flatMap((word) => (splits ? SPLIT : HANDED).exec(word ?? '')?.[1] ?? [])];
}

const HANDED = /^--(?:exec|command|to-command|rsh)=([^]+)$/;
const SPLIT = /^(?:-[a-zA-Z]*S|--split-string=?|--(?:exec|command|to-command|rsh)=)([^]+)$/;

function textsOf(program: string, given: readonly (string | undefined)[]): string[] {
  switch (program) {
    case 'eval': return given.length > 0 && !given.includes(undefined) ? [given.join(' ')] : [];
    case 'alias': return given.flatMap((word) => /^[^=]+=([^]*)$/.exec(word ?? '')?.[1] ?? []);
    case 'trap': return given[0] !== undefined && given.length > 1 && !/^-/.test(given[0]) ? [given[0]] : [];
    default: return SHELLS.test(program) ? codeOf(given) : evaluatedWords(program, given);
  }
}

/** What follows `-c`, in whatever bundle of options it stands. */
function codeOf(given: readonly (string | undefined)[]): string[] {
  const option = given.findIndex((word) => word !== undefined && /^-[a-zA-Z]*c[a-zA-Z]*$/.test(word));
  const code = option === -1 ? undefined : given.slice(option + 1).find((word) => word === undefined || !/^[-+]/.test(word));
  return code === undefined ? [] : [code];
}

/** Builtins that take names of variables, and so the indexes of them, which bash evaluates; and those that evaluate all they are given. */
const INDEXING = new Set('read printf test [ declare typeset local readonly export unset mapfile readarray getopts wait'.split(' '));
const EVALUATING = new Set(['let', 'compgen', 'complete']);

/** The words of a builtin that bash expands a second time, quoted or not: `test -v 'a[$(x)]'`. */
export function evaluatedWords(program: string, given: readonly (string | undefined)[]): string[] {
  if (!EVALUATING.has(program) && !INDEXING.has(program)) return [];
  return given.filter((word): word is string => word !== undefined && /[$`]/.test(EVALUATING.has(program) ? word : fromIndex(word)));
}

/** What may be an index and stand behind it. */
function fromIndex(word: string): string {
  const start = word.search(/\w\[/);
  return start === -1 ? '' : word.slice(start);
}

/** Whether a command is a shell that reads what it runs from elsewhere: from a pipe, a here-document. */
export function takesCode(words: readonly Argument[]): boolean {
  const known = words.map((word) => (word.kind === 'known' ? word.text : undefined));
  const at = programIndex(known);
  const given = known.slice(at + 1);
  if (known[at] === 'source' || known[at] === '.') return given[0] === '/dev/stdin' || words[at + 1]?.kind !== 'known';
  return known[at] !== undefined && SHELLS.test(known[at]) && (given.includes('-s') || given.every((word) => word !== undefined && /^[-+]/.test(word)));
}

const LAUNCHERS = new Set(['sudo', 'env', 'nohup', 'command', 'exec', 'builtin', 'time', 'nice', 'timeout', 'setsid', 'stdbuf', 'doas', 'ionice', 'xargs', 'busybox', 'toybox']);

/** Behind programs that run what follows them, with their options, numbers and assignments. */
function programIndex(words: readonly (string | undefined)[]): number {
  let index = 0;
  while (index < words.length - 1) {
    const word = words[index];
    if (word === undefined) return words.length;
    if (index > 0 ? /^[-+]|^\d[\d.]*[smhd]?$|^[A-Za-z_]\w*=/.test(word) || LAUNCHERS.has(base(word)) : LAUNCHERS.has(base(word))) index++;
    else break;
  }
  return index;
}

function base(word: string): string {
  return word.slice(word.lastIndexOf('/') + 1);
}
