import type { Program } from './program.ts';

const group = (program: Program, names: string): Record<string, Program> => Object.fromEntries(names.split(' ').map((name) => [name, program]));

/** Options that in most programs start programs, load code, switch configuration or write files. */
export const UNKNOWN_OPTIONS = '-c -C -e -o --config --config-file --configuration --rcfile --exec --exec-path --eval --execute --command --require --import --loader '
  + '--plugin --plugins --preload --init-file --shell --interpreter --editor --pager --wrapper --output --output-file --output-dir --outputFile '
  + '--out --outfile --out-file --out-dir --outDir --outdir --log-file --inspect! --inspect-brk! --node-options';

/** A subcommand that a prefix must name; then it covers what follows. */
const NAMED: Program = {};
const RUNS_ONE: Program = { runs: 1 };
const RUNS_TWO: Program = { runs: 2 };
/** What comes behind may run, too, whatever a rule names: only an exact rule covers it. */
const EXACT: Program = { runs: Infinity };
/** A subcommand that any prefix reaches. */
const OPEN: Program = { open: true };
const SHELL: Program = { runs: 1, code: '-c', values: '-o +o -O +O --rcfile --init-file' };

const NODE: Program = {
  runs: 1, code: '-e --eval -p --print -pe',
  values: '-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --input-type --title --watch-path '
    + '--test-reporter --test-reporter-destination --test-name-pattern --test-skip-pattern --test-global-setup --test-concurrency --test-timeout '
    + '--test-shard --icu-data-dir --openssl-config --redirect-warnings --experimental-config-file --diagnostic-dir --cpu-prof-dir',
};

const PACKAGE_RUNNER: Program = { runs: 1, values: '-p --package --from --with --python', unsafe: '-c --call -p --package --from --with' };
/** A script of package.json gets what stands behind, and is a program that nothing is known of. */
const SCRIPT: Program = { open: true, unsafe: UNKNOWN_OPTIONS };

const PACKAGE_MANAGER: Program = {
  values: '--prefix -C --dir --cwd -w --workspace --filter -F --registry',
  unsafe: '--prefix -C --dir --cwd --config --userconfig --globalconfig --script-shell --shell --shell-mode! --shell-emulator! --node-options --registry --globaldir -g! --global! --cache '
    + '--git --editor --viewer --browser --init-module --modules-folder --cwd --use-yarnrc --inspect! --inspect-brk!',
  refuse: /^--config\./,
  strict: true,
  subcommands: {
    ...group(PACKAGE_RUNNER, 'exec x dlx create init'),
    ...group(NAMED, 'config c set explore edit link publish plugin import pkg version set-script patch patch-commit rebuild adduser login logout token owner access'),
    node: NODE,
    ...group(RUNS_TWO, 'workspace workspaces'),
    ...group(SCRIPT, 'run run-script test t tst start stop restart build lint dev check format typecheck'),
    ...group(OPEN, 'install i ci add remove rm uninstall un update up upgrade ls list ll la outdated audit view info show why explain fund search ping prune dedupe root bin prefix doctor help pack cache query sbom diff store licenses install-test it install-ci-test'),
  },
};

const CONTAINERS: Program = {
  values: '-H --host -c --context --config -l --log-level',
  before: '-H --host -c --context --config',
  subcommands: {
    ...group(NAMED, 'cp save export config context plugin'),
    ...group(RUNS_TWO, 'buildx container'),
    run: {
      runs: 1, values: '-v --volume -e --env -p --publish -w --workdir --name -u --user --mount --network --entrypoint',
      unsafe: '-v --volume --mount --privileged! --device --entrypoint --cap-add --security-opt --pid --network --env-file --volumes-from --userns --ipc --cidfile',
    },
    exec: { runs: 2, values: '-e --env -w --workdir -u --user', unsafe: '--privileged! --env-file' },
    compose: {
      open: true,
      values: '-f --file -p --project-name --env-file --profile --project-directory', unsafe: '-f --file --env-file --project-directory',
      subcommands: { exec: { runs: 2, values: '-e --env -w --workdir -u --user --index', unsafe: '--privileged!' }, run: { runs: 2, values: '-e --env -w --workdir -u --user --name', unsafe: '-v --volume --entrypoint --cap-add' }, ...group(NAMED, 'cp config') },
    },
    build: { unsafe: '-f --file -o --output --iidfile --build-context --secret --ssh --metadata-file' },
  },
};

/** Names that steer a shell, a loader, or a program that a recipe may start: what make is given, its recipes get as environment. */
const STEERING = '(?:\\..*|PATH|HOME|ENV|IFS|CDPATH|TMPDIR|CLASSPATH|EDITOR|VISUAL|BROWSER|KUBECONFIG|VPATH|CC|CXX|CPP|LD|AR|AS|FC|RM|LEX|YACC|MFLAGS|GZIP|WGETRC|LOCPATH|NLSPATH|HOSTALIASES'
  + '|(?:BASH|SHELL|LD_|DYLD_|GIT_|SSH_|PYTHON|PERL|RUBY|GEM_|BUNDLE_|NODE_|NPM_|YARN_|PNPM_|JAVA|JDK_|_JAVA|RUST|CARGO|GO[A-Z]|PIP_|UV_|POETRY_|LUA|PHP|COMPOSER_|MAVEN_|M2_|GRADLE_|LESS|MAN|XDG_|DOCKER_|TERM[IC]|GCONV_|RIPGREP_|GREP_|CURL_|MAKE|GNUMAKE|ESLINT|PYTEST|MOCHA|JEST)\\w*'
  + '|\\w*(?:PAGER|_WRAPPER|_COMMAND|_PRELOAD|_PROXY|_proxy|_OPTIONS|_OPTS|_PATH|_CONFIG|_RC))';
/** A variable for make that is not plain: by its name, or because a shell or a program would read more than a value in it. */
const MAKE_VARIABLE = new RegExp(
  `[$\`]|!=|^[^=]*[^\\w=.:+?-][^=]*=|^${STEERING}[:+?]*=|^(?![\\w]*FLAGS=-(?:O[0-3sgz]?|g\\d?|W[a-z-]+|D\\w+|D\\w+=\\w+|std=[\\w+]+|fPIC|pipe)$|\\w+=-[vqsx]+$|\\w+=--(?:verbose|quiet)$)[^-=]+=(?:-|.*[^\\w.,:+@%=-])`, 's',
);

const COMPILER: Program = { singleDash: true, unsafe: '-o -B -wrapper -specs -T -dumpdir -save-temps --sysroot --config -load -Xclang -Xlinker -Xassembler', refuse: /^(@|-W[alp],|-f(plugin|pass-plugin|use-ld)|-specs=|-o|-B)/ };
/** `ext::command` and the like name a program that speaks for another repository. */
const TRANSPORT = /(?:^|=)[\w+-]+::/;
const GIT_REMOTE: Program = { open: true, unsafe: '--upload-pack --receive-pack --exec -s --strategy -x', refuse: TRANSPORT };

/** By base name, in lower case, without a version at its end. What is not here is judged by `UNKNOWN_PROGRAM`. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  // Shells and interpreters: the operand is the script.
  ...group(SHELL, 'sh bash rbash dash ash ksh mksh zsh fish csh tcsh pwsh powershell cmd'),
  ...group(NODE, 'node tsx ts-node'),
  ...group(RUNS_ONE, 'babel-node ipython rscript r wish tclsh expect osascript groovy scala elixir erl escript guile racket runghc runhaskell ghci jshell irb dc m4 ocaml raku janet bb clj mono wine kotlin dart'),
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

  // Launchers: the operand is a command of its own.
  ...group(RUNS_ONE, 'nohup setsid unbuffer command builtin eval source . trap coproc enable alias bind complete mapfile readarray export set shopt'),
  ...group(RUNS_ONE, 'entr valgrind script rlwrap busybox toybox unshare nsenter bwrap firejail proot systemd-run at batch crontab nodemon concurrently'),
  ...group(RUNS_ONE, 'npm-run-all run-s run-p dotenv parallel nix-shell nc ncat pkexec time'),
  ...group(RUNS_TWO, 'su runuser chrt taskset faketime chroot flock perf tmux screen direnv nix socat ltrace conda mamba micromamba sg setpriv numactl prlimit runcon gosu su-exec flatpak snap'),
  ...group(RUNS_ONE, 'chronic fakeroot eatmydata setarch linux32 linux64 capsh cgexec dbus-run-session xvfb-run torsocks torify proxychains proxychains4 dtach abduco rr heaptrack hyperfine gtime tini'),
  ...group(RUNS_ONE, 'dumb-init daemonize start-stop-daemon watchexec reflex chokidar onchange newgrp ansible vagrant heroku act devbox qemu ld.so invoke fab'),
  ...group(PACKAGE_RUNNER, 'npx pnpx bunx uvx'),
  env: { runs: 1, assignments: true, values: '-u --unset -C --chdir', unsafe: '-S --split-string -C --chdir' },
  'cross-env': { runs: 1, assignments: true },
  sudo: { runs: 1, assignments: true, values: '-u -g -h -p -C -r -t -T -U -D -R --user --group --chdir --chroot', unsafe: '-e! --edit! -s! --shell! -i! --login!' },
  doas: { runs: 1, values: '-u -C' },
  xargs: { runs: 1, values: '-I -n -P -L -d -E -s -a --max-args --max-procs --max-lines --delimiter --arg-file --replace', unsafe: '-a --arg-file' },
  exec: { runs: 1, values: '-a' },
  stdbuf: { runs: 1, values: '-i -o -e' },
  nice: { runs: 1, values: '-n --adjustment' },
  ionice: { runs: 1, values: '-c -n -p' },
  timeout: { runs: 2, values: '-k -s --kill-after --signal' },
  watch: { runs: 1, values: '-n --interval' },
  strace: { runs: 1, values: '-e -o -p -s', unsafe: '-o --output' },
  ssh: { runs: 2, values: '-p -i -l -o -F -J -L -R -D -b -c -E -e -I -m -O -Q -S -W -w', unsafe: '-o -F -E -I -S -L -R -D' },
  sftp: { runs: 1, unsafe: '-S -b -o -F -D' },
  docker: CONTAINERS,
  podman: CONTAINERS,
  kubectl: { before: '--kubeconfig --context', values: '-n --namespace --context --kubeconfig', unsafe: '--kubeconfig', subcommands: { exec: { runs: 2, values: '-c -n' }, ...group(RUNS_TWO, 'run debug'), ...group(NAMED, 'config edit plugin cp') } },
  pipx: { subcommands: { run: PACKAGE_RUNNER, runpip: RUNS_TWO } },
  uv: {
    unsafe: '--directory --project --config-file -c --config-settings -i --index-url --extra-index-url --default-index --index -f --find-links --python --target --prefix -e --editable --overrides --build-constraints',
    subcommands: { run: { runs: 1, values: '--with --python -p --env-file --with-requirements --with-editable --package --extra --group', unsafe: '--with --with-requirements --with-editable --python --env-file -s! --script!' }, tool: { subcommands: { run: PACKAGE_RUNNER } } },
  },
  pdm: { unsafe: '-p --project -c --config', subcommands: { run: RUNS_ONE, config: NAMED, plugin: NAMED } },
  ...group({ subcommands: { run: RUNS_ONE } }, 'rye pixi'),
  poetry: { unsafe: '-C --directory -P --project', subcommands: { run: RUNS_ONE, config: NAMED, self: NAMED } },
  pipenv: { subcommands: { run: RUNS_ONE } },
  hatch: { unsafe: '--config', subcommands: { run: RUNS_ONE, config: NAMED } },
  bundle: { subcommands: { exec: RUNS_ONE, config: NAMED, open: NAMED } },
  rustup: { subcommands: { run: RUNS_TWO, set: NAMED, override: NAMED } },
  mise: { unsafe: '-C --cd', subcommands: group(RUNS_ONE, 'exec x run') },
  asdf: { subcommands: { exec: RUNS_ONE } },

  // Programs of a project's daily work.
  git: {
    values: '-c -C --git-dir --work-tree --exec-path --namespace --config-env --super-prefix --attr-source',
    before: '-c -C --git-dir --work-tree --exec-path --namespace --config-env --super-prefix --attr-source -p! --paginate! --bare!',
    unsafe: '--output --output-directory --ext-diff! --textconv! --upload-pack --receive-pack --exec --open-files-in-pager --no-index! --template '
      + '--separate-git-dir --extcmd --tool --config --editor --to-cmd --cc-cmd --header-cmd --smtp-server --sendmail-cmd',
    reads: 'status diff log show blame grep ls-files ls-tree rev-parse rev-list describe shortlog add commit cat-file name-rev branch tag fetch push',
    // Any other name is an alias or a program called git-NAME.
    strict: true,
    subcommands: {
      ...group(OPEN, 'status diff log show branch add rm mv reset restore switch checkout stash blame annotate grep ls-files ls-tree rev-parse rev-list describe shortlog cat-file name-rev merge-base reflog clean'),
      ...group(OPEN, 'for-each-ref show-ref show-branch count-objects check-ignore check-attr check-ref-format check-mailmap cherry range-diff diff-tree diff-index diff-files hash-object mktree write-tree read-tree commit-tree'),
      ...group(OPEN, 'var version fsck prune pack-refs repack notes whatchanged verify-commit verify-tag verify-pack stripspace column interpret-trailers merge-tree merge-file request-pull rerere sparse-checkout update-index'),
      ...group({ open: true, texts: '-m --message' }, 'commit tag'),
      ...group({ open: true, unsafe: '--strategy' }, 'cherry-pick revert'),
      // A patch writes what it names, whatever that is.
      ...group({ unsafe: '--unsafe-paths! --directory --build-fake-ancestor' }, 'apply am'),
      // What is set decides what git runs: the rule must name the key.
      config: { runs: 1, values: '-f --file --type --default', unsafe: '-f --file --blob -e! --edit!' },
      remote: { refuse: TRANSPORT, unsafe: '--mirror' },
      ...group(NAMED, 'filter-branch hook daemon instaweb send-email worktree init replace update-ref symbolic-ref gc fast-import fast-export lfs'),
      ...group(NAMED, 'credential maintenance web gui citool help bundle svn p4 upload-pack receive-pack http-backend shell'),
      ...group(GIT_REMOTE, 'push pull fetch ls-remote'),
      bisect: { open: true, subcommands: { run: RUNS_ONE, ...group(NAMED, 'view visualize') } },
      submodule: { open: true, refuse: TRANSPORT, subcommands: { foreach: RUNS_ONE } },
      difftool: { unsafe: '-x --extcmd -t --tool' },
      mergetool: { unsafe: '-t --tool' },
      rebase: { open: true, unsafe: '-x --exec -i! --interactive! -s --strategy' },
      merge: { open: true, unsafe: '-s --strategy' },
      clone: { unsafe: '-c --config -u --upload-pack --template --separate-git-dir --recurse-submodules! --recursive! --reference', refuse: TRANSPORT },
      grep: { open: true, unsafe: '-O --open-files-in-pager --no-index! --textconv!' },
      'format-patch': { open: true, unsafe: '-o --output-directory --output' },
      archive: { open: true, unsafe: '-o --output --exec --remote' },
      'checkout-index': { open: true, unsafe: '--prefix' },
    },
  },
  ...group(PACKAGE_MANAGER, 'npm pnpm yarn'),
  make: {
    unsafe: '-f --file --makefile -C --directory -I --include-dir --eval -E -W --what-if -o --old-file -t! --touch!',
    // Its variables hold functions that run commands, name the programs of its recipes, and stand unquoted in their lines.
    refuse: MAKE_VARIABLE,
  },
  just: { unsafe: '-f --justfile -d --working-directory --shell --shell-arg --shell-command! -c --command --set --dotenv-path --dotenv-filename -e! --edit! --chooser', refuse: /^\w+=/ },
  task: { unsafe: '-t --taskfile -d --dir -g! --global! -o --output -i! --init!', refuse: /^\w+=/ },
  ninja: { unsafe: '-f -C -t' },
  cmake: { unsafe: '-P -C -E -S -B --build --install --open --toolchain -D --preset -G --graphviz --trace-redirect' },
  ctest: { unsafe: '-S --script -SP --script-new-process -D -T -M --build-and-test! -O --output-log --output-junit --test-dir --build-config --overwrite' },
  meson: { unsafe: '-C --native-file --cross-file' },
  bazel: { before: '--bazelrc --output_base --output_user_root --host_jvm_args --server_javabase', unsafe: '--run_under --script_path --override_repository --override_module --package_path --action_env --test_env --extra_toolchains --workspace_status_command --config', subcommands: { run: RUNS_ONE } },
  cargo: {
    values: '--config --manifest-path -C -Z --target-dir --color',
    unsafe: '--config --manifest-path -C -Z --target-dir --artifact-dir --out-dir --lockfile-path --root --fix! --open! --timings',
    // A toolchain, or a description of a target, which names a linker.
    refuse: /^\+|\.json$/,
    // Any other name is an alias or a program called cargo-NAME.
    strict: true,
    subcommands: {
      ...group(OPEN, 'build b check c test t doc d bench clippy fmt tree metadata update search clean fetch vendor add remove rm new init pkgid locate-project generate-lockfile verify-project version help info package report'),
      ...group(NAMED, 'install uninstall run r rustc rustdoc publish login logout owner yank script fix miri config nextest'),
    },
  },
  rustc: { unsafe: '-o -C -L -Z --out-dir --emit --sysroot --extern --codegen --linker --config', refuse: /^@/ },
  go: {
    singleDash: true,
    unsafe: '-exec -toolexec -C -modfile -overlay -o -c! -ldflags -gcflags -asmflags -gccgoflags -vettool -compiler -pkgdir -coverprofile -cpuprofile -memprofile '
      + '-blockprofile -mutexprofile -trace -outputdir -fuzzcachedir -modcacherw! -mod -pgo -w! -u! -fix! -http -asan -msan',
    subcommands: { ...group({ runs: 1, singleDash: true }, 'run install tool'), ...group(NAMED, 'generate env get telemetry mod work fix') },
  },
  gofmt: { unsafe: '-w! -r -cpuprofile', singleDash: true },
  ...group(COMPILER, 'gcc cc clang g++ c++ clang++'),
  javac: { singleDash: true, unsafe: '-d -processor -processorpath -cp -classpath --class-path -s -h --processor-path --processor-module-path', refuse: /^(@|-J|-Xplugin)/ },
  gradle: { unsafe: '-I --init-script -b --build-file -c --settings-file -p --project-dir -g --gradle-user-home --include-build -D -P --system-prop --project-prop --project-cache-dir' },
  mvn: { unsafe: '-f --file -s --settings -gs --global-settings -t --toolchains -D --define -l --log-file', refuse: /:/ },
  scons: { unsafe: '-f --file --makefile --sconstruct -C --directory -D -I --include-dir --site-dir -Y --repository --srcdir --cache-debug' },
  ...group({ unsafe: '-f --gulpfile --gruntfile --tasks --base --cwd -r --require --jakefile' }, 'gulp grunt jake'),
  lerna: { unsafe: '--registry --lerna-root', subcommands: { exec: RUNS_ONE, run: SCRIPT } },
  ant: { unsafe: '-f -file -buildfile -lib -D -logfile -l -listener -logger' },
  rake: { unsafe: '-f --rakefile -e --execute -E --execute-continue -p --execute-print -r --require -I --libdir -R --rakelibdir' },
  dotnet: {
    unsafe: '-o --output --configfile --logger -l --settings -s --test-adapter-path -p --property --artifacts-path --results-directory --project --diag', refuse: /^(?:@|[-/]{1,2}(?:p|property|l|logger|dl|bl|fl)\w*[:=])/i,
    subcommands: { ...group(RUNS_ONE, 'run exec tool fsi watch script'), ...group(NAMED, 'new nuget add msbuild vstest publish') },
  },
  swift: { unsafe: '--package-path -C --scratch-path --build-path -Xswiftc -Xcc -Xlinker -Xcxx --toolchain --sdk', subcommands: { run: RUNS_ONE } },
  zig: { unsafe: '--build-file --prefix -p --cache-dir --global-cache-dir --zig-lib-dir', subcommands: { run: RUNS_ONE, ...group(NAMED, 'cc c++ build') } },
  mix: { subcommands: { ...group(RUNS_ONE, 'run eval'), ...group(NAMED, 'archive escript local') } },
  stack: { unsafe: '--stack-yaml --work-dir --docker-run-args', subcommands: { ...group(RUNS_ONE, 'exec run runghc script ghc'), config: NAMED } },
  cabal: { unsafe: '--project-file --config-file --builddir -w --with-compiler', subcommands: group(RUNS_ONE, 'exec run v2-run v2-exec') },
  dune: { unsafe: '--root --build-dir --workspace --config-file', subcommands: { exec: RUNS_ONE } },
  opam: { subcommands: { exec: RUNS_ONE, config: NAMED } },
  terraform: { singleDash: true, unsafe: '-chdir -plugin-dir -from-module -backend-config -out -state -state-out -backup -generate-config-out -var-file', subcommands: { console: NAMED } },
  tofu: { singleDash: true, unsafe: '-chdir -plugin-dir -from-module -backend-config -out -state -state-out -backup -generate-config-out -var-file', subcommands: { console: NAMED } },
  helm: { unsafe: '--kubeconfig --kube-context --post-renderer --repository-config --registry-config --output-dir --plugins', subcommands: group(NAMED, 'plugin repo') },
  gh: {
    values: '-R --repo', unsafe: '-w! --web! -e! --editor! --hostname -o --output -D --dir',
    // Any other name is an alias or an extension.
    strict: true,
    subcommands: {
      ...group({ open: true, texts: '-t --title -b --body' }, 'pr issue'),
      ...group(OPEN, 'search label project status org ruleset run release workflow gist cache attestation repo'),
      api: { unsafe: '-X --method -f --raw-field -F --field --input' },
      ...group(NAMED, 'alias extension config auth codespace ssh-key gpg-key secret variable browse'),
    },
  },
  'pre-commit': { unsafe: '-c --config', subcommands: group(NAMED, 'try-repo install init-templatedir') },
  composer: { unsafe: '-d --working-dir', subcommands: { ...group(RUNS_ONE, 'exec x global'), config: NAMED } },
  pip: {
    unsafe: '-c -r --config-settings -i --index-url --extra-index-url -t --target --prefix --root --src -e --editable --log --python --cache-dir --report -f --find-links',
    subcommands: group(NAMED, 'config download wheel'),
  },
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
  mypy: { unsafe: '--config-file --python-executable --plugin --cache-dir --junit-xml --html-report --txt-report --xml-report --install-types! --shadow-file --custom-typing-module --linecount-report --cobertura-xml-report --any-exprs-report --linecoverage-report' },
  'clang-format': { unsafe: '-i! --style -style --files' },
  'clang-tidy': { unsafe: '--config --config-file -p --fix! --fix-errors! --export-fixes --load --extra-arg --extra-arg-before -fix! -p' },
  phpunit: { unsafe: '-c --configuration --bootstrap --include-path -d --prepend --printer --extension --cache-directory --log-junit --log-teamcity --testdox-html --testdox-text --coverage-html --coverage-clover --coverage-php --coverage-text --coverage-xml --generate-configuration! --migrate-configuration!' },
  phpstan: { unsafe: '-c --configuration -a --autoload-file --generate-baseline' },
  rspec: { unsafe: '-r --require -I -O --options -o --out -f --format --default-path --init! --drb! --bisect' },
  black: { unsafe: '--config -c --code' },
  rubocop: { unsafe: '-c --config -r --require -o --out --plugin -f --format -a! -A! --autocorrect! --autocorrect-all! --auto-correct! --auto-gen-config! --cache-root' },
  curl: {
    unsafe: '-o -O! -K -T -D -c -E -x -J! -n! --output --output-dir --remote-name! --remote-name-all! --remote-header-name! --config --upload-file --dump-header --cookie-jar '
      + '--cert --key --engine --trace --trace-ascii --libcurl --stderr --etag-save --alt-svc --hsts '
      + '--netrc! --netrc-file --proxy --preproxy --socks5 --unix-socket --abstract-unix-socket --interface --resolve --connect-to --variable -Q --quote -b --cookie --engine --ssl-keylogfile',
    // A file that is sent, or written.
    refuse: /^--expand-|^[\w.-]*@|^--[\w-]+=[\w.-]*@|=[@<]|;(?:type|filename)=|%output\{/,
  },

  // Programs whose purpose is writing.
  ...group({ writes: true, deep: '-r -R --recursive' }, 'rm chmod chown chgrp'),
  mv: { writes: true, deep: true },
  ...group({ writes: true }, 'rmdir shred unlink'),
  ...group({ writes: true }, 'mkdir touch ln tee dd truncate csplit mktemp mkfifo gzip gunzip bzip2 xz'),
  cp: { writes: true, deep: '-r -R -a --recursive --archive' },
  install: { writes: true, unsafe: '--strip-program' },
  patch: { writes: true, needs: '--dry-run', unsafe: '-o --output -r --reject-file -d --directory -e! --ed!' },
  split: { writes: true, unsafe: '--filter' },
  tar: {
    writes: true, bundle: true, deep: '-c -r -u --create --append --update',
    // What an archive holds is written under names that nobody sees beforehand.
    unsafe: '-x --extract --get -I -F -C --to-command --use-compress-program --info-script --new-volume-script --checkpoint-action --rsh-command --rmt-command --directory -P! --absolute-names! -T --files-from --index-file',
    // An archive on another machine is reached through a program.
    refuse: /^[\w.@-]+:/,
  },
  cpio: { writes: true, unsafe: '--rsh-command -D --directory -i --extract -p --pass-through' },
  zip: { writes: true, deep: '-r -R --recurse-paths', unsafe: '-T! -TT --unzip-command' },
  unzip: { writes: true, unsafe: '-d', needs: '-l -t -v -Z -z' },
  zstd: { writes: true, unsafe: '-o --output-dir-flat --output-dir-mirror' },
  '7z': { writes: true, deep: true, unsafe: '-o', refuse: /^[xe]$/ },
  scp: { writes: true, deep: '-r', unsafe: '-S -o -F -D' },
  rsync: { writes: true, deep: true, unsafe: '-e --rsh --rsync-path --daemon! --config --log-file --write-batch --only-write-batch -M --remote-option --files-from' },
  wget: {
    writes: true,
    unsafe: '-O -o -a -P -e -i -x! --output-document --output-file --append-output --directory-prefix --execute --config --use-askpass --post-file --body-file --post-data --body-data '
      + '--save-cookies --input-file --rejected-log --warc-file --hsts-file',
  },

  // Programs that read, and leave what they name as it is.
  ...group({ reads: true }, 'cat zcat head tail wc ls dir nl tac rev cut tr fold fmt column comm join paste od hexdump strings stat du df cmp realpath readlink'),
  diff: { reads: true, deep: '-r --recursive' },
  ...group({ reads: true }, 'md5sum sha1sum sha256sum sha512sum b2sum cksum'),
  uniq: { reads: true, most: 1, values: '-f -s -w' },
  xxd: { reads: true, most: 1, values: '-c -l -g -o -s -n', unsafe: '-r' },
  // These run what the index of their variable holds.
  ...group({ reads: true, unsafe: '-v -R' }, 'test ['),
  bat: { reads: true, unsafe: '--pager --paging --diff!' },
  ...group({ reads: true, deep: '-r -R --recursive --dereference-recursive -d --directories', deepFromHere: true }, 'grep egrep fgrep'),
  ...group({ reads: true, text: true }, 'echo true false pwd which whereis type whoami id uname nproc uptime sleep seq ps basename dirname'),
  printf: { reads: true, text: true, unsafe: '-v' },
  date: { reads: true, text: true, unsafe: '-s --set' },
  jq: { reads: true, unsafe: '-f --from-file -L --library-path --rawfile --slurpfile' },
  rg: { reads: true, deep: true, deepFromHere: true, unsafe: '--pre --pre-glob --hostname-bin -z! --search-zip!' },
  ag: { reads: true, deep: true, deepFromHere: true, unsafe: '--pager' },
  sort: { reads: true, unsafe: '-o --output --compress-program -T --temporary-directory --files0-from --random-source' },
  tree: { reads: true, unsafe: '-o' },
  find: { reads: true, singleDash: true, unsafe: '-exec -execdir -ok -okdir -delete! -fprint -fprint0 -fprintf -fls -files0-from' },
  fd: { reads: true, unsafe: '-x -X --exec --exec-batch' },
  file: { reads: true, unsafe: '-m --magic-file -C! --compile!' },
};
