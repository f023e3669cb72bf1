import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type ChildRules, childEnvironment, findProgram } from '@pith/child';
import { isWithin } from '@pith/files';
import { checkpointError } from './errors.ts';
import { follow } from './place.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A git store of our own, and the work tree that it looks at. */
export interface Git {
  program: string;
  store: string;
  /** The folder that all paths are relative to. */
  top: string;
  env: Readonly<Record<string, string>>;
  /** Ends what runs. */
  signal: AbortSignal;
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

/** The program, looked up outside of the project, since there it would be the project’s. */
export async function findGit(env: Environment, roots: readonly string[]): Promise<string | undefined> {
  const path = env['PATH'] ?? env['Path'];
  if (path === undefined) return findProgram('git', env);
  const outside = path.split(delimiter).filter((folder) => !roots.some((root) => isWithin(follow(folder), root)));
  return findProgram('git', { ...env, PATH: outside.join(delimiter) });
}

export function gitEnvironment(env: Environment, rules: ChildRules, { store, top }: { store: string; top: string }): Record<string, string> {
  const own = Object.entries(childEnvironment(env, rules)).filter(([name]) => !/^GIT_/i.test(name));
  return {
    ...Object.fromEntries(own), LC_ALL: 'C', GIT_DIR: store, GIT_WORK_TREE: top, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_ATTR_NOSYSTEM: '1',
    GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1', GIT_NO_REPLACE_OBJECTS: '1',
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

/** Runs git in a process group of its own, and waits for it. @throws PithError CHECKPOINT_FAILED where it fails, the signal's reason */
export async function runGit({ program, top, env, signal }: Git, args: readonly string[], { input = '', env: more = {}, limitBytes = 2 ** 28, wordsMax = Infinity }: RunOptions = {}): Promise<{ stdout: Buffer }> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<{ code: number | null }>();
  const isGroup = process.platform !== 'win32';
  const child = spawn(program, ['--literal-pathspecs', ...args], { cwd: top, env: { ...env, ...more }, stdio: ['pipe', 'pipe', 'pipe'], detached: isGroup, windowsHide: true });
  const end = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      if (isGroup) process.kill(-child.pid, 'SIGKILL'); // Not waited for yet, so the number is still its own.
      else child.kill();
    } catch {
      // It has ended in this very moment.
    }
  };
  const chunks: Buffer[] = [];
  let length = 0;
  let words = 0;
  let said = '';
  const stop = (): void => { end(); reject(signal.reason); };
  signal.addEventListener('abort', stop, { once: true });
  process.once('exit', end);
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    length += chunk.length;
    if (wordsMax < Infinity) for (let at = chunk.indexOf(0); at >= 0; at = chunk.indexOf(0, at + 1)) words++;
    if (words > wordsMax) { end(); resolve({ code: 0 }); }
    if (length > limitBytes) { end(); reject(checkpointError(`git said more than ${limitBytes} bytes`, 'CHECKPOINT_FAILED')); }
  });
  child.stderr.on('data', (chunk: Buffer) => { if (said.length < 4096) said += chunk.toString(); });
  child.stdin.on('error', () => undefined); // It ended before it had read all: its end says why.
  child.on('error', reject).on('close', (code) => resolve({ code }));
  child.stdin.end(input);
  try {
    const { code } = await promise;
    if (code !== 0) throw checkpointError(`git ${args[0]} failed in the store of checkpoints: ${said.trim().split('\n').at(-1) ?? ''}`, 'CHECKPOINT_FAILED');
    return { stdout: Buffer.concat(chunks) };
  } finally {
    signal.removeEventListener('abort', stop);
    process.removeListener('exit', end);
  }
}
