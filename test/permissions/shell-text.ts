import { FORMS } from './shell-forms.ts';

/** Numbers from 0 to 1, the same in every run. */
export function createRandom(seed: number): () => number {
  let state = seed % 2147483647;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

export interface Words {
  /** Commands in the places where a command stands. */
  commands: readonly string[];
  /** Words in the places of operands, and of whatever else. */
  words: readonly string[];
}

const PIECES = [
  ' ', ' ', '\n', ';', '&', '&&', '||', '|', '|&', '(', ')', '{ ', '; }', '$(', ')', '`', '\'', '\'', '"', '"', '\\', '$', '$x', '${x}', '${x:-', '}', '<<E\n', '<<\'E\'\n', '<<-E\n', '\nE\n', '<<\\E\n', '<<"E"\n', '<<E\'F\'\n', '\nEF\n', '<<$\'E\'\n', '\n\tE\n', 'E\\\nF', '$\\\n', '&\\\n&', '<\\\n', '"$\\\n(', '$\\\n(', '$\\\n{', '$(\\\n', '`\\\n', '\\\n(', '<<<', '<(', '>(', '>f', '>>f', '<f', '2>&1', '>&', '&>f', '>|f', '<>f', '{fd}>f',
  'case x in ', 'x)', ';;', ';&', 'esac', ' in ', '[[ ', ' ]]', '[ ', ' ]', '((', '))', '1', 'for x in ', '; do ', '; done', 'if ', '; then ', '; fi', 'else ', 'elif ', 'while ', 'until ', 'select x in ', '! ', 'time ', 'f() ', 'function f ', 'coproc ', '{a,b}', '{,a}', '{1..3}', '~', '*', '?', '[a]', '$\'a\\x62\'', '$"a"', 'x=', 'x=(', 'x+=1 ',
  'PATH=. ', 'a[1]=', '#', '# ', '\\\n', '=', '-', '--', '{', '}', ',', '\t', '\r', 'é', '@', '!', '+(', '$((', '$[', ']', '${!x}', '${x@P}', '$\'', '\u0001', '\u200b', '🎉', '%', '^', ':', 'eval ', 'exec ', 'command ', 'builtin ', 'trap ', 'set -- ', 'export ', 'declare ', 'unset ', 'alias a=', 'shopt -s extglob\n', 'read x ', 'printf -v x ', 'cd .. ', 'cd src && ', 'env ', 'timeout 5 ', 'nice ', 'xargs ', 'sh -c ', 'bash -c ', '. ', 'let ', 'return ', 'break ',
];

/** Lines of a shell as a program of chance writes them: most can be read, all that the shell knows is in them, and some are cut or broken. */
export function createShellText({ commands, words }: Words, random: () => number): () => string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const word = (depth: number): string => (random() < 0.7 || depth <= 0 ? pick(words) : pick<() => string>([
    () => `"$(${line(depth - 1)})"`, () => `$(${line(depth - 1)})`, () => `\`${pick(commands)}\``, () => `'${pick(commands)}'`, () => `"${pick(commands)}"`, () => `<(${line(depth - 1)})`, () => `\${x:-$(${line(depth - 1)})}`, () => `"\${x:-${pick(words)}}"`, () => `$((1 + $(${line(depth - 1)})))`, () => `\${y[$(${line(depth - 1)})]}`, () => `'a'"b"\\c`, () => `{${pick(words)},${pick(words)}}`, () => '"$x"',
  ])());
  const redirect = (depth: number): string => pick(['2>&1', '2>/dev/null', '>/dev/null', '> made', '>> made', '< src/a.ts', '&>made', '>&2', '<<< text', '2> src/made', `< <(${depth > 0 ? line(depth - 1) : 'a'})`, `> >(${depth > 0 ? line(depth - 1) : 'a'})`]);
  const simple = (depth: number): string => [
    ...(random() < 0.1 ? [pick(['CI=1', 'x=1', 'x=$(a)', `x=$(${depth > 0 ? line(depth - 1) : 'a'})`, 'PATH=.', 'x=(a b)'])] : []), pick(commands), ...Array.from({ length: Math.floor(random() * 3) }, () => word(depth)), ...(random() < 0.2 ? [redirect(depth)] : []),
  ].join(' ');
  const line = (depth: number): string => (depth <= 0 || random() < 0.35 ? simple(depth) : random() < 0.3 ? pick(FORMS).replace(/%/g, () => line(depth - 1)) : pick<() => string>([
    () => `${line(depth - 1)}; ${line(depth - 1)}`, () => `${line(depth - 1)} && ${line(depth - 1)}`, () => `${line(depth - 1)} || ${line(depth - 1)}`, () => `${line(depth - 1)} | ${line(depth - 1)}`, () => `${line(depth - 1)}\n${line(depth - 1)}`, () => `${line(depth - 1)} & ${line(depth - 1)}`,
    () => `(${line(depth - 1)})`, () => `{ ${line(depth - 1)}; }`, () => `if ${line(depth - 1)}; then ${line(depth - 1)}; fi`, () => `if ${line(depth - 1)}; then ${line(depth - 1)}; else ${line(depth - 1)}; fi`, () => `for x in ${word(depth - 1)} 2; do ${line(depth - 1)}; done`, () => `while ${line(depth - 1)}; do ${line(depth - 1)}; break; done`, () => `case ${word(depth - 1)} in ${pick(words)}) ${line(depth - 1)};; *) ${line(depth - 1)};; esac`,
    () => `f() { ${line(depth - 1)}; }; ${simple(depth - 1)}`, () => `! ${line(depth - 1)}`, () => `time ${simple(depth)}`, () => `[[ ${word(depth - 1)} == x ]] && ${line(depth - 1)}`, () => `[ ${word(depth - 1)} = x ] || ${line(depth - 1)}`, () => `cat <<E\n${word(depth - 1)} text\nE\n${line(depth - 1)}`, () => `cat <<'E'\n${line(depth - 1)}\nE\n${line(depth - 1)}`, () => `${line(depth - 1)} # ${pick(words)}`,
  ])());
  const damage = (text: string): string => {
    const at = Math.floor(random() * (text.length + 1));
    return pick([() => text.slice(0, at) + pick(PIECES) + text.slice(at), () => text.slice(0, at) + text.slice(at + 1 + Math.floor(random() * 3)), () => text.slice(0, at), () => text.slice(at), () => text.slice(0, at) + text.slice(Math.floor(random() * text.length))])();
  };
  const noise = (): string => Array.from({ length: 1 + Math.floor(random() * 9) }, () => (random() < 0.35 ? pick([...commands, ...words]) : pick(PIECES)) + (random() < 0.4 ? ' ' : '')).join('');
  return () => {
    if (random() < 0.3) return noise();
    let text = line(Math.floor(random() * 4));
    while (random() < 0.4) text = damage(text);
    return text;
  };
}
