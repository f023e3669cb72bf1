import { randomBytes } from 'node:crypto';
import { findProgram, killTree, type ProcessTree, stopTree } from '@pith/child';
import type { ToolContext } from '@pith/kernel';
import { toolError } from './errors.ts';
import { Job } from './job.ts';
import { PipeMaker } from './output-pipe.ts';
import { StreamOutput } from './output-streams.ts';
import { forOwnPrograms } from './own-programs.ts';
import { Watchdog } from './watchdog.ts';

/** Commands that may run side by side in a session. */
export const MAX_RUNNING = 16;
/** Ended jobs that are kept to be looked at; beyond it the oldest is forgotten. */
const MAX_ENDED = 32;
const MARK = 'PITH_JOB';

/** The commands of one session, and everything that they left running. */
export class JobTable {
  readonly #env: Readonly<Record<string, string | undefined>>;
  /** Not to be guessed: whoever carries it was started from here. */
  readonly #nonce = randomBytes(12).toString('hex');
  readonly #pipes: PipeMaker;
  /** All that run, and those that were put aside to be looked at. */
  readonly #jobs = new Map<string, Job>();
  readonly #kept = new Set<Job>();
  #shell: Promise<string> | undefined;
  #watchdog: Promise<Watchdog | undefined> | undefined;
  #started = 0;

  private constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#env = env;
    this.#pipes = new PipeMaker(env);
    watchExit(this);
  }

  /** That of the session, made at its first command. When the session closes, nothing that was started in it runs on. */
  static of({ session, env, roots }: Pick<ToolContext, 'session' | 'env' | 'roots'>): JobTable {
    return session.get('tools.jobs', () => new JobTable(forOwnPrograms(env, roots)), (table) => table.close());
  }

  /** @throws PithError SHELL_MISSING, SHELL_FAILED, JOB_LIMIT */
  async start(command: string, { cwd, env, childRules, execution }: Pick<ToolContext, 'cwd' | 'env' | 'childRules' | 'execution'>): Promise<Job> {
    this.#checkRoom();
    const shell = await (this.#shell ??= findShell(this.#env));
    const number = ++this.#started;
    const output = await this.#pipes.open() ?? new StreamOutput();
    const job = await Job.start({ id: `job-${number}`, command, shell, cwd, env, childRules, execution, mark: [MARK, `${this.#nonce}.${number}.`], output });
    this.#jobs.set(job.id, job);
    // Not waited for: the command's output comes already. Without a watchdog nothing is worse than before.
    this.#watchdog ??= Watchdog.start(this.#tree.mark, this.#env).catch(() => undefined);
    return job;
  }

  /** The job may be looked at later on, under its name. */
  keep(job: Job): void {
    this.#kept.add(job);
    job.unref();
    const ended = [...this.#kept].filter((kept) => !kept.isAlive());
    for (const old of ended.slice(0, -MAX_ENDED)) this.forget(old);
  }

  forget(job: Job): void {
    this.#kept.delete(job);
    this.#jobs.delete(job.id);
  }

  /** Jobs that were kept, oldest first. */
  list(): readonly Job[] { return [...this.#kept]; }

  /** @throws PithError JOB_UNKNOWN */
  get(id: string): Job {
    const job = this.#jobs.get(id);
    if (job !== undefined && this.#kept.has(job)) return job;
    const names = this.list().map((kept) => kept.id);
    throw toolError(`There is no background job ${JSON.stringify(id)}`, 'JOB_UNKNOWN', names.length > 0 ? `There are: ${names.join(', ')}.` : 'None was started.');
  }

  /** Ends everything that was ever started from here. */
  async close(): Promise<void> {
    unwatchExit(this);
    const jobs = [...this.#jobs.values()];
    const stopped = await stopTree(this.#tree);
    await Promise.all(jobs.map((job) => job.close(stopped)));
    this.#jobs.clear();
    this.#kept.clear();
    this.#pipes.close();
    (await this.#watchdog)?.end();
  }

  /** The same at once, as far as that goes: for the end of this very process. */
  kill(): void { killTree(this.#tree); }

  get #tree(): ProcessTree {
    return { mark: `${MARK}=${this.#nonce}.`, leaders: [...this.#jobs.values()].flatMap(({ tree }) => tree.leaders) };
  }

  #checkRoom(): void {
    const running = [...this.#jobs.values()].filter((job) => job.isAlive());
    if (running.length < MAX_RUNNING) return;
    throw toolError(`${running.length} commands run in this session already, which is the most`, 'JOB_LIMIT', `Stop one of them with jobs: ${running.map(({ id }) => id).join(', ')}.`);
  }
}

/** @throws PithError SHELL_MISSING */
async function findShell(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const shell = await findProgram('bash', env) ?? await findProgram('sh', env);
  if (shell !== undefined) return shell;
  const hint = process.platform === 'win32' ? 'Install Git for Windows, which brings bash, or run pith within WSL.' : 'Install bash, or put the folder it is in on PATH.';
  throw toolError('Neither bash nor sh was found on PATH', 'SHELL_MISSING', hint);
}

/** Tables whose commands must not outlive this process, should it end without closing its sessions. */
const open = new Set<JobTable>();

function watchExit(table: JobTable): void {
  if (open.size === 0) process.on('exit', killAll);
  open.add(table);
}

function unwatchExit(table: JobTable): void {
  open.delete(table);
  if (open.size === 0) process.off('exit', killAll);
}

function killAll(): void {
  for (const table of open) table.kill();
}
