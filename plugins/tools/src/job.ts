import type { ChildProcess } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { execa } from 'execa';
import { commandEnvironment, findMembers, isGroup, type ProcessTree, stopTree } from '@pith/child';
import { type ChildRules, escapeControl, type Execution, toMessage } from '@pith/kernel';
import { hasCode, toolError } from './errors.ts';
import { OutputBuffer } from './output-buffer.ts';
import type { Output } from './output-pipe.ts';

export interface JobSetup {
  id: string;
  command: string;
  shell: string;
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  childRules: ChildRules;
  execution: Execution;
  /** Name and value of the variable by which its processes are known. */
  mark: readonly [name: string, value: string];
  output: Output;
}

/** How the shell ended. */
export interface JobEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  durationMs: number;
}

/** One command: its shell, everything that it started, and what they write. */
export class Job {
  readonly id: string;
  readonly command: string;
  readonly output = new OutputBuffer();
  /** Settles when the shell has exited and all that was written until then is in `output`. */
  readonly ended: Promise<JobEnd>;
  end: JobEnd | undefined;
  /** Hears what comes in while somebody waits for the job. */
  onBytes: ((bytes: Buffer) => void) | undefined;
  readonly startMs = performance.now();
  readonly #child: ChildProcess & { pid: number };
  readonly #source: Output;
  readonly #mark: string;

  private constructor({ id, command, mark, output }: JobSetup, child: ChildProcess & { pid: number }) {
    this.id = id;
    this.command = command;
    this.#child = child;
    this.#source = output;
    this.#mark = mark.join('=');
    output.started(child, (bytes) => {
      this.output.add(bytes);
      this.onBytes?.(bytes);
    });
    this.ended = new Promise((resolve) => {
      child.once('exit', (exitCode, signal) => void this.#finish(exitCode, signal).then(resolve));
    });
  }

  /** @throws PithError SHELL_FAILED */
  static async start(setup: JobSetup): Promise<Job> {
    let child: ChildProcess | undefined;
    try {
      child = await startShell(setup);
    } finally {
      if (child === undefined) setup.output.started(undefined, () => undefined);
    }
    return new Job(setup, child as ChildProcess & { pid: number });
  }

  get tree(): ProcessTree {
    // Where marks cannot be seen, the group is all that is known of what was left, even if its number might be another's one day.
    const isOurs = this.end === undefined || (process.platform !== 'linux' && isGroup(this.#child.pid));
    return { mark: this.#mark, leaders: isOurs ? [this.#child.pid] : [] };
  }

  /**
   * Whether anything of it runs on that holds its output or is in its group. What left both is not looked for, since that costs
   * milliseconds at the end of each command; it ends with the session.
   */
  isAlive(): boolean {
    return this.end === undefined || this.#source.isOpen || (isGroup(this.#child.pid) && findMembers(this.tree).length > 0);
  }

  /** Ends everything that it started. @returns whether that worked */
  async stop(): Promise<boolean> {
    const stopped = await stopTree(this.tree);
    await this.close(stopped);
    return stopped;
  }

  /** Takes in its end, when it was stopped, and gives its output up. */
  async close(stopped: boolean): Promise<void> {
    if (stopped) await this.ended;
    this.#source.close();
  }

  /** From here on nobody waits for it, so it does not keep this process alive. */
  unref(): void {
    this.#child.unref();
    this.#source.unref();
  }

  async #finish(exitCode: number | null, signal: NodeJS.Signals | null): Promise<JobEnd> {
    const durationMs = Math.round(performance.now() - this.startMs);
    await this.#source.drain();
    return this.end = { exitCode, signal, durationMs };
  }
}

async function startShell({ command, shell, cwd, env, childRules, execution, mark, output }: JobSetup): Promise<ChildProcess> {
  let argv: readonly string[] = [shell, '-c', command];
  for (const wrap of execution.wrapProcess) argv = await wrap(argv);
  const [file = shell, ...rest] = argv;
  const ends = output.childEnds as 'pipe' | 3; // The types know numbers up to 9; any is taken.
  const started = execa(file, rest, {
    cwd, env: { ...commandEnvironment(env, execution.env, childRules), [mark[0]]: mark[1] }, extendEnv: false,
    stdin: 'ignore', stdout: ends, stderr: ends, buffer: false, encoding: 'buffer', reject: false,
    // A group of its own, so that the whole of it can be ended; execa must not end it by itself.
    detached: process.platform !== 'win32', cleanup: false, windowsHide: true,
  });
  if (started.pid !== undefined) return started.nodeChildProcess;
  throw await notStarted(await started, cwd, file);
}

async function notStarted(result: { cause?: unknown; message?: unknown }, cwd: string, file: string): Promise<Error> {
  const cause = result.cause ?? result;
  const folder = await stat(cwd).catch(() => undefined);
  if (folder?.isDirectory() !== true) return toolError(`The working folder ${escapeControl(cwd)} is not there any more`, 'SHELL_FAILED', 'Start pith in a folder that is there.', cause);
  if (hasCode(cause, 'E2BIG')) return toolError('The command is longer than the system takes (128 kB on Linux)', 'SHELL_FAILED', 'Write it to a file, then run that with bash.', cause);
  return toolError(`${escapeControl(file)} could not be started: ${toMessage(cause)}`, 'SHELL_FAILED', undefined, cause);
}
