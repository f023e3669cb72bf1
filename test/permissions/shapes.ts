/** A way to hide a command in a line. */
export interface Shape {
  wrap(command: string): string;
  /**
   * `syntax` of the shell around it; `prefix`, a program in front that runs it; `text`, the command as a text that is run;
   * `word`, other spellings of its first word; `unknown`, what only running it would show.
   */
  kind: 'syntax' | 'prefix' | 'text' | 'word' | 'unknown';
  /** A harmless command passes within. */
  passes?: true;
  /** It takes several lines, or changes what stands after it. */
  isBlock?: true;
}

/** Texts in which `%` stands for the command. */
const SYNTAX_THAT_PASSES = [
  '%', '  %  ', '\t%', '%\n', 'echo hi; %', 'echo hi;%', 'echo hi && %', 'echo hi&&%', 'echo hi || %', 'echo hi | %', '% | cat', '% | head -5 | wc -l', 'echo hi |& %', '% & echo hi', 'echo hi &%', '%; echo hi', '% && echo hi', '% || true', '{ %; }', '( % )', '(%)', '{ echo hi; ( % ); }',
  'if true; then %; fi', 'if %; then echo hi; fi', 'if ! %; then echo no; else echo hi; fi', 'if false; then echo hi; elif %; then echo hi; fi', 'if true; then echo hi; else %; fi', 'while %; do echo hi; done', 'until %; do echo hi; done', 'while true; do %; done', 'for x in 1 2; do %; done', 'for x in $(%); do echo hi; done', 'case x in x) %;; esac', 'case x in (x|y) echo hi;; *) %; esac', '! %', 'time %', 'echo "$(%)"', 'echo $(%)', 'echo `%`', 'echo "`%`"', 'echo "a $(echo "b $(%)") c"', '% 2>&1', '% 2>/dev/null', '% >/dev/null 2>&1', '{ %; } 2>/dev/null', '[ -f README.md ] && %', '[[ -n x ]] && %', 'test -d src && %',
];
const BLOCKS_THAT_PASS = ['echo hi\n%', '%\necho hi', '# a comment\n%', 'echo hi # a comment\n%', 'echo hi &&\n  %', 'echo hi \\\n  && %', 'cat <<E\n$(%)\nE', 'cat <<\'E\'\n$(x) `y`\nE\n%', 'if true\nthen\n  %\nfi', 'for x in 1 2\ndo\n  %\ndone', '{\n  %\n}'];
const SYNTAX = [
  'for ((i = 0; i < 2; i++)); do %; done', 'select x in 1; do %; done', 'f() { %; }; f', 'function f { %; }; f', 'f() ( % ); f', 'f() if true; then %; fi; f', 'echo() { %; }; echo hi', 'make() { %; }; make lint', 'coproc %', 'coproc X { %; }', 'time -p %', '! ! %', 'echo <(%)', 'cat < <(%)', 'echo hi > >(%)', 'echo hi | tee >(%)', 'cat <<< "$(%)"', 'read x <<< $(%)', 'a[$(%)]=1', 'a=([$(%)]=1)', 'echo ${a[$(%)]}', 'echo $(( $(%) + 1 ))', 'echo $((a[$(%)]))', '(( $(%) ))', '((a[$(%)]++))', '[[ -n $(%) ]]', '[[ a =~ $(%) ]]', '[ -n "$(%)" ]', 'test -n "$(%)"', 'echo ${x:-$(%)}', 'echo "${x:=$(%)}"', ': "${x:=`%`}"', 'echo "${x//$(%)/y}"', 'echo ${x:$(%)}', 'x=$(%) echo hi', 'CI=$(%) make lint', 'x=$(%)', 'x="`%`"', 'x=($(%))', 'export x=$(%)', 'declare x="$(%)"', 'readonly x=$(%)', 'let "x = $(%)"', 'printf %s "$(%)"'.replace('printf %s', 'printf "%%s"'), 'make lint $(%)', 'make lint "$(%)"', 'case $(%) in *) echo;; esac', 'case x in $(%)) echo;; esac', 'echo > $(%)', 'echo >&$(%)', 'echo hi 2> "$(%)"', 'while read l; do %; done < README.md', 'for x in *; do %; done', 'echo $"$(%)"', 'echo {a,$(%)}', 'echo "$(< README.md; %)"', 'f() { :; }; f() { %; }; f', '(( 1 )) && %', 'echo hi & { %; } & wait', 'echo "$\\\n(%)"', 'x="$\\\n(%)" make lint', '$(true) %', '"$(true)" || %', '>/dev/null %', '2>&1 %', '</dev/null %', 'A=1 %', 'PATH=.:$PATH %', 'CI=1 %', 'shopt -s extglob; %', 'set -e; %', 'cd src && cd .. && %', 'unset x; %', 'exec 3>&1; %', 'declare -f f; %',
];
const BLOCKS = ['cat <<E\n$\\\n(%)\nE', 'cat <<E\n`%`\nE', 'cat <<E; %\nx\nE', 'cat <<"E F"\nx\nE F\n%', 'cat <<-E\n\t$(%)\n\tE', 'cat <<E\n${x:-$(%)}\nE', 'cat <<A <<B\nx\nA\n$(%)\nB', 'cat <<E\n"$(%)"\nE', 'f() {\n  %\n}\nf', 'echo hi # "\n%\n# "', ': \'\n\'; %', 'echo "a\n"; %', 'case x in\n  x)\n    %\n    ;;\nesac'];
const PREFIXES = [
  'sudo %', 'sudo -u root %', 'sudo -E -- %', 'doas %', 'env %', 'env -i %', 'env A=1 B=2 %', 'env -u HOME %', 'env - %', 'nohup %', 'nice %', 'nice -n 5 %', 'nice -5 %', 'timeout 5 %', 'timeout -k 1 5s %', 'timeout --signal=KILL 5 %', 'command %', 'command -p %', 'exec %', 'exec -a x %', 'eval %', 'setsid %', 'stdbuf -oL %', 'ionice -c 3 %', 'xargs %', 'xargs -n1 -0 %', 'xargs -I{} %', 'echo x | xargs %', 'echo x | xargs -r -P4 %', 'find . -exec % \\;', 'find . -name x -exec % {} +', 'find . -execdir % \\;', 'busybox %', '/usr/bin/env %', '/usr/bin/sudo %', 'env nohup nice %', 'sudo env A=1 timeout 5 %', 'time env %', 'builtin command %', 'chroot / %', 'strace %', 'watch %', 'flock x %',
];
const TEXTS = [
  'bash -c %', 'sh -c %', 'bash -lc %', 'bash -ec %', 'bash --norc -c %', '/bin/sh -c %', 'zsh -c %', 'dash -c %', 'bash -c % x y', 'sudo sh -c %', 'env A=1 bash -c %', 'timeout 5 sh -c %', 'xargs sh -c %', 'xargs -I{} sh -c %', 'find . -exec sh -c % \\;', 'eval %', 'trap % EXIT', 'trap -- % INT TERM', 'nohup bash -c % &', 'echo hi | bash -c %', '$(bash -c %)', 'bash -o pipefail -c %', 'su -c %', 'su root -c %',
];
const UNKNOWN = [
  'x=%; $x', 'x=%; eval "$x"', 'x=%; bash -c "$x"', '${x:-%}', 'echo % | bash', 'echo % | sh -s', 'printf %% % | sh', 'bash <<< %', 'sh <<< %', 'bash <(echo %)', 'source <(echo %)', '. /dev/stdin <<< %', 'alias z=%; z', 'eval "$(echo %)"', 'ssh localhost %', 'parallel ::: %', 'script -c % x', 'watch %', 'python3 -c "import os; os.system("%")"', 'perl -e "system(%)"', 'awk "BEGIN { system(%) }"', 'make lint SHELL=%', 'git -c alias.z=! % z', 'git grep -O%', 'tar cf x.tar README.md --checkpoint=1 --checkpoint-action=exec=%', 'sort --compress-program=% README.md', 'rg --pre=% foo', 'PROMPT_COMMAND=% bash -i', 'BASH_ENV=<(echo %) bash x', 'npm test --script-shell=%', 'npm test --node-options=%', 'GIT_PAGER=% git -p log', 'LESSOPEN=% less README.md', 'crontab <<< %', 'at now <<< %', 'tmux new-session %', 'vim -c %', 'expect -c %', 'echo "${x@P}" %', 'set -- %; "$@"', 'x=(%); "${x[@]}"', 'printf -v x "%%s" %; $x', 'read -r x <<< %; $x', 'mapfile x <<< %; ${x[0]}', 'enable -f % x', 'complete -C % x', 'bind -x %', 'hash -p % make; make lint', 'find . -name x -exec bash -c %', 'PS4=% bash -x x', 'declare -n r=x; x=%; $r',
];

const quote = (text: string): string => `'${text.replaceAll('\'', '\'\\\'\'')}'`;
const fill = (pattern: string, text: string): string => pattern.replace(/%%|%/g, (found) => (found === '%%' ? '%' : text));
const firstWord = (command: string, change: (word: string) => string): string => command.replace(/^\S+/, (word) => change(word));

const WORDS: ((command: string) => string)[] = [
  (command) => firstWord(command, (word) => `${word[0]}''${word.slice(1)}`), (command) => firstWord(command, (word) => `${word[0]}""${word.slice(1)}`), (command) => firstWord(command, (word) => `"${word}"`), (command) => firstWord(command, (word) => `'${word}'`),
  (command) => firstWord(command, (word) => `\\${word}`), (command) => firstWord(command, (word) => `$'${word}'`), (command) => firstWord(command, (word) => `$'\\x${word.charCodeAt(0).toString(16)}${word.slice(1)}'`), (command) => firstWord(command, (word) => `$'\\${word.charCodeAt(0).toString(8).padStart(3, '0')}'${word.slice(1)}`),
  (command) => firstWord(command, (word) => `$'\\u00${word.charCodeAt(0).toString(16)}'"${word.slice(1)}"`), (command) => firstWord(command, (word) => `${word[0]}\\\n${word.slice(1)}`), (command) => firstWord(command, (word) => [...word].map((letter) => `'${letter}'`).join('')), (command) => command.replace(' ', ' \\\n'), (command) => command.replace(' ', '\t '),
];
const SPELT: ((command: string) => string)[] = [
  (command) => firstWord(command, (word) => `$x${word}`), (command) => firstWord(command, (word) => `${word.slice(0, -1)}?`), (command) => firstWord(command, (word) => `[${word[0]}]${word.slice(1)}`), (command) => firstWord(command, (word) => `${word}$x`), (command) => firstWord(command, (word) => `$(echo ${word})`), (command) => firstWord(command, (word) => `\${x:-${word}}`),
  (command) => firstWord(command, (word) => `"\${x-${word}}"`), (command) => command.replace(/^(\S+) (.*)$/s, 'set -- $2; $1 "$$@"'), (command) => `echo hi\r\n${command}`, (command) => `${command}\r`, (command) => firstWord(command, (word) => `${word}\u200b`), (command) => `echo hi\u2028${command}`, (command) => `echo hi \u202e; ${command}`, (command) => `${command}\u0000`, (command) => `echo "hi; ${command}`, (command) => `echo $(${command}`, (command) => `(${command}`, (command) => `${command} &&`, (command) => `cat <<E\n$(${command})`,
];

export const SHAPES: readonly Shape[] = [
  ...SYNTAX_THAT_PASSES.map((pattern): Shape => ({ kind: 'syntax', passes: true, wrap: (command) => fill(pattern, command) })),
  ...BLOCKS_THAT_PASS.map((pattern): Shape => ({ kind: 'syntax', passes: true, isBlock: true, wrap: (command) => fill(pattern, command) })),
  ...SYNTAX.map((pattern): Shape => ({ kind: 'syntax', wrap: (command) => fill(pattern, command) })),
  ...BLOCKS.map((pattern): Shape => ({ kind: 'syntax', isBlock: true, wrap: (command) => fill(pattern, command) })),
  ...PREFIXES.map((pattern): Shape => ({ kind: 'prefix', wrap: (command) => fill(pattern, command) })),
  ...TEXTS.map((pattern): Shape => ({ kind: 'text', wrap: (command) => fill(pattern, quote(command)) })),
  ...WORDS.map((wrap): Shape => ({ kind: 'word', wrap })),
  ...UNKNOWN.map((pattern): Shape => ({ kind: 'unknown', wrap: (command) => fill(pattern, quote(command)) })),
  ...SPELT.map((wrap): Shape => ({ kind: 'unknown', wrap })),
];
