import type { Program } from './program.ts';
import { group } from './kinds.ts';

/** Programs that write files, fetch them, or read them. */
export const FILES: Readonly<Record<string, Program>> = {
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
  diff: { reads: true, deep: '-r --recursive', unsafe: '-l --paginate' },
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
  tree: { reads: true, unsafe: '-o -R' },
  find: { reads: true, singleDash: true, unsafe: '-exec -execdir -ok -okdir -delete! -fprint -fprint0 -fprintf -fls -files0-from' },
  fd: { reads: true, unsafe: '-x -X --exec --exec-batch' },
  file: { reads: true, unsafe: '-m --magic-file -C! --compile!' },
};
