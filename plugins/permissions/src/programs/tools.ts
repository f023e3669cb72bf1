import type { Program } from './program.ts';
import { group, NAMED, RUNS_ONE, RUNS_TWO, UNKNOWN_OPTIONS } from './kinds.ts';

/** What is unsafe in most programs, and more. */
const also = (options: string): string => `${UNKNOWN_OPTIONS} ${options}`;

/** Tools of all sorts of which more must be said than of programs that nothing is known of. */
export const TOOLS: Readonly<Record<string, Program>> = {
  // Their options start programs, load code, or switch to other settings.
  fzf: { unsafe: '--preview --bind --listen --listen-unsafe! --become --history' },
  pandoc: { unsafe: also('-F --filter -L --lua-filter --pdf-engine --pdf-engine-opt -d --defaults --data-dir --template --extract-media --syntax-definition'), refuse: /\.(?:lua|pdf)$/ },
  svn: { unsafe: also('--editor-cmd --diff-cmd --diff3-cmd --config-dir --config-option') },
  ...group({ unsafe: also('-R --repository --cwd --debugger! --ssh --remotecmd') }, 'hg chg'),
  ...group({ unsafe: also('--photo-viewer --homedir --options --agent-program --dirmngr-program --load-extension --logger-file --status-file') }, 'gpg gpg2'),
  openssl: { singleDash: true, unsafe: '-engine -t -pre -post -provider -provider-path -config -out -keyout -certsout -signerout -writerand' },
  'ssh-keygen': { unsafe: '-D -w' },
  tcpdump: { unsafe: '-z -w' },
  nmap: { unsafe: '--script --script-args-file --datadir --servicedb --versiondb --stylesheet --resume -oN -oX -oG -oA -oS -iL' },
  aria2c: { unsafe: also('--on-download-start --on-download-pause --on-download-stop --on-download-complete --on-download-error --on-bt-download-complete --conf-path --dir -d --log -l --input-file -i --save-session --save-cookies') },
  exiftool: { refuse: /^-(?:if\d*|config|p|w\w*!?|o|@|execute\d*|use|stay_open|tagsfromfile|overwrite_original\w*|\w[\w:+-]*[<=])|\$\{[^}]*;/i },
  dpkg: { unsafe: also('--pre-invoke --post-invoke --status-logger --admindir --root --instdir --log') },
  rpm: { unsafe: also('-E -D --define --pipe --dbpath --root --macros --load') },
  ip: { unsafe: '-b -batch -n -netns', subcommands: { ...group({ subcommands: { exec: RUNS_TWO } }, 'netns vrf') } },
  typedoc: { unsafe: also('--options --theme --tsconfig --json') },
  madge: { unsafe: also('--require-config --webpack-config --ts-config -i --image') },
  commitlint: { unsafe: also('-x --extends -g -p --parser-preset --formatter -d --cwd --edit') },
  babel: { unsafe: also('--presets --env-name --root-mode -d --extends') },
  kustomize: { unsafe: also('--enable-exec! --enable-alpha-plugins! --enable-helm! --helm-command --load-restrictor') },
  flask: { unsafe: '--app -A -e --env-file', subcommands: { shell: NAMED } },
  uvicorn: { unsafe: also('--app-dir --env-file --log-config --loop --http --ws') },
  'django-admin': { unsafe: also('--settings --pythonpath') },
  prove: { unsafe: also('-I -M -P -a --archive --harness --formatter --source --rc --statefile') },
  gotestsum: { unsafe: '--raw-command! --post-run-command --jsonfile --junitfile -exec --exec -toolexec --toolexec -o' },

  // Theirs rewrite files.
  yq: { reads: true, unsafe: '-i! --inplace! --in-place! -s --split-exp --split-exp-file --from-file', refuse: /(?<![.\w])(?:load\w*\(|env\(|strenv\(|envsubst)/ },
  mlr: { unsafe: '-I! --load --mload -s --prepipe --prepipex', refuse: /\b(?:system|exec|tee|dump|emit\w*|split)\b/ },
  tidy: { singleDash: true, unsafe: '-m -modify -config -o -output -f -file -export-config' },
  xmlstarlet: { unsafe: '-L! --inplace!' },
  xmllint: { unsafe: '--output --path --shell! --load-trace!' },
  isort: { unsafe: '--settings-path --settings-file --sp --settings --config-root -o --virtual-env --conda-env --formatter' },
  ...group({ unsafe: also('-i! --in-place! --global-config --style') }, 'autopep8 yapf'),
  rustfmt: { unsafe: '--config --config-path --emit' },
  'golangci-lint': { unsafe: also('--fix! --cpu-profile-path --mem-profile-path --trace-path') },
  ...group({ singleDash: true, unsafe: '-w -cpuprofile -memprofile -trace -srcdir' }, 'goimports gofumpt'),

  // They run what an operand names.
  ...group({ runs: 1, values: '-x --exclude -n --include -r --reporter --report-dir --temp-directory --cwd --nycrc-path -t -o -e --extension --require -i' }, 'nyc c8'),
  ...group(RUNS_ONE, 'run-parts pee ifne zrun mispipe gnuplot mage corepack ldd wsl vidir vipe cargo-watch'),
  ...group(RUNS_TWO, 'logsave lckdo'),
  ...group({ subcommands: group(RUNS_ONE, 'run exec debug test shell ssh console') }, 'dotenvx volta fnm dlv doppler minikube consul'),
  ...group({ subcommands: group(RUNS_TWO, 'exec shell') }, 'lxc incus multipass machinectl chamber aws-vault'),
  nomad: { subcommands: { alloc: { subcommands: { exec: RUNS_TWO } }, exec: RUNS_TWO } },
  rails: { subcommands: { ...group(RUNS_ONE, 'runner r'), ...group(NAMED, 'console c dbconsole db') } },
  ...group({ subcommands: group(RUNS_TWO, 'run exec') }, 'nerdctl buildah'),
};
