import type { Program } from './program.ts';
import { EXACT, group, NAMED, PACKAGE_RUNNER, RUNS_ONE, RUNS_TWO } from './kinds.ts';

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

/** Programs that start another one. */
export const LAUNCHERS: Readonly<Record<string, Program>> = {
  // Launchers: the operand is a command of its own.
  ...group(RUNS_ONE, 'nohup setsid unbuffer command builtin source . enable alias bind complete mapfile readarray export set shopt'),
  // They put their words together again, and a shell reads them.
  ...group(EXACT, 'eval trap coproc watch parallel entr script expect su runuser at batch crontab tmux screen nix-shell npm-run-all run-s run-p concurrently nodemon'),
  ...group(RUNS_ONE, 'valgrind rlwrap busybox toybox unshare nsenter bwrap firejail proot systemd-run'),
  ...group(RUNS_ONE, 'dotenv nc ncat pkexec time'),
  ...group(RUNS_TWO, 'chrt taskset faketime chroot flock perf direnv nix socat ltrace conda mamba micromamba sg setpriv numactl prlimit runcon gosu su-exec flatpak snap'),
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
  strace: { runs: 1, values: '-e -o -p -s', unsafe: '-o --output' },
  ssh: { runs: 2, values: '-p -i -l -o -F -J -L -R -D -b -c -E -e -I -m -O -Q -S -W -w', unsafe: '-o -F -E -I -S -L -R -D', refuse: /[^\w@%+=:,./ -]/ },
  sftp: { runs: 1, unsafe: '-S -b -o -F -D' },
  docker: CONTAINERS,
  podman: CONTAINERS,
  kubectl: { before: '--kubeconfig --context', values: '-n --namespace --context --kubeconfig', unsafe: '--kubeconfig', subcommands: { exec: { runs: 2, values: '-c -n' }, ...group(RUNS_TWO, 'run debug'), ...group(NAMED, 'config edit plugin cp') } },
  pipx: { subcommands: { run: PACKAGE_RUNNER, runpip: RUNS_TWO } },
  uv: {
    unsafe: '--directory --project --config-file --config-settings -i --index-url --extra-index-url --default-index --index -f --find-links --python --target --prefix --overrides --build-constraints',
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
};
