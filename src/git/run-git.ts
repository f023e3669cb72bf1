import { type ChildProcess, spawn } from 'node:child_process';

/** A git to be run in a folder. */
export interface Git {
  program: string;
  /** The folder that it is started in, and that paths are relative to. */
  top: string;
  env: Readonly<Record<string, string>>;
  /** Ends what runs. */
  signal: AbortSignal;
}

export interface GitEnd {
  /** Nothing where it was ended before it had come to its own end; -1 where a signal of others ended it, or it could not be started. */
  code: number | null;
  /** Empty where `onData` took it. */
  stdout: string;
  /** What it complained of, or why it could not be started. */
  stderr: string;
  /** Why it could not be started. */
  error?: Error;
}

interface RunOptions {
  /** Comes in on its standard input, which is closed without. */
  input?: string | Buffer;
  /** In the place of what is kept of its output; `false` ends it. */
  onData?: (chunk: Buffer) => boolean | void;
}

const KEPT_BYTES = 64 * 1024;

/** Runs git in a process group of its own, and waits for it. It never rejects: the end tells how it was. */
export function runGit({ program, top, env, signal }: Git, args: readonly string[], { input, onData }: RunOptions = {}): Promise<GitEnd> {
  const { promise, resolve } = Promise.withResolvers<GitEnd>();
  const said = { stdout: '', stderr: '' };
  if (signal.aborted) return Promise.resolve({ code: null, ...said });
  // Not execa: to load it takes as long as all that is done here.
  const child = spawn(program, ['--no-pager', '--no-optional-locks', '--literal-pathspecs', ...args], { cwd: top, env, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], detached: isGroup, windowsHide: true });
  const { stdout, stderr } = child as typeof child & { stdout: NonNullable<typeof child.stdout>; stderr: NonNullable<typeof child.stderr> };
  const end = (): void => endGroup(child);
  const close = (code: number | null, error?: Error): void => {
    signal.removeEventListener('abort', stop);
    process.removeListener('exit', end);
    stdout.destroy();
    stderr.destroy();
    resolve({ code, ...said, ...(error === undefined ? {} : { error }) });
  };
  const stop = (): void => { end(); close(null); };
  signal.addEventListener('abort', stop, { once: true });
  process.once('exit', end);
  stdout.on('data', (chunk: Buffer) => {
    if (onData === undefined) keep('stdout', chunk);
    else if (onData(chunk) === false) stop();
  }).on('error', ignore);
  stderr.on('data', (chunk: Buffer) => keep('stderr', chunk)).on('error', ignore);
  const keep = (name: 'stdout' | 'stderr', chunk: Buffer): void => {
    if (said[name].length < KEPT_BYTES) said[name] += chunk.toString();
  };
  child.stdin?.on('error', ignore).end(input);
  child.on('error', (error) => close(-1, error)).on('close', (code) => close(code ?? -1));
  return promise;
}

const isGroup = process.platform !== 'win32';

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (isGroup) process.kill(-child.pid, 'SIGKILL'); // Not waited for yet, so the number is still its own.
    else child.kill();
  } catch {
    // It has ended in this very moment.
  }
}

/** A pipe that breaks: the end of the process says what is to be known. */
const ignore = (): void => undefined;
