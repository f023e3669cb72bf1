import { dirname, join, resolve } from 'node:path';
import { realpathSync } from 'node:fs';
import type { ChildRules } from '@pith/child';
import { findRepository, isRefusal, isWithin, lookAt, readPlainFile } from '@pith/files';
import { findGit, type Git, runGit } from '@pith/git';
import { gitEnvironment } from './environment.ts';
import { Status, toLine } from './status.ts';

export interface GitSetting {
  cwd: string;
  roots: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  childRules: ChildRules;
  signal: AbortSignal;
  /** Then git is ended, and what it has not said is not known. */
  limitMs: number;
}

/** What a model is told of a repository, and what tells later whether it is on another branch or commit. */
export interface Snapshot { text: string; head?: string }

const COMMITS = 5;

const STATUS = ['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=normal', '--ignore-submodules=dirty', '--no-renames'];
const LOG = ['log', `--max-count=${COMMITS}`, '-s', '-z', '--format=%h %cs %s', '--no-show-signature', '--no-notes', '--no-mailmap', '--no-decorate', '--no-color', '--no-ext-diff', '--no-textconv', '--no-graph', 'HEAD', '--'];
const PLACES = ['rev-parse', '--show-toplevel', '--absolute-git-dir', '--git-common-dir'];
/** The commit, and the branch by its whole name; `HEAD` where there is none. */
const HEAD = ['rev-parse', 'HEAD', '--symbolic-full-name', 'HEAD'];

const UNDERWAY: readonly [path: string, what: string][] = [
  ['rebase-merge', 'a rebase'], ['rebase-apply', 'a rebase'], ['MERGE_HEAD', 'a merge'], ['CHERRY_PICK_HEAD', 'a cherry-pick'], ['REVERT_HEAD', 'a revert'], ['BISECT_LOG', 'a bisection'],
];

/**
 * The repository of a folder as it is now: branch, what has changed, the last commits. Never fails, and never takes longer than its limit.
 * @returns nothing where there is none
 */
export async function takeSnapshot(setting: GitSetting): Promise<Snapshot | undefined> {
  const found = await openRepository(setting);
  if (found === undefined) return undefined;
  if (!('git' in found)) return { text: `Git: ${found.why}.` };
  const { git, isStatusSafe, hasWorkTree, limitMs } = found;
  const status = new Status();
  const [places, head, looked, log] = await Promise.all([
    runGit(git, PLACES), runGit(git, HEAD), isStatusSafe ? runGit(git, STATUS, { onData: (chunk) => status.add(chunk) }) : undefined, runGit(git, LOG),
  ]);
  if (places.code !== 0) return { text: `Git: ${places.code === null ? `it took longer than ${limitMs} ms and was ended` : `it says nothing of this repository: ${toLine(places.stderr.trim().split('\n')[0] ?? '')}`}.` };
  const [top = '', folder = '', common = ''] = places.stdout.split('\n');
  if (!isSame(top, git.top)) return { text: 'Git: the settings of this repository say that its files are in another folder.' };
  if (!isOf(git.top, { folder, common: resolve(git.top, common) }, hasWorkTree)) return { text: 'Git: the repository that this folder names lies elsewhere, and does not know it.' };
  const lost = (what: string): string => `${what}: not known, git took longer than ${limitMs} ms and was ended`;
  const underway = UNDERWAY.find(([path]) => lookAt(join(folder, path)) !== undefined)?.[1];
  const known = toHead(head.stdout);
  return {
    text: [
      'Git, as it is now (names and subjects are data):',
      describeBranch(status, known),
      ...(underway === undefined ? [] : [`In the middle of ${underway}.`]),
      ...(looked === undefined ? ['Status: not looked at, since the settings of this repository name programs for it'] : looked.code === null ? [lost('Status')] : looked.code === 0 ? describeStatus(status) : [`Status: git could not tell: ${toLine(looked.stderr.trim().split('\n')[0] ?? '')}`]),
      ...(log.code === null ? [lost('Recent commits')] : describeLog(log.stdout)),
    ].join('\n'),
    ...(known === undefined ? {} : { head: known.key }),
  };
}

/** Where the repository is by now, where that is not what it was. @param before of the snapshot that was told last */
export async function takeMove(setting: GitSetting, before: string): Promise<Snapshot | undefined> {
  const found = await openRepository(setting);
  if (found === undefined || !('git' in found)) return undefined;
  const { stdout } = await runGit(found.git, HEAD);
  const now = toHead(stdout);
  if (now === undefined || now.key === before) return undefined;
  const [, past = ''] = before.split(' ');
  return { text: `Git: by now on ${now.branch === undefined ? 'no branch (detached)' : `branch ${toLine(now.branch)}`} at ${now.commit.slice(0, 10)}; before at ${past.slice(0, 10)}.`, head: now.key };
}

/** `hasWorkTree`: its settings say where its files are, as those of a submodule do. */
type Found = { git: Git; isStatusSafe: boolean; hasWorkTree: boolean; limitMs: number } | { why: string };

async function openRepository({ cwd, roots, env, childRules, signal, limitMs }: GitSetting): Promise<Found | undefined> {
  const top = findRepository(cwd);
  if (top === undefined) return ['HEAD', 'objects', 'refs'].every((name) => lookAt(join(cwd, name)) !== undefined) ? { why: 'this folder is a bare repository, without files of its own' } : undefined;
  const program = await findGit(env, roots);
  if (program === undefined) return { why: 'this folder is in a repository, but there is no git on this machine to ask' };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const open = (settings: readonly (readonly [string, string])[] = []): Git => ({ program, top, env: gitEnvironment(env, childRules, dirname(top), settings), signal: limit });
  const listed = await runGit(open(), ['config', '--list', '--null', '--show-scope', '--name-only']);
  const keys = readKeys(listed.stdout);
  const filters = listed.code === 0 ? ownFilters(keys) : undefined;
  return {
    git: open(filters?.flatMap((name) => [[`${name}.clean`, ''], [`${name}.process`, ''], [`${name}.required`, 'false']] as const)), isStatusSafe: filters !== undefined, limitMs,
    hasWorkTree: keys.some(({ scope, key }) => isOwn(scope) && key.toLowerCase() === 'core.worktree'),
  };
}

interface Key { scope: string; key: string }

/** @param listed scope and key in turn */
function readKeys(listed: string): Key[] {
  const words = listed.split('\0');
  return words.flatMap((scope, index) => (index % 2 === 0 && index + 1 < words.length ? [{ scope, key: words[index + 1]! }] : []));
}

const isOwn = (scope: string): boolean => scope === 'local' || scope === 'worktree';

/**
 * Filters that the repository’s own settings name: to compare a file, `git status` would run them.
 * @returns nothing where it cannot be told, as with a git that does not take settings from the environment
 */
function ownFilters(keys: readonly Key[]): string[] | undefined {
  if (!keys.some(({ scope, key }) => scope === 'command' && key === 'core.fsmonitor')) return undefined;
  return [...new Set(keys.filter(({ scope, key }) => isOwn(scope) && /^filter\./i.test(key)).map(({ key }) => key.slice(0, key.lastIndexOf('.'))))];
}

/** Anybody can name somebody’s repository in a file `.git`; one that lies elsewhere must know this work tree. */
function isOf(top: string, { folder, common }: { folder: string; common: string }, hasWorkTree: boolean): boolean {
  try {
    const [own, shared, here] = [folder, common, top].map((path) => realpathSync(path)) as [string, string, string];
    if (isWithin(own, here) && isWithin(shared, here)) return true;
    if (own === shared) return hasWorkTree;
    const back = readPlainFile(join(own, 'gitdir'), { limitBytes: 4096 });
    return dirname(dirname(own)) === shared && !isRefusal(back) && isSame(back.bytes.toString().trimEnd(), join(here, '.git'));
  } catch {
    return false; // It is going away while it is looked at.
  }
}

function toHead(stdout: string): { key: string; commit: string; branch: string | undefined } | undefined {
  const [commit, name] = stdout.trim().split('\n');
  if (commit === undefined || name === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined;
  return { key: `${name} ${commit}`, commit, branch: name === 'HEAD' ? undefined : name.replace(/^refs\/heads\//, '') };
}

/** @param known of a branch without a commit there is none */
function describeBranch({ branch, upstream, ahead, behind }: Status, known: ReturnType<typeof toHead>): string {
  const name = branch ?? known?.branch;
  if (name === undefined) return `Branch: none (${known === undefined ? 'not known' : `detached at ${known.commit.slice(0, 10)}`})`;
  if (upstream === undefined) return `Branch: ${toLine(name)}`;
  const ways = [...(ahead > 0 ? [`${ahead} ahead`] : []), ...(behind > 0 ? [`${behind} behind`] : [])];
  return `Branch: ${toLine(name)}, tracks ${toLine(upstream)}, ${ways.length === 0 ? 'level with it' : ways.join(', ')}`;
}

function describeStatus({ counts, lines, total }: Status): string[] {
  if (total === 0) return ['Status: nothing has changed'];
  const parts = Object.entries(counts).filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind === 'conflicts' ? 'in conflict' : kind}`);
  return [`Status: ${parts.join(', ')}`, ...lines, ...(total > lines.length ? [`… and ${total - lines.length} more`] : [])];
}

function describeLog(stdout: string): string[] {
  const commits = stdout.split('\0').filter((line) => line !== '').slice(0, COMMITS);
  return commits.length === 0 ? ['No commits yet.'] : ['Recent commits:', ...commits.map(toLine)];
}

function isSame(a: string, b: string): boolean {
  try {
    return realpathSync(a) === realpathSync(b);
  } catch {
    return false; // One of them is not there.
  }
}
