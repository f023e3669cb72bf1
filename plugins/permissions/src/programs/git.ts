import type { Program } from './program.ts';
import { group, NAMED, OPEN, RUNS_ONE } from './kinds.ts';

/** `ext::command` and the like name a program that speaks for another repository. */
const TRANSPORT = /(?:^|=)[\w+-]+::/;
const GIT_REMOTE: Program = { open: true, unsafe: '--upload-pack --receive-pack --exec -s --strategy -x', refuse: TRANSPORT };

/** git, subcommand by subcommand. */
export const GIT: Readonly<Record<string, Program>> = {
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
};
