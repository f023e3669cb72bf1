import type { Program } from './program.ts';

/** The same for several names. */
export const group = (program: Program, names: string): Record<string, Program> => Object.fromEntries(names.split(' ').map((name) => [name, program]));

/** Options that in most programs start programs, load code, switch configuration or write files. */
export const UNKNOWN_OPTIONS = '-c -C -e -o --config --config-file --configuration --rcfile --exec --exec-path --eval --execute --command --require --import --loader '
  + '--plugin --plugins --preload --init-file --shell --interpreter --editor --pager --wrapper --output --output-file --output-dir --outputFile '
  + '--out --outfile --out-file --out-dir --outDir --outdir --log-file --inspect! --inspect-brk! --node-options';

/** A subcommand that a prefix must name; then it covers what follows. */
export const NAMED: Program = {};
/** They run what their first operand names, or their second. */
export const RUNS_ONE: Program = { runs: 1 };
export const RUNS_TWO: Program = { runs: 2 };
/** What comes behind may run, too, whatever a rule names: only an exact rule covers it. */
export const EXACT: Program = { runs: Infinity };
/** A subcommand that any prefix reaches. */
export const OPEN: Program = { open: true };

export const NODE: Program = {
  runs: 1, code: '-e --eval -p --print -pe',
  values: '-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --input-type --title --watch-path '
    + '--test-reporter --test-reporter-destination --test-name-pattern --test-skip-pattern --test-global-setup --test-concurrency --test-timeout '
    + '--test-shard --icu-data-dir --openssl-config --redirect-warnings --experimental-config-file --diagnostic-dir --cpu-prof-dir',
};

export const PACKAGE_RUNNER: Program = { runs: 1, values: '-p --package --from --with --python', unsafe: '-c --call -p --package --from --with' };
/** A script of package.json gets what stands behind, and is a program that nothing is known of. */
export const SCRIPT: Program = { open: true, unsafe: UNKNOWN_OPTIONS };
