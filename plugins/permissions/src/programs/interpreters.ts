import type { Program } from './program.ts';
import { EXACT, group, NAMED, NODE, PACKAGE_RUNNER, RUNS_ONE } from './kinds.ts';

const SHELL: Program = { runs: 1, code: '-c', values: '-o +o -O +O --rcfile --init-file' };

/** Programs that run what they are given: shells, interpreters, editors, databases. */
export const INTERPRETERS: Readonly<Record<string, Program>> = {
  // Shells and interpreters: the operand is the script.
  ...group(SHELL, 'sh bash rbash dash ash ksh mksh zsh fish csh tcsh pwsh powershell cmd'),
  ...group(NODE, 'node tsx ts-node'),
  ...group(RUNS_ONE, 'babel-node ipython rscript r wish tclsh osascript groovy scala elixir erl escript guile racket runghc runhaskell ghci jshell irb dc m4 ocaml raku janet bb clj mono wine kotlin dart'),
  // What they read can start programs: an editor's commands, a pager's, a database's `.shell` and `\!`.
  ...group(EXACT, 'vi vim nvim view ex ed emacs nano less more man info sqlite3 psql mysql gdb lldb ftp telnet bc'),
  // What they open decides which program starts.
  ...group(EXACT, 'open xdg-open gio kde-open explorer sensible-browser x-www-browser wslview cygstart'),
  // Builtins that change the shell, or run what stands in an index.
  ...group(EXACT, 'let declare typeset local readonly unset read getopts hash compgen fc'),
  python: { runs: 1, code: '-c', values: '-W -X' },
  pypy: { runs: 1, code: '-c', values: '-W -X' },
  perl: { runs: 1, code: '-e -E', values: '-I' },
  ruby: { runs: 1, code: '-e', values: '-I -r -C -E' },
  php: { runs: 1, code: '-r -B -R -E --run --process-code', values: '-c -d -z' },
  lua: { runs: 1, code: '-e', values: '-l' },
  luajit: { runs: 1, values: '-l' },
  julia: { runs: 1, values: '-L -J' },
  java: { runs: 1, singleDash: true, values: '-cp -classpath --class-path --module-path -p' },
  deno: { runs: 1, unsafe: '-c --config --import-map --preload --lock --env-file', subcommands: { ...group(RUNS_ONE, 'run eval repl x'), ...group(NAMED, 'test fmt lint check task install') } },
  bun: { runs: 1, values: '--cwd', unsafe: '-c --config --cwd -r --preload --env-file', subcommands: { run: RUNS_ONE, x: PACKAGE_RUNNER, ...group(NAMED, 'test install add remove') } },
  awk: { runs: 1, values: '-F -v', unsafe: '-f -e -E -i -l -o -p -d --file --source --exec --include --load --pretty-print --profile --dump-variables' },
  sed: { runs: 1, permutes: true, values: '-l', unsafe: '-i! -e -f -w --in-place! --expression --file' },
};
