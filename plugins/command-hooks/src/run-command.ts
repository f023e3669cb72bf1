import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { execa } from 'execa';
import { escapeControl, toMessage } from '@pith/kernel';
import { drainPipes, isGroup, killTree, type ProcessTree, stopTree } from '@pith/child';

export interface CommandSetup {
  argv: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** What it reads; then its input ends. */
  stdin: string;
  timeoutMs: number;
  signal: AbortSignal;
  /** How long it may take to end once it is asked to. */
  graceMs?: number;
  /** Told of processes that go on after the command has ended. */
  onLeft?: (tree: ProcessTree) => void;
}

export interface CommandEnd {
  stdout: string;
  stderr: string;
  exitCode: number | null;
  signal: string | null;
  /** Why it did not end by itself, or never began. */
  problem?: string;
}

/** Of each stream so much is kept; the rest is read and forgotten. */
const KEPT_BYTES = 1024 * 1024;
/** Beyond this a command is stopped. */
const FLOOD_BYTES = 64 * 1024 * 1024;
/** After the end of a command what is still in its pipes is taken in: until they close, or nothing came for so long. */
const QUIET_MS = 40;
/** The variable by which all that a hook starts is known. */
const MARK = 'PITH_HOOK';

/**
 * Runs one command in a process group of its own, and waits for it, not for what it leaves behind.
 * @throws the signal's reason when that fires first; then nothing of the command runs any more
 */
export async function runCommand({ argv: [file = '', ...rest], cwd, env, stdin, timeoutMs, signal, graceMs, onLeft }: CommandSetup): Promise<CommandEnd> {
  signal.throwIfAborted();
  const mark = randomBytes(12).toString('hex');
  const started = execa(file, rest, {
    cwd, env: { ...env, [MARK]: mark }, extendEnv: false, stdin: 'pipe', stdout: 'pipe', stderr: 'pipe', buffer: false, encoding: 'buffer', reject: false,
    detached: process.platform !== 'win32', cleanup: false, windowsHide: true,
  });
  started.catch(() => undefined);
  const { pid, nodeChildProcess: child } = started;
  if (pid === undefined) {
    const { cause, message } = await started as { cause?: unknown; message?: string };
    return { stdout: '', stderr: '', exitCode: null, signal: null, problem: `it could not be started: ${escapeControl(toMessage(cause ?? message))}` };
  }
  const tree: ProcessTree = { mark: `${MARK}=${mark}`, leaders: [pid] };
  keepTrack(tree);
  try {
    const exited = new Promise<{ exitCode: number | null; signal: string | null }>((resolve) => { child.once('exit', (exitCode, by) => resolve({ exitCode, signal: by })); });
    const flood = Promise.withResolvers<'flood'>();
    const streams = [new Kept(child.stdout!, () => flood.resolve('flood')), new Kept(child.stderr!, () => flood.resolve('flood'))] as const;
    feed(child.stdin!, stdin);
    const cause = await firstOf(exited, flood.promise, { timeoutMs, signal });
    const stopped = cause === 'exit' || await stopTree(tree, graceMs);
    if (stopped) await exited;
    if (cause === 'signal') throw signal.reason;
    await drainPipes(streams.map(({ stream }) => stream), { quietMs: QUIET_MS, lastMs: () => Math.max(...streams.map(({ lastMs }) => lastMs)) });
    const end = { ...(stopped ? await exited : { exitCode: null, signal: null }), stdout: streams[0].text(), stderr: streams[1].text() };
    if (cause === 'exit' && isGroup(pid)) onLeft?.({ mark: tree.mark, leaders: process.platform === 'linux' ? [] : [pid] });
    if (cause === 'time') return { ...end, problem: `it was stopped after ${timeoutMs / 1000} s, its time limit` };
    return cause === 'flood' ? { ...end, problem: `it wrote more than ${FLOOD_BYTES / 1024 / 1024} MiB and was stopped` } : end;
  } finally {
    loseTrack(tree);
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** What runs at the moment, so that none of it outlives this process, however that ends. */
const running = new Set<ProcessTree>();
const killAll = (): void => { for (const tree of running) killTree(tree); };

function keepTrack(tree: ProcessTree): void {
  if (running.size === 0) process.on('exit', killAll);
  running.add(tree);
}

function loseTrack(tree: ProcessTree): void {
  running.delete(tree);
  if (running.size === 0) process.removeListener('exit', killAll);
}

/** A command need not read what it is told: that its input is closed is no failure. */
function feed(stream: NodeJS.WritableStream, text: string): void {
  stream.on('error', () => undefined);
  stream.end(text);
}

type Cause = 'exit' | 'flood' | 'time' | 'signal';

async function firstOf(exited: Promise<unknown>, flood: Promise<'flood'>, { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }): Promise<Cause> {
  const { promise, resolve } = Promise.withResolvers<Cause>();
  const onAbort = (): void => resolve('signal');
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => resolve('time'), timeoutMs);
  void exited.then(() => resolve('exit'));
  void flood.then(resolve);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** What a stream brought, as far as it is kept. */
class Kept {
  readonly stream: Readable;
  lastMs = performance.now();
  #bytes = 0;
  #kept = 0;
  readonly #parts: Buffer[] = [];

  constructor(stream: Readable, onFlood: () => void) {
    this.stream = stream;
    stream.on('data', (part: Buffer) => {
      this.lastMs = performance.now();
      this.#bytes += part.length;
      if (this.#bytes > FLOOD_BYTES) onFlood();
      if (this.#kept >= KEPT_BYTES) return;
      const kept = part.subarray(0, KEPT_BYTES - this.#kept);
      this.#kept += kept.length;
      this.#parts.push(kept);
    });
    stream.on('error', () => stream.destroy()); // Of no more use; the exit of the child still comes.
  }

  text(): string {
    return Buffer.concat(this.#parts).toString('utf8');
  }
}
