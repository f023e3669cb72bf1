import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { execa } from 'execa';
import { drainPipes, isGroup, killTree, type ProcessTree, stopTree } from '@pith/child';
import { toMessage } from '@pith/kernel';

export interface ProgramSetup {
  /** The whole path of the program, then its arguments; no shell reads them. */
  argv: readonly string[];
  env: Readonly<Record<string, string>>;
  /** What it reads; then its input ends. */
  input?: Uint8Array;
  onOutput(bytes: Buffer): void;
  /** When it fires, the program is asked to end, and what it still writes counts. */
  stop: AbortSignal;
}

export interface ProgramEnd {
  exitCode: number | null;
  signal: string | null;
  /** The end of what it complained of. */
  stderr: string;
  /** Why it never began. */
  problem?: string;
}

/** Of what it complains of so much is kept. */
const STDERR_BYTES = 8 * 1024;
/** After the end what is still in its pipes is taken in: until they close, or nothing came for so long. */
const QUIET_MS = 200;
/** The variable by which all that it starts is known. */
const MARK = 'PITH_VOICE';

/** Runs one program to its end. Nothing that it started goes on behind that. */
export async function runProgram({ argv: [file = '', ...rest], env, input, onOutput, stop }: ProgramSetup): Promise<ProgramEnd> {
  const mark = randomBytes(12).toString('hex');
  const started = execa(file, rest, {
    cwd: tmpdir(), env: { ...env, [MARK]: mark }, extendEnv: false, stdin: input === undefined ? 'ignore' : 'pipe', stdout: 'pipe', stderr: 'pipe', buffer: false, encoding: 'buffer', reject: false,
    // A group of its own: Ctrl-C at the terminal is for us, who end it so that nothing is lost.
    detached: process.platform !== 'win32', cleanup: false, windowsHide: true,
  });
  started.catch(() => undefined);
  const { pid, nodeChildProcess: child } = started;
  if (pid === undefined) {
    const { cause, message } = await started as { cause?: unknown; message?: string };
    return { exitCode: null, signal: null, stderr: '', problem: toMessage(cause ?? message) };
  }
  const tree: ProcessTree = { mark: `${MARK}=${mark}`, leaders: [pid] };
  const kill = (): void => killTree(tree);
  process.on('exit', kill); // None of it outlives this process, however that ends.
  let stopping: Promise<unknown> | undefined;
  const onStop = (): void => { stopping ??= stopTree(tree); };
  try {
    const [stdout, stderr] = [child.stdout!, child.stderr!];
    let complaint = Buffer.alloc(0);
    let lastMs = performance.now();
    stdout.on('data', (bytes: Buffer) => { lastMs = performance.now(); onOutput(bytes); });
    stderr.on('data', (bytes: Buffer) => { lastMs = performance.now(); complaint = Buffer.concat([complaint, bytes]).subarray(-STDERR_BYTES); });
    for (const stream of [stdout, stderr]) stream.on('error', () => stream.destroy()); // Of no more use; the exit still comes.
    const exited = new Promise<Pick<ProgramEnd, 'exitCode' | 'signal'>>((resolve) => { child.once('exit', (exitCode, signal) => resolve({ exitCode, signal })); });
    child.stdin?.on('error', () => undefined); // It need not read what it is given.
    child.stdin?.end(input);
    if (stop.aborted) onStop();
    else stop.addEventListener('abort', onStop, { once: true });
    const end = await exited;
    await (stopping ?? stopTree(leftBy(tree), 0));
    await drainPipes([stdout, stderr], { quietMs: QUIET_MS, lastMs: () => lastMs });
    return { ...end, stderr: complaint.toString('utf8').trim() };
  } finally {
    stop.removeEventListener('abort', onStop);
    process.removeListener('exit', kill);
    child.stdin?.destroy();
    child.stdout?.destroy();
    child.stderr?.destroy();
  }
}

/** What a program that has ended left running: its number may be another's by now, so where marks are seen they tell. */
function leftBy({ mark, leaders }: ProcessTree): ProcessTree {
  return { mark, leaders: process.platform === 'linux' ? [] : leaders.filter(isGroup) };
}
