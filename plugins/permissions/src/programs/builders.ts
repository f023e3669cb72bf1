import type { Program } from './program.ts';
import { group, NAMED, NODE, OPEN, PACKAGE_RUNNER, RUNS_ONE, RUNS_TWO, SCRIPT } from './kinds.ts';

const PACKAGE_MANAGER: Program = {
  values: '--prefix -C --dir --cwd -w --workspace --filter -F --registry',
  unsafe: '--prefix -C --dir --cwd --config --userconfig --globalconfig --script-shell --shell --shell-mode! --shell-emulator! --node-options --registry --globaldir -g! --global! --cache '
    + '--git --editor --viewer --browser --python --nodedir --devdir --proxy --https-proxy --cafile --onload-script --init-module --modules-folder --cwd --use-yarnrc --inspect! --inspect-brk!',
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

/** Names that steer a shell, a loader, or a program that a recipe may start: what make is given, its recipes get as environment. */
const STEERING = '(?:\\..*|PATH|HOME|ENV|IFS|CDPATH|TMPDIR|CLASSPATH|EDITOR|VISUAL|BROWSER|KUBECONFIG|VPATH|CC|CXX|CPP|LD|AR|AS|FC|RM|LEX|YACC|MFLAGS|GZIP|WGETRC|LOCPATH|NLSPATH|HOSTALIASES'
  + '|(?:BASH|SHELL|LD_|DYLD_|GIT_|SSH_|PYTHON|PERL|RUBY|GEM_|BUNDLE_|NODE_|NPM_|YARN_|PNPM_|JAVA|JDK_|_JAVA|RUST|CARGO|GO[A-Z]|PIP_|UV_|POETRY_|LUA|PHP|COMPOSER_|MAVEN_|M2_|GRADLE_|LESS|MAN|XDG_|DOCKER_|TERM[IC]|GCONV_|RIPGREP_|GREP_|CURL_|MAKE|GNUMAKE|ESLINT|PYTEST|MOCHA|JEST)\\w*'
  + '|\\w*(?:PAGER|_WRAPPER|_COMMAND|_PRELOAD|_PROXY|_proxy|_OPTIONS|_OPTS|_PATH|_CONFIG|_RC))';
/** A variable for make that is not plain: by its name, or because a shell or a program would read more than a value in it. */
const MAKE_VARIABLE = new RegExp(
  `[$\`]|!=|^[^=]*[^\\w=.:+?-][^=]*=|^${STEERING}[:+?]*=|^(?![\\w]*FLAGS=-(?:O[0-3sgz]?|g\\d?|W[a-z-]+|D\\w+|D\\w+=\\w+|std=[\\w+]+|fPIC|pipe)$|\\w+=-[vqsx]+$|\\w+=--(?:verbose|quiet)$)[^-=]+=(?:-|.*[^\\w.,:+@%=-])`, 's',
);

const COMPILER: Program = { singleDash: true, unsafe: '-o -B -wrapper -specs -T -dumpdir -save-temps --sysroot --config -load -Xclang -Xlinker -Xassembler', refuse: /^(@|-W[alp],|-f(plugin|pass-plugin|use-ld)|-specs=|-o|-B)/ };

/** Programs that build a project, or fetch what it needs. */
export const BUILDERS: Readonly<Record<string, Program>> = {
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
  mvn: { unsafe: '-f --file -s --settings -gs --global-settings -t --toolchains -D --define -l --log-file', refuse: /^[^-].*:/, safe: /^-D(?:(?:skipTests|skipITs|maven\.test\.skip|failIfNoTests|surefire\.failIfNoSpecifiedTests)(?:=(?:true|false))?|(?:test|it\.test)=[\w.#*+,]+)$/ },
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
    unsafe: '--config-settings -i --index-url --extra-index-url -t --target --prefix --root --src --log --python --cache-dir --report -f --find-links',
    subcommands: group(NAMED, 'config download wheel'),
  },
};
