import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildRules } from '@pith/child';
import { type Git as AnyGit, quietEnvironment, runGit as runAny } from '@pith/git';
import { checkpointError } from './errors.ts';

/** A git store of our own, and the work tree that it looks at. */
export interface Git extends AnyGit {
  store: string;
}

/** Nothing but what stands here counts: no settings of the user, the machine or the project, so no filter, hook, monitor or other program. */
const CONFIG = `[core]
	repositoryformatversion = 0
	bare = false
	sharedRepository = 0600
	fileMode = ${process.platform !== 'win32'}
	symlinks = ${process.platform !== 'win32'}
	ignoreCase = ${process.platform !== 'linux'}
	precomposeUnicode = false
	autocrlf = false
	safecrlf = false
	attributesFile = /dev/null
	hooksPath = /dev/null
	fsmonitor = false
	protectNTFS = ${process.platform === 'win32'}
	protectHFS = ${process.platform === 'darwin'}
	quotePath = false
[gc]
	auto = 0
[maintenance]
	auto = false
[protocol]
	allow = never
`;
/** Stronger than any .gitattributes of the work tree: bytes stay as they are. */
const ATTRIBUTES = '* -text -ident -filter !eol !crlf !working-tree-encoding !diff\n';

/** Makes a store, or what is missing of it, without a template and without git. */
export function makeStore(store: string): void {
  for (const folder of ['objects', 'refs', 'info']) mkdirSync(join(store, folder), { recursive: true, mode: 0o700 });
  for (const [name, text] of [['HEAD', 'ref: refs/heads/none\n'], ['config', CONFIG], ['info/attributes', ATTRIBUTES]] as const) {
    if (!existsSync(join(store, name))) writeFileSync(join(store, name), text, { mode: 0o600 });
  }
}

export function gitEnvironment(env: Readonly<Record<string, string | undefined>>, rules: ChildRules, { store, top }: { store: string; top: string }): Record<string, string> {
  return {
    ...quietEnvironment(env, rules), GIT_DIR: store, GIT_WORK_TREE: top, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_ATTR_NOSYSTEM: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  };
}

interface RunOptions {
  input?: string | Buffer;
  env?: Readonly<Record<string, string>>;
  /** More output than this ends it. Default 256 MB. */
  limitBytes?: number;
  /** No more is read once so many words, each with a NUL at its end, were: there are more. */
  wordsMax?: number;
}

/** Runs git on the store, and waits for it. @throws PithError CHECKPOINT_FAILED where it fails, the signal's reason */
export async function runGit({ env, ...git }: Git, args: readonly string[], { input, env: more = {}, limitBytes = 2 ** 28, wordsMax = Infinity }: RunOptions = {}): Promise<{ stdout: Buffer }> {
  git.signal.throwIfAborted();
  const chunks: Buffer[] = [];
  let length = 0;
  let words = 0;
  const take = (chunk: Buffer): boolean => {
    chunks.push(chunk);
    length += chunk.length;
    if (wordsMax < Infinity) for (let at = chunk.indexOf(0); at >= 0; at = chunk.indexOf(0, at + 1)) words++;
    return words <= wordsMax && length <= limitBytes;
  };
  const { code, stderr, error } = await runAny({ ...git, env: { ...env, ...more } }, args, { onData: take, ...(input === undefined ? {} : { input }) });
  if (error !== undefined) throw error;
  if (length > limitBytes) throw checkpointError(`git said more than ${limitBytes} bytes`, 'CHECKPOINT_FAILED');
  if (words > wordsMax || code === 0) return { stdout: Buffer.concat(chunks) };
  git.signal.throwIfAborted();
  throw checkpointError(`git ${args[0]} failed in the store of checkpoints: ${stderr.trim().split('\n').at(-1) ?? ''}`, 'CHECKPOINT_FAILED');
}
