import { onlyPrintsByAwk } from './awk-script.ts';
import type { Reader } from './reader.ts';
import { onlyPrints } from './sed-script.ts';

const group = (reader: Reader, names: string): Record<string, Reader> => Object.fromEntries(names.split(' ').map((name) => [name, reader]));

const DIGEST: Reader = { operands: 'paths', flags: 'btz', long: 'binary text tag zero' };
/** What reads other files, or the environment. */
const LOADS_IN_JQ = /(?<![.\w"])(?:import|include|modulemeta|env)\b|\$ENV\b/;
const LINES: Reader = { operands: 'paths', flags: 'qvz', values: 'nc', long: 'lines= bytes= quiet silent verbose zero-terminated', word: /^[-+]\d+[bkKmMlc]?$/ };
const GREP: Reader = {
  operands: 'paths', script: '-e --regexp',
  flags: 'EFGPabchHiLlnoqrsTUvwxyZz', values: 'eABCmdD',
  long: 'extended-regexp fixed-strings basic-regexp perl-regexp ignore-case no-ignore-case invert-match word-regexp line-regexp count files-with-matches files-without-match '
    + 'only-matching quiet silent no-messages with-filename no-filename line-number byte-offset initial-tab null null-data text recursive line-buffered color[=] colour[=] regexp= '
    + 'after-context= before-context= context= max-count= include= exclude= exclude-dir= binary-files= label= devices= directories=',
  word: /^-\d+$/,
};

/**
 * Commands that need no rule, option by option. What is not here, as every option that runs or writes something, takes names from
 * a file, or follows links out of a folder, needs one. Options are those of GNU; where others give a letter another meaning, that
 * meaning is harmless, too.
 */
export const READERS: Readonly<Record<string, Reader>> = {
  // What is in a folder.
  ls: {
    operands: 'paths', flags: 'aAbBcCdDfFgGhiklmnNopqQrRsStuUvxXZ1',
    long: 'all almost-all author directory dired escape file-type classify[=] group-directories-first human-readable si hide= ignore= indicator-style= format= full-time inode kibibytes '
      + 'literal no-group numeric-uid-gid quote-name quoting-style= recursive reverse size sort= time= time-style= color[=] width= tabsize= zero',
  },
  stat: { operands: 'paths', flags: 'ft', values: 'c', long: 'terse file-system format= printf=' },
  du: {
    operands: 'paths', flags: 'abchkmsSx0', values: 'dBt',
    long: 'all apparent-size bytes total human-readable si summarize max-depth= separate-dirs one-file-system block-size= threshold= exclude= time[=] null inodes',
  },
  df: { operands: 'paths', flags: 'ahHiklPT', values: 'Btx', long: 'all human-readable si inodes local portability print-type total type= exclude-type= block-size= output[=]' },
  tree: { operands: 'paths', flags: 'adfiNpsughDFACSnJXvtcUrQx', values: 'LIP', long: 'noreport dirsfirst filesfirst gitignore prune du si inodes device matchdirs ignore-case charset= filelimit= sort[=] timefmt=' },
  fd: {
    operands: 'paths', script: '', flags: 'HIuagFisp01q', values: 'dtecEjS',
    long: 'hidden no-ignore no-ignore-vcs unrestricted absolute-path relative-path glob regex fixed-strings ignore-case case-sensitive full-path print0 max-results= max-depth= min-depth= exact-depth= '
      + 'type= extension= exclude= color= threads= size= changed-within= changed-before= prune quiet show-errors one-file-system',
  },
  file: { operands: 'paths', flags: 'bhikNnrs0', values: 'FP', long: 'brief mime mime-type mime-encoding no-dereference extension keep-going separator= no-pad' },
  readlink: { operands: 'paths', flags: 'efmnqsvz', long: 'canonicalize canonicalize-existing canonicalize-missing no-newline quiet silent verbose zero' },
  realpath: { operands: 'paths', flags: 'emLPqsz', long: 'canonicalize-existing canonicalize-missing logical physical quiet strip no-symlinks zero relative-to= relative-base=' },

  // What is in a file.
  cat: { operands: 'paths', flags: 'AbeEnstTuv', long: 'number number-nonblank show-all show-ends show-tabs show-nonprinting squeeze-blank' },
  zcat: { operands: 'paths', flags: 'f' },
  head: LINES,
  tail: LINES,
  wc: { operands: 'paths', flags: 'clmLw', long: 'bytes chars lines words max-line-length total=' },
  nl: { operands: 'paths', flags: 'p', values: 'bdfhilnsvw', long: 'body-numbering= number-format= number-width= number-separator= starting-line-number= line-increment=' },
  od: { operands: 'paths', flags: 'abcdfhilosxv', values: 'AjNt', joined: 'w', long: 'address-radix= skip-bytes= read-bytes= format= output-duplicates' },
  hexdump: { operands: 'paths', flags: 'bcCdoxvX', values: 'ens', long: 'canonical no-squeezing length= skip= one-byte-octal' },
  // A second operand is written.
  xxd: { operands: 'paths', flags: 'abCeiupEd', values: 'clgosn', most: 1 },
  // `@file` holds further words.
  strings: { operands: 'paths', refuseOperand: /^@/, flags: 'afows', values: 'nte', long: 'all bytes= radix= encoding= print-file-name', word: /^-\d+$/ },
  ...group(DIGEST, 'md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum'),
  shasum: { operands: 'paths', flags: 'bt', values: 'a', long: 'algorithm= binary text' },
  cksum: { operands: 'paths' },
  ...group(GREP, 'grep egrep fgrep'),
  rg: {
    operands: 'paths', script: '-e --regexp --files --type-list',
    flags: 'sSiFPwxvlcnNHIhoUpuqa0bV', values: 'ABCmgtTejMdrE',
    long: 'files hidden no-hidden no-ignore no-ignore-vcs no-ignore-parent unrestricted ignore-case case-sensitive smart-case fixed-strings word-regexp line-regexp invert-match line-number no-line-number '
      + 'no-heading heading count count-matches files-with-matches files-without-match only-matching multiline multiline-dotall pcre2 json stats trim vimgrep column no-column byte-offset text quiet '
      + 'with-filename no-filename no-messages no-config type-list null crlf passthru pretty one-file-system max-columns-preview color= colors= glob= iglob= glob-case-insensitive type= type-not= context= '
      + 'after-context= before-context= max-count= max-depth= max-filesize= max-columns= regexp= replace= sort= sortr= threads= encoding= engine= context-separator= path-separator=',
  },

  // A text made into another.
  sort: {
    operands: 'paths', flags: 'bcCdfghiMmnrRsuVz', values: 'ktS',
    long: 'ignore-leading-blanks dictionary-order ignore-case general-numeric-sort ignore-nonprinting month-sort human-numeric-sort numeric-sort random-sort reverse sort= version-sort check[=] merge stable '
      + 'unique zero-terminated key= field-separator= buffer-size= parallel= debug',
  },
  // A second operand is written.
  uniq: { operands: 'paths', most: 1, flags: 'cdDiuz', values: 'fsw', long: 'count repeated all-repeated[=] unique ignore-case skip-fields= skip-chars= check-chars= zero-terminated group[=]' },
  cut: { operands: 'paths', flags: 'nsz', values: 'bcdf', long: 'bytes= characters= delimiter= fields= complement only-delimited output-delimiter= zero-terminated' },
  tr: { operands: 'words', flags: 'cCdst', long: 'complement delete squeeze-repeats truncate-set1' },
  rev: { operands: 'paths' },
  base64: { operands: 'paths', flags: 'dDi', values: 'w', long: 'decode ignore-garbage wrap=' },
  tac: { operands: 'paths', flags: 'br', values: 's', long: 'before regex separator=' },
  fold: { operands: 'paths', flags: 'bs', values: 'w', long: 'bytes spaces width=' },
  fmt: { operands: 'paths', flags: 'cstu', values: 'w', long: 'width= prefix= split-only uniform-spacing', word: /^-\d+$/ },
  paste: { operands: 'paths', flags: 'sz', values: 'd', long: 'delimiters= serial zero-terminated' },
  comm: { operands: 'paths', flags: '123z', long: 'check-order nocheck-order output-delimiter= total zero-terminated' },
  join: { operands: 'paths', flags: 'iz', values: '12aejotv', long: 'ignore-case check-order nocheck-order header zero-terminated' },
  column: { operands: 'paths', flags: 'tnexJLd', values: 'sNoTRHcOl', long: 'table separator= output-separator= table-columns= json table-right= table-truncate= fillrows' },
  ...group({ operands: 'paths', flags: 'ai', values: 't', long: 'all initial first-only tabs=' }, 'expand unexpand'),
  diff: {
    operands: 'paths', noFolders: true, flags: 'abBdeHiNnpqstTuvwycEZ', values: 'xUCWIFL',
    long: 'brief report-identical-files text ignore-case ignore-all-space ignore-space-change ignore-blank-lines ignore-trailing-space ignore-tab-expansion strip-trailing-cr new-file '
      + 'unidirectional-new-file no-dereference side-by-side suppress-common-lines left-column minimal speed-large-files normal rcs ed color[=] unified[=] context[=] width= exclude= ignore-matching-lines= '
      + 'label= show-c-function show-function-line= expand-tabs initial-tab',
    word: /^-\d+$/,
  },
  cmp: { operands: 'paths', flags: 'bls', values: 'in', long: 'print-bytes verbose quiet silent bytes= ignore-initial=', most: 4 },
  jq: {
    operands: 'paths', script: '', flags: 'rcsnejSaMCR', isScript: (script) => !LOADS_IN_JQ.test(script),
    long: 'raw-output compact-output slurp null-input exit-status join-output sort-keys ascii-output monochrome-output color-output raw-input tab indent= arg== argjson== seq stream stream-errors raw-output0',
  },
  sed: { operands: 'paths', script: '-e --expression', isScript: onlyPrints, flags: 'nErszu', values: 'e', long: 'quiet silent regexp-extended separate null-data unbuffered posix expression=' },
  ...group({ operands: 'paths', script: '', isScript: onlyPrintsByAwk, values: 'Fv' }, 'awk gawk mawk nawk'),

  // Words, numbers, and what the shell says.
  pwd: { operands: 'none', flags: 'LP', builtin: true },
  echo: { operands: 'words', word: /^/, builtin: true },
  // -v and %n set a variable, and in doing so can run what an index holds.
  printf: { operands: 'words', optionsFirst: true, script: '', isScript: (format) => !/%[^%A-Za-z]*n/.test(format), builtin: true },
  command: { operands: 'words', optionsFirst: true, flags: 'vV', needs: '-v -V', builtin: true },
  ...group({ operands: 'words', word: /^/, builtin: true }, 'true false :'),
  // -v and -R run what the index of their variable holds.
  ...group({ operands: 'paths', word: /^(?:-[abcdefghknoprstuwxzGLNOS]|-(?:eq|ne|lt|le|gt|ge|nt|ot|ef)|-?\d+|[=!<>()\]]|==|!=|)$/, builtin: true }, 'test ['),
  type: { operands: 'words', flags: 'aptP', builtin: true },
  which: { operands: 'words', flags: 'as', long: 'all' },
  whereis: { operands: 'words', flags: 'bmsu' },
  basename: { operands: 'words', flags: 'az', values: 's', long: 'multiple suffix= zero' },
  dirname: { operands: 'words', flags: 'z', long: 'zero' },
  expr: { operands: 'words', word: /^/ },
  seq: { operands: /^-?\d+(?:\.\d+)?$/, flags: 'w', values: 'fs', long: 'equal-width format= separator=', word: /^-\d/ },
  sleep: { operands: /^(?:\d{1,2}(?:\.\d+)?|1[01]\d|120|\.\d+)s?$/, most: 1 },

  // The machine, and what runs on it.
  date: { operands: /^\+/, flags: 'uR', values: 'd', joined: 'I', long: 'utc universal date= iso-8601[=] rfc-3339= rfc-email' },
  uname: { operands: 'none', flags: 'asnrvmpio', long: 'all kernel-name nodename kernel-release kernel-version machine processor operating-system' },
  ...group({ operands: 'none' }, 'whoami arch tty logname locale'),
  id: { operands: /^\w[\w.-]*$/, flags: 'ugnGrz', long: 'user group groups name real' },
  groups: { operands: /^\w[\w.-]*$/ },
  nproc: { operands: 'none', long: 'all ignore=' },
  hostname: { operands: 'none', flags: 'fs' },
  uptime: { operands: 'none', flags: 'ps', long: 'pretty since' },
  free: { operands: 'none', flags: 'bkmghtwl', long: 'human mega giga bytes total' },
  lscpu: { operands: 'none', flags: 'aeJp', long: 'json' },
  // The letter e without a dash shows the environment of others.
  ps: { operands: /^(?:[auxfljw]+|\d+)$/, flags: 'eflAaxwjTH', values: 'pCuo', long: 'forest pid= ppid= no-headers sort=', refuse: /env/i },
  pgrep: { operands: 'words', flags: 'aflnoxvci', values: 'uP', long: 'full list-name list-full exact newest oldest count' },
  lsof: { operands: /^:\d+$/, flags: 'nPtl', joined: 'i', values: 'p' },
  ss: { operands: 'none', flags: 'tulnpa46xwsemio', long: 'tcp udp listening numeric processes all summary' },
  // Without a name it prints all of them.
  printenv: { least: 1, operands: /^(?:PATH|HOME|USER|LOGNAME|SHELL|LANG|LC_ALL|PWD|OLDPWD|TERM|TZ|TMPDIR|CI|NODE_ENV|NO_COLOR|FORCE_COLOR|EDITOR|VISUAL|PAGER|VIRTUAL_ENV|GOPATH|JAVA_HOME)$/ },
  // Without one of these it unpacks.
  unzip: { operands: 'paths', flags: 'lvZ1tq', needs: '-l -v -Z -t' },
};

/** Programs that say which version they are: `--version` alone, or what else asks for it. */
export const VERSIONS: Readonly<Record<string, RegExp>> = {
  ...Object.fromEntries(
    ('python python3 pip pip3 perl gcc g++ cc c++ clang clang++ make cmake ninja git jq rg fd grep sed awk tar curl wget docker ruby gem php deno bun uv ruff sqlite3 psql mysql bash zsh tree file')
      .split(' ').map((name) => [name, /^(?:--version|-V)$/] as const),
  ),
  ...Object.fromEntries('node npm npx ruby php'.split(' ').map((name) => [name, /^(?:--version|-v)$/] as const)),
  ...Object.fromEntries('java javac'.split(' ').map((name) => [name, /^--?version$/] as const)),
  // With -V these do something else.
  ...Object.fromEntries('tar curl git make sqlite3 bash zsh awk sed tree bun perl'.split(' ').map((name) => [name, /^--version$/] as const)),
};

/** Files in a folder, or above it, by which a version manager picks the program that runs: it may be one of the project. */
export const VERSION_FILES = ['.tool-versions', 'mise.toml', '.mise.toml', '.yarnrc', '.yarnrc.yml', 'rust-toolchain', 'rust-toolchain.toml'];
