import { Worker } from 'node:worker_threads';
import type { ToolContext } from '@pith/kernel';
import { toolError } from '../errors.ts';
import type { Folder } from '../open.ts';
import type { GlobFound, GlobJob, GrepFound, GrepJob, SearchAnswer, SearchJob } from './job.ts';
import type { WorkerData } from './worker.ts';

/** Searches at a time in a session: each holds a thread, and ripgrep a core. */
const MAX_SEARCHES = 2;
/** How long a search that was told to stop may take to hand over what it has. */
const GRACE_MS = 2000;
const MAX_HEAP_MB = 512;

type Context = Pick<ToolContext, 'session' | 'signal'>;

/**
 * Runs a search in a folder that is held open meanwhile.
 * @throws PithError PATTERN_INVALID, SEARCH_STOPPED; the signal's reason
 */
export async function searchIn(folder: Folder, job: Omit<GlobJob, 'folder'>, context: Context, limitMs: number): Promise<GlobFound>;
export async function searchIn(folder: Folder, job: Omit<GrepJob, 'folder'>, context: Context, limitMs: number): Promise<GrepFound>;
export async function searchIn(folder: Folder, job: Omit<GlobJob, 'folder'> | Omit<GrepJob, 'folder'>, context: Context, limitMs: number): Promise<GlobFound | GrepFound> {
  const release = await takeTurn(context);
  try {
    const answer = await runWorker({ ...job, folder: { path: folder.path, anchor: folder.at('.') } }, { limitMs, signal: context.signal });
    if ('found' in answer) return answer.found;
    if ('failed' in answer) throw new Error(answer.failed);
    throw toolError(`The ${answer.of} is not valid: ${answer.invalid}`, 'PATTERN_INVALID', 'Correct it, then search again.');
  } finally {
    release();
  }
}

/** The answer of a worker of its own, which is ended when it does not give one. */
export async function runWorker(job: SearchJob, { limitMs, signal }: { limitMs: number; signal: AbortSignal }): Promise<SearchAnswer> {
  const { STOP, workerUrl } = await import('./worker.ts');
  signal.throwIfAborted();
  const worker = new Worker(workerUrl, {
    // From the sources, libraries are found by a condition; nothing else of how pith was started is the thread's.
    workerData: { pith: 'search', job } satisfies WorkerData, execArgv: process.execArgv.filter((word) => word.startsWith('--conditions=')), stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    env: process.platform === 'win32' ? { SystemRoot: process.env['SystemRoot'] } : {}, // Whatever it starts gets no secret from here.
  });
  const { promise, resolve, reject } = Promise.withResolvers<SearchAnswer>();
  const timers = new Set<NodeJS.Timeout>();
  const after = (ms: number, work: () => void): void => { timers.add(setTimeout(work, ms)); };
  const stop = (): void => {
    worker.postMessage(STOP); // So that ripgrep, which would go on without us, is ended first.
    after(GRACE_MS, () => reject(stoppedError(limitMs)));
  };
  worker.once('message', resolve);
  worker.once('error', (error) => reject(toSearchError(error)));
  worker.once('exit', () => reject(new Error('the search ended without an answer')));
  after(limitMs, stop);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const answer = await promise;
    signal.throwIfAborted();
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
    for (const timer of timers) clearTimeout(timer);
    await worker.terminate();
  }
}

function stoppedError(limitMs: number): Error {
  return toolError(`The search was stopped after ${limitMs / 1000} s without a result: the pattern costs too much on these names`, 'SEARCH_STOPPED', 'Use fewer wildcards, or name a folder further down.');
}

function toSearchError(error: Error & { code?: string }): Error {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return toolError('The search needed more memory than it may have', 'SEARCH_STOPPED', 'Use a pattern that matches less, or name a folder further down.', error);
}

/** Waits until fewer searches than the limit run in this session. */
async function takeTurn({ session, signal }: Context): Promise<() => void> {
  const state = session.get('tools.searches', () => ({ running: 0, waiting: new Set<() => void>() }));
  while (state.running >= MAX_SEARCHES) {
    const turn = Promise.withResolvers<void>();
    state.waiting.add(turn.resolve);
    signal.addEventListener('abort', () => turn.resolve(), { once: true });
    await turn.promise;
    state.waiting.delete(turn.resolve);
    signal.throwIfAborted();
  }
  state.running++;
  return () => {
    state.running--;
    state.waiting.values().next().value?.();
  };
}
