import { findHarmlessRepository, type GitRepository, isOutsideRepositories } from './git-repository.ts';
import { findProgram, operandIndex } from '../programs/program.ts';
import { type Given, type Reader, readGiven } from '../looking/reader.ts';
import type { Surroundings } from '../subject.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const group = (reader: Reader, names: string): Record<string, Reader> => Object.fromEntries(names.split(' ').map((name) => [name, reader]));

/** A placeholder that verifies a signature starts a program. */
const STARTS = /%G|signature|trailers:.*key=%/i;

const FORMAT_LONG = 'format= pretty[=] oneline abbrev[=] abbrev-commit no-abbrev-commit no-abbrev color[=] no-color';
const DIFF_FLAGS = 'pusabwWzRtr';
const DIFF_JOINED = 'UMCBDXl';
const DIFF_LONG = 'patch no-patch unified= raw patch-with-raw patch-with-stat minimal patience histogram diff-algorithm= anchored= stat[=] stat-width= stat-count= compact-summary numstat shortstat dirstat[=] cumulative summary name-only name-status '
  + 'find-renames[=] find-copies[=] find-copies-harder no-renames rename-empty irreversible-delete diff-filter= pickaxe-all pickaxe-regex color-moved[=] color-moved-ws= word-diff[=] word-diff-regex= color-words[=] '
  + 'no-prefix src-prefix= dst-prefix= full-index binary check ignore-all-space ignore-space-change ignore-space-at-eol ignore-cr-at-eol ignore-blank-lines ignore-matching-lines= inter-hunk-context= function-context '
  + 'exit-code quiet no-ext-diff no-textconv ignore-submodules[=] relative[=] no-relative text indent-heuristic no-indent-heuristic ws-error-highlight= line-prefix= merge-base cached staged no-color-moved';
const LOG_LONG = 'all branches[=] tags[=] remotes[=] glob= exclude= first-parent merges no-merges min-parents= max-parents= graph decorate[=] no-decorate decorate-refs= decorate-refs-exclude= max-count= skip= since= after= until= before= '
  + 'author= committer= grep= invert-grep all-match regexp-ignore-case extended-regexp fixed-strings perl-regexp basic-regexp reverse date-order author-date-order topo-order no-walk[=] date= relative-date follow full-history '
  + 'simplify-by-decoration simplify-merges ancestry-path[=] dense sparse full-diff left-right left-only right-only cherry-mark cherry-pick cherry boundary walk-reflogs merge show-pulls parents children source log-size '
  + 'no-notes notes[=] show-notes[=] no-mailmap mailmap use-mailmap encoding= reflog diff-merges= no-diff-merges cc remerge-diff expand-tabs[=] no-expand-tabs remove-empty bisect not';

const LOG: Reader = {
  operands: 'words', flags: `${DIFF_FLAGS}cmgiEFP`, values: 'nSGLI', joined: DIFF_JOINED, word: /^-\d+$/, refuse: STARTS, long: `${FORMAT_LONG} ${DIFF_LONG} ${LOG_LONG}`,
};
const DIFF: Reader = { operands: 'words', flags: DIFF_FLAGS, values: 'SGI', joined: DIFF_JOINED, refuse: STARTS, long: `${FORMAT_LONG} ${DIFF_LONG} cc base ours theirs merge-base`, word: /^-[0123]$/ };
const REFS_LONG = 'contains= no-contains= merged[=] no-merged[=] points-at= sort= format= color[=] column[=] no-column ignore-case omit-empty';

/** The subcommands that only look, as readers of their own words. Those with an argument that would change something are told apart by `READS`. */
const SUBCOMMANDS: Readonly<Record<string, Reader>> = {
  status: {
    operands: 'words', flags: 'sbvz', joined: 'uM',
    long: 'short branch show-stash porcelain[=] long verbose untracked-files[=] ignore-submodules[=] ignored[=] column[=] no-column ahead-behind no-ahead-behind renames no-renames find-renames[=]',
  },
  diff: DIFF,
  ...group({ ...DIFF, flags: `${DIFF_FLAGS}mc`, long: `${DIFF.long} root no-commit-id merge-base` }, 'diff-tree diff-index diff-files'),
  ...group(LOG, 'log show'),
  reflog: LOG,
  shortlog: { ...LOG, flags: 'nsec', values: '', joined: 'w', long: `${LOG_LONG} numbered summary email committer format= group=` },
  'rev-list': { ...LOG, flags: 'cmg', values: 'n', joined: '', long: `${FORMAT_LONG} ${LOG_LONG} count objects timestamp header left-right no-object-names max-age= min-age= disk-usage[=] quiet in-commit-order` },
  'range-diff': { ...DIFF, long: `${DIFF.long} creation-factor= dual-color no-dual-color left-only right-only` },
  blame: {
    operands: 'words', flags: 'bcefklnpstw', values: 'L', joined: 'MC', refuse: STARTS,
    long: 'root show-stats porcelain line-porcelain incremental date= since= ignore-rev= first-parent show-name show-number show-email color-lines color-by-age abbrev= minimal progress no-progress',
  },
  annotate: { operands: 'words', flags: 'lt', values: 'L' },
  grep: {
    operands: 'words', script: '-e', flags: 'aiIwvhHEGPFnlLzocrpWq', values: 'eABCm', word: /^(?:-\d+|--and|--or|--not|[()])$/,
    long: 'text ignore-case word-regexp invert-match extended-regexp basic-regexp perl-regexp fixed-strings line-number column files-with-matches name-only files-without-match null only-matching count color[=] no-color break '
      + 'heading show-function after-context= before-context= context= function-context max-count= all-match quiet cached untracked full-name recursive no-recursive max-depth= threads= exclude-standard no-exclude-standard',
  },
  branch: { operands: 'words', flags: 'avr', long: `all remotes list show-current verbose abbrev= no-abbrev ${REFS_LONG}`, word: /^-l$/, refuse: STARTS },
  tag: { operands: 'words', flags: 'li', joined: 'n', long: `list ${REFS_LONG}`, refuse: STARTS },
  'for-each-ref': { operands: 'words', long: `${REFS_LONG} count= shell perl python tcl exclude=`, refuse: STARTS },
  'show-ref': { operands: 'words', flags: 'dhqs', long: 'head heads tags branches dereference hash[=] verify abbrev[=] quiet exists' },
  'show-branch': { operands: 'words', flags: 'ar', long: 'all remotes current topo-order date-order list independent merge-base no-name sha1-name more=' },
  remote: { operands: 'words', flags: 'v', long: 'verbose push all' },
  stash: { ...LOG, long: `${LOG.long} include-untracked only-untracked` },
  worktree: { operands: 'words', flags: 'vz', long: 'porcelain verbose' },
  submodule: { operands: 'words', flags: 'q', long: 'quiet cached recursive' },
  config: {
    operands: 'words', flags: 'lz', refuse: STARTS,
    long: 'get get-all get-regexp get-urlmatch list local global system worktree null name-only show-origin show-scope type= bool int bool-or-int path expiry-date includes no-includes default= show-names all regexp',
  },
  'rev-parse': {
    operands: 'words', flags: 'q',
    long: 'verify quiet short[=] abbrev-ref[=] symbolic symbolic-full-name all branches[=] tags[=] remotes[=] glob= exclude= disambiguate= git-dir absolute-git-dir git-common-dir show-toplevel show-prefix show-cdup show-superproject-working-tree '
      + 'is-inside-git-dir is-inside-work-tree is-bare-repository is-shallow-repository git-path= path-format= show-object-format[=] show-ref-format revs-only no-revs flags no-flags default= since= until= local-env-vars sq not sq-quote',
  },
  'ls-files': {
    operands: 'words', flags: 'cdmoiskutvfz', values: 'x', refuse: STARTS,
    long: 'cached deleted modified others ignored stage killed directory no-empty-directory eol deduplicate unmerged exclude= exclude-standard error-unmatch full-name recurse-submodules abbrev[=] debug sparse format=',
  },
  'ls-tree': { operands: 'words', flags: 'drtlz', long: 'long name-only name-status object-only full-name full-tree abbrev[=] format=', refuse: STARTS },
  'cat-file': { operands: 'words', flags: 'tspe', long: 'batch-check[=] batch-all-objects buffer unordered allow-unknown-type follow-symlinks' },
  describe: { operands: 'words', long: 'dirty[=] broken[=] all tags contains abbrev= candidates= exact-match debug long match= exclude= always first-parent' },
  'name-rev': { operands: 'words', long: 'tags refs= exclude= all name-only no-undefined always' },
  'merge-base': { operands: 'words', flags: 'a', long: 'all octopus independent is-ancestor fork-point' },
  'symbolic-ref': { operands: 'words', most: 1, flags: 'q', long: 'short quiet recurse no-recurse' },
  'count-objects': { operands: 'none', flags: 'vH', long: 'verbose human-readable' },
  'check-ignore': { operands: 'words', flags: 'qvnz', long: 'quiet verbose non-matching no-index' },
  'check-attr': { operands: 'words', flags: 'az', long: 'all cached' },
  cherry: { operands: 'words', flags: 'v', long: 'abbrev[=] verbose' },
  version: { operands: 'none', long: 'build-options' },
};

/** What the words of a subcommand must be for it to look; otherwise they make, move or remove something. */
const READS: Readonly<Record<string, (operands: readonly string[], has: (option: RegExp) => boolean) => boolean>> = {
  branch: (operands, has) => operands.length === 0 || has(LISTS),
  tag: (operands, has) => operands.length === 0 || has(LISTS) || has(/^-l$/),
  remote: ([first, ...rest]) => first === undefined || (first === 'get-url' && rest.length === 1),
  stash: ([first]) => first === 'list' || first === 'show',
  worktree: ([first]) => first === 'list',
  submodule: ([first]) => first === undefined || first === 'status',
  reflog: ([first]) => !['expire', 'delete', 'drop', 'write'].includes(first ?? ''),
  config: ([first, ...rest], has) => (has(/^--?(?:get|list|l$)/) ? rest.length <= 1 : first === 'get' ? rest.length === 1 : first !== 'edit' && rest.length === 0),
};
/** With one of these the words are patterns of what is listed. */
const LISTS = /^--(?:list|(?:no-)?merged|(?:no-)?contains|points-at)$/;
/** Where the first word that is no option names what is done, it must be the first word of all: `git stash -- list` puts a file away. */
const NAMED_FIRST = new Set(['stash', 'worktree']);

/** Those that show what is in tracked files, or was. */
const SHOWS_CONTENTS = new Set('diff diff-tree diff-index diff-files log show reflog range-diff blame annotate grep stash cat-file'.split(' '));
const PATCH_ON_DEMAND = new Set(['log', 'reflog', 'stash']);
const PATCH = /^(?:-[pucULWSG]|--(?:patch|unified|cc|raw|patch-with-\w+|function-context|word-diff|color-words|remerge-diff|binary))$/;
const SUMMARY = /^(?:-s|--(?:stat|name-only|name-status|numstat|shortstat|dirstat|summary|compact-summary|no-patch|quiet|check))$/;
const BEFORE = new Set(['--no-pager', '-P', '--no-optional-locks', '--no-lazy-fetch', '--literal-pathspecs', '--no-advice']);
/** Of what an environment says to git, what a look does not use, or only prints. */
const HARMLESS_VARIABLE = /^GIT_(?:(?:AUTHOR|COMMITTER)_(?:NAME|EMAIL|DATE)|EDITOR|SEQUENCE_EDITOR|PAGER|TERMINAL_PROMPT|SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|MERGE_AUTOEDIT|OPTIONAL_LOCKS|LFS_SKIP_SMUDGE|PS1_\w+|COMPLETION_\w+|CEILING_DIRECTORIES|NO_LAZY_FETCH|ADVICE|PROMPT_\w+|INSTALL_ROOT|(?:SSL|HTTP|CURL|LFS|GUI|MAN|PROTOCOL)_\w+|PROTOCOL|DEFAULT_HASH|URL|BRANCH|LOCAL_BRANCH|COMMIT|PREVIOUS_COMMIT|PREVIOUS_SUCCESSFUL_COMMIT|CHECKOUT_DIR)$/;

/** @param given the words behind `git` @returns whether they only look, in a repository that can make them do nothing else */
export function isHarmlessGit(given: readonly string[], at: Surroundings, env: Environment): boolean {
  const subcommand = toSubcommand(given);
  if (subcommand === undefined || Object.keys(env).some((name) => name.startsWith('GIT_') && !HARMLESS_VARIABLE.test(name))) return false;
  if (subcommand.name === 'version' || findHarmlessRepository(at, { around: !showsContents(subcommand) }) !== undefined) return true;
  // Without a repository it says so, and ends. Only `git diff` compares any two places then, with all that lies in them.
  return (subcommand.name !== 'diff' || subcommand.operands.length < 2) && isOutsideRepositories(at);
}

/** Whether a command sets something in git's settings, and in which file: the repository's own, or one outside of it. */
export function settingsChangedBy(words: readonly string[]): string | undefined {
  const at = words.indexOf('config');
  if (at < 1 || !/(?:^|\/)git$/i.test(words[0]!) || toSubcommand(words.slice(at)) !== undefined) return undefined;
  if (operandIndex(findProgram('git')!, words, 1) !== at) return undefined;
  return words.includes('--global') || words.includes('--system') ? '~/.gitconfig' : '.git/config';
}

/** The repository whose files' contents a command shows without naming them; nothing for all others. */
export function shownRepository(words: readonly string[], at: Surroundings): GitRepository | undefined {
  const subcommand = words[0] === 'git' ? toSubcommand(words.slice(1)) : undefined;
  return subcommand !== undefined && showsContents(subcommand) ? findHarmlessRepository(at) : undefined;
}

type Subcommand = { name: string } & Pick<Given, 'options' | 'operands'>;

/** What is in tracked files, or was; names alone are no contents. */
function showsContents({ name, options }: Subcommand): boolean {
  const has = (option: RegExp): boolean => options.some((given) => option.test(given.name));
  if (name === 'status') return has(/^(?:-v|--verbose)$/);
  return SHOWS_CONTENTS.has(name) && (has(PATCH) || (!has(SUMMARY) && !PATCH_ON_DEMAND.has(name)));
}

function toSubcommand(given: readonly string[]): Subcommand | undefined {
  const start = given.findIndex((word) => !BEFORE.has(word));
  const name = given[start] ?? '';
  const reader = Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined;
  const read = reader === undefined ? undefined : readGiven(reader, given.slice(start + 1));
  if (read === undefined) return undefined;
  if (NAMED_FIRST.has(name) && given[start + 1] !== read.operands[0]) return undefined;
  const reads = Object.hasOwn(READS, name) ? READS[name]! : undefined;
  return reads === undefined || reads(read.operands, (option) => read.options.some((given) => option.test(given.name))) ? { name, options: read.options, operands: read.operands } : undefined;
}
