import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { delimiter } from 'node:path';
import { type ChildRules, childEnvironment, findProgram } from '@pith/child';
import { isWithin } from '@pith/files';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Git {
  program: string;
  /** The folder in which the repository begins. */
  top: string;
  env: Readonly<Record<string, string>>;
  /** Ends what runs. */
  signal: AbortSignal;
}

export interface GitEnd {
  /** Nothing where it was ended. */
  code: number | null;
  stdout: string;
  stderr: string;
}

const KEPT_BYTES = 64 * 1024;

/**
 * What the settings of a repository could make a look at it run, switched off. A work tree may be anybody’s, trusted or not: `git status`
 * alone starts a monitor, a hook, filters, and transports that its settings name.
 */
const HARMLESS: readonly (readonly [key: string, value: string])[] = [
  ['core.fsmonitor', 'false'], ['core.hooksPath', '/dev/null'], ['core.pager', 'cat'], ['core.sshCommand', 'false'], ['core.gitProxy', 'false'], ['core.askPass', ''], ['core.editor', 'false'],
  ['core.alternateRefsCommand', 'false'], ['credential.helper', ''], ['diff.external', ''], ['interactive.diffFilter', ''], ['log.showSignature', 'false'], ['protocol.allow', 'never'], ['status.submoduleSummary', 'false'],
  ['submodule.recurse', 'false'], ['gc.auto', '0'], ['maintenance.auto', 'false'], ['safe.bareRepository', 'explicit'], ['i18n.logOutputEncoding', 'UTF-8'], ['core.quotePath', 'false'],
];
/** Of what an environment says to git, what says where a person’s own settings and git itself are. */
const KEPT_VARIABLES = new Set(['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_EXEC_PATH', 'GIT_DISCOVERY_ACROSS_FILESYSTEM']);

/** The program, looked up outside of the project, since there it would be the project’s. */
export async function findGit(env: Environment, roots: readonly string[]): Promise<string | undefined> {
  const path = env['PATH'] ?? env['Path'];
  if (path === undefined) return findProgram('git', env);
  const outside = path.split(delimiter).filter((folder) => !roots.some((root) => isWithin(follow(folder), root)));
  return findProgram('git', { ...env, PATH: outside.join(delimiter) });
}

/** @param settings on top of those that make a look harmless */
export function gitEnvironment(env: Environment, rules: ChildRules, above: string, settings: readonly (readonly [string, string])[] = []): Record<string, string> {
  const own = Object.entries(childEnvironment(env, rules)).filter(([name]) => !/^GIT_/i.test(name) || KEPT_VARIABLES.has(name));
  const all = [...HARMLESS, ...settings];
  return {
    ...Object.fromEntries(own), LC_ALL: 'C', TERM: 'dumb', PAGER: 'cat', GIT_PAGER: 'cat', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_ALLOW_PROTOCOL: 'none', GIT_NO_LAZY_FETCH: '1',
    // What is broken here must not make it take another repository above.
    GIT_CEILING_DIRECTORIES: above,
    GIT_CONFIG_COUNT: String(all.length),
    ...Object.fromEntries(all.flatMap(([key, value], index) => [[`GIT_CONFIG_KEY_${index}`, key], [`GIT_CONFIG_VALUE_${index}`, value]])),
  };
}

/** Runs git in a process group of its own. @param onData in the place of what is kept of its output */
export function runGit({ program, top, env, signal }: Git, args: readonly string[], onData?: (chunk: Buffer) => void): Promise<GitEnd> {
  const { promise, resolve } = Promise.withResolvers<GitEnd>();
  const said = { stdout: '', stderr: '' };
  if (signal.aborted) return Promise.resolve({ code: null, ...said });
  const isGroup = process.platform !== 'win32';
  // Not execa: to load it takes as long as all that is done here.
  const child = spawn(program, ['--no-pager', '--no-optional-locks', '--literal-pathspecs', ...args], { cwd: top, env, stdio: ['ignore', 'pipe', 'pipe'], detached: isGroup, windowsHide: true });
  const end = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      if (isGroup) process.kill(-child.pid, 'SIGKILL'); // Not waited for yet, so the number is still its own.
      else child.kill();
    } catch {
      // It has ended in this very moment.
    }
  };
  const close = (code: number | null): void => {
    signal.removeEventListener('abort', stop);
    process.removeListener('exit', end);
    child.stdout.destroy();
    child.stderr.destroy();
    resolve({ code, ...said });
  };
  const stop = (): void => { end(); close(null); };
  signal.addEventListener('abort', stop, { once: true });
  process.once('exit', end);
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      if (name === 'stdout' && onData !== undefined) onData(chunk);
      else if (said[name].length < KEPT_BYTES) said[name] += chunk.toString();
    }).on('error', () => undefined); // Its end says what is to be known.
  }
  child.on('error', () => close(-1)).on('close', (code) => close(code ?? -1));
  return promise;
}

function follow(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder; // Not there: nothing is found in it, either.
  }
}
