import type { Program } from './program.ts';
import { group, NAMED, RUNS_ONE } from './kinds.ts';

/** Programs that test a project, or look through its sources. Those that would rewrite them are told apart by an option. */
export const CHECKERS: Readonly<Record<string, Program>> = {
  pytest: { unsafe: '-c --config-file -p -o --override-ini --rootdir --confcutdir --basetemp --junitxml --junit-xml --import-mode --log-file --pastebin --debug! --pdbcls --cache-dir --report-log '
    + '-W --pythonwarnings --tx --px --rsyncdir --cov-config --cov-report --html --ds --dc --snapshot-update! --json-report-file --pyargs!', refuse: /^@/ },
  pylint: { unsafe: '--init-hook --load-plugins --rcfile --output --generate-rcfile! --generate-toml-config! -f --output-format --from-stdin!' },
  flake8: { unsafe: '--config --append-config --output-file --tee! --format --enable-extensions' },
  coverage: { unsafe: '--rcfile -d --directory -o --data-file', subcommands: { run: RUNS_ONE } },
  tox: { unsafe: '-c --conf --workdir --root --toxworkdir -x --override --installpkg', subcommands: { exec: RUNS_ONE, e: RUNS_ONE } },
  nox: { unsafe: '-f --noxfile --envdir' },
  mocha: { unsafe: '-r --require -c --config --opts --package -R --reporter -O --reporter-option --reporter-options -u --ui --loader --import -n --node-option --experimental-loader --file --extension --inspect! --inspect-brk! --watch-files' },
  jest: {
    unsafe: '-c --config --globalSetup --globalTeardown --setupFiles --setupFilesAfterEnv --testRunner --runner --reporters --resolver --transform --rootDir --testEnvironment '
      + '--testSequencer --outputFile --coverageDirectory --cacheDirectory --watchPlugins --prettierPath --env --filter --preset --projects --moduleNameMapper --modulePaths --roots --snapshotSerializers --snapshotResolver -u! --updateSnapshot! --init!',
  },
  vitest: { unsafe: '-c --config -r --root --dir --reporter --outputFile --environment --globalSetup --workspace --project --pool --runner --attachmentsDir --api --execArgv --configLoader -u! --update! --browser --snapshotEnvironment' },
  eslint: { unsafe: '-c --config --rulesdir --resolve-plugins-relative-to --plugin --parser -o --output-file -f --format --cache-location --cache-file --inspect-config! --flag --mcp! --fix! --init! --suppress-all! --suppress-rule --prune-suppressions!' },
  stylelint: { unsafe: '-c --config --config-basedir --custom-syntax --custom-formatter -f --formatter -o --output-file --fix! --cache-location' },
  biome: { unsafe: '--config-path --write! --apply! --apply-unsafe! --fix! --unsafe! --log-file --reporter-file --vcs-root', subcommands: { ...group(NAMED, 'init migrate start lsp-proxy') } },
  prettier: { unsafe: '--config --plugin --plugin-search-dir --find-config-path --ignore-path --cache-location --parser --write! -w!' },
  tsc: { unsafe: '-p --project --outDir --outFile --declarationDir --tsBuildInfoFile --rootDir --generateTrace --generateCpuProfile -b! --build! --init! --watch! -w!', refuse: /^@/ },
  oxlint: { unsafe: '-c --config --tsconfig --import-plugin! --output-file --fix! --fix-suggestions! --fix-dangerously! --js-plugin --init!' },
  ruff: { unsafe: '--config --output-file -o --cache-dir --fix! --unsafe-fixes! --fix-only! --add-noqa!', subcommands: group(NAMED, 'format clean server') },
  mypy: { unsafe: '--config-file --python-executable --plugin --cache-dir --junit-xml --html-report --txt-report --xml-report --install-types! --shadow-file --custom-typing-module --linecount-report --cobertura-xml-report --any-exprs-report --linecoverage-report', refuse: /^@/ },
  'clang-format': { unsafe: '-i! --style -style --files' },
  'clang-tidy': { unsafe: '--config --config-file -p --fix! --fix-errors! --export-fixes --load --extra-arg --extra-arg-before -fix! -p' },
  phpunit: { unsafe: '-c --configuration --bootstrap --include-path -d --prepend --printer --extension --cache-directory --log-junit --log-teamcity --testdox-html --testdox-text --coverage-html --coverage-clover --coverage-php --coverage-text --coverage-xml --generate-configuration! --migrate-configuration!' },
  phpstan: { unsafe: '-c --configuration -a --autoload-file --generate-baseline' },
  rspec: { unsafe: '-r --require -I -O --options -o --out -f --format --default-path --init! --drb! --bisect' },
  black: { unsafe: '--config -c --code' },
  rubocop: { unsafe: '-c --config -r --require -o --out --plugin -f --format -a! -A! --autocorrect! --autocorrect-all! --auto-correct! --auto-gen-config! --cache-root' },
};
